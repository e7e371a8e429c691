// thread: main
// How near the process is to what it may use of memory. The kernel ends a process that asks for more, with all that is in
// flight; so what can be done without goes first, and then new requests are refused.
import type { Clock } from '../clock/clock.js'
import type { MemoryPressureState, MemoryPressureStatus } from '../contract/status.js'
import type { Log } from '../log/log.js'

/** Shares of the limit: from the first on it is so, below the second no more. */
const TIGHT = { from: 0.8, until: 0.75 } as const
const FULL = { from: 0.92, until: 0.87 } as const

/** How often garbage is collected, which stops a thread each time: while requests are refused it cannot get worse. */
const COLLECT_EVERY_MS = { tight: 30_000, full: 2000 } as const

export interface MemoryPressureParts {
  /** 0: there is none. */
  readonly limitBytes: number
  readonly used: () => number
  readonly onChange: (state: MemoryPressureState) => void
  /** All threads are to look for what nobody uses any more. */
  readonly collect: () => void
  readonly steady: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

export class MemoryPressure {
  readonly #parts: MemoryPressureParts
  #state: MemoryPressureState = 'calm'
  #changes = 0
  #collectedAt = Number.NEGATIVE_INFINITY

  constructor(parts: MemoryPressureParts) {
    this.#parts = parts
  }

  get state(): MemoryPressureState {
    return this.#state
  }

  /** To be called again and again. */
  look(): void {
    const { limitBytes, used, onChange, log } = this.#parts
    if (limitBytes === 0) return
    const usedBytes = used()
    const state = pressureOf(usedBytes / limitBytes, this.#state)
    this.#collect(state)
    if (state === this.#state) return
    this.#state = state
    this.#changes += 1
    const facts = { usedBytes, limitBytes }
    if (state === 'full') log.error(facts, 'memory is nearly used up: new requests are refused')
    else if (state === 'tight') log.warn(facts, 'memory is getting tight: nothing is learned, and answers are not held')
    else log.info(facts, 'there is memory again')
    onChange(state)
  }

  #collect(state: MemoryPressureState): void {
    const { collect, steady } = this.#parts
    if (state === 'calm') return
    const now = steady.now()
    if (now - this.#collectedAt < COLLECT_EVERY_MS[state]) return
    this.#collectedAt = now
    collect()
  }

  status(): MemoryPressureStatus {
    const { limitBytes, used } = this.#parts
    return { state: this.#state, changes: this.#changes, usedBytes: used(), limitBytes }
  }
}

/** `share`: what is used, of the limit. */
export function pressureOf(share: number, before: MemoryPressureState): MemoryPressureState {
  if (share >= FULL.from || (before === 'full' && share >= FULL.until)) return 'full'
  if (share >= TIGHT.from || (before !== 'calm' && share >= TIGHT.until)) return 'tight'
  return 'calm'
}
