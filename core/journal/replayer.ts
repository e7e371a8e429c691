// thread: main
// Sends what the journal holds once the upstream is there again: in order where it matters, a few at a time, with back-off. Has
// no timer: `tick` is called again and again, and each end begins the next.
import type { Clock } from '../clock/clock.js'
import type { ReplayOutcome, ReplayWrite } from '../contract/journal.js'
import type { Log } from '../log/log.js'
import type { BookEntry } from './book.js'
import type { Journal } from './journal.js'
import { verdictOf } from './replay-verdict.js'

export interface ReplayerParts {
  readonly journal: Pick<Journal, 'next' | 'begin' | 'settle' | 'retryNow'>
  /** How many may be under way: 0 while the upstream is left alone, 1 where it is only tried. */
  readonly allowed: () => number
  /** Never rejects. */
  readonly send: (write: ReplayWrite) => Promise<ReplayOutcome>
  /** The steady one, by which the journal lets entries wait. */
  readonly steady: Clock
  readonly random: () => number
  readonly log: Log
}

/** An upstream that has just come back is not to be flooded with what piled up. */
export const MAX_REPLAYS = 8
/** After the disk failed. */
const DISK_WAIT_MS = 1000

export class Replayer {
  readonly #parts: ReplayerParts
  #underWay = 0
  #allowedBefore = 0
  #notBefore = 0
  #stopped = false
  readonly #replays = new Set<Promise<void>>()

  constructor(parts: ReplayerParts) {
    this.#parts = parts
  }

  tick(): void {
    const { journal, allowed, steady } = this.#parts
    const now = allowed()
    // The upstream is back: what was tried in vain need not wait any longer.
    if (now > 1 && this.#allowedBefore <= 1) journal.retryNow()
    this.#allowedBefore = now
    while (!this.#stopped && this.#underWay < now && steady.now() >= this.#notBefore) {
      const entry = journal.next()
      if (entry === undefined) return
      this.#underWay += 1
      const replay = this.#replay(entry)
      this.#replays.add(replay)
      void replay.then(() => this.#replays.delete(replay))
    }
  }

  async #replay(entry: BookEntry): Promise<void> {
    const { journal, send, steady, random, log } = this.#parts
    try {
      const write = await journal.begin(entry)
      if (write !== undefined) {
        const outcome = await send(write)
        const { state, waitMs } = verdictOf(entry.method, entry.state, outcome, random())
        journal.settle(entry, state, steady.now() + waitMs)
        if (state.state === 'parked')
          log.warn(
            { entry: entry.id, because: state.because },
            'a journalled write is parked: a person has to look at it',
          )
      }
    } catch (error) {
      log.error(
        { err: error, entry: entry.id },
        'a journalled write could not be sent: the disk did not take its state',
      )
      this.#notBefore = steady.now() + DISK_WAIT_MS
    }
    this.#underWay -= 1
    this.tick()
  }

  /** Begins nothing any more. What is under way is told of as ever. */
  stop(): void {
    this.#stopped = true
  }

  /** After `stop`: resolves when what was under way has been told of. */
  async ended(): Promise<void> {
    await Promise.all(this.#replays)
  }
}
