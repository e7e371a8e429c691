// Who a request is from, as far as its address and those before it tell.
import t from 'tap'
import { trustedPeers } from '../../../core/proxy/trusted.js'
import { ClientNames, networkOf } from '../../../core/record/client-names.js'

function open(trusted: readonly string[], host = '0.0.0.0'): ClientNames {
  return new ClientNames({
    ...{ trusts: trustedPeers(trusted), trustsAny: trusted.length > 0, host },
    hash: text => `#${text.slice('client\0'.length)}`,
  })
}

const from = (remoteAddress: string, ...headers: string[]) => ({ remoteAddress, headers })

t.test('what a stranger says of earlier hops is nothing', async t => {
  const claims = ['x-forwarded-for', '203.0.113.9', 'forwarded', 'for=203.0.113.9']
  t.equal(open([]).addressOf(from('192.0.2.7', ...claims), undefined), '192.0.2.7')
  t.equal(open(['10.0.0.0/8']).addressOf(from('192.0.2.7', ...claims), undefined), '192.0.2.7')
})

t.test('behind proxies of ours it is the nearest hop that is none of them', async t => {
  const clients = open(['10.0.0.0/8', '2001:db8:1::/48'])
  const of = (...headers: string[]): string => clients.addressOf(from('10.0.0.1', ...headers), undefined)
  t.equal(of('x-forwarded-for', '203.0.113.9'), '203.0.113.9')
  t.equal(of('x-forwarded-for', '6.6.6.6, 203.0.113.9, 10.9.9.9'), '203.0.113.9', 'what it claims itself is left out')
  t.equal(of('x-forwarded-for', '6.6.6.6', 'x-forwarded-for', '203.0.113.9:4711'), '203.0.113.9', 'lines are one list')
  t.equal(of('x-forwarded-for', '[2001:db8:2::7]:4711'), '2001:db8:2::7')
  t.equal(of('x-forwarded-for', '10.7.7.7, 10.8.8.8'), '10.7.7.7', 'all of them are ours: the first')
  t.equal(of('x-forwarded-for', 'unknown, 10.8.8.8'), '10.8.8.8')
  t.equal(of('x-forwarded-for', 'nonsense'), '10.0.0.1')
  t.equal(of(), '10.0.0.1')
  t.equal(of('forwarded', 'for=6.6.6.6;proto=https, for="[2001:db8:2::7]:4711";by=10.0.0.1'), '2001:db8:2::7')
  t.equal(of('forwarded', 'proto=https;for=203.0.113.9'), '203.0.113.9')
  t.equal(of('x-forwarded-for', `${'1.1.1.1, '.repeat(100_000)}203.0.113.9`), '203.0.113.9', 'however long')
})

t.test('it is read once for a header section', async t => {
  const clients = open(['10.0.0.1'])
  const notes: { forwardedClient: string | undefined } = { forwardedClient: undefined }
  t.equal(clients.addressOf(from('10.0.0.1', 'x-forwarded-for', '203.0.113.9'), notes), '203.0.113.9')
  t.equal(notes.forwardedClient, '203.0.113.9')
  t.equal(clients.addressOf(from('10.0.0.1'), notes), '203.0.113.9')
  t.equal(clients.addressOf(from('192.0.2.7'), notes), '192.0.2.7', 'and only believed of whom it is')
})

t.test('one client is one network, and this machine is nobody', async t => {
  const clients = open([], '192.0.2.1')
  t.equal(clients.nameOf('203.0.113.9'), '#203.0.113.9')
  t.equal(clients.nameOf('2001:db8:2:3:4:5:6:7'), clients.nameOf('2001:db8:2:3::9'), 'it chooses the rest itself')
  t.not(clients.nameOf('2001:db8:2:3::9'), clients.nameOf('2001:db8:2:4::9'))
  for (const own of ['127.0.0.1', '127.8.8.8', '::1', '0:0:0:0:0:0:0:1', '192.0.2.1', '', 'nonsense'])
    t.equal(clients.nameOf(own), '', own)
  t.same(
    ['::', '2001:db8::', '::ffff:192.0.2.7', '64:ff9b::192.0.2.7', 'fe80::1%eth0', '1:2:3:4:5:6:7::'].map(networkOf),
    ['0:0:0:0', '2001:db8:0:0', '192.0.2.7', '64:ff9b:0:0', 'fe80:0:0:0', '1:2:3:4'],
  )
})
