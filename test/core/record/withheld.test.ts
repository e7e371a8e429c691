// What says no-store and is kept all the same is for the learner of this instance alone.
import t from 'tap'
import { packExchanges, unpackExchanges } from '../../../core/contract/exchange-wire.js'
import { withoutNoStore } from '../../../core/record/withheld.js'
import { userExchange } from '../../support/brain.js'

const ids = (bytes: ArrayBuffer) => unpackExchanges(bytes).map(({ path, body }) => `${path} ${Buffer.from(body)}`)

t.test('leaves out what says no-store, on whatever line, and nothing else', async t => {
  const exchanges = [1, 2, 3, 4].map(userExchange)
  exchanges[1] = { ...exchanges[1]!, headers: ['cache-control', 'private', 'cache-control', 'No-Store'] }
  exchanges[3] = { ...exchanges[3]!, headers: ['cache-control', 'private'] }
  const bytes = packExchanges(exchanges)
  const told = withoutNoStore({ bytes, count: 4 })
  t.equal(told.count, 3)
  t.same(ids(told.bytes), ids(packExchanges([exchanges[0]!, exchanges[2]!, exchanges[3]!])))
  t.same(ids(bytes), ids(packExchanges(exchanges)), 'the learner’s batch is as it was')
})

t.test('all or nothing', async t => {
  const batch = { bytes: packExchanges([userExchange(1), userExchange(2)]), count: 2 }
  t.equal(withoutNoStore(batch), batch, 'no copy where nothing is withheld')
  const own = { ...userExchange(1), headers: ['cache-control', 'no-store'] }
  const none = withoutNoStore({ bytes: packExchanges([own]), count: 1 })
  t.same([none.count, none.bytes.byteLength], [0, 0])
})
