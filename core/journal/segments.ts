// thread: main
// The segments of the journal: records are appended to the last one, many with one sync (group commit). Knows nothing of what
// they say.
import type { Buffer } from 'node:buffer'
import type { Log } from '../log/log.js'
import type { JournalDisk, JournalFile } from './disk.js'
import { FRAME_HEADER_BYTES, frameAt, frameHeader, SEGMENT_HEADER_BYTES, scanSegment, segmentHeader } from './frame.js'
import type { RecordSealer } from './sealed-record.js'

/** Where a record stands. */
export interface Place {
  readonly segment: number
  readonly offset: number
  /** Of its whole frame. */
  readonly bytes: number
}

export interface FoundOctets {
  readonly place: Place
  readonly payload: Buffer
}

export interface FoundRecord extends FoundOctets {
  /** See RecordSealer. */
  readonly stamp: number | undefined
}

/** What was found when the journal was opened, in the order in which it was written. */
export interface Found {
  readonly records: readonly FoundRecord[]
  /** Octets between records that are no record any more. */
  readonly damaged: readonly FoundOctets[]
  /** Something is plain that is to be sealed, or sealed with an older key. */
  readonly isOld: boolean
  /** Files of another version, or of none: they stay as they are. */
  readonly foreign: readonly { readonly name: string; readonly bytes: number; readonly because: string }[]
}

interface Waiting {
  readonly payload: Buffer
  readonly resolve: (place: Place) => void
  readonly reject: (error: unknown) => void
}

interface Segment {
  readonly number: number
  readonly file: JournalFile
  bytes: number
}

const ENDING = '.journal'
/** No more in one write: what comes meanwhile goes with the next sync. */
const MAX_BATCH_BYTES = 4 << 20

export class Segments {
  readonly #disk: JournalDisk
  readonly #segmentBytes: number
  readonly #sealer: RecordSealer
  readonly #log: Log
  readonly #segments: Segment[] = []
  #foreignBytes = 0
  #queue: Waiting[] = []
  #queuedBytes = 0
  #writing: Promise<void> | undefined
  #rollNext = false
  #failing = ''
  /** A write broke off and could not be taken back: nothing may come behind it in that file. */
  #spoilt = false
  #appended = 0

  constructor(disk: JournalDisk, segmentBytes: number, sealer: RecordSealer, log: Log) {
    this.#disk = disk
    this.#segmentBytes = segmentBytes
    this.#sealer = sealer
    this.#log = log
  }

  /** To be called once, before all else. A tail that was never acknowledged is cut. */
  async open(): Promise<Found> {
    const names = (await this.#disk.list()).filter(name => name.endsWith(ENDING)).sort()
    const found = {
      records: [] as FoundRecord[],
      damaged: [] as FoundOctets[],
      foreign: [] as Found['foreign'][number][],
      isOld: false,
    }
    for (const name of names) await this.#openOne(name, name === names.at(-1), found)
    return found
  }

  async #openOne(
    name: string,
    isLast: boolean,
    found: {
      records: FoundRecord[]
      damaged: FoundOctets[]
      foreign: Found['foreign'][number][]
      isOld: boolean
    },
  ): Promise<void> {
    const bytes = await this.#disk.readWhole(name)
    const scan = scanSegment(bytes, isLast)
    const number = Number(name.slice(0, -ENDING.length))
    if (scan.kind === 'foreign' || !Number.isSafeInteger(number) || number < 1) {
      const because = scan.kind === 'foreign' ? scan.because : 'its name is not a number'
      found.foreign.push({ name, bytes: bytes.length, because })
      this.#foreignBytes += bytes.length
      this.#log.error({ file: name, because }, 'a file of the journal cannot be read; it is parked, untouched')
      return
    }
    if (scan.kind === 'unborn') {
      this.#log.warn({ file: name }, 'a file of the journal was never begun; it is removed')
      await this.#disk.remove(name)
      return
    }
    // Before anything is changed: with another key nothing may be.
    const opening = scan.frames.map(frame => ({ frame, opened: this.#sealer.open(frame.payload) }))
    const file = await this.#disk.open(name)
    let length = bytes.length
    if (scan.torn !== undefined) {
      length = scan.torn.offset
      this.#log.warn(
        { file: name, at: length, octets: scan.torn.bytes },
        'the journal ended in the middle of a record that was never acknowledged; it is cut',
      )
      await file.truncate(length)
      await file.sync()
    }
    this.#segments.push({ number, file, bytes: length })
    const placed = (offset: number, octets: number, payload: Buffer): FoundOctets => ({
      place: { segment: number, offset, bytes: octets },
      payload,
    })
    for (const { frame, opened } of opening) {
      found.records.push({ ...placed(frame.offset, frame.bytes, opened.payload), stamp: opened.stamp })
      found.isOld ||= opened.isOld
    }
    for (const { offset, bytes: octets } of scan.damaged) {
      found.damaged.push(placed(offset, octets, bytes.subarray(offset, offset + octets)))
      this.#log.error({ file: name, at: offset, octets }, 'a part of the journal is damaged; it is parked')
    }
  }

  // ── for those who watch ────────────────────────────────────────────────────────────────────────────────────────────

  /** On the disk, and on the way there. */
  get bytes(): number {
    let sum = this.#foreignBytes + this.#queuedBytes
    for (const { bytes } of this.#segments) sum += bytes
    return sum
  }

  /** Oldest first; the last one is written to. */
  get list(): readonly { readonly number: number; readonly bytes: number }[] {
    return this.#segments
  }

  /** Why the last write failed; '' where it did not. */
  get failing(): string {
    return this.#failing
  }

  /** Records since it was opened, those that failed included. */
  get appended(): number {
    return this.#appended
  }

  // ── write ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What a record takes on the disk. */
  bytesOf(record: Buffer): number {
    return FRAME_HEADER_BYTES + record.length + this.#sealer.moreBytes
  }

  /** Resolves when it would outlive a loss of power; rejects where the disk did not take it. Order is kept. */
  append(record: Buffer): Promise<Place> {
    const payload = this.#sealer.seal(record)
    return new Promise((resolve, reject) => {
      this.#queue.push({ payload, resolve, reject })
      this.#queuedBytes += FRAME_HEADER_BYTES + payload.length
      // What is appended in the same turn goes with the same sync.
      this.#writing ??= Promise.resolve().then(() => this.#work())
    })
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch()
      try {
        const places = await this.#commit(batch)
        this.#failing = ''
        this.#account(batch)
        batch.forEach(({ resolve }, i) => {
          resolve(places[i]!)
        })
      } catch (error) {
        this.#failing = error instanceof Error ? error.message : String(error)
        this.#account(batch)
        for (const { reject } of batch) reject(error)
      }
    }
    // In the same turn as the look at the queue: what comes later starts anew.
    this.#writing = undefined
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { payload } of this.#queue) {
      if (count > 0 && bytes + payload.length > MAX_BATCH_BYTES) break
      bytes += payload.length + FRAME_HEADER_BYTES
      count += 1
    }
    const batch = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return batch
  }

  /** It is on its way no more. */
  #account(batch: readonly Waiting[]): void {
    for (const { payload } of batch) this.#queuedBytes -= FRAME_HEADER_BYTES + payload.length
    this.#appended += batch.length
  }

