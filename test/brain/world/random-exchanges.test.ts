// Random and spoiled exchanges, with random questions in between: nothing is thrown, what is kept has a bound, and no answer
// has a value that only another credential was shown.
import t from 'tap'
import { LearningModel, type Told } from '../../support/learning-model.js'
import { seededRandom } from '../../support/random.js'
import { kept } from './kept.js'

const seeds = [1, 2, 3, 4, 5, 6]
const exchanges = 400
const credentials = ['', 'k1', 'k2', 'k3', 'k4']

class Traffic {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  below(n: number): number {
    return Math.floor(this.#random() * n)
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!
  }

  /** Values name the credential that they were shown to: `k2!word`. */
  scalar(scope: string): unknown {
    const odd = ['\u0000', '\u0001\u0002', '\u0000records', '\u0004']
    const words = ['a', 'B', 'é', '\ud800', '', 'x'.repeat(300), '%', '*_%', '[', '__proto__']
    const word = this.below(200) === 0 ? this.one(odd) : this.one(words)
    return this.one([`${scope}!${word}`, `${scope}!`, null, true, this.below(5), -this.below(1e6), 0.1, 1e21])
  }

  name(): string {
    return this.one([
      'id',
      'name',
      'type',
      '__proto__',
      'constructor',
      'a.b',
      '',
      'user_id',
      'items',
      'total',
      'next',
      this.below(20) === 0 ? 'x\u0000y' : 'xy',
      `n${this.below(30)}`,
    ])
  }

  value(scope: string, depth: number): unknown {
    if (depth > 4 || this.below(3) === 0) return this.scalar(scope)
    if (this.below(3) === 0) return Array.from({ length: this.below(6) }, () => this.value(scope, depth + 1))
    return Object.fromEntries(Array.from({ length: this.below(6) }, () => [this.name(), this.value(scope, depth + 1)]))
  }

  row(scope: string): Record<string, unknown> {
    const id = this.one<unknown>([
      this.below(40),
      this.below(40),
      this.below(40),
      `id${this.below(40)}`,
      null,
      -1,
      1.5,
      {},
      'x'.repeat(1000),
    ])
    const row: Record<string, unknown> = {
      id,
      name: `${scope}!name ${this.below(9)}`,
      group: this.below(3),
      own: this.scalar(scope),
    }
    if (this.below(4) === 0) row[this.name()] = this.value(scope, 2)
    return row
  }

  body(scope: string): unknown {
    const rows = Array.from({ length: this.below(12) }, () => this.row(scope))
    return this.one<() => unknown>([
      () => rows,
      () => ({ total: this.one([rows.length, 0, 1e12, 40]), items: rows, next: `${scope}!c${this.below(6)}` }),
      () => this.row(scope),
      () => ({ data: this.row(scope) }),
      () => this.value(scope, 0),
      () => [...rows, 1, null, [rows]],
      () => ({ columns: ['id', 'name'], rows: rows.map(({ id, name }) => [id, name]) }),
    ])()
  }

  /** The text of a body, sometimes spoiled. */
  text(scope: string): string {
    // 64-bit numbers cannot be said by a value.
    const text = JSON.stringify(this.body(scope)).replaceAll('"group":1', '"group":9007199254740993')
    const at = this.below(text.length)
    return this.one([
      text,
      text,
      text,
      text,
      text.slice(0, at),
      `${text.slice(0, at)}\u0000${text.slice(at)}`,
      `${text}\n${text}`,
      `<a>${text}</a>`,
      text.replace('{', '{"id":1,"id":2,'),
    ])
  }

  /** What a sound API says, so that there is something to put together: each credential sees things of its own. */
  sound(scope: string): Omit<Told, 'scope'> {
    const first = scope === '' ? 0 : 10 * Number(scope.slice(1))
    const thing = (i: number) => ({ id: first + i, name: `${scope}!thing ${i}`, group: i % 3, note: `${scope}!` })
    const i = this.below(20)
    const page = this.below(4)
    const items = Array.from({ length: 5 }, (_, at) => thing(5 * page + at))
    return this.one([
      { path: '/things', query: `page=${page + 1}&limit=5`, body: { account: `${scope}!`, total: 20, items } },
      {
        path: '/things',
        query: `group=${i % 3}`,
        body: { account: `${scope}!`, total: 7, items: items.filter(({ group }) => group === i % 3) },
      },
      { path: `/things/${first + i}`, query: '', body: thing(i) },
      {
        path: `/things/${200 + i}`,
        query: '',
        status: this.one([403, 404]),
        body: { error: 'none', asked: `${scope}!` },
      },
    ])
  }

