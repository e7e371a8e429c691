import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readUpstreamTls } from '../../../core/upstream/tls-files.js'
import { makeCertificate } from '../../support/certificate.js'

const folder = t.testdir()
const at = (name: string): string => join(folder, name)
const none = { upstreamCa: '', upstreamCert: '', upstreamKey: '' }

const made = [makeCertificate(folder, 'one'), makeCertificate(folder, 'other')]
const skip = made.includes(undefined) && 'no openssl on this machine'

t.test('no files: nothing', async t => {
  t.equal(readUpstreamTls(none), undefined)
})

t.test('what the files hold', { skip }, async t => {
  const read = (name: string): string => readFileSync(at(name), 'utf8')
  writeFileSync(at('both.pem'), `# ours\n${read('one.pem')}\n${read('other.pem')}`)
  t.same(readUpstreamTls({ ...none, upstreamCa: at('both.pem') }), {
    ca: read('both.pem'),
    cert: undefined,
    key: undefined,
  })
  t.same(readUpstreamTls({ ...none, upstreamCert: at('one.pem'), upstreamKey: at('one.key') }), {
    ca: undefined,
    cert: read('one.pem'),
    key: read('one.key'),
  })
})

t.test('what is no good is told at once: setting, file and what to do', { skip }, async t => {
  writeFileSync(at('text'), 'hello')
  writeFileSync(
    at('damaged.pem'),
    readFileSync(at('one.pem'), 'utf8')
      .replace(/[A-Za-z]{8}/, 'AAAAAAAA')
      .slice(0, -60),
  )
  writeFileSync(at('torn.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  const own = { upstreamCert: at('one.pem'), upstreamKey: at('one.key') }
  const said = (files: Partial<typeof none>): string => {
    try {
      readUpstreamTls({ ...none, ...files })
      return 'nothing'
    } catch (error) {
      return (error as Error).message
    }
  }
  t.match(said({ upstreamCa: at('text') }), /^CHAOS_UPSTREAM_CA=.*text holds no certificate: it must be PEM/)
  t.match(said({ upstreamCa: at('damaged.pem') }), /^CHAOS_UPSTREAM_CA=.*damaged\.pem holds no certificate/)
  t.match(
    said({ upstreamCa: at('torn.pem') }),
    /^CHAOS_UPSTREAM_CA=.*damaged certificate, number 1 of 1 \(.*\): export/,
  )
  t.match(said({ ...own, upstreamCert: at('text') }), /^CHAOS_UPSTREAM_CERT=.*text holds no certificate/)
  const mismatch = /^CHAOS_UPSTREAM_KEY=.* is not the private key of CHAOS_UPSTREAM_CERT=.*one\.pem, PEM without a pass/
  t.match(said({ ...own, upstreamKey: at('other.key') }), mismatch)
  t.match(said({ ...own, upstreamKey: at('text') }), mismatch)
  t.match(said({ ...own, upstreamKey: folder }), /^CHAOS_UPSTREAM_KEY=.* cannot be read \(.*\): give a file/)
})
