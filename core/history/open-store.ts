// thread: history
// One store that is kept open: opened again where it breaks, with a pause that grows, and every change told once.
import type { Clock } from '../clock/clock.js'
import type { StoreKind, StoreState, StoreStatus } from '../contract/history.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Log } from '../log/log.js'
import { type Engine, StoreError } from './engine.js'
import { HistoryStore } from './history-store.js'

export interface OpenStoreParts {
  readonly kind: StoreKind
  readonly open: () => Promise<Engine>
  readonly instance: string
  /** What is said in exchanges is encrypted with them; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** What goes on meanwhile, for the line that says that it is away. */
  readonly meanwhile: string
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5000
/** Where somebody has to change something first. */
const HOPELESS_PAUSE_MS = 30_000

export class OpenStore {
  readonly #parts: OpenStoreParts
  #store: HistoryStore | undefined
  #engine: Engine | undefined
  #state: StoreState = 'opening'
  #lastError = ''
  #remedy = ''
  #told = ''
  #hopeless = false
  #pauseMs = FIRST_PAUSE_MS
  #nextAt = 0
  #opening: Promise<void> | undefined
  #isUnopenedTold = false

  constructor(parts: OpenStoreParts) {
    this.#parts = parts
  }

  /** Undefined: it is away. */
  get store(): HistoryStore | undefined {
    return this.#store
  }

  get isAway(): boolean {
    return this.#state === 'down'
  }

  /** It stays away until somebody changes something. */
  get isHopeless(): boolean {
    return this.#state === 'down' && this.#hopeless
  }

  status(): StoreStatus {
    return {
      kind: this.#engine?.kind ?? this.#parts.kind,
      detail: this.#engine?.detail ?? '',
      state: this.#state,
      lastError: this.#lastError,
      remedy: this.#remedy,
    }
  }

  /** Opens it where it is away and the time has come. Never rejects. */
  tend(): Promise<void> {
    if (this.#store !== undefined) return Promise.resolve()
    if (this.#opening !== undefined) return this.#opening
    if (this.#parts.clock.now() < this.#nextAt) return Promise.resolve()
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<void> {
    const { open, instance, keys, clock, log } = this.#parts
    let engine: Engine | undefined
    try {
      engine = await open()
      this.#store = await HistoryStore.open(engine, instance, clock.now(), {
        keys,
        onUnopened: error => this.#unopened(error),
      })
      this.#engine = engine
      this.#state = 'up'
      this.#lastError = ''
      this.#remedy = engine.hint
      this.#pauseMs = FIRST_PAUSE_MS
      log.info({ store: engine.kind, detail: engine.detail }, 'the history is open')
      if (engine.hint !== '') log.warn({ store: engine.kind, remedy: engine.hint }, 'the history could be kept better')
    } catch (error) {
      void engine?.close().catch(() => {})
      this.#away(error as Error)
    }
  }

  #unopened(error: Error): void {
    if (this.#isUnopenedTold) return
    this.#isUnopenedTold = true
    const { kind, log } = this.#parts
    const remedy = 'put the key that it was encrypted with behind the first one in CHAOS_ENCRYPTION_KEY, with a comma'
    log.warn(
      { store: kind, because: error.message, remedy },
      'a part of the history cannot be decrypted: it is shown without what was said, and stays as it is',
    )
  }

  /** It broke while it was used. */
  broke(error: Error): void {
    const engine = this.#engine
    this.#store = undefined
    this.#engine = undefined
    void engine?.close().catch(() => {})
    this.#away(engine?.errorOf(error) ?? error)
  }

  #away(error: Error): void {
    const { kind, clock, log, meanwhile } = this.#parts
    const remedy = error instanceof StoreError ? error.remedy : ''
    this.#hopeless = error instanceof StoreError && !error.mayPass
    this.#state = 'down'
    this.#lastError = error.message
    this.#remedy = remedy
    this.#nextAt = clock.now() + (this.#hopeless ? HOPELESS_PAUSE_MS : this.#pauseMs)
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
    // Once, not at every try.
    if (this.#told === error.message) return
    this.#told = error.message
    log.warn({ store: kind, because: error.message, remedy }, `the store of the history is away; ${meanwhile}`)
  }

  async close(): Promise<void> {
    await this.#opening
    const engine = this.#engine
    this.#store = undefined
    this.#engine = undefined
    this.#state = 'down'
    this.#nextAt = 0
    await engine?.close()
  }
}
