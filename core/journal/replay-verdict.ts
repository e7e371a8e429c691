// thread: main
// What follows from one try to send a write from the journal. Pure.
import type { ReplayOutcome } from '../contract/journal.js'
import type { EntryState } from './record.js'

export interface Verdict {
  readonly state: Omit<EntryState, 'since'>
  /** Until the next try, where it goes on waiting, ms. */
  readonly waitMs: number
}

/** Failures of the upstream itself after which a write is left to a person, so that those behind it can go on. */
const MAX_FAILURES = 12
const FIRST_WAIT_MS = 250
/** Where nothing was reached: asking again costs nobody anything. */
const MAX_UNREACHED_MS = 2000
const MAX_FAILED_MS = 60_000
const HELD_MS = 250

/** RFC 9110 §15, RFC 8470 §5.2: the same request may well be answered otherwise later. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504])

/** `method`: of the write. `before`: as it was when it was sent. `random`: 0–1, so that not all come back at once. */
export function verdictOf(method: string, before: EntryState, outcome: ReplayOutcome, random: number): Verdict {
  const { attempts, failures, maybeSeen, answer, unconditional } = before
  const decided = unconditional === undefined ? {} : { unconditional }
  const waits = (waitMs: number, changes: Partial<EntryState>): Verdict => ({
    state: { state: 'pending', attempts, failures, maybeSeen, because: '', answer, ...decided, ...changes },
    waitMs: Math.round(waitMs * (0.5 + random / 2)),
  })
  const backOffMs = (tries: number, most: number): number => Math.min(most, FIRST_WAIT_MS * 2 ** Math.min(tries, 16))
  switch (outcome.kind) {
    case 'held':
      return waits(HELD_MS, { attempts: attempts - 1, because: before.because })
    case 'unreached':
      return waits(backOffMs(attempts - 1, MAX_UNREACHED_MS), { because: outcome.because })
    case 'lost':
      return waits(backOffMs(attempts - 1, MAX_FAILED_MS), { because: outcome.because, maybeSeen: true })
    case 'answered':
      break
  }
  const said = outcome.answer
  const ends = (state: 'done' | 'parked', because: string): Verdict => ({
    state: { state, attempts, failures, maybeSeen: true, because, answer: said, ...decided },
    waitMs: 0,
  })
  if (passing.has(said.status)) {
    const because = `the upstream answered ${said.status}`
    if (failures + 1 >= MAX_FAILURES) return { ...ends('parked', `${because}, ${failures + 1} times`) }
    const waitMs = Math.max(backOffMs(failures, MAX_FAILED_MS), Math.min(outcome.retryAfterS * 2000, MAX_FAILED_MS))
    return waits(waitMs, { failures: failures + 1, because, answer: said, maybeSeen: true })
  }
  // RFC 9110 §9.3.5: what an earlier try that nobody heard the end of may have deleted is gone, as it was asked for.
  if (method === 'DELETE' && maybeSeen && (said.status === 404 || said.status === 410))
    return ends('done', `${said.status}: an earlier try, whose answer was lost, may have deleted it`)
  // RFC 9110 §15.4.8: these ask for the write to be made elsewhere, and that is not ours to decide.
  const elsewhere = said.status === 307 || said.status === 308
  if (said.status < 400 && !elsewhere) {
    const done = ends('done', '')
    return outcome.made === undefined ? done : { ...done, state: { ...done.state, made: outcome.made } }
  }
  // RFC 9110 §13.1.1: of an earlier try that nobody heard the end of the API may know, or not.
  if (said.status === 412 && maybeSeen)
    return ends(
      'parked',
      'the upstream answered 412: it was changed since it was seen, or an earlier try has changed it',
    )
  return ends('parked', `the upstream answered ${said.status}`)
}
