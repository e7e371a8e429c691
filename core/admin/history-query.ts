// thread: main
// What stands behind the `?` of a question to the history: a query, or what is wrong with it. Pure.
import { type Answerer, answerers, ghostAnswerers } from '../contract/facts.js'
import {
  type ExchangeFilter,
  type ExchangeQuery,
  type ReadinessQuery,
  type RouteOrder,
  type RoutesQuery,
  routeOrders,
  type SeriesQuery,
  type Window,
} from '../contract/history.js'

import type { RecordingQuery } from '../contract/replays.js'

export interface Wrong {
  readonly field: string
  readonly detail: string
}

const DEFAULT_WINDOW_MS = 3_600_000
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000
const DEFAULT_HAR = 1000
const MAX_HAR = 10_000
const DEFAULT_POINTS = 120
const MAX_POINTS = 2000
const DEFAULT_ROUTES = 20
const MAX_ROUTES = 500
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export class WrongValue extends Error {
  constructor(
    readonly field: string,
    detail: string,
  ) {
    super(detail)
  }
}

/** `now`: epoch ms. */
export function readExchangeQuery(query: URLSearchParams, now: number): ExchangeQuery | Wrong {
  return orWrong(() => {
    known(query, ['from', 'to', 'route', 'method', 'status', 'by', 'scope', 'limit', 'cursor'])
    return {
      ...filterIn(query, now),
      limit: wholeIn(query, 'limit', DEFAULT_LIMIT, MAX_LIMIT),
      cursor: query.get('cursor') ?? undefined,
    }
  })
}

/** Which exchanges are meant. */
function filterIn(query: URLSearchParams, now: number): ExchangeFilter {
  return {
    ...windowIn(query, now),
    route: query.get('route') ?? undefined,
    method: query.get('method')?.toUpperCase(),
    status: statusIn(query.get('status')),
    by: answerersIn(query.get('by')),
    scope: query.get('scope') ?? undefined,
  }
}

/** For a HAR file: what is captured of the exchanges of a window, oldest first. */
export function readHarQuery(query: URLSearchParams, now: number): RecordingQuery | Wrong {
  return orWrong(() => {
    known(query, ['from', 'to', 'route', 'method', 'status', 'by', 'scope', 'limit'])
    return {
      ...filterIn(query, now),
      limit: wholeIn(query, 'limit', DEFAULT_HAR, MAX_HAR),
    }
  })
}

export function readSeriesQuery(query: URLSearchParams, now: number): SeriesQuery | Wrong {
  return orWrong(() => {
    known(query, ['from', 'to', 'route', 'points'])
    return {
      ...windowIn(query, now),
      route: query.get('route') ?? undefined,
      points: wholeIn(query, 'points', DEFAULT_POINTS, MAX_POINTS),
    }
  })
}

export function readRoutesQuery(query: URLSearchParams, now: number): RoutesQuery | Wrong {
  return orWrong(() => {
    known(query, ['from', 'to', 'order', 'limit'])
    const order = query.get('order') ?? 'requests'
    if (!routeOrders.includes(order as RouteOrder))
      throw new WrongValue('order', `must be one of ${routeOrders.join(', ')}`)
    return {
      ...windowIn(query, now),
      order: order as RouteOrder,
      limit: wholeIn(query, 'limit', DEFAULT_ROUTES, MAX_ROUTES),
    }
  })
}

export function readReadinessQuery(query: URLSearchParams, now: number): ReadinessQuery | Wrong {
  return orWrong(() => {
    known(query, ['from', 'to', 'points'])
    return { ...windowIn(query, now), points: wholeIn(query, 'points', DEFAULT_POINTS, MAX_POINTS) }
  })
}

export function readWindow(query: URLSearchParams, now: number): Window | Wrong {
  return orWrong(() => {
    known(query, ['from', 'to'])
    return windowIn(query, now)
  })
}

/** What is read, or which value is wrong and why. */
export function orWrong<T>(read: () => T): T | Wrong {
  try {
    return read()
  } catch (error) {
    if (error instanceof WrongValue) return { field: error.field, detail: error.message }
    throw error
  }
}

/** Throws where something else is asked for. */
export function known(query: URLSearchParams, names: readonly string[]): void {
  for (const name of query.keys())
    if (!names.includes(name)) throw new WrongValue(name, `is not asked for here; there are ${names.join(', ')}`)
}

function windowIn(query: URLSearchParams, now: number): Window {
  const to = momentIn(query, 'to', now) ?? now
  const from = momentIn(query, 'from', now) ?? to - DEFAULT_WINDOW_MS
  if (from >= to) throw new WrongValue('from', 'must be before «to»')
  return { from, to }
}

/** `2026-01-31T14:05:00Z`, epoch ms, or how long ago: `90s`, `15m`, `2h`, `7d`. */
export function momentIn(query: URLSearchParams, name: string, now: number): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const ago = /^(\d{1,6})([smhd])$/.exec(text)
  const moment =
    ago !== null ? now - Number(ago[1]) * unitMs[ago[2]!]! : /^\d{9,15}$/.test(text) ? Number(text) : Date.parse(text)
  // What a Date can hold.
  if (Number.isNaN(moment) || Math.abs(moment) > 8.64e15)
    throw new WrongValue(
      name,
      `«${text.slice(0, 40)}» is no moment: write 2026-01-31T14:05:00Z, epoch ms, or how long ago, such as 15m`,
    )
  return moment
}

/** `90s`, `15m`, `2h`, `7d`; ms. */
export function spanIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const span = /^(\d{1,6})([smhd])$/.exec(text)
  if (span === null) throw new WrongValue(name, `«${text.slice(0, 40)}» is no time such as 90s, 15m, 2h or 7d`)
  return Number(span[1]) * unitMs[span[2]!]!
}

/** `503`, `5xx`, `400-499`. */
function statusIn(text: string | null): readonly [number, number] | undefined {
  if (text === null) return undefined
  const family = /^([1-5])xx$/i.exec(text)
  if (family !== null) return [Number(family[1]) * 100, Number(family[1]) * 100 + 99]
  const range = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text)
  if (range === null) throw new WrongValue('status', `«${text.slice(0, 40)}» must be like 503, 5xx or 400-499`)
  return [Number(range[1]), Number(range[2] ?? range[1])]
}

/** `ghost` stands for all tiers. */
function answerersIn(text: string | null): readonly Answerer[] | undefined {
  if (text === null) return undefined
  return text.split(',').flatMap(name => {
    if (name === 'ghost') return ghostAnswerers
    if (answerers.includes(name as Answerer)) return [name as Answerer]
    throw new WrongValue('by', `«${name.slice(0, 40)}» must be ghost or one of ${answerers.join(', ')}`)
  })
}

function wholeIn(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name)
  if (text === null) return fallback
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1 || value > most) throw new WrongValue(name, `must be a whole number from 1 to ${most}`)
  return value
}
