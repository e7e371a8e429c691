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
const AT_ONCE = 4

export class Tail {
  readonly #parts: TailParts
  readonly #turns = new MissedTurns()
  #id = '0-0'
  #backlog: AsyncGenerator<Buffer | StreamEntry> | undefined

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
    const { redis, keys, instance, deliver } = this.#parts
    const place = ['STREAMS', keys.exchanges, this.#id] as const
    const reply =
      this.#backlog === undefined
        ? await redis.wait(WAIT_MS, 'XREAD', 'COUNT', AT_ONCE, 'BLOCK', WAIT_MS, ...place)
        : await redis.call('XREAD', 'COUNT', AT_ONCE, ...place)
    const { entries, lastId } = readEntriesOf(reply)
    for (const { id, by, turn, bytes } of keys.seal.opened(entries)) {
      if (this.#turns.isAfterGap(by, turn)) {
        this.#parts.onResync()
        this.#catchUp(id)
      }
      this.#id = id
      if (by !== instance && bytes.length > 0) await deliver(bytes, this.position)
    }
    if (lastId !== undefined) this.#id = lastId
    if (this.#backlog !== undefined) await this.#stepBack(this.#backlog)
  }

  async #stepBack(backlog: AsyncGenerator<Buffer | StreamEntry>): Promise<void> {
    const { value, done } = await backlog.next()
    if (done === true) this.#backlog = undefined
    else if (Buffer.isBuffer(value)) await this.#parts.deliver(value, undefined)
    else if (value.by !== this.#parts.instance && value.bytes.length > 0)
      await this.#parts.deliver(value.bytes, undefined)
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
      const entries = entriesOf(await redis.call('XRANGE', keys.exchanges, from, until, 'COUNT', AT_ONCE))
      yield* keys.seal.opened(entries)
      const last = entries.at(-1)
      if (last === undefined) return
      from = `(${last.id}`
    }
  }
}
