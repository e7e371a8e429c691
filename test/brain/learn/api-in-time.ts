// A small API in memory with a clock of its own: every leaf of its answer has a known meaning.
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { Repeat } from '../../../brain/learn/volatile.js'
import { parseJson } from '../../../core/contract/json.js'
import { seededRandom } from '../../support/random.js'

const START = Date.UTC(2026, 4, 1)

export interface Answered {
  readonly body: unknown
  readonly headers?: readonly string[]
}

/** What an answer is made of: the clock of the server, how many were asked before, and chance. */
export interface Moment {
  readonly now: number
  readonly count: number
  readonly random: () => number
}

/** Asks the same thing again and again; answers one Repeat for each answer but the first. */
export function* repeats(answer: (moment: Moment) => Answered, seed = 1, everyMs = 1700): Generator<Repeat> {
  const random = seededRandom(seed)
  let now = START
  let old: { seen: ReturnType<typeof seenOf>; at: number } | undefined
  for (let count = 0; ; count++) {
    now += Math.floor(everyMs * (0.5 + random()))
    const startedAt = now
    now += Math.floor(random() * 20)
    const seen = seenOf(answer({ now, count, random }))
    now += Math.floor(random() * 20)
    if (old !== undefined)
      yield { old: old.seen, now: seen, times: { seenAt: old.at, startedAt, completedAt: now }, unchanged: 0 }
    old = { seen, at: now }
  }
}

export function seenOf({ body, headers = [] }: Answered) {
  return { headers, json: parseJson(typeof body === 'string' ? body : JSON.stringify(body)) }
}

export const iso = (at: number): string => new Date(at).toISOString()
export const sign = (text: string): string => createHmac('sha256', 'key').update(text).digest('hex')
export const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
export const uuid = (): string => randomUUID()
