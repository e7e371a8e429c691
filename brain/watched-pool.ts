// thread: main
// A pool of threads under watch: a task that never ends ends its thread, threads that were started again are counted, and after
// failures in a row there is a pause before the next try. What one task may take is a matter of minutes, not of a slow machine.

/** What is needed of a pool; tasks that wait are run in the order in which they came. */
export interface Pool {
  readonly options: { readonly maxThreads: number }
  /** Aborting ends the thread that runs it. */
  run(task: unknown, options: { readonly transferList: ArrayBuffer[]; readonly signal: AbortSignal }): Promise<unknown>
  on(event: 'workerCreate', listener: () => void): unknown
}

export interface WatchOptions {
  /** A task that runs for longer hangs. */
  readonly hangMs: number
  /** ms, never set back. */
  readonly now: () => number
  /** A thread was ended because its task did not end. */
  readonly onHang: (task: unknown, ranMs: number) => void
}

interface Outstanding {
  readonly task: unknown
  readonly mayTakeMs: number
  readonly abort: AbortController
  /** Undefined while it waits for a thread. */
  runsSince: number | undefined
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000

export class WatchedPool {
  readonly #pool: Pool
  readonly #options: WatchOptions
  /** Oldest first: as many as there are threads are running. */
  readonly #outstanding = new Set<Outstanding>()
  #started = 0
  #hangs = 0
  #failures = 0
  #pausesUntil = 0

  constructor(pool: Pool, options: WatchOptions) {
    this.#pool = pool
    this.#options = options
    pool.on('workerCreate', () => {
      this.#started += 1
    })
  }

  /** Threads that were started in the place of one that ended, whatever it was doing. */
  get restarts(): number {
    return Math.max(0, this.#started - this.#pool.options.maxThreads)
  }

  /** Of these, how many had to be ended. */
  get hangs(): number {
    return this.#hangs
  }

  /** After failures in a row: what can be left out should be. */
  get pauses(): boolean {
    return this.#options.now() < this.#pausesUntil
  }

  /** `mayTakeMs`: where it may take longer than others. */
  async run(task: unknown, transferList: ArrayBuffer[] = [], mayTakeMs = this.#options.hangMs): Promise<unknown> {
    const one: Outstanding = { task, mayTakeMs, abort: new AbortController(), runsSince: undefined }
    this.#outstanding.add(one)
    this.#mark()
    try {
      const reply = await this.#pool.run(task, { transferList, signal: one.abort.signal })
      this.#failures = 0
      this.#pausesUntil = 0
      return reply
    } catch (error) {
      // The first may have been its own fault; the next one is tried at once.
      if (this.#failures > 0)
        this.#pausesUntil = this.#options.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
      this.#failures += 1
      throw error
    } finally {
      this.#outstanding.delete(one)
      this.#mark()
    }
  }

  /** To be called now and then: ends what hangs. */
  look(): void {
    const now = this.#options.now()
    for (const { task, mayTakeMs, abort, runsSince } of this.#outstanding) {
      if (runsSince === undefined || now - runsSince < mayTakeMs) continue
      this.#hangs += 1
      this.#options.onHang(task, now - runsSince)
      abort.abort()
    }
  }

  #mark(): void {
    let threads = this.#pool.options.maxThreads
    for (const one of this.#outstanding) {
      if (threads-- === 0) return
      one.runsSince ??= this.#options.now()
    }
  }
}
