// thread: shared
// What other instances captured, in the order of the stream; and, where this one is new or has missed something, what the
// shelf holds, newest first, in between: that is what an outage asks for now.
import { MissedTurns } from './missed-turns.js'
import type { RedisClient } from './redis-client.js'
import { compareIds, entriesOf, fieldIn, listOf, readEntriesOf, type StreamEntry, textOf } from './replies.js'
import type { SharedKeys } from './shared-keys.js'
import { readShelf } from './shelf.js'

export interface TailParts {
  /** A connection of its own: it waits in Redis. */
  readonly redis: RedisClient
  readonly keys: SharedKeys
  readonly instance: string
  readonly era: string
  /** `era id`, as `deliver` was told; undefined: nothing was learned here yet. */
  readonly position: string | undefined
  /** Resolves when it is learned. */
  readonly deliver: (bytes: Buffer, position: string | undefined) => Promise<void>
  readonly onResync: () => void
}

const WAIT_MS = 500
/** Entries that are read at once; of the shelf's and of what is there already fewer, for what is new goes in between. */
const READ_AT_ONCE = 16
const CAUGHT_UP_AT_ONCE = 4
/** What is delivered as one batch: each costs some ms of its own, and questions wait for it. */
const BATCH_EXCHANGES = 64
const BATCH_BYTES = 1 << 20
/** Batches that are on their way to the learner: one waits there while the one before it is learned. */
const UNDER_WAY = 2

export class Tail {
  readonly #parts: TailParts
  readonly #turns = new MissedTurns()
  #id = '0-0'
  #backlog: AsyncGenerator<Buffer | StreamEntry> | undefined
  /** Oldest first. */
  readonly #underWay: Promise<void>[] = []

  constructor(parts: TailParts) {
    this.#parts = parts
  }

  get isCatchingUp(): boolean {
    return this.#backlog !== undefined
  }

  /** Where this one is, for the next connection. */
  get position(): string | undefined {
    return this.#backlog === undefined ? `${this.#parts.era} ${this.#id}` : undefined
  }

  /** True: this instance is new here. */
  async begin(): Promise<boolean> {
    const { redis, keys, era, position } = this.#parts
    let info = null as Awaited<ReturnType<RedisClient['call']>>
    try {
      info = await redis.call('XINFO', 'STREAM', keys.exchanges)
    } catch (error) {
      if (!/no such key/.test((error as Error).message)) throw error
    }
    const last = info === null ? '0-0' : (textOf(fieldIn(info, 'last-generated-id')) ?? '0-0')
    const [knownEra, knownId] = position?.split(' ') ?? []
    const isNew = knownEra !== era || knownId === undefined
    // The one it read last is not there any more: others behind it may be gone as well.
    const first = info === null ? undefined : textOf(listOf(fieldIn(info, 'first-entry'))[0])
    const missed = !isNew && compareIds(last, knownId) > 0 && (first === undefined || compareIds(first, knownId) > 0)
    if (isNew || missed) this.#catchUp(last)
    else this.#id = knownId
    return isNew
  }

  /** One look: waits for a moment where nothing is there. */
  async step(): Promise<void> {
    const { redis, keys, instance } = this.#parts
    const place = ['STREAMS', keys.exchanges, this.#id] as const
    const reply =
      this.#backlog === undefined
        ? await redis.wait(WAIT_MS, 'XREAD', 'COUNT', READ_AT_ONCE, 'BLOCK', WAIT_MS, ...place)
        : await redis.call('XREAD', 'COUNT', CAUGHT_UP_AT_ONCE, ...place)
    const { entries, lastId } = readEntriesOf(reply)
    let batch: StreamEntry[] = []
    for (const entry of keys.seal.opened(entries)) {
      const { id, by, turn, bytes } = entry
      if (this.#turns.isAfterGap(by, turn)) {
        await this.#deliver(batch)
        batch = []
        this.#parts.onResync()
        this.#catchUp(id)
      }
      if (by !== instance && bytes.length > 0) {
        if (isFull(batch, entry)) {
          await this.#deliver(batch)
          batch = []
        }
        batch.push(entry)
      }
      this.#id = id
    }
    await this.#deliver(batch)
    if (lastId !== undefined) this.#id = lastId
    if (this.#backlog !== undefined) await this.#stepBack(this.#backlog)
  }

  /** Of other instances, in their order. Resolves when there is room for the next ones. */
  async #deliver(batch: readonly StreamEntry[]): Promise<void> {
    if (batch.length === 0) return
    const bytes = batch.length === 1 ? batch[0]!.bytes : Buffer.concat(batch.map(entry => entry.bytes))
    const position = this.#backlog === undefined ? `${this.#parts.era} ${batch.at(-1)!.id}` : undefined
    await this.#sendOn(bytes, position)
  }

  async #sendOn(bytes: Buffer, position: string | undefined): Promise<void> {
    this.#underWay.push(this.#parts.deliver(bytes, position))
    if (this.#underWay.length >= UNDER_WAY) await this.#underWay.shift()
  }

  async #stepBack(backlog: AsyncGenerator<Buffer | StreamEntry>): Promise<void> {
    const { value, done } = await backlog.next()
    if (done === true) {
      // What stands there is learned, and may be answered: only then has this one caught up.
      await Promise.all(this.#underWay.splice(0))
      this.#backlog = undefined
    } else if (Buffer.isBuffer(value)) await this.#sendOn(value, undefined)
    else if (value.by !== this.#parts.instance && value.bytes.length > 0) await this.#sendOn(value.bytes, undefined)
  }

  #catchUp(until: string): void {
    this.#id = until
    this.#turns.forget()
    this.#backlog = this.#all(until)
  }

  /** The shelf first; the stream has what nobody put there yet. */
  async *#all(until: string): AsyncGenerator<Buffer | StreamEntry> {
    const { redis, keys } = this.#parts
    yield* readShelf(redis, keys)
    for (let from = '-'; ; ) {
      const entries = entriesOf(await redis.call('XRANGE', keys.exchanges, from, until, 'COUNT', CAUGHT_UP_AT_ONCE))
      yield* keys.seal.opened(entries)
      const last = entries.at(-1)
      if (last === undefined) return
      from = `(${last.id}`
    }
  }
}

function isFull(batch: readonly StreamEntry[], next: StreamEntry): boolean {
  let exchanges = next.count
  let bytes = next.bytes.length
  for (const entry of batch) {
    exchanges += entry.count
    bytes += entry.bytes.length
  }
  return batch.length > 0 && (exchanges > BATCH_EXCHANGES || bytes > BATCH_BYTES)
}
