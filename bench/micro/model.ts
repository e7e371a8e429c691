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
  --asks N       questions of each kind (default 2000)
  --grade N      percent of the time that grading may take (default 25); 0: what learning alone takes`

/** Design §6: an entity or query ghost. */
const BUDGET_P99_MS = 5
const PER_PAGE = 20
const DETAILS = 20_000
/** Filtered lists of each kind, for rules to rest on. */
const FILTERED = 40
/** As CHAOS_GRADE_PERCENT is by default. */
const GRADE_PERCENT = 25

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

/** An answer before it is read. */
interface Told {
  readonly path: string
  readonly query: string
  readonly place: Place
  readonly total?: number
  readonly text: string
}

interface Learned {
  readonly name: string
  readonly perSecond: number
  /** Of processor time, of all threads of this process: what others on the machine take is not in it. */
  readonly perCpuSecond: number
  /** Share of them that was first answered and graded, 0…1. */
  readonly graded: number
}

class Bench {
  readonly #model: ApiModel
  readonly #items: readonly Item[]
  #at = 1e12

  constructor(records: number, gradePercent: number) {
    this.#model = new ApiModel(new GradeBudget(gradePercent / 100, () => performance.now()))
    this.#items = Array.from({ length: records }, (_, id) => itemOf(id))
  }

  /** How long an exchange takes from its text on. What is told is made beforehand: that is work of the bench. */
  #rate(name: string, times: number, told: (i: number) => Told): Learned {
    const all = Array.from({ length: times }, (_, i) => told(i))
    const { user, system } = process.cpuUsage()
    const started = performance.now()
    let graded = 0
    for (const { path, query, place, total, text } of all) {
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
      if (this.#model.learn(exchange, plain, place, parseJson(text), 0) !== undefined) graded += 1
    }
    const tookMs = performance.now() - started
    const spent = process.cpuUsage()
    return {
      name,
      perSecond: (times * 1000) / tookMs,
      perCpuSecond: (times * 1e6) / (spent.user - user + spent.system - system),
      graded: graded / times,
    }
  }

  #list(query: string, rows: readonly Item[], page = 1, limit = 10): Told {
    const shown = rows.slice((page - 1) * limit, page * limit)
    return { path: '/items', query, place: listPlace, total: rows.length, text: JSON.stringify(shown) }
  }

  learn(): Learned[] {
    const items = this.#items
    const pages = Math.floor(items.length / PER_PAGE)
    const lists = this.#rate(`lists of ${PER_PAGE} rows`, pages, i =>
      this.#list(`page=${i + 1}&limit=${PER_PAGE}`, items, i + 1, PER_PAGE),
    )
    const details = this.#rate('details', DETAILS, i => {
      const id = (i * 7919) % items.length
      return { path: `/items/${id}`, query: '', place: detailPlace(id), text: JSON.stringify(items[id]) }
    })
    const byPrice = [...items].sort((a, b) => a.price - b.price)
    const filtered = this.#rate('filtered and sorted lists', FILTERED * 5, i => {
      const turn = Math.floor(i / 5)
      const page = 1 + (turn % 7)
      if (i % 5 === 0) return this.#list(`category=${categories[turn % 8]}&limit=10`, this.#in(categories[turn % 8]!))
      if (i % 5 === 1) return this.#list(`sort=price&page=${page}&limit=10`, byPrice, page)
      if (i % 5 === 2) return this.#list(`sort=-price&page=${page}&limit=10`, [...byPrice].reverse(), page)
      if (i % 5 === 3) {
        const least = 500_000 + turn * 1000
        return this.#list(
          `min_price=${least}&limit=10`,
          items.filter(({ price }) => price >= least),
        )
      }
      const word = `Item ${10 + turn}`
      return this.#list(
        `q=${encodeURIComponent(word)}&limit=10`,
        items.filter(({ name }) => name.includes(word)),
      )
    })
    return [lists, details, filtered]
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
  options: {
    records: { type: 'string' },
    asks: { type: 'string' },
    grade: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const [records, asks] = [Number(values.records ?? 100_000), Number(values.asks ?? 2000)]
const grade = Number(values.grade ?? GRADE_PERCENT)
const isInRange = records >= 1000 && asks >= 100 && grade >= 0 && grade <= 100
if (![records, asks, grade].every(Number.isInteger) || !isInRange) {
  process.stderr.write(
    `--records ${values.records ?? records} --asks ${values.asks ?? asks} --grade ${values.grade ?? grade}: whole numbers, at least 1000 and 100, 0 to 100\n${usage}\n`,
  )
  process.exit(2)
}
const say = (text: string): void => void process.stdout.write(`${text}\n`)
say((await machineOf([], 'one thread, no network')).lines.join('\n'))
const bench = new Bench(records, grade)
const learned = bench.learn()
say(`\n${records.toLocaleString('en-US')} things learned\n`)
const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const rates = learned.map(({ name, perSecond, perCpuSecond, graded }) => [
  ...[name, whole(perSecond), whole(perCpuSecond), `${whole(graded * 100)} %`],
])
say(formatTable(['learned', 'exchanges/s', 'per CPU second', 'graded first'], rates, new Set([0])))
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