  soundly(): Pick<Told, 'method' | 'path' | 'query'> {
    const path = this.one(['/things', `/things/${this.below(60)}`, `/things/${200 + this.below(40)}`])
    return {
      method: 'GET',
      path,
      query:
        path === '/things' ? this.one([`page=${this.below(5)}&limit=${this.below(9)}`, `group=${this.below(3)}`]) : '',
    }
  }

  path(): string {
    const id = this.one([
      String(this.below(40)),
      `id${this.below(40)}`,
      '__proto__',
      '-1',
      '1.5',
      '%00',
      '%FF',
      '9007199254740993',
      'x'.repeat(2000),
      '',
      '{id}',
    ])
    return this.one([
      '/rows',
      `/rows/${id}`,
      `/rows/${id}/parts`,
      '/',
      `//${id}`,
      `/${'a/'.repeat(40)}`,
      `/other/${id}`,
      `/constructor/${id}`,
    ])
  }

  query(): string {
    const pair = (): string =>
      `${this.one(['page', 'limit', 'q', 'sort', 'group', 'cursor', '__proto__', 'constructor', '/0', 'id%5Bgte%5D', 'a%00', '%zz', `m${this.below(200)}`])}=${this.one(['0', '1', '2', '3', '-1', '999999999', '1e9', '-id', 'name', '%25a%25a', '%00', '%ED%A0%80', 'c1', 'c2', ''])}`
    const pairs = Array.from({ length: this.one([0, 0, 1, 1, 2, 3, 100]) }, pair)
    return pairs.join('&')
  }

  asked(): Pick<Told, 'method' | 'path' | 'query' | 'asked'> {
    const which = this.below(12)
    if (which === 0)
      return {
        method: 'POST',
        path: '/graphql',
        asked: JSON.stringify({
          query: this.one([
            '{ rows { id name } }',
            `{ row(id: ${this.below(40)}) { id name own } }`,
            `{ row(id: ${this.below(40)}) { ${'parts { id '.repeat(30)}${'}'.repeat(30)} } }`,
          ]),
        }),
      }
    if (which === 1) return { method: 'POST', path: '/rows/search', asked: JSON.stringify(this.value('', 0) ?? {}) }
    return { method: 'GET', path: this.path(), query: this.query() }
  }
}

/** What writes is never learned as a question nor asked. */
const isWrite = (error: unknown): boolean => error instanceof Error && /writes$/.test(error.message)

/** Marks of credentials in an answer. */
const marksIn = (text: string): string[] => [...new Set([...text.matchAll(/(k\d)!/g)].map(([, scope]) => scope!))]

t.test('whatever comes, in whatever order', t => {
  let answered = 0
  for (const seed of seeds) {
    const traffic = new Traffic(seed)
    const api = new LearningModel()
    const ask = (): void => {
      const scope = traffic.one([...credentials, 'never-seen'])
      const asked = traffic.below(2) === 0 ? traffic.soundly() : traffic.asked()
      try {
        const answer = api.ask({ ...asked, scope })
        if ('refused' in answer) return
        answered += 1
        const foreign = marksIn(answer.body + answer.headers.join('\n')).filter(mark => mark !== scope)
        if (foreign.length > 0) t.fail(`seed ${seed}: ${scope} is told of ${foreign}`, { asked, answer })
      } catch (error) {
        if (!isWrite(error)) throw error
      }
    }
    for (let i = 0; i < exchanges; i++) {
      const scope = traffic.one(credentials)
      const asked = traffic.asked()
      const body = asked.path === '/graphql' ? `{"data":{"row":${traffic.text(scope)}}}` : traffic.text(scope)
      const status = traffic.one([200, 200, 200, 200, 200, 404, 403, 401, 410, 400])
      const type = traffic.one([
        'application/json',
        'application/json',
        'application/json',
        'text/plain',
        'text/html',
        'application/x-ndjson',
      ])
      try {
        api.learn({ ...asked, scope, status, type, body })
      } catch (error) {
        if (!isWrite(error)) throw error
      }
      api.learn({ ...traffic.sound(scope), scope })
      ask()
      ask()
    }
    const sizes = kept(api.model.world)
    t.ok(sizes.records <= exchanges * 12 * 4, `seed ${seed}: ${sizes.records} records`)
    t.ok(sizes.lists <= 512 && sizes.views <= 256 && sizes.inputNames <= 256 && sizes.names <= 2000)
    t.ok(sizes.observations <= 64 && sizes.placements <= 1024 && sizes.cases <= 2000 && sizes.caseExamples <= 8)
  }
  t.ok(answered > 100, `${answered} questions were answered`)
  t.end()
})
