// Which parameters of a query are found to change nothing, and which never are.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { ComparedAnswer } from '../../../brain/learn/fingerprint.js'
import { InertParams, type SavedInertParams } from '../../../brain/learn/inert-params.js'
import { parseJson } from '../../../core/contract/json.js'
import { seededRandom } from '../../support/random.js'

const START = Date.UTC(2026, 4, 1)

/** One route of an API and all that is learned of its parameters. */
class Listener {
  params = new InertParams()
  #now = START
  #asked = 0
  writtenAt = 0
  readonly #kept = new Map<string, ComparedAnswer>()
  readonly #routeId: string

  constructor(routeId = 'GET /items') {
    this.#routeId = routeId
  }

  get now(): number {
    return this.#now
  }

  hear(query: string, body: unknown, { status = 200, path = '/items', headers = [] as string[] } = {}): void {
    const text = JSON.stringify(body)
    const answer = { status, headers, body: Buffer.from(text), json: parseJson(text) }
    const key = `${++this.#asked}`
    this.#kept.set(key, answer)
    const startedAt = this.#now
    this.#now += 1000
    const completedAt = startedAt + 5
    this.params.observe(
      this.#routeId,
      { name: path, query, startedAt, completedAt, answer, key },
      { writtenAt: this.writtenAt, volatile: undefined, kept: of => this.#kept.get(of) },
    )
  }

  write(): void {
    this.writtenAt = this.#now
    this.#now += 1000
  }

  get ignored(): string[] {
    return [...this.params.ignoredOn(this.#routeId)]
  }
}

const items = (...ids: number[]) => ({ items: ids.map(id => ({ id, name: `item ${id}` })), total: 12 })
const page = items(1, 2, 3)
const random = seededRandom(7)
const digits = (count: number): string => String(Math.floor(random() * 10 ** count)).padStart(count, '0')

t.test('a moment in each request that changes nothing is ignored after enough evidence, and not before', async t => {
  const listener = new Listener()
  for (let i = 0; i < 15; i++) listener.hear(`_=${listener.now}`, page)
  t.same(listener.ignored, [])
  for (let i = 0; i < 10; i++) listener.hear(`_=${listener.now}`, page)
  t.same(listener.ignored, ['_'])
  t.match(listener.params.taught('GET /items'), [{ name: '_', seen: 25, equal: Number }])
  const again = new InertParams(JSON.parse(JSON.stringify(listener.params)) as SavedInertParams)
  t.same([...again.ignoredOn('GET /items')], ['_'], 'kept between runs')
})

t.test('nothing follows from what a parameter is called', async t => {
  for (const [name, value] of [
    ['page', (): string => `x${digits(9)}`],
    ['rnd', (): string => `0.${digits(15)}`],
    ['fbclid', (): string => `IwAR${randomUUID()}`],
    ['nonce', (): string => randomUUID()],
  ] as const) {
    const listener = new Listener()
    for (let i = 0; i < 30; i++) listener.hear(`sort=name&${name}=${value()}`, page)
    t.same(listener.ignored, [name])
  }
  for (const name of ['_', 'cb', 'cachebuster', 'fbclid', 'utm_source']) {
    const listener = new Listener()
    for (let i = 0; i < 60; i++) listener.hear(`${name}=${digits(9)}`, items(i, i + 1))
    t.same(listener.ignored, [], `${name}, which selects here`)
  }
})

t.test('several that always come together are found together', async t => {
  const listener = new Listener()
  for (let i = 0; i < 30; i++)
    listener.hear(`_=${listener.now}&q=${i % 3}&gclid=${randomUUID()}`, items(i % 3), { path: '/items' })
  t.same(listener.ignored.sort(), ['_', 'gclid'])
})

t.test('what selects is never ignored, whatever else comes with it', async t => {
  const rows = Array.from({ length: 400 }, (_, id) => ({ id, name: `item ${id}`, at: START - 1000 * (400 - id) }))
  const selecting: Record<string, (listener: Listener) => [string, unknown]> = {
    page: () => {
      const n = Math.floor(random() * 40)
      return [`page=${n}`, { rows: rows.slice(n * 10, n * 10 + 10), page: n }]
    },
    'a page that no list reaches': () => {
      const n = 1000 + Math.floor(random() * 1e6)
      return [`page=${n}`, { rows: [], total: 400, size: 10, of: 'items' }]
    },
    cursor: () => {
      const n = Math.floor(random() * 390)
      return [`cursor=c${digits(3)}${n}x`, { rows: rows.slice(n, n + 10) }]
    },
    id: () => {
      const n = Math.floor(random() * 400)
      return [`id=item-${n}-${digits(2)}`, rows[n]!]
    },
    'ids that are not there': () => [`id=${randomUUID()}`, { error: 'not found', code: 404, hint: 'try another' }],
    since: ({ now }) => [`since=${now - 30_000}`, { rows: rows.filter(() => random() < 0.1), total: 400, of: 'x' }],
    'since, of which nothing is new': ({ now }) => [`since=${now - 30_000}`, { rows: [], total: 0, next: 'soon' }],
    'is it taken': () => [`name=user${digits(6)}`, { available: true }],
    search: () => [`q=${['star+wars', 'alien', 'dune', 'tenet'][Math.floor(random() * 4)]}`, page],
    limit: () => [`limit=${[1000, 2000, 5000][Math.floor(random() * 3)]}`, page],
    'words, each another': () => [`q=${digits(9).replace(/\d/g, digit => 'abcdefghij'[Number(digit)]!)}`, page],
  }
  for (const [what, ask] of Object.entries(selecting))
    for (const withBuster of [false, true]) {
      const listener = new Listener()
      for (let i = 0; i < 300; i++) {
        const [query, body] = ask(listener)
        const status = what.startsWith('ids') ? 404 : 200
        listener.hear(withBuster ? `${query}&_=${listener.now}` : query, body, { status })
        const [taken] = listener.ignored.filter(name => name !== '_')
        t.equal(taken, undefined, what)
      }
    }
})

t.test('one that goes back to an earlier answer has selected it, and is never ignored again', async t => {
  const listener = new Listener()
  for (let i = 0; i < 30; i++) listener.hear(`v=${digits(9)}`, page)
  t.same(listener.ignored, ['v'])
  listener.hear(`v=${digits(9)}`, items(9))
  t.same(listener.ignored, [], 'dropped at once')
  listener.hear(`v=${digits(9)}`, page)
  for (let i = 0; i < 300; i++) listener.hear(`v=${digits(9)}`, page)
  t.same(listener.ignored, [])
  const again = new InertParams(JSON.parse(JSON.stringify(listener.params)) as SavedInertParams)
  listener.params = again
  for (let i = 0; i < 300; i++) listener.hear(`v=${digits(9)}`, page)
  t.same(listener.ignored, [], 'nor after a restart')
})

t.test('with it and without it are held against each other as well', async t => {
  const same = new Listener()
  for (let i = 0; i < 40; i++) same.hear(i % 2 === 0 ? `_=${same.now}` : '', page)
  t.same(same.ignored, ['_'])
  const other = new Listener()
  for (let i = 0; i < 200; i++) other.hear(i % 2 === 0 ? `after=${other.now}` : '', i % 2 === 0 ? items(3) : page)
  t.same(other.ignored, [])
})

t.test('data that changes costs the evidence, and a write explains a change', async t => {
  const listener = new Listener()
  for (let i = 0; i < 30; i++) listener.hear(`_=${listener.now}`, page)
  for (let i = 0; i < 5; i++) {
    listener.write()
    listener.hear(`_=${listener.now}`, items(1, 2, 3, i + 4))
    t.same(listener.ignored, ['_'], 'after a write')
  }
  for (let round = 0; round < 6; round++) {
    const now = items(100 + round)
    listener.hear(`_=${listener.now}`, now)
    t.same(listener.ignored, [], 'changed, nobody knows why')
    for (let i = 0; i < 30; i++) listener.hear(`_=${listener.now}`, now)
    t.same(listener.ignored, ['_'], 'but it stays so for whatever value')
  }
})

t.test('what is new in each answer does not hide that all else is the same', async t => {
  const listener = new Listener()
  for (let i = 0; i < 40; i++)
    listener.hear(`_=${listener.now}`, {
      requestId: randomUUID(),
      at: new Date(listener.now + 4).toISOString(),
      ...page,
    })
  t.same(listener.ignored, ['_'])
})

t.test('a value that stands in the answer is part of it', async t => {
  const listener = new Listener()
  for (let i = 0; i < 60; i++) {
    const id = randomUUID()
    listener.hear(`id=${id}`, { id, state: 'active', plan: 'free', region: 'eu', tags: ['a', 'b'] })
  }
  t.same(listener.ignored, [])
})

t.test('believed on two routes, less is enough on a third; seen to select on one, it is not', async t => {
  const params = new InertParams()
  const route = (id: string): Listener => {
    const listener = new Listener(id)
    listener.params = params
    return listener
  }
  for (const id of ['a', 'b']) {
    const listener = route(id)
    for (let i = 0; i < 30; i++) listener.hear(`_=${digits(9)}`, page)
  }
  const third = route('c')
  for (let i = 0; i < 13; i++) third.hear(`_=${digits(9)}`, { ok: true })
  t.same(third.ignored, ['_'])
  const fourth = route('d')
  for (let i = 0; i < 13; i++) fourth.hear(`_=${digits(9)}`, items(i))
  t.same(fourth.ignored, [])
  const fifth = route('e')
  for (let i = 0; i < 13; i++) fifth.hear(`_=${digits(9)}`, { ok: true })
  t.same(fifth.ignored, [])
})

t.test('names that are made up push out no others, and are bounded', async t => {
  const listener = new Listener()
  for (let i = 0; i < 3000; i++) {
    if (i % 10 === 0) listener.hear(`_=${listener.now}`, page)
    else listener.hear(`n${i}=${digits(9)}&m${i}=${digits(9)}`, items(i))
  }
  t.same(listener.ignored, ['_'])
  const [[, params]] = JSON.parse(JSON.stringify(listener.params)) as [[string, unknown[]]]
  t.ok(params.length <= 32, String(params.length))
  t.ok(JSON.stringify(listener.params).length < 20_000)
})
