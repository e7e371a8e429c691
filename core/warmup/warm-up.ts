// thread: main
// Fetches what is missing for good ghosts while the upstream is well: one request at a time, at a steady rate, nothing twice.
// What to fetch the brain says; the request takes the way of every other, so that it is learned as every other.
import type { Log } from '../log/log.js'

export interface WarmTarget {
  readonly routeId: string
  readonly target: string
}

/** Undefined: no answer. */
export interface WarmAnswer {
  readonly status: number
  /** It came from a ghost: the upstream is not well. */
  readonly isGhost: boolean
}

export interface WarmUpParts {
  /** At most so many that were not offered before; most wanted first. */
  readonly offer: (limit: number) => Promise<readonly WarmTarget[]>
  readonly fetch: (target: string) => Promise<WarmAnswer | undefined>
  /** The circuit is closed, and requests go to the upstream. */
  readonly mayAsk: () => boolean
  readonly perSecond: number
  readonly log: Pick<Log, 'info' | 'warn'>
}

export interface WarmUpStatus {
  readonly asked: number
  readonly answered: number
  readonly refused: number
}

const OFFERED = 50
/** After so many refusals in a row the rest of a route is left alone. */
const ROUTE_REFUSALS = 3
/** How long nothing is asked after the upstream said that it is too much or failed. */
const PAUSE_S = 60
/** How long the brain is not asked after it named nothing; shorter where what was just fetched may tell of more. */
const IDLE_S = 5
const LEARNING_S = 1
/** What was asked is remembered, so that nothing is asked twice; when so much was, it is enough. */
const MAX_ASKED = 100_000

export class WarmUp {
  readonly #parts: WarmUpParts
  readonly #asked = new Set<string>()
  readonly #refusals = new Map<string, number>()
  #waiting: WarmTarget[] = []
  #busy = false
  /** Ticks that are still to be let pass. */
  #rest = 0
  #fetchedLately = false
  #answered = 0
  #refused = 0

  constructor(parts: WarmUpParts) {
    this.#parts = parts
  }

  status(): WarmUpStatus {
    return { asked: this.#asked.size, answered: this.#answered, refused: this.#refused }
  }

  /** Called `perSecond` times a second. Resolves when what it began is over; never rejects. */
  async tick(): Promise<void> {
    if (this.#busy || !this.#parts.mayAsk() || this.#asked.size >= MAX_ASKED) return
    if (this.#rest > 0) {
      this.#rest -= 1
      return
    }
    this.#busy = true
    try {
      const next = await this.#next()
      // The upstream may have failed while the brain was asked.
      if (next !== undefined && this.#parts.mayAsk()) await this.#fetch(next)
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'a request of the warm-up failed inside the proxy')
      this.#pause(PAUSE_S)
    } finally {
      this.#busy = false
    }
  }

  async #next(): Promise<WarmTarget | undefined> {
    if (this.#waiting.length === 0) this.#waiting = [...(await this.#parts.offer(OFFERED))]
    while (this.#waiting.length > 0) {
      const next = this.#waiting.shift()!
      if (!this.#asked.has(next.target) && (this.#refusals.get(next.routeId) ?? 0) < ROUTE_REFUSALS) return next
    }
    this.#pause(this.#fetchedLately ? LEARNING_S : IDLE_S)
    this.#fetchedLately = false
    return undefined
  }

  async #fetch({ target, routeId }: WarmTarget): Promise<void> {
    this.#asked.add(target)
    this.#fetchedLately = true
    const answer = await this.#parts.fetch(target)
    if (answer !== undefined && !answer.isGhost && answer.status < 400) {
      this.#answered += 1
      this.#refusals.set(routeId, 0)
      return
    }
    this.#refused += 1
    this.#refusals.set(routeId, (this.#refusals.get(routeId) ?? 0) + 1)
    if (answer !== undefined && !answer.isGhost && answer.status < 500 && answer.status !== 429) return
    this.#parts.log.info(
      { target, status: answer?.status ?? null, pauseS: PAUSE_S },
      'the warm-up pauses: the upstream did not answer, failed, or said that it is too much',
    )
    this.#pause(PAUSE_S)
  }

  #pause(seconds: number): void {
    this.#rest = seconds * this.#parts.perSecond
  }
}
