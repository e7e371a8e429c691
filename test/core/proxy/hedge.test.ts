import t from 'tap'
import { Hedge, TimedHedge } from '../../../core/proxy/hedge.js'
import { seededRandom } from '../../support/random.js'

t.test('who waits is told when the time is up, in turn, and once', async t => {
  const hedge = new Hedge(10)
  const told: string[] = []
  hedge.add(0, () => told.push('a'))
  hedge.add(4, () => told.push('b'))
  t.equal(hedge.tell(9), 1)
  t.same(told, [])
  t.equal(hedge.tell(10), 4)
  t.same(told, ['a'])
  t.equal(hedge.tell(30), undefined)
  t.same(told, ['a', 'b'])
  t.equal(hedge.tell(60), undefined)
  t.equal(told.length, 2)
})

t.test('who has his answer is not told; taking one out twice, or one that was told, does no harm', async t => {
  const random = seededRandom(3)
  for (let round = 0; round < 200; round++) {
    const hedge = new Hedge(5)
    const told = new Set<number>()
    const waiting = Array.from({ length: 8 }, (_, i) => hedge.add(i, () => told.add(i)))
    const out = new Set<number>()
    for (let i = 0; i < 8; i++)
      if (random() < 0.5) {
        hedge.remove(waiting[i]!)
        hedge.remove(waiting[i]!)
        out.add(i)
      }
    hedge.tell(8)
    for (let i = 0; i < 8; i++) t.equal(told.has(i), i <= 3 && !out.has(i), `${round}: ${i}`)
    for (const one of waiting) hedge.remove(one)
    t.equal(hedge.tell(100), undefined)
    t.equal([...told].filter(i => i > 3).length, 0)
  }
})

t.test('one who is told may begin to wait anew, or take another out', async t => {
  const hedge = new Hedge(10)
  const told: string[] = []
  const second = { is: undefined as ReturnType<Hedge['add']> | undefined }
  hedge.add(0, () => {
    told.push('first')
    hedge.remove(second.is!)
    hedge.add(10, () => told.push('third'))
  })
  second.is = hedge.add(0, () => told.push('second'))
  t.equal(hedge.tell(10), 10)
  hedge.tell(20)
  t.same(told, ['first', 'third'])
})

t.test('a timer that goes off a little early is early enough: nobody waits for another one', async t => {
  let now = 100
  let looks = 0
  const hedge = new TimedHedge(3, () => {
    looks += 1
    return now
  })
  const told = new Promise<void>(resolve => hedge.add(100, resolve))
  // Of the 3 ms 2.1 have gone by when it is looked.
  now = 102.1
  await told
  t.equal(looks, 1)
})
