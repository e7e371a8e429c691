// thread: history
// What waits for the store, oldest first: in memory, and where that is too much on the disk, both bounded. What is on the disk
// outlives the process. A store that is away costs no more than what does not fit here.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { exchangesIn, type FactBatch } from '../contract/facts.js'
import type { NotedReadiness, PastOutage } from '../contract/history.js'
import type { SealingKeys } from '../contract/sealing.js'
import { isSealed, keyIdOf, SEALED_BYTES, SealedError, SealingBox } from '../sealing/box.js'

export type Recorded =
  | { readonly kind: 'facts'; readonly batch: FactBatch }
  /** See exchange-wire.ts. */
  | { readonly kind: 'captured'; readonly bytes: ArrayBuffer }
  | { readonly kind: 'outage'; readonly outage: PastOutage }
  | { readonly kind: 'readiness'; readonly readiness: NotedReadiness }

export interface BacklogOptions {
  readonly folder: string
  readonly maxMemoryBytes: number
  readonly maxDiskBytes: number
  /** What is on the disk is encrypted with them; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
  /** Something on the disk cannot be read or written. */
  readonly onProblem: (error: Error, file: string) => void
}

interface Frame {
  readonly recorded: Recorded
  readonly addedAt: number
}

interface Waiting {
  readonly recorded: Recorded
  /** Epoch ms. */
  readonly addedAt: number
  readonly bytes: number
  readonly rows: number
  /** It is on the disk too, up to that place of the oldest segment. */
  readonly onDisk: number | undefined
}

interface Segment {
  readonly number: number
  bytes: number
  /** Written up to here. */
  read: number
}

const SEGMENT_BYTES = 8 << 20
/** Read at once from the disk. */
const READ_BYTES = 4 << 20
const HEAD_BYTES = 4
/** What is left in memory at an end comes before: there are numbers below. */
const FIRST_NUMBER = 1_000_000_000
/** Where a frame stands, for whoever opens it. */
const ABOUT = 'waiting'
const NAME = /^(\d{10})\.waiting$/

export class Backlog {
  readonly #options: BacklogOptions
  readonly #box: SealingBox | undefined
  readonly #waiting: Waiting[] = []
  /** Oldest first; what is appended goes to the last one. */
  readonly #segments: Segment[] = []
  #file: number | undefined
  #memoryBytes = 0
  #diskBytes = 0
  #diskRows = 0
  /** Of all files, also of those that stay as they are: no number is used twice. */
  #highest = FIRST_NUMBER
  #lowest = FIRST_NUMBER
  /** Rows, for want of room or for damage. */
  dropped = 0

  constructor(options: BacklogOptions) {
    this.#options = options
    this.#box = options.keys && new SealingBox(options.keys)
    for (const name of namesIn(options.folder)) {
      const number = Number(NAME.exec(name)?.[1] ?? Number.NaN)
      if (Number.isNaN(number)) continue
      const path = join(options.folder, name)
      const { size } = statSync(path)
      this.#highest = Math.max(this.#highest, number)
      this.#lowest = Math.min(this.#lowest, number)
      if (this.#isLocked(path)) {
        const error = new SealedError(
          'unknown-key',
          'it is encrypted with a key that CHAOS_ENCRYPTION_KEY does not have',
        )
        options.onProblem(error, path)
        continue
      }
      this.#segments.push({ number, bytes: size, read: 0 })
      this.#diskBytes += size
    }
    this.#segments.sort((a, b) => a.number - b.number)
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#segments.length === 0
  }

  /** In memory; rows on the disk from before are not counted. */
  get rows(): number {
    return this.#waiting.reduce((sum, { rows, onDisk }) => sum + (onDisk === undefined ? rows : 0), 0) + this.#diskRows
  }

  /** Rows that are to be kept one by one, of what is in memory. */
  get keptRows(): number {
    return this.#waiting.reduce((sum, { recorded }) => sum + keptRowsOf(recorded), 0)
  }

  get bytes(): number {
    return this.#memoryBytes + this.#diskBytes
  }

  get diskBytes(): number {
    return this.#diskBytes
  }

  /** When the oldest that waits was handed in, epoch ms; undefined: nothing waits, or nobody knows. */
  get oldestAt(): number | undefined {
    return this.#waiting[0]?.addedAt
  }

  /** False: there is no room, and it is dropped. */
  push(recorded: Recorded, now: number): boolean {
    const bytes = bytesOf(recorded)
    const rows = rowsOf(recorded)
    if (this.#segments.length === 0 && this.#memoryBytes + bytes <= this.#options.maxMemoryBytes) {
      this.#waiting.push({ recorded, addedAt: now, bytes, rows, onDisk: undefined })
      this.#memoryBytes += bytes
      return true
    }
    // From here on in the order of their coming to the disk, until all of it is written.
    if (this.#append({ recorded, addedAt: now })) {
      this.#diskRows += rows
      return true
    }
    this.dropped += rows
    return false
  }

