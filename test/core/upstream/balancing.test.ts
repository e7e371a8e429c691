import t from 'tap'
import {
  type BalanceRule,
  type Candidate,
  chooseUpstream,
  type Draw,
  hashOf,
  readBalance,
} from '../../../core/upstream/balancing.js'
import { seededRandom } from '../../support/random.js'

interface Made extends Candidate {
  readonly name: string
  outstanding: number
  ranked: number
  weighs: number
}

const made = (name: string, changed: Partial<Made> = {}): Made => ({
  name,
  outstanding: 0,
  ranked: 0,
  weighs: 1,
  seed: hashOf(`http://${name}:3000`),
  rank() {
    return this.ranked
  },
  weight() {
    return this.weighs
  },
  ...changed,
})

const drawBy = (rule: BalanceRule, changed: Partial<Draw> = {}): Draw => ({
  rule,
  turn: 0,
  key: undefined,
  random: seededRandom(7),
  ...changed,
})

/** Share of `calls` that each upstream gets. `more` changes the draw of each call. */
function shares(
  upstreams: Made[],
  rule: BalanceRule,
  calls: number,
  more: (turn: number) => Partial<Draw> = () => ({}),
) {
  const random = seededRandom(7)
  const got = Object.fromEntries(upstreams.map(({ name }) => [name, 0]))
  for (let turn = 0; turn < calls; turn++) {
    const { name } = chooseUpstream(upstreams, [], { rule, turn, key: undefined, random, ...more(turn) }, 0)!
    got[name]! += 1
  }
  return Object.fromEntries(Object.entries(got).map(([name, count]) => [name, count / calls]))
}

const near = (share: number | undefined, expected: number): boolean => Math.abs(share! - expected) < 0.03
const rules = ['least-requests', 'round-robin', 'hash'] as const

t.test('the setting names a rule, and for hash the field', async t => {
  t.same(readBalance('least-requests'), { rule: 'least-requests', field: undefined })
  t.same(readBalance('round-robin'), { rule: 'round-robin', field: undefined })
  t.same(readBalance('hash:x-user'), { rule: 'hash', field: 'x-user' })
})

t.test('by every rule each is tried once, those of a lower rank first', async t => {
  for (const rule of rules) {
    const upstreams = [made('a', { ranked: 3 }), made('b'), made('c', { ranked: 2 }), made('d')]
    const tried: Made[] = []
    for (;;) {
      const next = chooseUpstream(upstreams, tried, drawBy(rule, { key: 'k' }), 0)
      if (next === undefined) break
      tried.push(next)
    }
    t.same(
      tried.map(({ ranked }) => ranked),
      [0, 0, 2, 3],
      rule,
    )
    t.equal(new Set(tried).size, 4)
  }
  t.equal(chooseUpstream([], [], drawBy('hash'), 0), undefined)
})

t.test('round robin goes through those that are ready, evenly, whoever is missing', async t => {
  const upstreams = [made('a'), made('b', { ranked: 1 }), made('c'), made('d')]
  const got = shares(upstreams, 'round-robin', 900)
  for (const name of ['a', 'c', 'd']) t.ok(near(got[name], 1 / 3), `${name} ${got[name]}`)
  t.equal(got.b, 0, 'nor does the one behind it get its turns')
})

t.test('of two drawn by chance the less busy one takes the call', async t => {
  const [a, b, c] = [made('a', { outstanding: 5 }), made('b', { outstanding: 1 }), made('c', { outstanding: 9 })]
  t.same(shares([a, c], 'least-requests', 100), { a: 1, c: 0 })
  const got = shares([a, b, c], 'least-requests', 3000)
  t.ok(near(got.b, 2 / 3) && near(got.a, 1 / 3) && got.c === 0, JSON.stringify(got))
  const idle = shares([made('a'), made('b'), made('c')], 'least-requests', 3000)
  for (const share of Object.values(idle)) t.ok(near(share, 1 / 3), JSON.stringify(idle))
})

