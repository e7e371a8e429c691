// A bookshop's API in memory, of which every rule is known: what the model of an API says of it can be held against the truth.
// One style says how its parameters are called, how it pages, sorts, filters and wraps; its data come from a seed.
import { seededRandom } from './random.js'

export interface Asked {
  readonly path: string
  readonly query: string
  readonly credential: string
}

export interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export type Operation = 'eq' | 'ne' | 'gte' | 'lte' | 'gt' | 'lt' | 'like' | 'in'

export interface Style {
  readonly paging:
    | { readonly kind: 'page'; readonly page: string; readonly size: string; readonly first: 0 | 1 }
    | { readonly kind: 'offset'; readonly offset: string; readonly size: string }
    | { readonly kind: 'range'; readonly start: string; readonly end: string }
    | { readonly kind: 'cursor'; readonly cursor: string; readonly size: string }
    | undefined
  /** Infinity: all. */
  readonly defaultLimit: number
  readonly maxLimit: number
  readonly sort:
    | { readonly kind: 'sign' | 'colon' | 'space' | 'comma' | 'dot'; readonly name: string }
    | { readonly kind: 'order'; readonly name: string; readonly order: string }
    | undefined
  /** Members that may be filtered, with the name of the parameter for each operation. */
  readonly filters: readonly { readonly member: string; readonly operation: Operation; readonly name: string }[]
  /** The operation stands in the value: `price=gte.5`. */
  readonly operators?: boolean
  /** All filters stand in one parameter, as an expression. */
  readonly expression?: { readonly name: string; readonly dialect: Dialect }
  /** Several values of an `in`: `a,b`, or the parameter once for each. */
  readonly lists: 'comma' | 'repeated'
  readonly search: string | undefined
  readonly fields: string | undefined
  readonly expand: string | undefined
  readonly envelope: 'bare' | 'meta' | 'next' | 'cursor' | 'table' | 'slice'
  readonly headers: boolean
  readonly ids: 'int' | 'uuid' | 'slug'
  /** What makes hypotheses fail. */
  readonly quirk?: Quirk
}

export type Dialect = 'odata' | 'rsql' | 'signs'

export type Quirk =
  /** Two rows that compare equal come in any order. */
  | 'unstable-sort'
  /** The parameter `genre` changes nothing. */
  | 'ignored-filter'
  /** `genre=fic` finds fiction. */
  | 'prefix-filter'
  /** `genre=FICTION` finds fiction. */
  | 'case-insensitive-filter'
  /** `price_gte` leaves out what is not in stock. */
  | 'filter-does-more'
  /** Not all that fits is found. */
  | 'lossy-filter'

export interface Book {
  readonly id: number | string
  readonly title: string
  readonly price: number
  readonly rating: number | null
  readonly inStock: boolean
  readonly genre: string
  readonly tags: readonly string[]
  readonly createdAt: string
  readonly publisher: { readonly name: string; readonly city: string }
  readonly authorId: number | string
}

const words = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heath',
  'islet',
  'knoll',
  'larch',
  'marsh',
]
const genres = ['fiction', 'history', 'poetry', 'travel', 'fable']
const cities = ['Oslo', 'Paris', 'Turin', 'Ghent']
const tags = ['new', 'sale', 'gift', 'rare', 'signed']

export class SmallApi {
  readonly style: Style
  books: Book[] = []
  readonly authors: { readonly id: number | string; readonly name: string; readonly city: string }[] = []
  readonly #random: () => number

