import t from 'tap'
import { checkedAddresses } from '../../../core/replay/resolve.js'
import type { ReplayTarget } from '../../../core/replay/target.js'

const target = (host: string): ReplayTarget => ({ url: `http://${host}:3000`, host, port: 3000, tls: false })

t.test('a name is asked for once, and all that it stands for is looked at', async t => {
  let asked = 0
  const resolve = (addresses: readonly string[]) => async () => {
    asked += 1
    return addresses
  }
  t.same(await checkedAddresses(target('staging.example'), [9090], resolve(['10.1.1.1', '10.1.1.2'])), {
    addresses: ['10.1.1.1', '10.1.1.2'],
  })
  t.equal(asked, 1)
  const mixed = await checkedAddresses(target('staging.example'), [9090], resolve(['10.1.1.1', '169.254.169.254']))
  t.match(mixed, { problem: /link-local/ }, 'one bad address among good ones')
  t.match(await checkedAddresses(target('self.example'), [3000], resolve(['127.0.0.1'])), {
    problem: /this proxy itself/,
  })
  t.match(await checkedAddresses(target('none.example'), [9090], resolve([])), { problem: /no address/ })
  const failing = async () => Promise.reject(new Error('ENOTFOUND'))
  t.match(await checkedAddresses(target('gone.example'), [9090], failing), { problem: /cannot be resolved: ENOTFOUND/ })
})

t.test('an address is not asked for', async t => {
  const never = async () => Promise.reject(new Error('asked'))
  t.same(await checkedAddresses(target('10.1.1.1'), [9090], never), { addresses: ['10.1.1.1'] })
})
