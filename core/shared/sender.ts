// thread: shared
// Appends what was captured here to the stream, in order, one at a time. What waits is bounded by main (load-cells.ts).
import { unpackExchanges } from '../contract/exchange-wire.js'
import type { LoadCells } from './load-cells.js'
import type { RedisClient } from './redis-client.js'
import { codeOf } from './redis-problem.js'
import type { RefillBatch } from './refill.js'
import type { SharedKeys } from './shared-keys.js'

/** More entries than this are never kept. */
const MAX_ENTRIES = 20_000
/** Where Redis takes nothing it is asked again after so long. */
const REFUSED_MS = 500

export interface SenderParts {
  readonly keys: SharedKeys
  readonly instance: string
  readonly load: LoadCells
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

export class Sender {
  readonly #parts: SenderParts
  readonly #waiting: RefillBatch[] = []
  /** Of what is sent while nothing waits: it was refused, and may be taken later. */
  #held: RefillBatch | undefined
  #turn = 0
  #sent = 0
  #wake: () => void = () => {}

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  get sent(): number {
    return this.#sent
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  push(batch: RefillBatch): void {
    this.#waiting.push(batch)
    this.#wake()
  }

  wake(): void {
    this.#wake()
  }

  /** What waits is exchanged for what is left of it. The batch that is just being sent is not: whoever cleans the log comes after it. */
  edit(change: (bytes: Buffer) => Buffer | undefined): void {
    const edited = (batch: RefillBatch): RefillBatch => {
      const kept = change(Buffer.from(batch.bytes))
      if (kept?.length === batch.bytes.byteLength) return batch
      const bytes = new ArrayBuffer(kept?.length ?? 0)
      kept?.copy(new Uint8Array(bytes))
      this.#parts.load.settled(batch.bytes.byteLength - bytes.byteLength)
      return { bytes, count: unpackExchanges(bytes).length }
    }
    // By its place: the first one may be under way.
    for (let i = 1; i < this.#waiting.length; i++) this.#waiting[i] = edited(this.#waiting[i]!)
    this.#held = undefined
  }

  /**
   * Until `isOver`; rejects where the connection is lost. `refused`: Redis takes nothing just now, or again (undefined).
   * `more`: what may be sent while nothing waits.
   */
  async run(
    redis: RedisClient,
    isOver: () => boolean,
    refused: (error: unknown) => void,
    more: () => Promise<RefillBatch | undefined>,
  ): Promise<void> {
    while (!isOver()) {
      const own = this.#waiting[0]
      const batch = own ?? this.#held ?? (await more())
      if (batch === undefined) {
        // What came, or ended, while `more` was asked wakes nobody.
        if (this.#waiting.length === 0 && !isOver()) await this.#woken()
        continue
      }
      if (own === undefined) this.#held = batch
      if (!(await this.#append(redis, batch, refused))) {
        await this.#parts.sleep(REFUSED_MS)
        continue
      }
      if (own === undefined) {
        this.#held = undefined
        continue
      }
      this.#waiting.shift()
      this.#parts.load.settled(own.bytes.byteLength)
    }
  }

  /** False: it stays where it is. */
  async #append(
    redis: RedisClient,
    { bytes, count }: RefillBatch,
    refused: (error: unknown) => void,
  ): Promise<boolean> {
    const { keys, instance, load, now } = this.#parts
    try {
      await redis.call(
        ...(['XADD', keys.exchanges, 'MAXLEN', '~', MAX_ENTRIES, '*'] as const),
        ...[
          'by',
          instance,
          'turn',
          this.#turn + 1,
          'count',
          count,
          'bytes',
          keys.seal.seal(Buffer.from(bytes), 'exchanges'),
        ],
      )
    } catch (error) {
      switch (codeOf(error)) {
        case 'not-reached':
        case 'slow':
          throw error
        case 'failed':
          // It does not want this one.
          load.lost(count, now())
          refused(error)
          return true
        default:
          refused(error)
          return false
      }
    }
    refused(undefined)
    this.#turn += 1
    this.#sent += count
    return true
  }

  #woken(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = () => {}
        resolve()
      }
    })
  }
}