  async #commit(batch: readonly Waiting[]): Promise<Place[]> {
    const segment = await this.#writable()
    const pieces: Uint8Array[] = []
    const places: Place[] = []
    let at = segment.bytes
    for (const { payload } of batch) {
      pieces.push(frameHeader(payload), payload)
      const bytes = FRAME_HEADER_BYTES + payload.length
      places.push({ segment: segment.number, offset: at, bytes })
      at += bytes
    }
    try {
      await segment.file.write(pieces, segment.bytes)
      await segment.file.sync()
    } catch (error) {
      await this.#takeBack(segment)
      throw error
    }
    segment.bytes = at
    return places
  }

  /** What was refused must not be there when the journal is opened again. */
  async #takeBack(segment: Segment): Promise<void> {
    try {
      await segment.file.truncate(segment.bytes)
      await segment.file.sync()
    } catch (error) {
      this.#spoilt = true
      this.#log.error({ err: error, segment: segment.number }, 'a write to the journal could not be taken back')
    }
  }

  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (last !== undefined && !this.#rollNext && !this.#spoilt && last.bytes < this.#segmentBytes) return last
    if (this.#spoilt && last !== undefined) {
      await last.file.truncate(last.bytes)
      await last.file.sync()
    }
    this.#spoilt = false
    const number = Math.max(last?.number ?? 0, await this.#highestNumber()) + 1
    const file = await this.#disk.create(nameOf(number))
    const segment = { number, file, bytes: SEGMENT_HEADER_BYTES }
    try {
      await file.write([segmentHeader()], 0)
      await file.sync()
    } catch (error) {
      await file.close()
      await this.#disk.remove(nameOf(number))
      throw error
    }
    this.#segments.push(segment)
    this.#rollNext = false
    return segment
  }

  /** Of files that are not ours as well: a name is never used twice. */
  async #highestNumber(): Promise<number> {
    const numbers = (await this.#disk.list()).map(name => Number.parseInt(name, 10)).filter(Number.isSafeInteger)
    return Math.max(0, ...numbers)
  }

  /** The next record begins a new segment, so that the one before can be removed. */
  roll(): void {
    this.#rollNext = true
  }

  // ── read, remove ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The record that was appended there. Rejects where it is not what it was. */
  async read(place: Place): Promise<Buffer> {
    const segment = this.#segments.find(({ number }) => number === place.segment)
    if (segment === undefined) throw new Error(`segment ${place.segment} of the journal is gone`)
    const frame = frameAt(await segment.file.read(place.offset, place.bytes), 0)
    if (frame === undefined)
      throw new Error(`the record at ${place.offset} of ${nameOf(place.segment)} is damaged; the disk may be failing`)
    return this.#sealer.open(frame.payload).payload
  }

  /** The last one only where the next record begins another. */
  async remove(number: number): Promise<void> {
    const at = this.#segments.findIndex(segment => segment.number === number)
    const segment = this.#segments[at]
    if (segment === undefined || (at === this.#segments.length - 1 && !this.#rollNext)) return
    this.#segments.splice(at, 1)
    await segment.file.close()
    await this.#disk.remove(nameOf(number))
  }

  async removeForeign(name: string, bytes: number): Promise<void> {
    await this.#disk.remove(name)
    this.#foreignBytes -= bytes
  }

  /** Resolves when all that was appended is decided and the files are closed. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    for (const { file } of this.#segments) await file.close()
  }
}

function nameOf(segment: number): string {
  return `${String(segment).padStart(8, '0')}${ENDING}`
}
