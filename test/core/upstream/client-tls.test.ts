import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import type { UpstreamAddress } from '../../../core/upstream/client.js'
import { makeCertificate } from '../../support/certificate.js'
import { addressOf, answer, ask, bodiless, deadAddress, openClient, start, withBody } from './raw-origin.js'

const certificate = makeCertificate(t.testdir())
const skip = certificate === undefined && 'no openssl on this machine'
const { cert: ca = '', key = '' } = certificate ?? {}

interface TlsOrigin {
  address: UpstreamAddress
  sockets: TLSSocket[]
}

async function openTls(t: Test, onText: (text: string, socket: TLSSocket) => void, changed = {}): Promise<TlsOrigin> {
  const sockets: TLSSocket[] = []
  const server = createServer({ key, cert: ca, ALPNProtocols: ['http/1.1'], ...changed }, socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', bytes => onText(bytes.toString('latin1'), socket))
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: addressOf((server.address() as AddressInfo).port, true), sockets }
}

t.test('over TLS: bodies both ways, the connection used again, the server asked by name', { skip }, async t => {
  const bytes = 3_000_000
  let seen = 0
  const origin = await openTls(t, (text, socket) => {
    if (text.startsWith('GET')) {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`)
      socket.write(Buffer.alloc(bytes, 'x'))
      return
    }
    seen += text.split('p').length - 1
    if (seen >= 300_000) socket.write(answer('taken'))
  })
  const client = openClient(t, [{ ...origin.address, host: 'localhost' }], { tls: { ca } })
  const all = await Promise.all(Array.from({ length: 4 }, () => ask(client)))
  for (const { bodyBytes, body, fault } of all) {
    t.match({ bodyBytes, fault }, { bodyBytes: bytes, fault: undefined })
    t.equal(body, 'x'.repeat(bytes), 'connections do not write into one another')
  }
  const opened = origin.sockets.length
  t.match(origin.sockets[0], { servername: 'localhost', alpnProtocol: 'http/1.1' })
  const [call, heard] = start(client, withBody('POST', 300_000))
  call.write(Buffer.alloc(300_000, 'p'))
  call.end()
  t.equal((await heard.done).body, 'taken')
  t.equal(origin.sockets.length, opened)
})

t.test('an upstream that is named by its address is checked against that address', { skip }, async t => {
  const origin = await openTls(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [origin.address], { tls: { ca } })
  t.equal((await ask(client)).body, 'x')
  t.notOk(origin.sockets[0]!.servername, 'an address is no server name')
})

t.test('a second connection resumes the session of the first', { skip }, async t => {
  const resumed: boolean[] = []
  const origin = await openTls(t, (_text, socket) => {
    resumed.push(socket.isSessionReused())
    socket.end(answer('x', 'Connection: close\r\n'))
  })
  const client = openClient(t, [origin.address], { tls: { ca } })
  await ask(client)
  await ask(client)
  t.same(resumed, [false, true])
})

t.test('a certificate that is not trusted, no TLS at all, a hang-up in the handshake: TLS', { skip }, async t => {
  const origin = await openTls(t, (_text, socket) => socket.write(answer('x')))
  t.match(await ask(openClient(t, [origin.address])), { fault: 'CHAOS_ERR_UPSTREAM_TLS', bytesReceived: 0 })

  for (const greet of [true, false]) {
    const plain = createTcpServer(socket => {
      socket.on('error', () => {})
      if (greet) socket.end('220 ready\r\n')
      else socket.once('data', () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await once(plain, 'listening')
    t.teardown(() => plain.close())
    const { port } = plain.address() as AddressInfo
    t.match(await ask(openClient(t, [addressOf(port, true)], { tls: { ca } })), { fault: 'CHAOS_ERR_UPSTREAM_TLS' })
  }
  const dead = { ...(await deadAddress()), tls: true }
  t.match(await ask(openClient(t, [dead], { tls: { ca } })), { fault: 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED' })
})

t.test(
  'an upstream that wants a certificate of ours: TLS, though our side of the handshake was done',
  { skip },
  async t => {
    const origin = await openTls(t, () => {}, { requestCert: true, rejectUnauthorized: true })
    t.equal((await ask(openClient(t, [origin.address], { tls: { ca } }))).fault, 'CHAOS_ERR_UPSTREAM_TLS')
  },
)

t.test('a client certificate is shown to an upstream that asks for one, and only to such', { skip }, async t => {
  const asking = await openTls(t, (_text, socket) => socket.write(answer('you')), {
    requestCert: true,
    rejectUnauthorized: true,
    ca,
  })
  const client = openClient(t, [asking.address], { tls: { ca, cert: ca, key } })
  t.equal((await ask(client)).body, 'you')
  t.match(asking.sockets[0]!.getPeerCertificate().subject, { CN: 'localhost' })
  t.ok(asking.sockets[0]!.authorized)

  const other = await openTls(t, (_text, socket) => socket.write(answer('whoever')))
  client.setUpstreams([other.address])
  t.equal((await ask(client)).body, 'whoever')
  t.same(other.sockets[0]!.getPeerCertificate(), {})
})

t.test('an answer cut short in the middle is TRUNCATED over TLS too', { skip }, async t => {
  const origin = await openTls(t, (_text, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', () => socket.destroy())
  })
  const heard = await ask(openClient(t, [origin.address], { tls: { ca } }), bodiless())
  t.match(heard, { fault: 'CHAOS_ERR_UPSTREAM_TRUNCATED', body: 'hello' })
})
