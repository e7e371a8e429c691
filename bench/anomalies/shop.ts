// Made-up traffic of a shop over days, with what is normal and looks strange all the same: nights, load that makes answers slower,
// pauses of some seconds, deployments with a few errors, links that lead nowhere, sessions that have ended, mistyped passwords,
// lists whose items are fetched one by one in order, uploads of very different sizes, a client that pages through everything each
// hour, scanners that look in now and then, and people who share an address: an office, and those who are under way.
import { pathOf } from '../../core/contract/target.js'
import { type Chance, chanceOf } from './chance.js'
import type { MadeFact } from './fact-writer.js'

export const START_AT = Date.UTC(2024, 0, 8)
const USERS = 400
const PRODUCTS = 3000
const ORDERS = 50_000
const words = [
  'lamp',
  'chair',
  'desk',
  'red',
  'oak',
  'small',
  'garden',
  'mirror',
  'shelf',
  "child's bed",
  'sofa 2x',
  'rug',
]

/** What is otherwise than it should be. Shares are 0…1. */
export interface Trouble {
  readonly slow?: { readonly route: string | undefined; readonly times: number }
  readonly errors?: { readonly route: string | undefined; readonly share: number; readonly status: number }
  /** Of requests that do not come. */
  readonly missing?: { readonly route: string | undefined; readonly share: number }
  /** Requests a second beside all others. */
  readonly extra?: { readonly perSecond: number; readonly make: (count: number, chance: Chance) => Asked }
}

export interface Asked {
  readonly route: string | undefined
  readonly method: string
  readonly target: string
  readonly status: number
  readonly scope: string
  /** Where it comes from; undefined: from where its caller is. */
  readonly client?: string
  readonly bytesIn?: number
  readonly bytesOut?: number
}

/** Medians in ms, and how widely they scatter. */
const latencies: Readonly<Record<string, readonly [medianMs: number, sigma: number]>> = {
  'GET /products': [18, 0.4],
  'GET /products/{id}': [6, 0.3],
  'GET /search': [35, 0.6],
  'GET /users/me': [4, 0.3],
  'GET /orders': [25, 0.5],
  'GET /orders/{id}': [9, 0.4],
  'GET /reports/{id}': [400, 0.8],
  'GET /images/{id}': [12, 0.7],
  'POST /orders': [40, 0.5],
  'POST /login': [80, 0.2],
  'POST /images': [120, 0.6],
}

export class Shop {
  readonly #chance: Chance
  /** Apart, for where somebody is changes nothing of what they ask. */
  readonly #places: Chance
  readonly #trouble: Trouble
  /** What sessions still have to ask, in order. */
  readonly #queue: Asked[] = []
  #weather = 0
  #pauseUntil = 0
  #badUntil = 0
  #extras = 0

  constructor(seed: number, trouble: Trouble = {}) {
    this.#chance = chanceOf(seed)
    this.#places = chanceOf(seed + 7919)
    this.#trouble = trouble
  }