t.test('an upstream that answers ten times slower gets far fewer calls, and no queue', async t => {
  const upstreams = [made('slow'), made('fast'), made('quick')]
  const random = seededRandom(7)
  const under: { upstream: Made; until: number }[] = []
  const got: Record<string, number> = { slow: 0, fast: 0, quick: 0 }
  let longest = 0
  for (let now = 0; now < 10_000; now++) {
    for (const call of under.filter(({ until }) => until <= now)) {
      call.upstream.outstanding -= 1
      under.splice(under.indexOf(call), 1)
    }
    const upstream = chooseUpstream(upstreams, [], drawBy('least-requests', { turn: now, random }), now)!
    upstream.outstanding += 1
    got[upstream.name]! += 1
    under.push({ upstream, until: now + (upstream.name === 'slow' ? 20 : 2) })
    longest = Math.max(longest, upstreams[0]!.outstanding)
  }
  t.ok(got.slow! < got.fast! / 3, JSON.stringify(got))
  t.ok(longest <= 5, `at most ${longest} at the slow one`)
})

t.test('one key stays with one upstream; keys are spread evenly; a missing key follows the load', async t => {
  const upstreams = ['a', 'b', 'c', 'd'].map(name => made(name))
  const of = (key: string, among = upstreams) => chooseUpstream(among, [], drawBy('hash', { key }), 0)!
  for (let i = 0; i < 50; i++) t.equal(of(`user-${i}`), of(`user-${i}`, [...upstreams].reverse()))
  const got = shares(upstreams, 'hash', 8000, turn => ({ key: `user-${turn}` }))
  for (const share of Object.values(got)) t.ok(near(share, 1 / 4), JSON.stringify(got))
  const [busy, idle] = [made('a', { outstanding: 3 }), made('b')]
  for (let i = 0; i < 20; i++) t.equal(chooseUpstream([busy, idle], [], drawBy('hash'), 0), idle)
})

t.test('where one upstream leaves, its keys alone move, evenly to the others', async t => {
  const upstreams = ['a', 'b', 'c', 'd'].map(name => made(name))
  const moved: Record<string, number> = { a: 0, c: 0, d: 0 }
  let ofB = 0
  for (let i = 0; i < 8000; i++) {
    const draw = drawBy('hash', { key: `user-${i}` })
    const before = chooseUpstream(upstreams, [], draw, 0)!
    upstreams[1]!.ranked = 3
    const after = chooseUpstream(upstreams, [], draw, 0)!
    upstreams[1]!.ranked = 0
    if (before.name !== 'b') {
      if (before !== after) t.fail(`user-${i} moved from ${before.name} to ${after.name}`)
      continue
    }
    ofB += 1
    moved[after.name]! += 1
  }
  for (const count of Object.values(moved)) t.ok(near(count / ofB, 1 / 3), JSON.stringify(moved))
})

t.test('by every rule one that starts slowly takes the part of its share that it weighs', async t => {
  for (const rule of rules) {
    for (const weighs of [0.1, 0.5, 1]) {
      const upstreams = [made('a'), made('new', { weighs }), made('c')]
      const got = shares(upstreams, rule, 9000, turn => ({ key: `user-${turn}` }))
      t.ok(near(got.new, weighs / 3), `${rule}: ${got.new} of ${weighs}`)
    }
  }
  const slow = [made('a', { weighs: 0.1 }), made('b', { weighs: 0.1 })]
  for (const rule of rules) {
    const got = shares(slow, rule, 4000, turn => ({ key: `user-${turn}` }))
    t.ok(near(got.a, 1 / 2), `${rule}: where all start slowly none waits ${got.a}`)
  }
})

t.test('keys that an upstream has while it starts slowly stay when it takes more', async t => {
  const upstreams = [made('a'), made('new', { weighs: 0.3 }), made('c')]
  for (let i = 0; i < 2000; i++) {
    const draw = drawBy('hash', { key: `user-${i}` })
    upstreams[1]!.weighs = 0.3
    const early = chooseUpstream(upstreams, [], draw, 0)!
    upstreams[1]!.weighs = 0.8
    const late = chooseUpstream(upstreams, [], draw, 0)!
    if (early !== late && late.name !== 'new') t.fail(`user-${i} moved from ${early.name} to ${late.name}`)
  }
})
