import t from 'tap'
import { addressProblem, chooseTarget, type ReplayTarget } from '../../../core/replay/target.js'

const allowed = ['http://staging.example:8080', 'https://api.example/v2/']
const own = { ports: [8080, 9090], addresses: ['10.0.0.7', 'fd00::7', 'fe80::1%eth0'] }

t.test('what is in the allow-list, and below it', async t => {
  t.same(chooseTarget('http://staging.example:8080', allowed), {
    ...{ url: 'http://staging.example:8080', host: 'staging.example', port: 8080, tls: false },
  })
  t.match(chooseTarget('http://STAGING.example:8080/any/', allowed), { url: 'http://staging.example:8080/any' })
  t.match(chooseTarget('https://api.example/v2', allowed), { port: 443, tls: true })
  t.match(chooseTarget('https://api.example/v2/x', allowed), { url: 'https://api.example/v2/x' })
  t.match(chooseTarget('http://[::1]:3000', ['http://[::1]:3000']), { host: '::1' })
  t.match(chooseTarget(undefined, ['http://a.example']), { url: 'http://a.example', port: 80 })
})

t.test('everything else is refused with the reason', async t => {
  for (const [asked, problem] of [
    [undefined, /which target\? .*staging\.example/],
    ['staging.example:8080', /not in the allow-list/],
    ['not a url', /is no URL/],
    ['https://staging.example:8080', /not in the allow-list; CHAOS_REPLAY_TARGETS allows http:\/\/staging/],
    ['http://staging.example', /not in the allow-list/],
    ['http://staging.example:8080.evil.example', /is no URL|not in the allow-list/],
    ['http://staging.example.evil.example:8080', /not in the allow-list/],
    ['http://staging.example:8080@evil.example', /credentials/],
    ['http://user@staging.example:8080', /credentials/],
    ['https://api.example/v1', /not in the allow-list/],
    ['https://api.example/v2x', /not in the allow-list/],
    ['https://api.example/v2/../v1', /not in the allow-list/],
    ['https://api.example/v2/%2e%2e/v1', /not in the allow-list/],
    ['https://api.example/v2/..%2fv1', /not in the allow-list/],
    ['http://staging.example:8080/?a=1', /query/],
    ['file:///etc/passwd', /not in the allow-list/],
  ] as const)
    t.match(chooseTarget(asked, allowed), { problem }, String(asked))
  t.match(chooseTarget('http://a.example', []), { problem: /no target is allowed; .*CHAOS_REPLAY_TARGETS/ })
})

t.test('an address is looked at before it is connected to', async t => {
  const target = (host: string, port: number): ReplayTarget => ({
    url: `http://${host}:${port}`,
    host,
    port,
    tls: false,
  })
  const elsewhere = target('staging.example', 3000)
  for (const fine of ['10.0.0.7', '93.184.216.34', '127.0.0.1', 'fd00::9', '::1'])
    t.equal(addressProblem(elsewhere, fine, own), undefined, fine)
  for (const [address, problem] of [
    ['224.0.0.1', /no address of one machine/],
    ['255.255.255.255', /no address of one machine/],
    ['ff02::1', /no address of one machine/],
    ['169.254.169.254', /link-local/],
    ['::ffff:169.254.169.254', /link-local/],
    ['::ffff:a9fe:a9fe', /link-local/],
    ['fe80::1%eth0', /link-local/],
  ] as const)
    t.match(addressProblem(elsewhere, address, own), problem, address)
  t.equal(addressProblem(target('169.254.1.1', 80), '169.254.1.1', own), undefined, 'written out it was meant')
})

t.test('this proxy is no target, by whatever address', async t => {
  for (const port of own.ports)
    for (const address of [
      ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '::1', '::', '10.0.0.7', 'fd00::7', '::ffff:127.0.0.1', '::ffff:7f00:1'],
      ...['::ffff:10.0.0.7', 'FD00::7'],
    ]) {
      const host = 'proxy.example'
      t.match(addressProblem({ url: '', host, port, tls: false }, address, own), /is this proxy itself/, address)
    }
  const another = { url: '', host: 'other.example', port: 8080, tls: false }
  t.equal(addressProblem(another, '10.0.0.8', own), undefined, 'the same port of another machine')
})
