import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import t from 'tap'
import { bindShared, listenAlone, listenShared } from '../../../../core/front/strict/shared-listener.js'

/** Answers each connection with `name`. */
function named(name: string): Server {
  return createServer(socket => {
    socket.on('error', () => {})
    socket.end(name)
  })
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let got = ''
  socket.on('data', chunk => {
    got += chunk
  })
  await once(socket, 'close')
  return got
}

t.test('several accept from one socket, and one that ends takes nothing from the others', async t => {
  const bound = await bindShared('127.0.0.1', 0)
  if (bound === undefined) throw new Error('this system cannot share a listening socket')
  t.teardown(() => bound.close())
  const [first, second] = [named('first'), named('second')]
  await Promise.all([first, second].map(server => listenShared(server, bound.fd, '127.0.0.1', bound.port)))
  t.teardown(() => second.close())
  t.match(await ask(bound.port), /^(first|second)$/)
  first.close()
  await once(first, 'close')
  for (let i = 0; i < 20; i++) t.equal(await ask(bound.port), 'second')
  // And one that takes the place of the one that has ended.
  const third = named('third')
  await listenShared(third, bound.fd, '127.0.0.1', bound.port)
  third.close()
  await once(third, 'close')
  t.equal(await ask(bound.port), 'second')
})

t.test('a port that is taken is said, with what to do', async t => {
  const server = named('there')
  const port = await listenAlone(server, '127.0.0.1', 0)
  t.teardown(() => server.close())
  await t.rejects(
    listenAlone(named('late'), '127.0.0.1', port),
    /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*CHAOS_PORT/,
  )
  const taken = async (): Promise<void> => {
    const shared = await bindShared('127.0.0.1', port)
    if (shared === undefined) throw new Error('this system cannot share a listening socket')
    // The system may say so only when somebody listens.
    await listenShared(named('late'), shared.fd, '127.0.0.1', port).finally(() => shared.close())
  }
  await t.rejects(taken(), /cannot listen on 127\.0\.0\.1:\d+: .*CHAOS_PORT/)
})
