import t from 'tap'
import { Readiness } from '../../../brain/grade/readiness.js'
import { type TierSays, wouldSay } from '../../../brain/grade/whole-ghost.js'

const right = { tier: 'exact', score: 1 } as const
const found = { tier: 'query', score: 1 } as const
const silent = { tier: 'none', reason: 'not-derivable', because: 'nobody knows' } as const
const of = (readiness: Readiness) => Object.fromEntries(readiness.routes())

t.test('silence is worth nothing, and says why; nothing is claimed before anything was measured', async t => {
  const readiness = new Readiness()
  t.equal(readiness.overall.readiness, undefined)
  readiness.add('a', undefined, false)
  t.equal(readiness.overall.readiness, undefined)
  readiness.add('a', silent, false)
  t.equal(readiness.overall.readiness, 0)
  t.match(of(readiness).a, { graded: 1, because: 'nobody knows', readiness: 0 })
})

t.test('routes count as they are asked for, lately', async t => {
  const readiness = new Readiness()
  for (let i = 0; i < 300; i++) readiness.add('hot', right, true)
  for (let i = 0; i < 100; i++) readiness.add('cold', silent, false)
  t.ok(Math.abs(readiness.overall.readiness! - 0.75) < 0.01, `${readiness.overall.readiness}`)
  t.same(
    readiness.routes().map(([id]) => id),
    ['hot', 'cold'],
  )
  // Traffic has moved: what was asked for long ago does not count for ever.
  for (let i = 0; i < 60_000; i++) readiness.add('cold', silent, false)
  t.ok(readiness.overall.readiness! < 0.01)
})

t.test('what was known at first does not count for what is known now, and what broke shows soon', async t => {
  const readiness = new Readiness()
  for (let i = 0; i < 25; i++) readiness.add('r', silent, false)
  for (let i = 0; i < 75; i++) readiness.add('r', right, true)
  t.ok(readiness.overall.readiness! > 0.98, `learned: ${readiness.overall.readiness}`)
  for (let i = 0; i < 1000; i++) readiness.add('r', right, true)
  t.match(of(readiness).r!.unseen, { readiness: 0 }, 'though requests never asked before fare no better')
  for (let i = 0; i < 400; i++) readiness.add('r', silent, true)
  t.ok(readiness.overall.readiness! < 0.15, `broken: ${readiness.overall.readiness}`)
})

t.test('repeats that were counted elsewhere are demand, and right where the exact ghost may speak', async t => {
  const one = new Readiness()
  const each = new Readiness()
  one.add('r', silent, false)
  each.add('r', silent, false)
  one.addRepeats('r', 9, true)
  for (let i = 0; i < 9; i++) each.add('r', right, true)
  t.ok(Math.abs(one.overall.readiness! - each.overall.readiness!) < 1e-9, 'as if each had come for itself')
  one.add('other', silent, false)
  t.ok(Math.abs(of(one).r!.demand - 10 / 11) < 1e-3)
  const doubted = new Readiness()
  doubted.add('r', silent, false)
  doubted.addRepeats('r', 9, false)
  t.equal(doubted.overall.readiness, 0)
})

t.test('a request that is graded stands for those before it that were not', async t => {
  const sampled = new Readiness()
  for (let i = 0; i < 4; i++) sampled.add('r', silent, false)
  for (let i = 0; i < 3; i++) sampled.add('r', undefined, false)
  sampled.add('r', found, false)
  const all = new Readiness()
  for (let i = 0; i < 4; i++) all.add('r', silent, false)
  for (let i = 0; i < 4; i++) all.add('r', found, false)
  t.ok(Math.abs(sampled.overall.readiness! - all.overall.readiness!) < 1e-9)
})

t.test('what may not be kept is a part of the demand, and nobody answers it', async t => {
  const readiness = new Readiness()
  t.equal(readiness.unstorable, 0)
  for (let i = 0; i < 80; i++) readiness.add('r', right, i % 2 === 0)
  readiness.addUnstorable(20)
  t.ok(Math.abs(readiness.unstorable - 0.2) < 0.01, `${readiness.unstorable}`)
  const { readiness: overall, repeated, unseen } = readiness.overall
  t.ok(Math.abs(overall! - 0.8) < 0.01, `${overall}`)
  // Which of them came again nobody knows: as many as of all others.
  t.ok(Math.abs(repeated.readiness! - 0.8) < 0.01 && Math.abs(repeated.share - 0.5) < 0.05, JSON.stringify(repeated))
  t.ok(Math.abs(unseen.readiness! - 0.8) < 0.01, JSON.stringify(unseen))
  t.match(readiness.routes(), [['r', { readiness: 1 }]], 'it is of no route')
  t.ok(Math.abs(readiness.routes()[0]![1].demand - 0.8) < 0.01)
  const again = Readiness.fromJSON(JSON.parse(JSON.stringify(readiness)))
  t.ok(Math.abs(again.unstorable - readiness.unstorable) < 1e-9, 'also after a restart')
  t.equal(again.routes().length, 1)
  const alone = new Readiness()
  alone.addUnstorable(3)
  t.same([alone.overall.readiness, alone.unstorable], [0, 1])
  // Old demand fades, whatever it was for.
  for (let i = 0; i < 60_000; i++) readiness.add('r', right, true)
  t.ok(readiness.unstorable < 0.001, `${readiness.unstorable}`)
})

t.test('goes on after a restart, and with routes that became one', async t => {
  const readiness = new Readiness()
  for (let i = 0; i < 10; i++) readiness.add('a', right, true)
  for (let i = 0; i < 10; i++) readiness.add('b', silent, false)
  t.ok(Math.abs(readiness.overall.repeated.share - 0.5) < 0.01)
  const again = Readiness.fromJSON(JSON.parse(JSON.stringify(readiness)))
  t.ok(Math.abs(again.overall.readiness! - readiness.overall.readiness!) < 1e-9)
  t.match(again.overall, { repeated: { readiness: 1 }, unseen: { readiness: 0 } })
  again.move('a', 'b')
  t.match(again.routes(), [['b', { graded: 20, demand: 1 }]])
  t.ok(Math.abs(again.overall.readiness! - 0.5) < 0.01)
})

t.test('the whole ghost: the first tier that may speak', async t => {
  const says = (tier: TierSays['tier'], lowerBound: number, over: Partial<TierSays> = {}): TierSays => ({
    tier,
    lowerBound,
    score: 0.9,
    refused: false,
    ...over,
  })
  const nothing = { exact: undefined, gone: false, composed: { because: 'not seen' }, template: undefined }
  t.match(wouldSay(nothing, 0.7), { tier: 'none', reason: 'not-derivable', because: 'not seen' })
  const all = { ...nothing, exact: says('exact', 0.8), composed: says('query', 0.8), template: says('template', 0.8) }
  t.match(wouldSay(all, 0.7), { tier: 'exact' })
  t.match(wouldSay({ ...all, exact: says('exact', 0.6) }, 0.7), { tier: 'query', score: 0.9 })
  t.match(wouldSay({ ...all, exact: says('exact', 0.8, { refused: true }) }, 0.7), { tier: 'query' })
  const written = { ...all, exact: undefined, gone: true, composed: says('query', 0.6) }
  t.match(wouldSay(written, 0.7), { tier: 'none', reason: 'low-confidence', because: /query 0\.60/ }, 'no template')
  t.match(wouldSay({ ...written, gone: false }, 0.7), { tier: 'template' })
  t.match(wouldSay(all, 0.9), { tier: 'none', reason: 'low-confidence' })
})
