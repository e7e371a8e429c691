// thread: main
// What stands behind the `?` of a question what an outage would have looked like: a time in the past, or what is wrong with it. Pure.
import type { WhatIfQuery } from '../contract/whatif.js'
import { known, momentIn, orWrong, spanIn, type Wrong, WrongValue } from './history-query.js'

const DEFAULT_MS = 600_000
const MAX_MS = 86_400_000
const MIN_MS = 1000

/** `now`: epoch ms. */
export function readWhatIfQuery(query: URLSearchParams, now: number): WhatIfQuery | Wrong {
  return orWrong(() => {
    known(query, ['at', 'for', 'acceptable'])
    const forMs = spanIn(query, 'for') ?? DEFAULT_MS
    if (forMs < MIN_MS || forMs > MAX_MS) throw new WrongValue('for', 'must be from 1s to 24h')
    const at = Math.round(momentIn(query, 'at', now) ?? now - forMs)
    if (at < 0) throw new WrongValue('at', 'must not be before 1970')
    if (at >= now)
      throw new WrongValue(
        'at',
        'must be in the past: what would have been said is held against what was really said after it; GET /api/readiness tells of now',
      )
    // What was not asked yet nobody knows.
    return { at, until: Math.min(at + forMs, now), acceptable: shareIn(query, 'acceptable') }
  })
}

function shareIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= 0 && value <= 1)) throw new WrongValue(name, 'must be a number from 0 to 1')
  return value
}
