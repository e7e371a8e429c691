// Learning beside full speed, on the real program: a hot route never starves a rare one.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { startProxy } from '../support/proxy.js'

const SOCKETS = 8
const REQUESTS = 20_000
/** Sent without waiting for the answers before them would close the connection: each waits for its own. */
const PER_SOCKET = REQUESTS / SOCKETS

/** Asks as fast as answers come, on one connection; resolves when all have come. */
async function hammer(port: number, path: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const request = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
  let left = PER_SOCKET
  let rest = ''
  socket.setEncoding('latin1')
  const done = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`closed with ${left} left`)))
    socket.on('data', (text: string) => {
      rest += text
      if (!rest.endsWith('}')) return
      rest = ''
      left -= 1
      if (left === 0) resolve()
      else socket.write(request)
    })
  })
  socket.write(request)
  await done
  socket.removeAllListeners('close')
  socket.destroy()
}

t.test('rare answers are all learned while a route is asked as fast as it answers', async t => {
  let nth = 0
  const server = createServer((request, response) => {
    // A hot answer is never the same twice; a rare one says what was asked.
    const body = request.url!.startsWith('/hot') ? `{"nth":${nth++}}` : `{"of":"${request.url}"}`
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(stop)
  const proxy = await startProxy(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)

  const hammering = Promise.all(Array.from({ length: SOCKETS }, (_, i) => hammer(proxy.port, `/hot/${i}`)))
  const rare = Array.from({ length: 40 }, (_, i) => `/rare${'abcdefghijklmnopqrst'[i % 20]}/${i}`)
  for (const path of rare) {
    t.equal((await proxy.get(path)).headers['x-ghost'], undefined)
    // Among the hot ones, not before them.
    const until = nth + REQUESTS / 100
    while (nth < until && nth < REQUESTS) await new Promise(resolve => setImmediate(resolve))
  }
  await hammering
  t.equal(nth, REQUESTS)
  await proxy.settled()
  const { sampledOut, dropped } = await proxy.admin<{ sampledOut: number; dropped: number }>('/api/learning')
  t.ok(sampledOut > 0, `${sampledOut} hot answers were left out`)
  t.equal(dropped, 0)

  stop()
  for (const path of rare) {
    const ghost = await proxy.get(path)
    t.match(ghost, { status: 200, headers: { 'x-ghost': 'exact' } }, path)
    t.same(ghost.json(), { of: path })
  }
})
