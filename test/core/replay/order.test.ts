import t from 'tap'
import { Order, type Ordered } from '../../../core/replay/order.js'

interface Named extends Ordered {
  readonly name: string
}

const ask = (name: string, place: string, [at, endedAt]: [number, number], client = ''): Named => ({
  ...{ name, client, place, at, endedAt },
  isWrite: /^(POST|PUT|PATCH|DELETE)/.test(name),
})

const namesOf = (items: readonly Named[]): string[] => items.map(({ name }) => name)

t.test('what a client did after an answer waits for that answer; what it had under way beside it does not', async t => {
  const order = new Order<Named>(false)
  const first = ask('GET 1', '/a', [0, 100], 'ann')
  const beside = ask('GET 2', '/b', [50, 300], 'ann')
  const after = ask('GET 3', '/c', [120, 200], 'ann')
  const afterBoth = ask('GET 4', '/d', [300, 310], 'ann')
  t.equal(order.admit(first), true)
  t.equal(order.admit(beside), true)
  t.equal(order.admit(after), false)
  t.equal(order.admit(afterBoth), false)
  t.equal(order.admit(ask('GET 5', '/a', [400, 410], 'bob')), true, 'another client')
  t.equal(order.admit(ask('GET 6', '/a', [400, 410])), true, 'nobody knows whose it is')
  t.same(namesOf(order.finished(first)), ['GET 3'])
  t.same(namesOf(order.finished(beside)), [])
  t.same(namesOf(order.finished(after)), ['GET 4'])
  t.equal(order.unfinished, 3)
  t.same(order.finished(first), [], 'twice is once')
})

t.test('a write waits for all that was asked of its thing before, and what comes after waits for it', async t => {
  const order = new Order<Named>(true)
  const read = ask('GET 1', '/orders/7', [0, 10])
  const write = ask('PUT 2', '/orders/7', [5, 20])
  const readAgain = ask('GET 3', '/orders/7', [6, 30])
  const list = ask('GET 4', '/orders', [7, 30])
  t.equal(order.admit(read), true)
  t.equal(order.admit(write), false)
  t.equal(order.admit(readAgain), false)
  t.equal(order.admit(list), false, 'the list shows the thing')
  t.equal(order.admit(ask('GET 5', '/orders/8', [8, 30])), true, 'another thing')
  t.equal(order.admit(ask('PUT 6', '/orders/9', [8, 30])), false, 'changes what the list before it shows')
  t.same(namesOf(order.finished(read)), ['PUT 2'])
  t.same(namesOf(order.finished(write)), ['GET 3', 'GET 4'])
  t.same(namesOf(order.finished(list)), ['PUT 6'])
})

t.test('what is made is not asked for before it is made', async t => {
  const order = new Order<Named>(true)
  const made = ask('POST 1', '/orders', [0, 10], 'ann')
  const below = ask('GET 2', '/orders/41', [20, 30], 'bob')
  const farBelow = ask('GET 3', '/orders/41/lines', [20, 30])
  t.equal(order.admit(made), true)
  t.equal(order.admit(below), false)
  t.equal(order.admit(farBelow), false)
  t.same(namesOf(order.finished(made)), ['GET 2', 'GET 3'])
})

t.test('who waits for the same request by two reasons waits for it once', async t => {
  const order = new Order<Named>(true)
  const one = ask('PUT 1', '/a', [0, 10], 'ann')
  t.equal(order.admit(one), true)
  t.equal(order.admit(ask('PUT 2', '/a', [20, 30], 'ann')), false)
  t.same(namesOf(order.finished(one)), ['PUT 2'])
})

t.test('among reads alone things have no order', async t => {
  const order = new Order<Named>(false)
  t.equal(order.admit(ask('GET 1', '/a', [0, 10])), true)
  t.equal(order.admit(ask('GET 2', '/a', [20, 30])), true)
})