  /** What ends within this second. `isTroubled`: the trouble is on. */
  second(at: number, isTroubled: boolean): MadeFact[] {
    const chance = this.#chance
    const day = 0.5 - 0.5 * Math.cos((2 * Math.PI * (at - START_AT)) / 86_400_000)
    if (at % 10_000 === 0) this.#weather = 0.8 * this.#weather + 0.06 * chance.normal()
    if (chance.unit() < 1 / 1800) this.#pauseUntil = at + 1000 + chance.below(5000)
    if (chance.unit() < 1 / 40_000) this.#badUntil = at + 1000 + chance.below(4000)
    const count = chance.poisson(1.5 + 8.5 * day)
    const asked: Asked[] = []
    for (let i = 0; i < count; i++) asked.push(this.#next())
    if (at % 3_600_000 < 60_000) asked.push(...this.#everything(at))
    if (chance.unit() < 1 / 90)
      asked.push({ ...lost(`/wp-${chance.below(50)}.php`), client: `scanner-${this.#places.below(20)}` })
    const kept = asked.filter(one => !(isTroubled && this.#isMissing(one)))
    if (isTroubled) kept.push(...this.#extra())
    const load = 1 + 0.5 * day
    return kept.map(one => this.#answered(one, at, load, isTroubled))
  }

  #next(): Asked {
    const queued = this.#queue.length > 0 && this.#chance.unit() < 0.7 ? this.#queue.shift() : undefined
    return queued ?? this.#begin()
  }

  #begin(): Asked {
    const chance = this.#chance
    const user = Math.floor(USERS * chance.unit() ** 2)
    const scope = `user-${user}`
    const kind = chance.unit()
    if (kind < 0.28) return this.#browse(scope)
    if (kind < 0.5)
      return ask('GET /products/{id}', `/products/${this.#product()}`, scope, chance.unit() < 0.01 ? 404 : 200)
    if (kind < 0.62) {
      const text = words[chance.below(words.length)]!
      const extra = chance.unit() < 0.002 ? '&lang=de' : ''
      return ask(
        'GET /search',
        `/search?q=${encodeURIComponent(text)}&page=${1 + Math.floor(6 * chance.unit() ** 4)}${extra}`,
        '',
      )
    }
    if (kind < 0.72) return ask('GET /users/me', '/users/me', scope, chance.unit() < 0.02 ? 401 : 200)
    if (kind < 0.8)
      return ask(
        'GET /orders',
        `/orders?page=${1 + Math.floor(8 * chance.unit() ** 3)}&status=${chance.unit() < 0.5 ? 'open' : 'done'}`,
        scope,
      )
    if (kind < 0.9)
      return ask('GET /orders/{id}', `/orders/${chance.below(ORDERS)}`, scope, chance.unit() < 0.01 ? 403 : 200)
    if (kind < 0.94)
      return { ...ask('GET /images/{id}', `/images/${this.#product()}`, ''), bytesOut: this.#size(40_000, 1) }
    if (kind < 0.965)
      return { ...ask('POST /login', '/login', '', chance.unit() < 0.08 ? 401 : 200), bytesIn: 60 + chance.below(30) }
    if (kind < 0.985) return { ...ask('POST /orders', '/orders', scope, 201), bytesIn: this.#size(300, 0.5) }
    if (kind < 0.99) return { ...ask('POST /images', '/images', scope, 201), bytesIn: this.#size(200_000, 1) }
    return ask('GET /reports/{id}', `/reports/${1 + chance.below(40)}`, scope)
  }

  /** A list, and then what is on it: one by one and in order, as some clients do. */
  #browse(scope: string): Asked {
    const chance = this.#chance
    const page = 1 + Math.floor(20 * chance.unit() ** 3)
    if (chance.unit() < 0.1)
      for (let i = 0; i < 20; i++)
        this.#queue.push(ask('GET /products/{id}', `/products/${(page - 1) * 20 + i}`, scope))
    const limit = chance.unit() < 0.3 ? '&limit=20' : ''
    return ask('GET /products', `/products?page=${page}${limit}&sort=${chance.unit() < 0.8 ? 'name' : '-price'}`, scope)
  }

  #everything(at: number): Asked[] {
    const page = (at % 60_000) / 1000
    return [ask('GET /products', `/products?page=${1 + page}&limit=50&sort=name`, 'partner')]
  }

  #product(): number {
    return Math.floor(PRODUCTS * this.#chance.unit() ** 3)
  }

  #size(median: number, sigma: number): number {
    return Math.round(median * Math.exp(sigma * this.#chance.normal()))
  }

  /** One in ten is under way, and one in ten sits in the same office. */
  #clientOf({ scope, client }: Asked): string {
    if (client !== undefined) return client
    const places = this.#places
    if (places.unit() < 0.1) return `carrier-${places.below(3)}`
    const named = /^user-(\d+)$/.exec(scope)
    if (named === null && scope !== '') return `at-${scope}`
    const user = named === null ? Math.floor(USERS * places.unit() ** 2) : Number(named[1])
    return user % 10 === 0 ? 'office' : `home-${user}`
  }

  #isMissing({ route }: Asked): boolean {
    const { missing } = this.#trouble
    if (missing === undefined || (missing.route !== undefined && missing.route !== route)) return false
    return this.#chance.unit() < missing.share
  }

  #extra(): Asked[] {
    const { extra } = this.#trouble
    if (extra === undefined) return []
    return Array.from({ length: this.#chance.poisson(extra.perSecond) }, () => extra.make(this.#extras++, this.#chance))
  }

  #answered(asked: Asked, at: number, load: number, isTroubled: boolean): MadeFact {
    const chance = this.#chance
    const name = asked.route ?? `${asked.method} ${pathOf(asked.target)}`
    const [median, sigma] = latencies[name] ?? [3, 0.3]
    const { slow, errors } = this.#trouble
    const isHit = (route: string | undefined): boolean => isTroubled && (route === undefined || route === name)
    const times = (slow !== undefined && isHit(slow.route) ? slow.times : 1) * (at < this.#pauseUntil ? 5 : 1)
    const share = errors !== undefined && isHit(errors.route) ? errors.share : at < this.#badUntil ? 0.3 : 0.001
    const isFailed = chance.unit() < share
    const status = isFailed ? (isHit(errors?.route) ? (errors?.status ?? 500) : 500) : asked.status
    return {
      ...{ at, route: asked.route, method: asked.method, target: asked.target, scope: asked.scope, status },
      client: this.#clientOf(asked),
      totalMs: median * Math.exp(sigma * chance.normal() + this.#weather) * load * times,
      bytesIn: asked.bytesIn ?? 0,
      bytesOut: asked.bytesOut ?? (status < 300 ? 300 + chance.below(3000) : 60),
    }
  }
}

/** Writes have no learned route. */
export function ask(route: string, target: string, scope: string, status = 200): Asked {
  const method = route.slice(0, route.indexOf(' '))
  return { route: method === 'GET' ? route : undefined, method, target, status, scope }
}

export function lost(target: string, scope = ''): Asked {
  return { route: undefined, method: 'GET', target, status: 404, scope }
}
