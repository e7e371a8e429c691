// Callers without credentials, by the address that they come from: in the midst of many others who do the same a little.
import t from 'tap'
import { ONE_ADDRESS } from '../../../../brain/learn/anomalies/callers.js'
import { TrafficWatch } from '../../../../brain/learn/anomalies/traffic-watch.js'
import type { AnomalySignal } from '../../../../core/contract/anomalies.js'
import { type Fact, factBatch } from '../../../support/fact-batches.js'

const START = Date.UTC(2024, 0, 8, 9)
const MINUTE = 60_000
const PEOPLE = 200
const LEARNED_MINUTES = 120

interface Asking {
  readonly route?: string
  readonly method?: 'GET' | 'POST'
  readonly target: string
  readonly status?: number
  readonly scope?: string
  readonly client?: string
}

/** Minutes of traffic of an API that asks nobody who he is. */
class Crowd {
  readonly watch = new TrafficWatch({ warmsUp: false })
  #seq = 0
  #batch = 0
  #minute = 0

  /** Each of many people mistypes now and then: together they do a lot. `more`: beside them. */
  minute(more: readonly Asking[] = []): AnomalySignal[] {
    const asked: Asking[] = []
    for (let person = 0; person < PEOPLE; person++) {
      const client = `home-${person}`
      const nth = this.#minute * PEOPLE + person
      asked.push({ route: 'GET /things/{id}', target: `/things/${(nth * 7919) % 5000}`, client })
      if (person % 4 === 0)
        asked.push({ route: 'GET /things/{id}', target: `/things/${90_000 + nth}`, status: 404, client })
      if (person % 5 === 0) asked.push({ target: `/old/${nth}`, status: 404, client })
      if (person % 2 === 0) asked.push({ method: 'POST', target: '/login', status: 200, client })
      if (person % 3 === 0) asked.push({ method: 'POST', target: '/login', status: 401, client })
    }
    const at = START + this.#minute * MINUTE
    const signals: AnomalySignal[] = []
    for (let second = 0; second < 60; second += 5) {
      // In their order, each within a twelfth of the minute.
      const isNow = (_: Asking, i: number, all: readonly Asking[]): boolean =>
        Math.floor((12 * i) / all.length) === second / 5
      const part = [...asked.filter(isNow), ...more.filter(isNow)]
      const facts = part.map((one): Fact => {
        const { route = 'unlearned', ...rest } = one
        return { ...rest, route, at: at + 1000 * second, seq: ++this.#seq, totalMs: 2 }
      })
      this.watch.take(factBatch(1, ++this.#batch, facts), at + 1000 * second + 999)
      signals.push(...this.watch.signals())
    }
    this.#minute += 1
    return signals.filter(({ kind }) => kind !== 'slow')
  }
}

function learned(): Crowd {
  const crowd = new Crowd()
  for (let minute = 0; minute < LEARNED_MINUTES; minute++) crowd.minute()
  return crowd
}

const many = (count: number, make: (i: number) => Asking): Asking[] =>
  Array.from({ length: count }, (_, i) => ({ client: 'thief', ...make(i) }))

t.test('a crowd is normal', async t => {
  const crowd = new Crowd()
  const told = Array.from({ length: LEARNED_MINUTES }, () => crowd.minute()).flat()
  t.same(
    told.map(({ says }) => says),
    [],
  )
})

const cases: readonly (readonly [string, AnomalySignal['kind'], string, readonly Asking[]])[] = [
  [
    'identifiers that are not there',
    'enumeration',
    'GET /things/{id}',
    many(60, i => ({ route: 'GET /things/{id}', target: `/things/${500_000 + ((i * 7919) % 100_000)}`, status: 404 })),
  ],
  [
    'identifiers in order',
    'enumeration',
    'GET /things/{id}',
    many(60, i => ({ route: 'GET /things/{id}', target: `/things/${100 + i}` })),
  ],
  ['paths that are not there', 'unknown-routes', 'unlearned', many(60, i => ({ target: `/.git/${i}`, status: 404 }))],
  [
    'passwords',
    'credential-stuffing',
    'POST /login',
    many(60, () => ({ method: 'POST', target: '/login', status: 401 })),
  ],
  [
    'keys, each tried once',
    'credential-stuffing',
    'GET /things/{id}',
    many(60, i => ({ route: 'GET /things/{id}', target: '/things/7', status: 401, scope: `stolen-${i}` })),
  ],
]

for (const [name, kind, subject, asked] of cases)
  t.test(`one address in the crowd: ${name}`, async t => {
    const crowd = learned()
    const told = crowd.minute(asked)
    t.ok(told.length > 0)
    t.same(
      [...new Set(told.map(one => `${one.kind} ${one.subject} ${one.detail}`))],
      [`${kind} ${subject} ${ONE_ADDRESS}`],
      'and no other',
    )
    t.match(told[0], { says: /address \(thief…\)/, evidence: { client: 'thief' } })
    const unseen = learned().minute(asked.map(({ client: _, ...one }) => one))
    t.not(unseen[0]?.detail, ONE_ADDRESS, 'without the address it is lost in the crowd, or nobody in particular')
  })

t.test('what a person calls normal of one address is that of addresses alone', async t => {
  const crowd = learned()
  const asked = cases[0]![3]
  const told = crowd.minute(asked)
  const worst = told.reduce((a, b) => (a.strength > b.strength ? a : b))
  crowd.watch.expect(worst, worst.strength, START + LEARNED_MINUTES * MINUTE)
  // So that the minute before is not counted as well.
  crowd.minute()
  crowd.minute()
  t.same(crowd.minute(asked), [])
  t.ok(crowd.minute(cases[3]![3]).length > 0, 'of something else it is told')
})

t.test('addresses that begin to be told are learned first', async t => {
  const before = learned()
  const saved = JSON.parse(JSON.stringify(before.watch))
  delete saved.callers.addresses
  const watch = new TrafficWatch({ warmsUp: false }, saved)
  const at = START + LEARNED_MINUTES * MINUTE
  const facts = cases[0]![3].map((one, i): Fact => ({ route: 'unlearned', ...one, at, seq: 1e6 + i }))
  watch.take(factBatch(2, 0, facts), at + 999)
  t.same(watch.signals(), [])
})

t.test('nothing of an address is written down', async t => {
  const crowd = learned()
  crowd.minute(cases[0]![3])
  t.notMatch(JSON.stringify(crowd.watch), /thief|home-/)
})
