// More clients than CHAOS_MAX_CLIENTS: who comes too late is turned away, and places become free again.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { WebSocket } from 'ws'
import { makeCertificate } from '../support/certificate.js'
import { startOrigin } from '../support/origin.js'
import { startProxy, temporaryFolder } from '../support/proxy.js'
import { startWebSocketOrigin } from '../support/websocket-origin.js'

const certificate = makeCertificate(temporaryFolder())

/** All that the socket says until it is closed; an error is the end as well. */
async function lastWords(socket: Socket): Promise<string> {
  let said = ''
  socket.on('data', chunk => {
    said += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('close', resolve))
  return said
}

/** Asks on an open connection, and leaves it open. */
async function ask(socket: Socket): Promise<string> {
  socket.write('GET /users/1 HTTP/1.1\r\nHost: localhost\r\n\r\n')
  let got = ''
  while (!got.includes('}')) got += String((await once(socket, 'data'))[0])
  return got
}

for (const front of ['uws', 'strict'] as const) {
  t.test(`front ${front}: hundreds too many hurt nobody`, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_MAX_CLIENTS: '2', CHAOS_WORKERS: '1' })
    const open = (): Socket => connect(proxy.port, '127.0.0.1')
    const [first, second] = [open(), open()]
    t.teardown(() => {
      for (const socket of [first, second]) socket.destroy()
    })
    for (const socket of [first, second]) t.match(await ask(socket), /^HTTP\/1\.1 200 /)
    const late = await Promise.all(
      Array.from({ length: 300 }, (_, i) => {
        const socket = open()
        // Half of them never say a word.
        if (i % 2 === 0) socket.write('GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n')
        return lastWords(socket)
      }),
    )
    t.equal(late.filter(said => said.startsWith('HTTP/1.1 503 ')).length, 300)
    t.match(late[0], /"code":"CHAOS_ERR_CLIENTS_FULL"/)
    t.match(await ask(first), /^HTTP\/1\.1 200 /)
    const metrics = await proxy.adminText('/metrics')
    t.match(metrics, /chaos_faults_total\{[^}]*code="CHAOS_ERR_CLIENTS_FULL"[^}]*\} 300\n/)
    second.destroy()
    for (;;) {
      const third = open()
      const said = lastWords(third)
      third.write('GET /users/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      if ((await said).startsWith('HTTP/1.1 200 ')) break
    }
  })

  t.test(`front ${front}: a WebSocket takes a place for as long as it lives`, async t => {
    const origin = await startWebSocketOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_MAX_CLIENTS: '1', CHAOS_WORKERS: '1' })
    // Again and again: a place that is not given back would be missed the second time.
    for (let i = 0; i < 3; i++) {
      const socket = await opened(proxy.port)
      const late = connect(proxy.port, '127.0.0.1')
      t.match(await lastWords(late), /^HTTP\/1\.1 503 /)
      socket.close()
      await once(socket, 'close')
    }
  })

  t.test(`front ${front}: over TLS`, { skip: certificate === undefined && 'no openssl on this machine' }, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, {
      CHAOS_FRONT: front,
      CHAOS_MAX_CLIENTS: '1',
      CHAOS_WORKERS: '1',
      CHAOS_TLS_CERT: certificate!.certFile,
      CHAOS_TLS_KEY: certificate!.keyFile,
    })
    const open = (): Socket => connectTls({ port: proxy.port, host: '127.0.0.1', rejectUnauthorized: false })
    const first = open()
    t.teardown(() => first.destroy())
    t.match(await ask(first), /^HTTP\/1\.1 200 /)
    for (let i = 0; i < 20; i++) {
      const said = await lastWords(open())
      t.match(said, front === 'strict' ? /^HTTP\/1\.1 503 / : /^$/)
    }
    t.match(await ask(first), /^HTTP\/1\.1 200 /)
  })
}

/** A place becomes free when the proxy has seen that its holder left. */
async function opened(port: number): Promise<WebSocket> {
  for (;;) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`)
    const isOpen = await new Promise<boolean>(resolve => {
      socket.on('open', () => resolve(true))
      socket.on('error', () => resolve(false))
    })
    if (isOpen) return socket
  }
}