  /** The oldest, with no more rows than that to be kept, but at least one. They stay until {@link done}. */
  next(maxRows: number): readonly Recorded[] {
    if (this.#waiting.length === 0) this.#read()
    const found: Recorded[] = []
    let rows = 0
    for (const { recorded } of this.#waiting) {
      const kept = keptRowsOf(recorded)
      if (found.length > 0 && rows + kept > maxRows) break
      found.push(recorded)
      rows += kept
    }
    return found
  }

  /** So many of the oldest need not wait any more. */
  done(count: number): void {
    for (const { bytes, rows, onDisk } of this.#waiting.splice(0, count)) {
      if (onDisk === undefined) this.#memoryBytes -= bytes
      else {
        this.#diskRows = Math.max(0, this.#diskRows - rows)
        this.#readUpTo(onDisk)
      }
    }
  }

  /** What a stand-in may take as well. */
  inMemory(): readonly Recorded[] {
    return this.#waiting.map(({ recorded }) => recorded)
  }

  /**
   * Exchanges what waits, in memory and on the disk, for what `change` makes of it; undefined: it need not wait any more. Answers
   * with how many were changed. Throws where the disk does not take it.
   */
  edit(change: (recorded: Recorded) => Recorded | undefined, dryRun: boolean): number {
    let changed = 0
    const edited = (recorded: Recorded): Recorded | undefined => {
      const now = change(recorded)
      if (now !== recorded) changed += 1
      return dryRun ? recorded : now
    }
    // Those that were read from the disk are read once more.
    const inMemory = this.#waiting.splice(0).filter(({ onDisk }) => onDisk === undefined)
    for (const waiting of inMemory) {
      const recorded = edited(waiting.recorded)
      this.#memoryBytes -= waiting.bytes
      if (recorded === undefined) continue
      const bytes = bytesOf(recorded)
      this.#memoryBytes += bytes
      this.#waiting.push({ ...waiting, recorded, bytes, rows: rowsOf(recorded) })
    }
    for (const segment of this.#segments) this.#editSegment(segment, edited, dryRun)
    return changed
  }

  #editSegment(segment: Segment, edited: (recorded: Recorded) => Recorded | undefined, dryRun: boolean): void {
    const path = this.#pathOf(segment.number)
    const bytes = readAt(path, segment.read, segment.bytes - segment.read)
    const frames: Buffer[] = []
    for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
      const end = at + HEAD_BYTES + bytes.readUInt32LE(at)
      if (end > bytes.length) break
      const frame = this.#frameIn(bytes.subarray(at + HEAD_BYTES, end))
      const recorded = edited(frame.recorded)
      if (recorded === frame.recorded) frames.push(bytes.subarray(at, end))
      else if (recorded !== undefined) frames.push(this.#frameOf({ recorded, addedAt: frame.addedAt }))
      at = end
    }
    if (dryRun) return
    // Also where nothing was found: what was written before stands in the part that was read.
    const isLast = segment === this.#segments.at(-1)
    if (isLast && this.#file !== undefined) closeSync(this.#file)
    const left = Buffer.concat(frames)
    writeFileSync(`${path}.new`, left, { mode: 0o600 })
    renameSync(`${path}.new`, path)
    if (isLast && this.#file !== undefined) this.#file = openSync(path, 'r+')
    this.#diskBytes += left.length - segment.bytes
    segment.bytes = left.length
    segment.read = 0
  }

  /** The process ends: what is in memory goes to the disk, before what is there, for it came earlier. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    const inMemory = this.#waiting.filter(({ onDisk }) => onDisk === undefined)
    if (inMemory.length === 0) return
    const { folder, maxDiskBytes, onProblem } = this.#options
    const frames: Buffer[] = []
    let bytes = this.#diskBytes
    for (const { recorded, addedAt, rows } of inMemory) {
      const frame = this.#frameOf({ recorded, addedAt })
      if (bytes + frame.length > maxDiskBytes) this.dropped += rows
      else {
        bytes += frame.length
        frames.push(frame)
      }
    }
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const number = this.#lowest - 1
      writeFileSync(this.#pathOf(number), Buffer.concat(frames), { mode: 0o600 })
    } catch (error) {
      onProblem(error as Error, folder)
    }
  }

  #append(frame: Frame): boolean {
    const octets = this.#frameOf(frame)
    const { folder, maxDiskBytes, onProblem } = this.#options
    if (this.#diskBytes + octets.length > maxDiskBytes) return false
    const last = this.#segments.at(-1)
    try {
      if (last === undefined || this.#file === undefined || last.bytes >= SEGMENT_BYTES) this.#newSegment()
      const segment = this.#segments.at(-1)!
      writeAll(this.#file!, octets, segment.bytes)
      segment.bytes += octets.length
      this.#diskBytes += octets.length
      return true
    } catch (error) {
      onProblem(error as Error, folder)
      return false
    }
  }

  #newSegment(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 })
    this.#highest += 1
    const number = this.#highest
    this.#file = openSync(this.#pathOf(number), 'w', 0o600)
    this.#segments.push({ number, bytes: 0, read: 0 })
  }

  /** The next ones of the oldest segment come into memory. */
  #read(): void {
    const segment = this.#segments[0]
    if (segment === undefined) return
    const path = this.#pathOf(segment.number)
    try {
      const bytes = readAt(path, segment.read, READ_BYTES)
      let at = 0
      while (at + HEAD_BYTES <= bytes.length) {
        const length = bytes.readUInt32LE(at)
        const end = at + HEAD_BYTES + length
        if (end > bytes.length) break
        const { recorded, addedAt } = this.#frameIn(bytes.subarray(at + HEAD_BYTES, end))
        const onDisk = segment.read + end
        this.#waiting.push({ recorded, addedAt, bytes: bytesOf(recorded), rows: rowsOf(recorded), onDisk })
        at = end
      }
      if (at > 0) return
      // One that is longer than all that is read at once, or was torn by a crash.
      if (bytes.length >= HEAD_BYTES && segment.read + HEAD_BYTES + bytes.readUInt32LE(0) <= segment.bytes) {
        const whole = readAt(path, segment.read, HEAD_BYTES + bytes.readUInt32LE(0))
        const { recorded, addedAt } = this.#frameIn(whole.subarray(HEAD_BYTES))
        const onDisk = segment.read + whole.length
        this.#waiting.push({ recorded, addedAt, bytes: bytesOf(recorded), rows: rowsOf(recorded), onDisk })
        return
      }
      if (segment.read < segment.bytes) throw new Error('its end is torn')
    } catch (error) {
      this.#options.onProblem(error as Error, path)
    }
    // Nothing more can be read of it.
    if (this.#waiting.length === 0) {
      this.#readUpTo(segment.bytes)
      this.#read()
    }
  }

  #readUpTo(place: number): void {
    const segment = this.#segments[0]!
    segment.read = place
    if (place < segment.bytes) return
    this.#segments.shift()
    this.#diskBytes -= segment.bytes
    if (this.#segments.length === 0) {
      if (this.#file !== undefined) closeSync(this.#file)
      this.#file = undefined
      this.#diskRows = 0
    }
    try {
      unlinkSync(this.#pathOf(segment.number))
    } catch (error) {
      this.#options.onProblem(error as Error, this.#pathOf(segment.number))
    }
  }

  #frameOf(frame: Frame): Buffer {
    const plain = serialize(frame)
    const payload = this.#box === undefined ? plain : this.#box.seal(plain, ABOUT)
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(payload.length)
    return Buffer.concat([head, payload])
  }

  /** What was written before there was a key is plain: what is serialised begins with another octet. */
  #frameIn(payload: Buffer): Frame {
    if (!isSealed(payload)) return deserialize(payload) as Frame
    if (this.#box === undefined) throw new SealedError('unknown-key', 'it is encrypted, and no key is given')
    return deserialize(this.#box.open(payload, ABOUT)) as Frame
  }

  /** A segment is of one run, and so are its keys: its first frame tells. */
  #isLocked(path: string): boolean {
    const payload = readAt(path, HEAD_BYTES, SEALED_BYTES)
    return isSealed(payload) && this.#box?.has(keyIdOf(payload)) !== true
  }

  #pathOf(number: number): string {
    return join(this.#options.folder, `${String(number).padStart(10, '0')}.waiting`)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readAt(path: string, from: number, length: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(file, bytes, 0, length, from))
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Buffer, from: number): void {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, from + written)
}

export function rowsOf(recorded: Recorded): number {
  return recorded.kind === 'facts' ? exchangesIn(recorded.batch) : 0
}

/** Of those, the ones that are kept one by one. */
function keptRowsOf(recorded: Recorded): number {
  return recorded.kind === 'facts' ? (recorded.batch.shares?.rows ?? recorded.batch.rows) : 0
}

function bytesOf(recorded: Recorded): number {
  switch (recorded.kind) {
    case 'captured':
      return recorded.bytes.byteLength
    case 'outage':
    case 'readiness':
      return 500
    case 'facts': {
      const { cells, counts, targets, routes, scopes } = recorded.batch
      const texts = [targets, routes, scopes].flat().reduce((sum, text) => sum + text.length, 0)
      return cells.byteLength + (counts?.byteLength ?? 0) + texts
    }
  }
}
