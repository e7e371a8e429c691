#!/usr/bin/env node
// How fast the model of an API learns and answers on one thread, with many things of one kind. Exit 1 when an answer takes longer
// than the budget. No proxy, no network: what the learner does with exchanges that have been read.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { ApiModel } from '../../brain/api-model.js'
import { GradeBudget } from '../../brain/grade/budget.js'
import type { Place } from '../../brain/world/world.js'
import { parseJson } from '../../core/contract/json.js'
import { machineOf } from '../machine.js'
import { formatTable } from '../table.js'

const usage = `npm run bench:model [-- options]
  --records N    things of one kind (default 100000)
  --asks N       questions of each kind (default 2000)`

/** Design §6: an entity or query ghost. */
const BUDGET_P99_MS = 5
const PER_PAGE = 20
const DETAILS = 20_000
/** Filtered lists of each kind, for rules to rest on. */
const FILTERED = 40
/** As CHAOS_GRADE_PERCENT is by default. */
const GRADE_SHARE = 0.25

const categories = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const plain = { kind: 'plain' } as const
const listPlace: Place = { routeId: 'L', pattern: '/items', params: [] }
const detailPlace = (id: number): Place => ({ routeId: 'D', pattern: '/items/{id}', params: [String(id)] })

interface Item {
  readonly id: number
  readonly name: string
  readonly category: string
  readonly price: number
  readonly stock: number
  readonly createdAt: string
  readonly note: null
}

/** Prices are all different, so that their order is one. */
const itemOf = (id: number): Item => ({
  id,
  name: `Item ${id}`,
  category: categories[(id * 7) % categories.length]!,
  price: (id * 7919) % 1_000_003,
  stock: id % 50,
  createdAt: new Date(1.6e12 + id * 1000).toISOString(),
  note: null,
})

class Bench {
  readonly #model = new ApiModel(new GradeBudget(GRADE_SHARE, () => performance.now()))
  readonly #items: readonly Item[]
  #at = 1e12

  constructor(records: number) {
    this.#items = Array.from({ length: records }, (_, id) => itemOf(id))
  }

