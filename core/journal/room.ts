// thread: main
// Makes room in the journal: what ended goes, fields and bodies first, and what is still needed is written anew at its end.
import { Buffer } from 'node:buffer'
import type { Clock } from '../clock/clock.js'
import { hasElapsed } from '../contract/elapsed.js'
import { pathOf } from '../contract/target.js'
import type { Log } from '../log/log.js'
import type { Book, BookEntry } from './book.js'
import { compactionDue } from './compaction.js'
import { decodeRecord, encodeEntry, encodeState, type JournalRecord } from './record.js'
import type { Place, Segments } from './segments.js'

export interface RoomParts {
  readonly segments: Segments
  readonly book: Book
  readonly segmentBytes: number
  readonly maxBytes: number
  readonly clock: Clock
  readonly log: Log
  /** Records that are being written; each resolves when the book knows its place. */
  readonly onTheWay: ReadonlySet<Promise<void>>
}

/** Of those that ended, so many can still be asked for. */
const KEEP_ENDED = 10_000
/** Nothing waits and nothing came for this long: room is made. */
const IDLE_MS = 5000
/** Room is looked for after so many records. */
const LOOK_RECORDS = 4096
const nothing = Buffer.alloc(0)

export class Room {
  readonly #parts: RoomParts
  #working: Promise<void> | undefined
  #appendedAtLook = -LOOK_RECORDS
  #usedAt = 0

  constructor(parts: RoomParts) {
    this.#parts = parts
  }

  /** A write came: more may follow. */
  wasUsed(): void {
    this.#usedAt = this.#parts.clock.now()
  }

  /** Never rejects. */
  tidy(): Promise<void> {
    this.#working ??= this.#tidy()
      .catch(error => this.#parts.log.error({ err: error }, 'the journal could not be made smaller'))
      .finally(() => {
        this.#working = undefined
      })
    return this.#working
  }

  /** All that is needed is written anew, and all that was there before goes. Rejects where the disk does not take it. */
  async rewrite(): Promise<void> {
    await this.#working
    const { segments } = this.#parts
    const rewriting = (async () => {
      for (const { number } of [...segments.list]) await this.#compact(number)
    })()
    this.#working = rewriting
      .catch(() => {})
      .finally(() => {
        this.#working = undefined
      })
    await rewriting
  }

  /** Resolves when nothing is moved just now. */
  async ended(): Promise<void> {
    await this.#working
  }

  async #tidy(): Promise<void> {
    const { book, segments, maxBytes, clock } = this.#parts
    const { pending, sending } = book.counts
    const idle = pending + sending === 0 && hasElapsed(this.#usedAt, clock.now(), IDLE_MS)
    // Looking costs a walk through all entries: only where enough came for it, or at rest, and then once.
    const { appended } = segments
    if (appended - this.#appendedAtLook < (idle ? 1 : LOOK_RECORDS)) return
    this.#appendedAtLook = appended
    book.forgetEnded(Math.min(KEEP_ENDED, Math.floor(maxBytes / 4096)))
    for (;;) {
      const segment = this.#segmentToCompact(idle)
      if (segment === undefined) break
      await this.#compact(segment)
    }
    if (idle) this.#appendedAtLook = segments.appended
  }

  #segmentToCompact(idle: boolean): number | undefined {
    const { segments, segmentBytes, maxBytes } = this.#parts
    const live = this.#liveBytes()
    const uses = segments.list.map(({ number, bytes }) => ({ number, bytes, live: live.get(number) ?? 0 }))
    return compactionDue(uses, segmentBytes, maxBytes, idle)
  }

  /** Of each segment: what would have to be written anew if it were removed. */
  #liveBytes(): Map<number, number> {
    const live = new Map<number, number>()
    const add = (place: Place | undefined): void => {
      if (place !== undefined) live.set(place.segment, (live.get(place.segment) ?? 0) + place.bytes)
    }
    for (const entry of this.#parts.book.entries) {
      // Once it has ended, most of it goes when it is written anew.
      if (!(entry.whole && isEnded(entry))) add(entry.place)
      add(entry.statePlace)
      if (entry.file === undefined) add(entry.oddPlace)
    }
    return live
  }

  /** What is still needed of the oldest segment is written anew at the end; then it goes. */
  async #compact(segment: number): Promise<void> {
    const { segments, book, onTheWay } = this.#parts
    if (segments.list.at(-1)?.number === segment) segments.roll()
    // What is on its way may end up in this segment, and the book does not know where yet.
    await Promise.allSettled(onTheWay)
    const written: Promise<unknown>[] = []
    for (const entry of [...book.entries]) {
      const { place, statePlace, oddPlace, file } = entry
      const touches = [place, statePlace, oddPlace].some(at => at?.segment === segment)
      if (!touches || file !== undefined) continue
      const copies = await Promise.all([place, oddPlace].map(at => at && segments.read(at)))
      // In one go with the state as it is now: no change can come between.
      const copying = this.#copy(entry, copies[0], copies[1])
      // It may fail while another is read, before anybody listens.
      copying.catch(() => {})
      written.push(copying)
    }
    await Promise.all(written)
    await segments.remove(segment)
  }

  async #copy(entry: BookEntry, own: Buffer | undefined, odd: Buffer | undefined): Promise<void> {
    const { segments } = this.#parts
    const record = own === undefined ? undefined : decodeRecord(own)
    const stripped = record?.kind === 'entry' && isEnded(entry)
    const copied = own && segments.append(stripped ? withoutSecrets(record) : own)
    const oddCopied = odd && segments.append(odd)
    const state = segments.append(encodeState(entry.seq, entry.state))
    const [place, oddPlace, statePlace] = await Promise.all([copied, oddCopied, state])
    entry.place = place
    entry.oddPlace = oddPlace
    entry.statePlace = statePlace
    if (stripped) entry.whole = false
  }
}

const isEnded = ({ state, unreadable }: BookEntry): boolean =>
  unreadable === '' && (state.state === 'done' || state.state === 'discarded')

function withoutSecrets({ seq, head }: JournalRecord & { kind: 'entry' }): Buffer {
  return encodeEntry(seq, { ...head, target: pathOf(head.target), headers: [] }, nothing)
}
