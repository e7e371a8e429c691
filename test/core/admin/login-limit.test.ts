import t from 'tap'
import { LoginLimit } from '../../../core/admin/login-limit.js'

const rules = { tries: 3, refillMs: 1000, addresses: 2 }

t.test('after so many wrong tokens it must be waited, and then one more may be tried', async t => {
  let now = 0
  const limit = new LoginLimit(() => now, rules)
  for (let i = 0; i < 3; i++) {
    t.equal(limit.waitS('10.0.0.1'), 0)
    limit.failed('10.0.0.1')
  }
  t.equal(limit.waitS('10.0.0.1'), 1)
  t.equal(limit.waitS('10.0.0.2'), 0, 'others are not kept waiting')
  now = 999
  t.equal(limit.waitS('10.0.0.1'), 1)
  now = 1000
  t.equal(limit.waitS('10.0.0.1'), 0)
  limit.failed('10.0.0.1')
  t.equal(limit.waitS('10.0.0.1'), 1)
  now = 1e9
  for (let i = 0; i < 3; i++) {
    t.equal(limit.waitS('10.0.0.1'), 0, 'not more than the first time, however long nobody tried')
    limit.failed('10.0.0.1')
  }
  t.equal(limit.waitS('10.0.0.1'), 1)
})

t.test('addresses of one IPv6 network are one', async t => {
  const limit = new LoginLimit(() => 0, rules)
  for (const address of ['2001:db8::1', '2001:db8:0:0:5:6:7:8', '2001:db8:0:0::9%eth0']) limit.failed(address)
  t.ok(limit.waitS('2001:db8::ffff') > 0)
  t.equal(limit.waitS('2001:db8:0:1::1'), 0)
  t.equal(limit.waitS('::ffff:10.0.0.1'), 0)
  t.equal(limit.waitS('::1'), 0)
})

t.test('what is remembered has a bound: those beyond it share one count', async t => {
  let now = 0
  const limit = new LoginLimit(() => now, rules)
  for (const address of ['a', 'b', 'c', 'd', 'e']) limit.failed(address)
  t.ok(limit.waitS('f') > 0, 'three strangers had the tries of one')
  t.equal(limit.waitS('a'), 0)
  now = 1e9
  limit.failed('g')
  t.equal(limit.waitS('f'), 0, 'those who waited make room')
})
