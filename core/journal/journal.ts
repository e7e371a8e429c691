// thread: main
// The journal: writes on the disk before they are acknowledged, and what became of each. Decisions are the book's, octets the
// segments'; here the two are kept together.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.js'
import { fieldOf } from '../contract/fields.js'
import type { ForgetMatcher } from '../contract/forgetting.js'
import type {
  JournalEntryStatus,
  JournalPage,
  JournalReply,
  JournalState,
  JournalStatus,
  JournalWrite,
  ReplayWrite,
} from '../contract/journal.js'
import type { Makes } from '../contract/made-id.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { JournalRefusal } from '../contract/status.js'
import { pathOf } from '../contract/target.js'
import { mintTemporaryId, type NamedId } from '../contract/temporary-id.js'
import type { Log } from '../log/log.js'
import { Book, type BookEntry } from './book.js'
import type { JournalDisk } from './disk.js'
import {
  decodeRecord,
  type EntryHead,
  type EntryState,
  encodeDamaged,
  encodeEntry,
  encodeState,
  type JournalRecord,
} from './record.js'
import { namedTexts, replayOf } from './replay-of.js'
import { Room } from './room.js'
import { RecordSealer, Stamps } from './sealed-record.js'
import { type Place, Segments } from './segments.js'

export interface JournalOptions {
  readonly disk: JournalDisk
  /** CHAOS_JOURNAL_MAX_BYTES. */
  readonly maxBytes: number
  /** New writes are taken; else only those that are there are sent. */
  readonly takes: boolean
  readonly clock: Clock
  /** By which an entry waits for its next try; unlike the time of day nobody sets it back. */
  readonly steady: Clock
  readonly log: Log
  /** A write begins to wait at a place (1), or does no more (-1). */
  readonly onWaits: (place: string, by: 1 | -1) => void
  /** Hears what clients have pending; undefined: nobody wants to know. */
  readonly own?: OwnWritesSink | undefined
  /** What it is encrypted with; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
}

export interface OwnWritesSink {
  added(write: PendingOwn): void
  /** `isDone`: it went through. */
  ended(id: string, isDone: boolean): void
  /** A temporary id of this client became a real one, at a moment in epoch ms. */
  became(writer: string, temporaryId: string, real: NamedId, at: number): void
}

/** A write that waits, as it came, with the client that may see it. */
export interface PendingOwn {
  readonly id: string
  readonly order: number
  readonly writer: string
  readonly method: string
  readonly target: string
  readonly headers: readonly string[]
  readonly body: Uint8Array
  readonly temporary: NamedId | undefined
  /** Temporary ids in its target and its body. */
  readonly names: readonly string[]
  readonly acceptedAt: number
}

export interface ForgetWrites {
  /** Also writes that were acknowledged and not sent. */
  readonly pending: boolean
  readonly dryRun: boolean
}

export interface ForgottenWrites {
  readonly ended: number
  readonly parked: number
  /** To be sent, or being sent. */
  readonly waiting: number
  readonly erased: number
  readonly remaining: number
}

const MAX_SEGMENT_BYTES = 8 << 20
const MIN_SEGMENT_BYTES = 64 << 10
const MAX_PAGE = 1000

const nothing = Buffer.alloc(0)

export class Journal {
  readonly #options: JournalOptions
  readonly #segments: Segments
  readonly #book: Book
  /** Entries that are being written, by Idempotency-Key: the second request with a key waits for the first. */
  readonly #writing = new Map<string, Promise<JournalReply>>()
  /** Records on their way to the disk. */
  readonly #onTheWay = new Set<Promise<void>>()
  readonly #room: Room
  /** Temporary ids of entries that are on their way to the disk. */
  readonly #minted = new Set<string>()
  #accepted = 0
  #refusedFull = 0
  #refusedFailed = 0
  /** What was on the disk last was there too late. */
  #isLate = false
  #replayed = 0

  /** Reads what is there. Rejects where the folder cannot be used. */
  static async open(options: JournalOptions): Promise<Journal> {
    const journal = new Journal(options)
    await journal.#read()
    return journal
  }