  constructor(style: Style, seed: number, size = 60) {
    this.style = style
    this.#random = seededRandom(seed)
    const many = 8
    for (let i = 0; i < many; i++) {
      const name = `${capital(this.#one(words))} ${capital(words[i]!)}`
      this.authors.push({ id: this.#id(i, name), name, city: this.#one(cities) })
    }
    for (let i = 0; i < size; i++) {
      const title = `${capital(this.#one(words))} ${this.#one(words)} ${i}`
      this.books.push({
        id: this.#id(i, title),
        title,
        price: 5 * (1 + Math.floor(this.#random() * 12)),
        rating: this.#random() < 0.15 ? null : Math.floor(this.#random() * 50) / 10,
        inStock: this.#random() < 0.6,
        genre: this.#one(genres),
        tags: tags.filter(() => this.#random() < 0.4),
        createdAt: new Date(Date.UTC(2021, 0, 1 + Math.floor(this.#random() * 900))).toISOString(),
        publisher: { name: capital(this.#one(words)), city: this.#one(cities) },
        authorId: this.#one(this.authors).id,
      })
    }
  }

  // ── answer ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  answer({ path, query }: Asked): Told {
    const [, collection, id, inner] = path.split('/').map(decodeURIComponent)
    const params = new URLSearchParams(query)
    if (collection === 'authors' && inner === 'books')
      return this.authors.some(author => String(author.id) === id)
        ? this.#list(
            this.books.filter(book => String(book.authorId) === id),
            path,
            params,
          )
        : notFound
    if (inner !== undefined) return notFound
    if (collection === 'authors') {
      if (id === undefined) return this.#list(this.authors, path, params)
      const author = this.authors.find(one => String(one.id) === id)
      return author === undefined ? notFound : told(author)
    }
    if (collection !== 'books') return notFound
    if (id === undefined) return this.#list(this.books, path, params)
    const book = this.books.find(one => String(one.id) === id)
    return book === undefined ? notFound : told(this.#shown(book, params))
  }

  #list(all: readonly object[], path: string, params: URLSearchParams): Told {
    const found = all.filter(row => this.#selects(row, params))
    const sorted = this.#sorted(found, params)
    const { start, limit } = this.#slice(params)
    const slice = sorted.slice(start, start + limit).map(row => this.#shown(row, params))
    return this.#wrapped(slice, { total: found.length, start, limit }, path, params)
  }

  #selects(row: object, params: URLSearchParams): boolean {
    const { filters, search, quirk, expression } = this.style
    const terms = expression === undefined ? [] : termsOf(params.get(expression.name) ?? '', expression.dialect)
    for (const { member, operation, name } of filters) {
      const given =
        expression !== undefined
          ? terms.filter(term => term.member === member && term.operation === operation).map(({ value }) => value)
          : this.style.operators === true
            ? operands(params.getAll(name), operation)
            : params.getAll(name)
      if (given.length === 0 || !(member.split('.')[0]! in row)) continue
      const value = valueAt(row, member)
      const wanted = given.flatMap(text =>
        operation === 'in' && this.style.lists === 'comma' ? text.split(',') : [text],
      )
      if (member === 'genre' && operation === 'eq') {
        if (quirk === 'ignored-filter') continue
        if (quirk === 'lossy-filter' && hash(JSON.stringify(row)) % 3 === 0) return false
        const [a, b] = [String(value), wanted[0]!]
        if (quirk === 'prefix-filter' && a.startsWith(b)) continue
        if (quirk === 'case-insensitive-filter' && a.toLowerCase() === b.toLowerCase()) continue
      }
      if (quirk === 'filter-does-more' && operation === 'gte' && !(row as Book).inStock) return false
      if (
        !(Array.isArray(value) ? value.some(one => passes(one, operation, wanted)) : passes(value, operation, wanted))
      )
        return false
    }
    const text = search === undefined ? null : params.get(search)
    return text === null || texts(row).some(one => one.toLowerCase().includes(text.toLowerCase()))
  }

  #sorted(rows: readonly object[], params: URLSearchParams): object[] {
    const keys = sortKeys(this.style.sort, params)
    const order = new Map(rows.map(row => [row, this.style.quirk === 'unstable-sort' ? this.#random() : 0]))
    return [...rows].sort((a, b) => {
      for (const { member, descending } of keys) {
        const difference = compare(valueAt(a, member), valueAt(b, member))
        if (difference !== 0) return descending ? -difference : difference
      }
      return keys.length === 0 ? 0 : order.get(a)! - order.get(b)!
    })
  }

  #slice(params: URLSearchParams): { start: number; limit: number } {
    const { paging, defaultLimit, maxLimit } = this.style
    if (paging === undefined) return { start: 0, limit: defaultLimit }
    const number = (name: string): number | undefined => (params.has(name) ? Number(params.get(name)) : undefined)
    if (paging.kind === 'range') {
      const start = number(paging.start) ?? 0
      return { start, limit: Math.max(0, (number(paging.end) ?? start + defaultLimit) - start) }
    }
    const limit = Math.min(number(paging.size) ?? defaultLimit, maxLimit)
    if (paging.kind === 'page') return { start: ((number(paging.page) ?? paging.first) - paging.first) * limit, limit }
    if (paging.kind === 'offset') return { start: number(paging.offset) ?? 0, limit }
    const token = params.get(paging.cursor)
    return { start: token === null ? 0 : Number(Buffer.from(token, 'base64url').toString().slice(2)), limit }
  }

  #shown(row: object, params: URLSearchParams): object {
    const { fields, expand } = this.style
    const wanted = fields === undefined ? null : params.get(fields)
    const entries = Object.entries(row).filter(
      ([name]) => wanted === null || name === 'id' || wanted.split(',').includes(name),
    )
    if (expand !== undefined && params.get(expand) === 'author' && 'authorId' in row)
      entries.push(['author', this.authors.find(({ id }) => id === row.authorId)])
    return Object.fromEntries(entries)
  }

  #wrapped(
    rows: readonly object[],
    { total, start, limit }: { total: number; start: number; limit: number },
    path: string,
    params: URLSearchParams,
  ): Told {
    const { paging, envelope } = this.style
    const more = start + rows.length < total
    const finite = Number.isFinite(limit)
    const page = finite ? Math.floor(start / limit) : 0
    const pages = finite ? Math.ceil(total / limit) : 1
    const at = (changes: Record<string, number | string>): string => {
      const query = new URLSearchParams(params)
      for (const [name, value] of Object.entries(changes)) query.set(name, String(value))
      return `http://shop.test${path}?${query}`
    }
    const pageAt = (index: number): string => {
      if (paging?.kind === 'page') return at({ [paging.page]: index + paging.first })
      if (paging?.kind === 'offset') return at({ [paging.offset]: index * limit, [paging.size]: limit })
      return at({})
    }
    const headers: Record<string, string> = {}
    if (this.style.headers) {
      headers['x-total-count'] = String(total)
      if (finite && pages > 1) {
        const links: [string, number][] = [['first', 0]]
        if (page > 0) links.push(['prev', page - 1])
        if (more) links.push(['next', page + 1])
        links.push(['last', pages - 1])
        headers.link = links.map(([rel, index]) => `<${pageAt(index)}>; rel="${rel}"`).join(', ')
      }
    }
    switch (envelope) {
      case 'bare':
        return told(rows, headers)
      case 'meta':
        return told({ data: rows, meta: { total, page: page + 1, per_page: finite ? limit : total, pages } }, headers)
      case 'next':
        return told(
          {
            count: total,
            next: more ? pageAt(page + 1) : null,
            previous: page > 0 ? pageAt(page - 1) : null,
            results: rows,
          },
          headers,
        )
      case 'cursor': {
        const next = more ? Buffer.from(`o:${start + rows.length}`).toString('base64url') : null
        return told({ items: rows, nextCursor: next, hasMore: more }, headers)
      }
      case 'slice':
        return told({ books: rows, total, skip: start, limit: finite ? limit : total }, headers)
      case 'table': {
        const columns = rows.length === 0 ? [] : Object.keys(rows[0]!)
        return told({ ok: true, columns, rows: rows.map(row => Object.values(row)), count: total }, headers)
      }
    }
  }

  // ── ask ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A question as clients put them. `random`: 0…1. */
  ask(random: () => number): Asked {
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!
    const kind = random()
    const path =
      kind < 0.65
        ? '/books'
        : kind < 0.8
          ? `/books/${encodeURIComponent(pick(this.books).id)}`
          : kind < 0.92
            ? `/authors/${encodeURIComponent(pick(this.authors).id)}/books`
            : kind < 0.96
              ? `/authors/${encodeURIComponent(pick(this.authors).id)}`
              : '/authors'
    const query = path.endsWith('books') ? this.#query(random, pick) : ''
    return { path, query, credential: '' }
  }

  #query(random: () => number, pick: <Value>(values: readonly Value[]) => Value): string {
    const { filters, search, fields, expand, sort, paging, lists, expression } = this.style
    const terms: string[] = []
    const params = new URLSearchParams()
    const count = random() < 0.55 ? 0 : random() < 0.75 ? 1 : 2
    for (let i = 0; i < count && filters.length > 0; i++) {
      const { member, operation, name } = pick(filters)
      if (params.has(name)) continue
      const value = (): string => {
        const found = valueAt(pick(this.books), member)
        const one = Array.isArray(found) ? (found[0] ?? 'new') : found
        return operation === 'like' ? String(one).slice(0, 3) : String(one ?? 3)
      }
      if (expression !== undefined) {
        const values = operation === 'in' ? [value(), value()] : [value()]
        if (!terms.some(term => term.startsWith(member)))
          terms.push(termIn(expression.dialect, member, operation, values))
      } else if (this.style.operators === true)
        params.set(name, operation === 'in' ? `in.(${value()},${value()})` : `${operation}.${value()}`)
      else if (operation !== 'in') params.set(name, value())
      else if (lists === 'comma') params.set(name, `${value()},${value()}`)
      else for (const one of [value(), value()]) params.append(name, one)
    }
    if (expression !== undefined && terms.length > 0)
      params.set(expression.name, terms.join(joints[expression.dialect]))
    if (search !== undefined && random() < 0.1) params.set(search, pick(words))
    if (sort !== undefined && random() < 0.35) {
      const several = random() < 0.3
      const members = several ? ['genre', pick(['price', 'title'])] : [pick(['price', 'title', 'rating', 'createdAt'])]
      const down = members.map(() => random() < 0.5)
      if (sort.kind === 'order') {
        params.set(sort.name, members.join(','))
        params.set(sort.order, down.map(is => (is ? 'desc' : 'asc')).join(','))
      } else {
        const [before, between] = sort.kind === 'sign' ? ['-', ''] : ['', betweens[sort.kind]]
        const text = members.map((member, i) =>
          before === '-' ? `${down[i] ? '-' : ''}${member}` : `${member}${between}${down[i] ? 'desc' : 'asc'}`,
        )
        params.set(sort.name, text.join(','))
      }
    }
    if (paging !== undefined && random() < 0.6) {
      const size = pick([5, 10, 20])
      const page = random() < 0.4 ? 0 : Math.floor(random() * 5)
      if (paging.kind === 'page') {
        if (random() < 0.8) params.set(paging.size, String(size))
        if (random() < 0.8) params.set(paging.page, String(page + paging.first))
      } else if (paging.kind === 'offset') {
        params.set(paging.size, String(size))
        if (random() < 0.8) params.set(paging.offset, String(page * size))
      } else if (paging.kind === 'range') {
        params.set(paging.start, String(page * size))
        params.set(paging.end, String((page + 1) * size))
      } else {
        params.set(paging.size, String(size))
        if (page > 0) params.set(paging.cursor, Buffer.from(`o:${page * size}`).toString('base64url'))
      }
    }
    if (fields !== undefined && random() < 0.1)
      params.set(fields, pick(['title', 'title,price', 'genre,rating', 'price']))
    if (expand !== undefined && random() < 0.1) params.set(expand, 'author')
    return params.toString()
  }

  #one<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.#random() * values.length)]!
  }

  #id(i: number, name: string): number | string {
    if (this.style.ids === 'int') return i + 1
    if (this.style.ids === 'slug') return name.toLowerCase().replaceAll(' ', '-')
    const hex = Array.from({ length: 32 }, () => Math.floor(this.#random() * 16).toString(16)).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}

const notFound: Told = { status: 404, headers: { 'content-type': 'application/json' }, body: { error: 'not found' } }

function told(body: unknown, headers: Record<string, string> = {}): Told {
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body }
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1)
}

function valueAt(row: object, member: string): unknown {
  let at: unknown = row
  for (const name of member.split('.')) at = (at as Record<string, unknown> | undefined)?.[name]
  return at
}

function passes(value: unknown, operation: Operation, wanted: readonly string[]): boolean {
  const [first] = wanted
  if (operation === 'in') return wanted.includes(String(value))
  if (operation === 'eq') return String(value) === first
  if (operation === 'ne') return String(value) !== first
  if (value === null || value === undefined) return false
  if (operation === 'like') return String(value).toLowerCase().includes(first!.toLowerCase())
  const order = typeof value === 'number' ? value - Number(first) : compare(value, first)
  return operation === 'gte'
    ? order >= 0
    : operation === 'lte'
      ? order <= 0
      : operation === 'gt'
        ? order > 0
        : order < 0
}

const joints: Readonly<Record<Dialect, string>> = { odata: ' and ', rsql: ';', signs: ' AND ' }
const written: Readonly<Record<Dialect, Partial<Record<Operation, string>>>> = {
  odata: { eq: ' eq ', ne: ' ne ', gte: ' ge ', lte: ' le ', gt: ' gt ', lt: ' lt ', in: ' in ' },
  rsql: { eq: '==', ne: '!=', gte: '=ge=', lte: '=le=', gt: '=gt=', lt: '=lt=', in: '=in=' },
  signs: { eq: ' = ', ne: ' != ', gte: ' >= ', lte: ' <= ', gt: ' > ', lt: ' < ' },
}
const quotes: Readonly<Record<Dialect, string>> = { odata: "'", rsql: '"', signs: '"' }

function termIn(dialect: Dialect, member: string, operation: Operation, values: readonly string[]): string {
  const quote = quotes[dialect]
  const texts = values.map(value => (/^(?:-?[\d.]+|true|false)$/.test(value) ? value : `${quote}${value}${quote}`))
  const path = dialect === 'odata' ? member.replaceAll('.', '/') : member
  return `${path}${written[dialect][operation]!}${operation === 'in' ? `(${texts.join(',')})` : texts[0]}`
}

/** The reverse, of what was written so. */
function termsOf(text: string, dialect: Dialect): { member: string; operation: Operation; value: string }[] {
  if (text === '') return []
  return text.split(joints[dialect]).map(part => {
    const [operation, sign] = (Object.entries(written[dialect]) as [Operation, string][])
      .filter(([, mark]) => part.includes(mark))
      .sort((a, b) => part.indexOf(a[1]) - part.indexOf(b[1]) || b[1].length - a[1].length)[0]!
    const at = part.indexOf(sign)
    const value = part.slice(at + sign.length).replaceAll(quotes[dialect], '')
    const bare = operation === 'in' ? value.slice(1, -1) : value
    return { member: part.slice(0, at).replaceAll('/', '.'), operation, value: bare }
  })
}

/** `gte.5` → `5`, of this operation alone. */
function operands(given: readonly string[], operation: Operation): string[] {
  return given
    .filter(text => text.startsWith(`${operation}.`))
    .map(text => text.slice(operation.length + 1).replace(/^\((.*)\)$/, '$1'))
}

/** Nothing comes first. */
function compare(a: unknown, b: unknown): number {
  if (a === null || a === undefined || b === null || b === undefined)
    return (a === null || a === undefined ? 0 : 1) - (b === null || b === undefined ? 0 : 1)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
}

/** Between the name of a member and its direction. */
const betweens = { colon: ':', space: ' ', comma: ',', dot: '.' } as const

function sortKeys(sort: Style['sort'], params: URLSearchParams): { member: string; descending: boolean }[] {
  const value = sort === undefined ? null : params.get(sort.name)
  if (sort === undefined || value === null) return []
  const orders = sort.kind === 'order' ? (params.get(sort.order) ?? '').split(',') : []
  const parts = sort.kind === 'comma' ? (value.match(/[^,]+,[^,]+/g) ?? []) : value.split(',')
  return parts.map((part, i) => {
    if (sort.kind === 'sign') return { member: part.replace(/^-/, ''), descending: part.startsWith('-') }
    if (sort.kind === 'order') return { member: part, descending: orders[i] === 'desc' }
    const [member, direction] = part.split(betweens[sort.kind])
    return { member: member!, descending: direction === 'desc' }
  })
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}

function hash(text: string): number {
  let sum = 7
  for (const c of text) sum = (Math.imul(sum, 31) + c.charCodeAt(0)) >>> 0
  return sum
}
