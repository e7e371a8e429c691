import t from 'tap'
import { type WarmAnswer, WarmUp } from '../../../core/warmup/warm-up.js'

/** An upstream that answers as told, and a brain that offers what it is given, again and again. */
const start = (targets: readonly string[], answers: (target: string) => WarmAnswer | undefined, perSecond = 1) => {
  const asked: string[] = []
  let well = true
  const warmUp = new WarmUp({
    offer: async () => targets.map(target => ({ routeId: target.split('/')[1]!, target })),
    fetch: async target => {
      asked.push(target)
      return answers(target)
    },
    mayAsk: () => well,
    perSecond,
    log: { info: () => {}, warn: () => {} } as never,
  })
  return {
    warmUp,
    asked,
    setWell: (is: boolean) => (well = is),
    ticks: async (count: number) => {
      for (let i = 0; i < count; i++) await warmUp.tick()
    },
  }
}
const good = { status: 200, isGhost: false }

t.test('one a tick, nothing twice, even where it is offered again', async t => {
  const { asked, ticks, warmUp } = start(['/a/1', '/a/2', '/a/1'], () => good)
  await ticks(1)
  t.same(asked, ['/a/1'])
  await ticks(50)
  t.same(asked, ['/a/1', '/a/2'])
  t.same(warmUp.status(), { asked: 2, answered: 2, refused: 0 })
})

t.test('nothing while the circuit is not closed, and not one after the brain took its time either', async t => {
  const { asked, ticks, setWell } = start(['/a/1'], () => good)
  setWell(false)
  await ticks(10)
  t.same(asked, [])
  setWell(true)
  await ticks(1)
  t.same(asked, ['/a/1'])
  const slow: string[] = []
  let well = true
  const late = new WarmUp({
    offer: async () => {
      well = false
      return [{ routeId: 'a', target: '/a/1' }]
    },
    fetch: async target => {
      slow.push(target)
      return good
    },
    mayAsk: () => well,
    perSecond: 1,
    log: { info: () => {}, warn: () => {} } as never,
  })
  await late.tick()
  t.same(slow, [], 'the circuit opened meanwhile')
})

t.test('one at a time, however slow the upstream', async t => {
  let answer = (_: WarmAnswer): void => {}
  let asked = 0
  const warmUp = new WarmUp({
    offer: async () => [1, 2, 3].map(i => ({ routeId: 'a', target: `/a/${i}` })),
    fetch: () => {
      asked += 1
      return new Promise(resolve => {
        answer = resolve
      })
    },
    mayAsk: () => true,
    perSecond: 10,
    log: { info: () => {}, warn: () => {} } as never,
  })
  const first = warmUp.tick()
  await new Promise(setImmediate)
  await warmUp.tick()
  t.equal(asked, 1)
  answer(good)
  await first
  void warmUp.tick()
  await new Promise(setImmediate)
  t.equal(asked, 2)
})

t.test('after three refusals in a row a route is left alone, others are not', async t => {
  const { asked, ticks } = start(['/a/1', '/a/2', '/a/3', '/a/4', '/b/1'], target =>
    target.startsWith('/a') ? { status: 404, isGhost: false } : good,
  )
  await ticks(20)
  t.same(asked, ['/a/1', '/a/2', '/a/3', '/b/1'])
})

for (const [what, answer] of [
  ['too much', { status: 429, isGhost: false }],
  ['an error', { status: 503, isGhost: false }],
  ['a ghost', { status: 200, isGhost: true }],
  ['nothing', undefined],
] as const)
  t.test(`a minute of rest after ${what}`, async t => {
    const { asked, ticks } = start(['/a/1', '/b/2'], () => answer, 2)
    await ticks(1)
    t.same(asked, ['/a/1'])
    await ticks(120)
    t.same(asked, ['/a/1'])
    await ticks(1)
    t.same(asked, ['/a/1', '/b/2'])
  })

t.test('a brain that fails is asked again later', async t => {
  let asked = 0
  const warned: unknown[] = []
  const warmUp = new WarmUp({
    offer: () => {
      asked += 1
      return Promise.reject(new Error('gone'))
    },
    fetch: async () => good,
    mayAsk: () => true,
    perSecond: 1,
    log: { info: () => {}, warn: (facts: unknown) => warned.push(facts) } as never,
  })
  for (let i = 0; i < 62; i++) await warmUp.tick()
  t.equal(asked, 2)
  t.equal(warned.length, 2)
})