  /** Exchanges a second. */
  #rate(times: number, learn: (i: number) => void): number {
    const started = performance.now()
    for (let i = 0; i < times; i++) learn(i)
    return (times * 1000) / (performance.now() - started)
  }

  #learn(path: string, query: string, answer: unknown, place: Place, total?: number): void {
    this.#at += 1
    const headers = ['content-type', 'application/json']
    if (total !== undefined) headers.push('x-total-count', String(total))
    const exchange = {
      method: 'GET',
      path,
      query,
      scope: '',
      status: 200,
      headers,
      redactions: 0,
      completedAt: this.#at,
    }
    this.#model.learn(exchange, plain, place, parseJson(JSON.stringify(answer)), 0)
  }

  #learnList(query: string, rows: readonly Item[], page = 1, limit = 10): void {
    this.#learn('/items', query, rows.slice((page - 1) * limit, page * limit), listPlace, rows.length)
  }

  learn(): [string, number][] {
    const items = this.#items
    const pages = Math.floor(items.length / PER_PAGE)
    const lists = this.#rate(pages, i => this.#learnList(`page=${i + 1}&limit=${PER_PAGE}`, items, i + 1, PER_PAGE))
    const details = this.#rate(DETAILS, i => {
      const id = (i * 7919) % items.length
      this.#learn(`/items/${id}`, '', items[id], detailPlace(id))
    })
    const byPrice = [...items].sort((a, b) => a.price - b.price)
    const filtered = this.#rate(FILTERED * 5, i => {
      const turn = Math.floor(i / 5)
      const page = 1 + (turn % 7)
      if (i % 5 === 0) this.#learnList(`category=${categories[turn % 8]}&limit=10`, this.#in(categories[turn % 8]!))
      else if (i % 5 === 1) this.#learnList(`sort=price&page=${page}&limit=10`, byPrice, page)
      else if (i % 5 === 2) this.#learnList(`sort=-price&page=${page}&limit=10`, [...byPrice].reverse(), page)
      else if (i % 5 === 3) {
        const least = 500_000 + turn * 1000
        this.#learnList(
          `min_price=${least}&limit=10`,
          items.filter(({ price }) => price >= least),
        )
      } else {
        const word = `Item ${10 + turn}`
        this.#learnList(
          `q=${encodeURIComponent(word)}&limit=10`,
          items.filter(({ name }) => name.includes(word)),
        )
      }
    })
    return [
      [`lists of ${PER_PAGE} rows`, lists],
      ['details', details],
      ['filtered and sorted lists', filtered],
    ]
  }

  #in(category: string): Item[] {
    return this.#items.filter(item => item.category === category)
  }

  /** How long each answer took, ms, in order; and of how many there was none. */
  ask(asks: number): { kind: string; tookMs: number[]; refused: number }[] {
    const count = this.#items.length
    const list = (queryOf: (i: number) => string) => (i: number) => ({
      path: '/items',
      query: queryOf(i),
      place: listPlace,
    })
    const kinds: [string, (i: number) => { path: string; query: string; place: Place }][] = [
      [
        'a detail',
        i => ({ path: `/items/${(i * 104_729) % count}`, query: '', place: detailPlace((i * 104_729) % count) }),
      ],
      ['a page', list(i => `page=${1 + ((i * 7919) % Math.floor(count / 10))}&limit=10`)],
      [
        'sorted',
        list(i => `sort=${['price', '-price', 'stock', '-stock', 'name'][i % 5]}&page=${1 + (i % 50)}&limit=10`),
      ],
      ['filtered', list(i => `category=${categories[i % 8]}&page=${1 + (i % 50)}&limit=10`)],
      ['filtered and sorted', list(i => `category=${categories[i % 8]}&sort=-price&page=${1 + (i % 50)}&limit=10`)],
      ['a range', list(i => `min_price=${(i * 3700) % 1_000_003}&limit=10`)],
      ['a range, sorted', list(i => `min_price=${(i * 3700) % 1_000_003}&sort=-price&page=${1 + (i % 20)}&limit=10`)],
      ['a search', list(i => `q=Item%20${(i * 37) % count}&limit=10`)],
    ]
    return kinds.map(([kind, questionOf]) => {
      const tookMs: number[] = []
      let refused = 0
      for (let i = 0; i < asks; i++) {
        const { path, query, place } = questionOf(i)
        const started = performance.now()
        const reply = this.#model.compose({ path, query, scope: '' }, plain, place)
        tookMs.push(performance.now() - started)
        if (reply.kind !== 'answer') refused += 1
      }
      return { kind, tookMs: tookMs.sort((a, b) => a - b), refused }
    })
  }
}

const { values } = parseArgs({
  options: { records: { type: 'string' }, asks: { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const [records, asks] = [Number(values.records ?? 100_000), Number(values.asks ?? 2000)]
if (!Number.isInteger(records) || records < 1000 || !Number.isInteger(asks) || asks < 100) {
  process.stderr.write(
    `--records ${values.records ?? records} --asks ${values.asks ?? asks}: whole numbers, at least 1000 and 100\n${usage}\n`,
  )
  process.exit(2)
}
const say = (text: string): void => void process.stdout.write(`${text}\n`)
say((await machineOf([], 'one thread, no network')).lines.join('\n'))
const bench = new Bench(records)
const learned = bench.learn()
say(`\n${records.toLocaleString('en-US')} things learned\n`)
const rates = learned.map(([name, perSecond]) => [name, Math.round(perSecond).toLocaleString('en-US')])
say(formatTable(['learned', 'exchanges/s'], rates, new Set([0])))
const asked = bench.ask(asks)
const rows = asked.map(({ kind, tookMs, refused }) => [
  kind,
  ...[tookMs[Math.floor(tookMs.length / 2)]!, tookMs[Math.floor(tookMs.length * 0.99)]!, tookMs.at(-1)!].map(ms =>
    ms.toFixed(2),
  ),
  String(refused),
  tookMs[Math.floor(tookMs.length * 0.99)]! <= BUDGET_P99_MS ? 'met' : 'missed',
])
say(
  `\n${formatTable(['asked for', 'p50 ms', 'p99 ms', 'most ms', 'refused', `p99 ≤ ${BUDGET_P99_MS} ms`], rows, new Set([0, 5]))}`,
)
say(`\n${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident, the things to learn from among them`)
process.exitCode = rows.some(row => row[5] === 'missed') ? 1 : 0