  private constructor(options: JournalOptions) {
    this.#options = options
    const { disk, maxBytes, clock, log, keys } = options
    const segmentBytes = Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, Math.floor(maxBytes / 8)))
    this.#segments = new Segments(disk, segmentBytes, new RecordSealer(keys), log)
    this.#book = new Book({ waits: options.onWaits })
    this.#room = new Room({
      segments: this.#segments,
      book: this.#book,
      segmentBytes,
      maxBytes,
      clock,
      log,
      onTheWay: this.#onTheWay,
    })
  }

  async #read(): Promise<void> {
    const { records, damaged, foreign, isOld } = await this.#segments.open()
    const { log } = this.#options
    const lost = new Map(damaged.map(found => [digestOf(found.payload), found]))
    const entries = new Map<number, JournalRecord & { kind: 'entry' }>()
    const stamps = new Stamps()
    for (const { place, payload, stamp } of records) {
      if (!stamps.isNext(payload, stamp)) {
        log.error(
          { ...place },
          'a record of the journal stands behind a newer one of the same entry; it is passed over',
        )
        continue
      }
      const record = decodeRecord(payload)
      if (record === undefined) lost.set(digestOf(payload), { place, payload })
      else {
        if (record.kind === 'unreadable')
          log.error(
            { entry: record.seq, because: record.because },
            'a record of the journal cannot be read; it is parked',
          )
        // Already written down as such when the journal was opened before.
        if (record.kind === 'damaged') lost.delete(digestOf(record.bytes))
        if (record.kind === 'entry') entries.set(record.seq, record)
        this.#book.take(record, place)
      }
    }
    this.#book.putInOrder()
    for (const { name, bytes, because } of foreign)
      this.#book.addOdd(this.#book.takeSeq(), `file-${name}`, because, { segment: 0, offset: 0, bytes }, name)
    for (const { payload } of lost.values()) {
      const seq = this.#book.takeSeq()
      const place = await this.#segments.append(encodeDamaged(seq, payload))
      this.#book.take({ kind: 'damaged', seq, bytes: payload }, place)
    }
    for (const entry of this.#book.entries) {
      if (entry.state.state !== 'sending') continue
      // The program ended in the middle: with its key it may be sent again.
      await this.#change(entry, {
        ...entry.state,
        state: 'pending',
        maybeSeen: true,
        because: 'the proxy was stopped while it was sent',
      })
    }
    for (const [seq, record] of [...entries].sort(([one], [other]) => one - other)) {
      const state = this.#book.byId(record.head.id)?.state.state
      if (state === 'pending' || state === 'parked') this.#tellOwn(seq, record.head, record.body)
    }
    for (const { writer, temporaryId, state } of this.#book.entries)
      if (temporaryId !== undefined && state.made !== undefined)
        this.#options.own?.became(writer, temporaryId, state.made, state.since)
    const { pending, parked } = this.#book.counts
    if (pending + parked > 0) log.info({ pending, parked }, 'the journal has writes from before')
    if (isOld) await this.#sealAnew()
  }

  /** All of it with the key that seals now. A disk that does not take it leaves it as it is: it is read all the same. */
  async #sealAnew(): Promise<void> {
    const { log } = this.#options
    await this.#room.rewrite().then(
      () => log.info({}, 'the journal was written anew, encrypted with the first key'),
      error =>
        log.error(
          { err: error },
          'the journal could not be written anew: what is in it stays plain, or encrypted with an older key, until it is sent or the next start',
        ),
    )
  }

  // ── take a write ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Resolves when it is on the disk, or is not taken. Never rejects. `answerBy`, steady clock: whoever asks waits no longer, and what
   * is on the disk only then is given up.
   */
  async append(write: JournalWrite, answerBy: number = Number.POSITIVE_INFINITY): Promise<JournalReply> {
    const key = fieldOf(write.headers, 'idempotency-key')
    const keyDigest = key === undefined ? '' : digestOf(`${write.scope}\n${key}`)
    const fingerprint = digestOf(`${write.method} ${write.target}\n`, write.body)
    const known = this.#book.byKey(keyDigest)
    // A client that asks again for what was given up, or never acknowledged, wants it done.
    if (known !== undefined && known.state.state !== 'discarded') return sameWrite(known, fingerprint)
    const before = this.#writing.get(keyDigest)
    if (before !== undefined) {
      await before
      return this.append(write, answerBy)
    }
    const writing = this.#append(write, answerBy, keyDigest, fingerprint)
    if (keyDigest === '') return writing
    this.#writing.set(keyDigest, writing)
    return writing.finally(() => this.#writing.delete(keyDigest))
  }

  async #append(write: JournalWrite, answerBy: number, keyDigest: string, fingerprint: string): Promise<JournalReply> {
    const { clock, steady, maxBytes, log } = this.#options
    const { method, target, version, secure, remoteAddress, headers, hasLength, scope, maybeSeen } = write
    const { writer, seenTag } = write
    const makes = write.makes && { ...write.makes, temporaryId: this.#mint(write.makes) }
    const names = this.#book.temporaryIdsIn(writer ?? '', () => namedTexts(write))
    const head: EntryHead = {
      id: randomUUID(),
      method,
      target,
      version,
      authority: write.authority ?? null,
      secure,
      remoteAddress,
      headers,
      hasLength,
      scope,
      keyDigest,
      fingerprint,
      maybeSeen,
      acceptedAt: Math.floor(clock.now()),
      ...(writer === undefined || writer === '' ? {} : { writer }),
      ...(seenTag === undefined ? {} : { seenTag }),
      ...(makes === undefined ? {} : { makes }),
      ...(names.length === 0 ? {} : { names }),
    }
    const seq = this.#book.takeSeq()
    const payload = encodeEntry(seq, head, write.body)
    if (this.#segments.bytes + this.#segments.bytesOf(payload) > maxBytes) {
      if (this.#refusedFull === 0) log.warn({ maxBytes }, 'the journal is full: writes are refused')
      this.#refusedFull += 1
      if (makes !== undefined) this.#minted.delete(makes.temporaryId)
      return { kind: 'full' }
    }
    this.#room.wasUsed()
    try {
      let late: Promise<void> | undefined
      await this.#write(payload, place => {
        this.#book.take({ kind: 'entry', seq, head, body: nothing }, place)
        this.#tellOwn(seq, head, write.body)
        // Before anything else can begin to send it.
        if (steady.now() >= answerBy) late = this.withdraw(head.id)
      })
      this.#isLate = late !== undefined
      if (late !== undefined) {
        await late
        throw new Error('the disk took too long')
      }
      this.#accepted += 1
      const reply = { kind: 'journalled', id: head.id, state: 'pending', again: false } as const
      return makes === undefined ? reply : { ...reply, temporaryId: makes.temporaryId }
    } catch (error) {
      this.#refusedFailed += 1
      if (makes !== undefined) this.#minted.delete(makes.temporaryId)
      log.error({ err: error }, 'the journal could not be written: the write is refused')
      return { kind: 'failed' }
    }
  }

  /** One that is far from all real ones, and that nothing else is named by just now. */
  #mint({ ids }: Makes): string {
    for (;;) {
      const id = mintTemporaryId(ids, this.#options.clock.now(), randomBytes)
      if (!this.#book.isTemporary(id) && !this.#minted.has(id)) {
        this.#minted.add(id)
        return id
      }
    }
  }

  #tellOwn(seq: number, head: EntryHead, body: Uint8Array): void {
    const { id, writer = '', method, target, headers, makes, names = [], acceptedAt } = head
    if (makes !== undefined) this.#minted.delete(makes.temporaryId)
    if (writer === '') return
    const temporary = makes && { id: makes.temporaryId, isNumber: makes.ids.isNumber }
    const write = { id, order: seq, writer, method, target, headers, body, temporary, names, acceptedAt }
    this.#options.own?.added(write)
  }

  /** It was not acknowledged after all: its client has been told that it was not taken. */
  async withdraw(id: string): Promise<void> {
    const entry = this.#book.byId(id)
    if (entry?.state.state !== 'pending' || entry.state.attempts > 0) return
    await this.#change(entry, {
      ...entry.state,
      state: 'discarded',
      because: 'it was on the disk too late to be acknowledged',
    })
  }

  // ── send ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An entry that may be sent now, or undefined. */
  next(): BookEntry | undefined {
    return this.#book.next(this.#options.steady.now())
  }

  retryNow(): void {
    this.#book.retryNow()
  }

  /**
   * Written down before anything is sent; then what is to be sent. Undefined: it cannot be read any more, or builds on what was
   * never made, and is parked. Rejects where the disk does not take it.
   */
  async begin(entry: BookEntry): Promise<ReplayWrite | undefined> {
    const before = entry.state
    const dependence = this.#book.dependenceOf(entry)
    if (dependence.kind === 'stuck') {
      this.#options.log.warn({ entry: entry.id, because: dependence.because }, 'a journalled write is parked')
      await this.#change(entry, { ...before, state: 'parked', because: dependence.because })
      return undefined
    }
    const real = dependence.kind === 'ready' ? dependence.real : new Map<string, NamedId>()
    const done = this.#book.doneBefore(entry)
    const [begun, read] = await Promise.allSettled([
      this.#change(entry, { ...before, state: 'sending', attempts: before.attempts + 1 }),
      this.#readEntry(entry),
    ])
    if (begun.status === 'rejected') {
      this.#book.changeState(entry, before)
      throw begun.reason
    }
    if (read.status === 'fulfilled') {
      const { head } = read.value
      // What the client saw is what it has made of it since.
      const seenTag = done === undefined ? head.seenTag : done === 'unknown' ? undefined : done.state.answer?.etag
      return replayOf(read.value, real, before.unconditional === true ? undefined : seenTag)
    }
    this.#options.log.error({ err: read.reason, entry: entry.id }, 'a journalled write cannot be read; it is parked')
    await this.#change(entry, { ...before, state: 'parked', because: 'its record cannot be read from the disk' })
    return undefined
  }

  async #readEntry({ place }: BookEntry): Promise<JournalRecord & { kind: 'entry' }> {
    const record = place && decodeRecord(await this.#segments.read(place))
    if (record?.kind !== 'entry') throw new Error('there is no entry where it was written')
    return record
  }

  /** What came of it; it is tried again at `notBefore` of the steady clock. What the disk does not take is true all the same until the process ends; then it is sent again, with its key. */
  settle(entry: BookEntry, state: Omit<EntryState, 'since'>, notBefore: number): void {
    entry.notBefore = notBefore
    if (state.state === 'done') this.#replayed += 1
    this.#change(entry, state).catch(error => {
      this.#options.log.error(
        { err: error, entry: entry.id },
        'what became of a journalled write could not be written down',
      )
    })
  }

  // ── for people ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A parked write is tried again. Undefined: so it is. */
  retry(id: string): Promise<JournalRefusal | undefined> {
    return this.#handle(id, entry => ({
      ...entry.state,
      state: 'pending',
      failures: 0,
      because: 'tried again by hand',
      // Whoever looked at it knows that it is another one than the client saw.
      ...(entry.state.answer?.status === 412 ? { unconditional: true } : {}),
    }))
  }

  /** A parked write is given up. */
  discard(id: string): Promise<JournalRefusal | undefined> {
    return this.#handle(id, entry => ({ ...entry.state, state: 'discarded', because: 'given up by hand' }))
  }

  async #handle(id: string, next: (entry: BookEntry) => EntryState): Promise<JournalRefusal | undefined> {
    const entry = this.#book.byId(id)
    if (entry === undefined) return 'unknown'
    if (entry.state.state !== 'parked') return 'not-parked'
    const state = next(entry)
    if (state.state === 'pending' && entry.unreadable !== '') return 'unreadable'
    try {
      if (entry.file === undefined) await this.#change(entry, state)
      else {
        await this.#segments.removeForeign(entry.file, entry.oddPlace?.bytes ?? 0)
        this.#book.forget(entry)
      }
      entry.notBefore = 0
      return undefined
    } catch (error) {
      this.#options.log.error({ err: error, entry: id }, 'the journal could not be written')
      return 'failed'
    }
  }

  /**
   * Entries that ended, and parked ones, go for good, from the disk as well. What waits to be sent was acknowledged: it stays, but for
   * `pending`; what is just being sent always does. Rejects where the disk does not take it.
   */
  async forget(matcher: ForgetMatcher, { pending, dryRun }: ForgetWrites): Promise<ForgottenWrites> {
    const found = await this.#found(matcher)
    const count = { ended: 0, parked: 0, waiting: 0 }
    const going: BookEntry[] = []
    for (const entry of found) {
      const kind = kindOf(entry.state.state)
      count[kind] += 1
      if (kind !== 'waiting' || (pending && entry.state.state === 'pending')) going.push(entry)
    }
    if (dryRun || found.length === 0) return { ...count, erased: 0, remaining: found.length }
    for (const entry of going) {
      if (kindOf(entry.state.state) !== 'ended')
        await this.#change(entry, { ...entry.state, state: 'discarded', because: 'it was to be forgotten' })
      this.#book.forget(entry)
    }
    await this.#room.rewrite()
    const left = await this.#found(matcher)
    return { ...count, erased: found.length - left.length, remaining: left.length }
  }

  async #found(matcher: ForgetMatcher): Promise<BookEntry[]> {
    const found: BookEntry[] = []
    for (const entry of [...this.#book.entries]) {
      if (!matcher.covers(entry.acceptedAt)) continue
      const { method, target, state } = entry
      const said = [state.because, state.answer?.body ?? '', state.answer?.location ?? '']
      const record = entry.place === undefined ? undefined : await this.#readEntry(entry).catch(() => undefined)
      const scope = record?.head.scope ?? ''
      const requestHeaders = record?.head.headers ?? []
      const sought = { method, target, scope, requestHeaders, requestBody: record?.body ?? nothing }
      if (said.some(text => text !== '' && matcher.text(text)) || matcher.exchange(sought)) found.push(entry)
    }
    return found
  }

  look(id: string): JournalEntryStatus | undefined {
    const entry = this.#book.byId(id)
    return entry && statusOf(entry)
  }

  /** `after`: number of the last entry of the page before. */
  page(state: JournalState | undefined, after: number, limit: number): JournalPage {
    const wanted: BookEntry[] = []
    const most = Math.min(limit, MAX_PAGE)
    let more = false
    for (const entry of this.#book.entries) {
      if (entry.seq <= after || (state !== undefined && entry.state.state !== state)) continue
      if (wanted.length === most) {
        more = true
        break
      }
      wanted.push(entry)
    }
    return {
      counts: this.#book.counts,
      bytes: this.#segments.bytes,
      maxBytes: this.#options.maxBytes,
      entries: wanted.map(statusOf),
      next: more ? wanted.at(-1)!.seq : null,
    }
  }

  status(): JournalStatus {
    const { maxBytes, takes } = this.#options
    const { bytes, failing } = this.#segments
    const oldest = this.#book.oldestWaiting()
    return {
      takes,
      counts: this.#book.counts,
      bytes,
      maxBytes,
      // Less room than a small write needs.
      full: bytes + 1024 > maxBytes,
      failing: failing === '' && this.#isLate ? 'the disk takes too long to sync' : failing,
      accepted: this.#accepted,
      refusedFull: this.#refusedFull,
      refusedFailed: this.#refusedFailed,
      replayed: this.#replayed,
      oldestWaiting: oldest === undefined ? null : new Date(oldest.acceptedAt).toISOString(),
    }
  }

  // ── the disk ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** To be called again and again: makes room where there is some to be made. Resolves when it is made. */
  tidy(): Promise<void> {
    return this.#room.tidy()
  }

  /** In the book at once, and on the disk when it resolves. */
  async #change(entry: BookEntry, state: Omit<EntryState, 'since'> & { since?: number }): Promise<void> {
    const changed: EntryState = { ...state, since: Math.floor(this.#options.clock.now()) }
    this.#book.changeState(entry, changed)
    this.#tellChange(entry)
    await this.#write(encodeState(entry.seq, changed), place => {
      entry.statePlace = place
    })
  }

  #tellChange({ id, writer, temporaryId, state: { state, made, since } }: BookEntry): void {
    const { own } = this.#options
    if (own === undefined || (state !== 'done' && state !== 'discarded')) return
    if (temporaryId !== undefined && made !== undefined) own.became(writer, temporaryId, made, since)
    if (writer !== '') own.ended(id, state === 'done')
  }

  async #write(payload: Buffer, written: (place: Place) => void): Promise<void> {
    const writing = this.#segments.append(payload).then(written)
    this.#onTheWay.add(writing)
    try {
      await writing
    } finally {
      this.#onTheWay.delete(writing)
    }
  }

  /** Resolves when all that was begun is on the disk. Nothing may be called any more. */
  async close(): Promise<void> {
    await this.#room.ended()
    await this.#segments.close()
  }
}

