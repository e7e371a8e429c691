// thread: main
// Whether the memory turns out to be damaged while the proxy runs: only another process can begin a new one.
import type { Brain } from '../../brain/pool.js'
import { steadyClock } from '../clock/clock.js'
import type { Log } from '../log/log.js'
import { isDamage } from '../memory/lmdb.js'

/** A memory that fails for so long, and in no way that passes, is damaged. */
const DAMAGED_AFTER_MS = 2000
/** Where no other process took over. */
const LOOK_AGAIN_MS = 60_000

export class MemoryDamage {
  readonly #brain: Pick<Brain, 'status'>
  readonly #onDamage: () => void
  readonly #log: Log
  #since: number | undefined
  #isDamaged = false
  #lookAgainAt = 0

  /** `onDamage`: called once, and again where no other process took over. */
  constructor(brain: Pick<Brain, 'status'>, onDamage: () => void, log: Log) {
    this.#brain = brain
    this.#onDamage = onDamage
    this.#log = log
  }

  get isDamaged(): boolean {
    return this.#isDamaged
  }

  /** To be called again and again. */
  look(): void {
    if (this.#isDamaged || steadyClock.now() < this.#lookAgainAt) return
    const { failing } = this.#brain.status()
    if (!isDamage(failing)) this.#since = undefined
    else if (this.#since === undefined) this.#since = steadyClock.now()
    else if (steadyClock.now() - this.#since >= DAMAGED_AFTER_MS) {
      this.#isDamaged = true
      this.#log.error({ because: failing }, 'the memory is damaged: proxying goes on, nothing is learned')
      this.#onDamage()
    }
  }

  /** No other process took over. */
  lookAgainLater(): void {
    this.#isDamaged = false
    this.#lookAgainAt = steadyClock.now() + LOOK_AGAIN_MS
  }
}
