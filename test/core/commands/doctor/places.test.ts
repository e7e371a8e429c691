// Places as they are found on a real machine.
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import {
  certificateFinding,
  folderFinding,
  portFinding,
  upstreamFinding,
} from '../../../../core/commands/doctor/places.js'
import { makeCertificate } from '../../../support/certificate.js'
import { temporaryFolder } from '../../../support/proxy.js'

async function listening(t: { teardown(fn: () => unknown): void }): Promise<number> {
  const server = createServer(socket => socket.end())
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('a folder that is there, that is not yet, and that never will be', async t => {
  const folder = temporaryFolder()
  t.match(folderFinding(folder), { state: 'ok', says: /can be written, and has [\d.]+ GiB left/ })
  t.match(folderFinding(join(folder, 'not', 'yet')), { state: 'ok', says: /can be made/ })
  const file = join(folder, 'file')
  writeFileSync(file, '')
  t.match(folderFinding(join(file, 'below')), { state: 'wrong', says: /is no folder/, remedy: /CHAOS_DATA_DIR/ })
})

t.test('a port that is free, that is used, and that a proxy uses', async t => {
  const port = await listening(t)
  const asked = { name: 'port', host: '127.0.0.1', setting: 'CHAOS_PORT', proxyRuns: false }
  t.match(await portFinding({ ...asked, port }), { state: 'wrong', says: /is in use/, remedy: /CHAOS_PORT/ })
  t.match(await portFinding({ ...asked, port, proxyRuns: true }), { state: 'ok', says: /the proxy that runs here/ })
  t.match(await portFinding({ ...asked, port: 0 }), { state: 'ok' })
  t.match(await portFinding({ ...asked, host: '192.0.2.1', port }), { state: 'wrong', says: /EADDRNOTAVAIL/ })
})

t.test('an upstream that is reached, and one that is not', async t => {
  const port = await listening(t)
  const place = { url: 'http://u', host: '127.0.0.1', tls: undefined, waitMs: 30_000 }
  t.match(await upstreamFinding({ ...place, port }), { state: 'ok', says: 'http://u accepts connections' })
  t.match(await upstreamFinding({ ...place, port: 1 }), {
    state: 'wrong',
    says: 'http://u is not reached (ECONNREFUSED)',
  })
  t.match(await upstreamFinding({ ...place, port, tls: {} }), { state: 'wrong' }, 'it speaks no TLS')
})

const made = makeCertificate(temporaryFolder())
t.test('a certificate: good, soon over, over, and not one', { skip: made === undefined && 'no openssl' }, async t => {
  t.equal(certificateFinding('', '', 0), undefined)
  const { cert, certFile, keyFile } = made!
  const notAfter = Date.parse(new X509Certificate(cert).validTo)
  const day = 86_400_000
  t.match(certificateFinding(certFile, keyFile, notAfter - 30 * day), { state: 'ok' })
  t.match(certificateFinding(certFile, keyFile, notAfter - 3 * day), { state: 'warning', says: /expires on/ })
  t.match(certificateFinding(certFile, keyFile, notAfter + 2 * day), { state: 'wrong', says: /expired on/ })
  t.match(certificateFinding(keyFile, certFile, 0), { state: 'wrong', remedy: /CHAOS_TLS_CERT/ })
})