function kindOf(state: JournalState): 'ended' | 'parked' | 'waiting' {
  return state === 'parked' ? 'parked' : state === 'done' || state === 'discarded' ? 'ended' : 'waiting'
}

function sameWrite(known: BookEntry, fingerprint: string): JournalReply {
  if (known.fingerprint !== fingerprint) return { kind: 'reused' }
  const { id, state, temporaryId } = known
  const reply = { kind: 'journalled', id, state: state.state, again: true } as const
  return temporaryId === undefined ? reply : { ...reply, temporaryId }
}

function statusOf(entry: BookEntry): JournalEntryStatus {
  const { id, method, target, acceptedAt, state, place, oddPlace, temporaryId } = entry
  return {
    id,
    state: state.state,
    method,
    path: pathOf(target),
    acceptedAt: new Date(acceptedAt).toISOString(),
    since: new Date(state.since).toISOString(),
    attempts: state.attempts,
    maybeSeen: state.maybeSeen,
    because: state.because,
    bytes: (place?.bytes ?? 0) + (oddPlace?.bytes ?? 0),
    answer: state.answer,
    ...(temporaryId === undefined ? {} : { temporaryId }),
    ...(state.made === undefined ? {} : { madeId: state.made.id }),
  }
}

function digestOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url').slice(0, 22)
}
