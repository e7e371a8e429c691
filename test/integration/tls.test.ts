// Clients over TLS, and a certificate that is exchanged while they are connected.
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { startOrigin } from '../support/origin.js'
import { runMain, startProxy, temporaryFolder } from '../support/proxy.js'

const folder = temporaryFolder()
const [first, second] = [makeCertificate(folder, 'first'), makeCertificate(folder, 'second')]
const skip = (first === undefined || second === undefined) && 'no openssl on this machine'

async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  await once(socket, 'secureConnect')
  return socket
}

const nameOn = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN)

async function ask(socket: TLSSocket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  let got = ''
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    got += chunk.toString('latin1')
    const head = got.indexOf('\r\n\r\n')
    const length = /content-length: (\d+)/i.exec(got)
    if (head >= 0 && length !== null && got.length >= head + 4 + Number(length[1])) return got
  }
}

for (const front of ['uws', 'strict'] as const) {
  t.test(`front ${front} speaks TLS and takes a new certificate on SIGHUP`, { skip }, async t => {
    const [cert, key] = [join(folder, `${front}.cert.pem`), join(folder, `${front}.key.pem`)]
    const show = (which: Certificate): void => {
      copyFileSync(which.certFile, cert)
      copyFileSync(which.keyFile, key)
    }
    show(first!)
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_TLS_CERT: cert, CHAOS_TLS_KEY: key })
    const early = await open(proxy.port)
    t.teardown(() => early.destroy())
    t.equal(nameOn(early), 'first')
    t.equal(early.alpnProtocol === false ? 'http/1.1' : early.alpnProtocol, 'http/1.1')
    const got = await ask(early, '/headers')
    t.match(got, /^HTTP\/1\.1 200 OK\r\n/)
    t.match(got, /"x-forwarded-proto","https"/)

    const answered = async (name: string): Promise<void> => {
      for (;;) {
        const socket = await open(proxy.port)
        const shown = nameOn(socket)
        const reply = await ask(socket, '/users/1')
        socket.destroy()
        if (!reply.startsWith('HTTP/1.1 200')) throw new Error(reply)
        if (shown === name) return
      }
    }
    show(second!)
    proxy.child.kill('SIGHUP')
    await answered('second')
    t.match(await ask(early, '/users/2'), /^HTTP\/1\.1 200 OK\r\n/, 'who was connected stays so')

    writeFileSync(cert, 'no certificate')
    proxy.child.kill('SIGHUP')
    while (!proxy.output().includes('the certificate was not read anew')) await once(proxy.child.stdout!, 'data')
    await answered('second')
    t.equal((await proxy.admin<{ requests: { internalErrors: number } }>('/api/status')).requests.internalErrors, 0)
  })
}

t.test('a key that is not that of the certificate is said before anything listens', { skip }, async t => {
  const { code, err } = await runMain({
    CHAOS_UPSTREAM: 'http://127.0.0.1:9',
    CHAOS_PORT: '0',
    CHAOS_ADMIN_PORT: '0',
    CHAOS_DATA_DIR: temporaryFolder(),
    CHAOS_TLS_CERT: first!.certFile,
    CHAOS_TLS_KEY: second!.keyFile,
  })
  t.equal(code, 1)
  t.match(err, /CHAOS_TLS_CERT=.*first.* CHAOS_TLS_KEY=.*second.* are no certificate with its key/)
  t.ok(first!.cert.includes('CERTIFICATE'))
})
