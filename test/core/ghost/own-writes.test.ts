import t from 'tap'
import { steadyClock } from '../../../core/clock/clock.js'
import { MADE_REAL_MS, MAX_MADE_REAL, type OwnWrite, type OwnWritesNews } from '../../../core/contract/own-write.js'
import { OwnWrites } from '../../../core/ghost/own-writes.js'

const write = (id: string, writer: string, order: number): OwnWrite => ({
  id,
  writer,
  method: 'PUT',
  path: '/books/1',
  body: undefined,
  isMergePatch: false,
  temporary: undefined,
  acceptedAt: 0,
  order,
})
const news = (version: number, more: Partial<OwnWritesNews>): OwnWritesNews => ({
  version,
  isWhole: false,
  added: [],
  ended: [],
  crowded: [],
  madeReal: [],
  ...more,
})

t.test('each client has its own, in the order in which they were taken, until they end', async t => {
  let newest = 0
  const own = new OwnWrites(() => newest)
  t.equal(own.isEmpty, true)
  newest = 1
  own.take(news(1, { added: [write('2', 'a', 2), write('1', 'a', 1), write('3', 'b', 3)] }))
  t.equal(own.isEmpty, false)
  const pending = own.of('a', 0)
  t.notOk(pending instanceof Promise)
  t.match(pending, { writes: [{ id: '1' }, { id: '2' }], isCrowded: false })
  t.match(own.of('', 0), { writes: [] }, 'nobody is no client')
  newest = 2
  own.take(news(2, { ended: ['1', '2', '3'], crowded: ['b'] }))
  t.match(own.of('a', 0), { writes: [], isCrowded: false })
  t.match(own.of('b', 0), { writes: [], isCrowded: true })
  newest = 3
  own.take(news(3, { isWhole: true }))
  t.equal(own.isEmpty, true)
})

t.test('news that is on its way is waited for, and no longer than the time there is', async t => {
  let newest = 1
  const own = new OwnWrites(() => newest)
  t.equal(own.isEmpty, false, 'there may be some')
  const asked = own.of('a', steadyClock.now() + 60_000)
  t.ok(asked instanceof Promise)
  newest = 2
  own.take(news(1, { added: [write('1', 'a', 1)] }))
  t.match(await asked, { writes: [{ id: '1' }] }, 'what comes later it does not wait for')
  t.match(await own.of('a', steadyClock.now()), { writes: [{ id: '1' }] }, 'what is known when the time is over')
})

t.test('of what became real the oldest is forgotten', async t => {
  const own = new OwnWrites(() => 0)
  t.equal(own.hasRealIds, false)
  const madeReal = Array.from({ length: MAX_MADE_REAL + 1 }, (_, i) => ({
    writer: i === 0 ? 'a' : 'b',
    temporaryId: `t${i}`,
    id: String(i),
    isNumber: true,
    at: i,
  }))
  own.take(news(1, { madeReal }))
  t.equal(own.realIdsOf('a'), undefined)
  t.equal(own.realIdsOf('b')?.size, MAX_MADE_REAL)
  t.same(own.realIdsOf('b')?.get('t1'), { id: '1', isNumber: true })
  t.equal(own.mayName('/books/t1'), true)
  t.equal(own.mayName('/books/t0'), false)
  own.sweep(MADE_REAL_MS + MAX_MADE_REAL - 1)
  t.equal(own.realIdsOf('b')?.size, 1, 'or after a day')
  own.sweep(MADE_REAL_MS + MAX_MADE_REAL)
  t.equal(own.hasRealIds, false)
  t.equal(own.mayName('/books/t1'), false)
})
