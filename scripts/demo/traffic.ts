// What the visitors of the demo do while the API is well: they turn pages, click on what they see, filter, and search
// as people type. Seeded: every run asks the same.
import type { Ask, Reply } from './ask.js'
import { aliceToken, bobToken } from './data.js'

/** Numbers in 0…1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What people look for. Each is typed in several ways, see {@link spellingsOf}. */
export const searches = [
  'steven spielberg',
  'star wars',
  'harry potter',
  'lord of the rings',
  'woody allen',
  'tim burton',
  'clint eastwood',
  'toy story',
  'jurassic park',
  'pirates of the caribbean',
  'star trek',
  'romantic comedy',
  'martin scorsese',
  'ridley scott',
  'black comedy',
  'the matrix',
] as const

/** The ways of typing one search that occur in the traffic. One more is kept back for the outage: `Star wars`. */
export function spellingsOf(search: string): string[] {
  const titled = search.replace(/(^| )\w/g, start => start.toUpperCase())
  return [search, titled, search.toUpperCase(), search.slice(0, -1)]
}

export function searchPath(text: string): string {
  return `/movies?q=${encodeURIComponent(text).replaceAll('%20', '+')}&_limit=10`
}

export const genres = ['Drama', 'Comedy', 'Action', 'Thriller/Suspense', 'Adventure', 'Horror', 'Musical'] as const
export const regions = ['Europe', 'Africa', 'Asia', 'Americas', 'Oceania'] as const

export function popularPath(page: number): string {
  return `/movies?_sort=votes&_order=desc&_page=${page}&_limit=10`
}

export function genrePath(genre: string, page: number): string {
  return `/movies?genre=${encodeURIComponent(genre)}&_sort=rating&_order=desc&_page=${page}&_limit=10`
}

export function regionPath(region: string, page: number): string {
  return `/countries?region=${region}&_page=${page}&_limit=20`
}

/** A visit reads pages through `open` and picks with `random`. */
type Visit = (open: (path: string, token?: string) => Promise<Reply>, random: () => number) => Promise<void>

/** The whole traffic, in the order in which visits begin. */
function visits(): Visit[] {
  const planned: Visit[] = []
  for (let i = 0; i < 40; i++) planned.push(popular(1 + Math.floor(i ** 2 / 320)))
  for (let i = 0; i < 28; i++) planned.push(ofGenre(genres[i % genres.length]!, 1 + Math.floor(i / 14)))
  for (let i = 0; i < 40; i++) planned.push(ofRegion(regions[i % regions.length]!, 1 + (i % 3)))
  for (const text of searches) for (const spelling of spellingsOf(text)) planned.push(search(spelling))
  planned.push(account(1, aliceToken), account(2, bobToken), account(1, aliceToken))
  for (const path of ['/movies/99991', '/movies/99992', '/countries/atl', '/maps/atl']) planned.push(lost(path))
  const random = seeded(7)
  // Fisher–Yates: visitors do not come sorted by what they want.
  for (let i = planned.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const moved = planned[i]!
    planned[i] = planned[j]!
    planned[j] = moved
  }
  return planned
}

const popular =
  (page: number): Visit =>
  async (open, random) => {
    const listed = rows(await open(popularPath(page)))
    for (let clicks = 0; clicks < 3; clicks++) {
      const movie = pick(listed, random)
      if (movie === undefined) return
      await open(`/movies/${movie.id}`)
      if (clicks !== 2 || typeof movie.directorId !== 'number') continue
      await open(`/directors/${movie.directorId}`)
      await open(`/directors/${movie.directorId}/movies?_limit=10`)
    }
  }

const ofGenre =
  (genre: string, page: number): Visit =>
  async (open, random) => {
    const listed = rows(await open(genrePath(genre, page)))
    for (let clicks = 0; clicks < 2; clicks++) {
      const movie = pick(listed, random)
      if (movie !== undefined) await open(`/movies/${movie.id}`)
    }
  }

const ofRegion =
  (region: string, page: number): Visit =>
  async (open, random) => {
    const listed = rows(await open(regionPath(region, page)))
    for (let clicks = 0; clicks < 2; clicks++) {
      const country = pick(listed, random)
      if (country === undefined) return
      await open(`/countries/${country.id}`)
      await open(`/maps/${country.id}`)
    }
  }

const search =
  (text: string): Visit =>
  async (open, random) => {
    const found = pick(rows(await open(searchPath(text))), random)
    if (found !== undefined) await open(`/movies/${found.id}`)
  }

const account =
  (id: number, token: string): Visit =>
  async open => {
    await open(`/accounts/${id}`, token)
  }

const lost =
  (path: string): Visit =>
  async open => {
    await open(path)
  }

export interface Browsed {
  readonly requests: number
  /** Answers with a status of 500 or more, or none at all. */
  readonly failed: number
  readonly seconds: number
  /** Every path that was asked without a token. */
  readonly paths: ReadonlySet<string>
}

const VISITORS_AT_ONCE = 4

/** Runs the traffic. `progress` hears the number of requests done. */
export async function browse(ask: Ask, progress: (done: number) => void): Promise<Browsed> {
  const startedAt = performance.now()
  const paths = new Set<string>()
  const waiting = visits().map((visit, index) => ({ visit, random: seeded(1000 + index) }))
  let requests = 0
  let failed = 0
  const open = async (path: string, token?: string): Promise<Reply> => {
    const reply = await ask({ method: 'GET', path, ...(token === undefined ? {} : { token }) })
    if (token === undefined) paths.add(path)
    if (reply.status >= 500) failed += 1
    progress(++requests)
    return reply
  }
  const visitor = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next.visit(open, next.random)
  }
  await Promise.all(Array.from({ length: VISITORS_AT_ONCE }, visitor))
  return { requests, failed, seconds: (performance.now() - startedAt) / 1000, paths }
}

interface Listed {
  readonly id: number | string
  readonly directorId?: unknown
}

function rows(reply: Reply): Listed[] {
  return reply.status === 200 ? (JSON.parse(reply.body) as Listed[]) : []
}

/** The upper rows of a list are clicked more often. */
function pick(listed: readonly Listed[], random: () => number): Listed | undefined {
  return listed[Math.floor(random() ** 2 * listed.length)]
}
