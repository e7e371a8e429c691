import t, { type Test } from 'tap'
import { steadyClock } from '../../../core/clock/clock.js'
import { FairDesk, STRANGERS } from '../../../core/threads/fair-desk.js'

const soon = (): number => steadyClock.now() + 60_000

interface Asked {
  readonly askId: number
  readonly question: string
}

/** All that is open is settled with the test: nothing waits for its time. */
function openDesk(
  t: Test,
  more: Partial<{ places: number; maxOpen: number; strangersPerSecond: number; now: () => number }> = {},
) {
  const asked: Asked[] = []
  const desk = new FairDesk<string, string>({
    ...{ post: (askId, question) => asked.push({ askId, question }), late: 'late', busy: 'busy' },
    ...{ places: 2, maxOpen: 16, strangersPerSecond: 1000 },
    ...more,
  })
  t.teardown(() => {
    while (asked.length > 0) settleAll()
  })
  const settleAll = (): void => {
    for (const { askId } of asked.splice(0)) desk.settle(askId, 'said')
  }
  const settleNext = (): string => {
    const { askId, question } = asked.shift()!
    desk.settle(askId, 'said')
    return question
  }
  return { desk, asked, settleAll, settleNext }
}

t.test('a reply finds who asked, once; what came too late is not asked', async t => {
  const { desk, asked } = openDesk(t)
  const reply = desk.ask('q', soon(), '/a')
  const [{ askId }] = asked as [Asked]
  t.equal(desk.settle(askId, 'said'), 'q')
  t.equal(await reply, 'said')
  t.equal(desk.settle(askId, 'again'), undefined)
  t.equal(await desk.ask('q', 0, '/a'), 'late')
  t.equal(asked.length, 1)
})

t.test('no more are out than there are places; others wait, and are asked as these come back', async t => {
  const { desk, asked, settleNext, settleAll } = openDesk(t)
  const replies = ['1', '2', '3', '4'].map(question => desk.ask(question, soon(), '/a'))
  t.same(
    asked.map(({ question }) => question),
    ['1', '2'],
  )
  t.equal(settleNext(), '1')
  t.same(
    asked.map(({ question }) => question),
    ['2', '3'],
  )
  while (asked.length > 0) settleAll()
  t.same(await Promise.all(replies), ['said', 'said', 'said', 'said'])
  t.equal(desk.out, 0)
  t.equal(desk.mostOut, 2)
})

t.test('lines take turns, whoever came first; strangers come last', t => {
  const { desk, asked, settleNext } = openDesk(t, { places: 1, maxOpen: 64 })
  for (const question of ['s1', 's2']) void desk.ask(question, soon(), STRANGERS)
  for (const question of ['a1', 'a2', 'a3']) void desk.ask(question, soon(), '/a')
  for (const question of ['b1', 'b2']) void desk.ask(question, soon(), '/b')
  const order: string[] = []
  while (asked.length > 0) order.push(settleNext())
  t.same(order, ['s1', 'a1', 'b1', 'a2', 'b2', 'a3', 's2'])
  t.end()
})

t.test(
  'one line alone leaves half of the places free, strangers nearly all; what is over is told so at once',
  async t => {
    const { desk, settleAll, asked } = openDesk(t, { places: 4, maxOpen: 64 })
    const ask = (line: string, times: number) => Array.from({ length: times }, () => desk.ask('q', soon(), line))
    const busy = (replies: readonly unknown[]): number => replies.filter(reply => reply === 'busy').length
    const strangers = ask(STRANGERS, 1000)
    t.equal(strangers.length - busy(strangers), 7, 'an eighth of what is free beside it')
    const hot = ask('/hot', 1000)
    t.equal(hot.length - busy(hot), 29, 'half of what is left')
    t.equal(busy(ask('/rare', 10)), 0)
    while (asked.length > 0) settleAll()
    const quiet = ask('/rare', 20)
    t.equal(busy(quiet), 0, 'the places are free again')
    while (asked.length > 0) settleAll()
    t.equal(desk.mostOut, 4)
  },
)

t.test('strangers are asked for so often a second', t => {
  let now = 1000
  const { desk, settleAll } = openDesk(t, { places: 8, maxOpen: 1024, strangersPerSecond: 10, now: () => now })
  const asked = (): number => {
    let count = 0
    for (let i = 0; i < 100; i++) {
      if (desk.ask('q', now + 60_000, STRANGERS) !== 'busy') count += 1
      settleAll()
    }
    return count
  }
  t.equal(asked(), 10)
  now += 500
  t.equal(asked(), 5)
  now += 60_000
  t.equal(asked(), 10, 'no more after a long time')
  for (let i = 0; i < 100; i++) t.not(desk.ask('q', now + 60_000, '/known'), 'busy')
  t.end()
})

t.test('one that is late while it waits gives its place in the line away', async t => {
  const { desk, asked, settleNext } = openDesk(t, { places: 1 })
  void desk.ask('first', soon(), '/a')
  const late = desk.ask('second', steadyClock.now() + 1, '/a')
  const third = desk.ask('third', soon(), '/a')
  t.equal(await late, 'late')
  t.equal(settleNext(), 'first')
  t.same(
    asked.map(({ question }) => question),
    ['third'],
  )
  settleNext()
  t.equal(await third, 'said')
})

t.test('two desks do not number alike: a reply to one that is gone finds nobody at the next', t => {
  const numbers = new Set<number>()
  for (let i = 0; i < 20; i++) {
    const { desk, asked } = openDesk(t)
    void desk.ask('q', soon(), '/a')
    numbers.add(asked[0]!.askId)
    for (const askId of numbers) desk.settle(askId, '')
  }
  t.equal(numbers.size, 20)
  t.end()
})
