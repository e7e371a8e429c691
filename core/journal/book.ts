// thread: main
// What the records of the journal come to: every entry, its state, and which one is to be sent next. Pure: knows neither disk
// nor time. Reading the journal and running it go through the same `take`.
import { type JournalState, journalStates } from '../contract/journal.js'
import { Places, placeOf, placesAbove } from '../contract/places.js'
import { pathOf } from '../contract/target.js'
import { idsIn, type NamedId, withRealIdsInUrl } from '../contract/temporary-id.js'
import type { EntryHead, EntryState, JournalRecord } from './record.js'
import type { Place } from './segments.js'

export interface BookEntry {
  readonly seq: number
  readonly id: string
  readonly method: string
  readonly target: string
  readonly keyDigest: string
  readonly fingerprint: string
  readonly acceptedAt: number
  /** See EntryHead; '' for nobody's. */
  readonly writer: string
  readonly temporaryId: string | undefined
  readonly names: readonly string[]
  /** Its target with temporary ids made real, as far as they are. */
  targetNow: string
  state: EntryState
  /** Of what it is made of: its own record, the last one of its state, and one that nobody can read. */
  place: Place | undefined
  statePlace: Place | undefined
  oddPlace: Place | undefined
  /** A file that nobody can read, which is all of it. */
  readonly file: string | undefined
  /** '' where all its records can be read. */
  unreadable: string
  /** Its record holds fields and body: it was not written anew since it ended. */
  whole: boolean
  /** Not before this, epoch ms; not written down. */
  notBefore: number
  /** Of its path, while it waits. */
  above: readonly string[] | undefined
  listed: boolean
}

/** How many of those that wait are looked at for one that may go: what lies behind them waits with them. */
const WINDOW = 1024

const isEnd = (state: JournalState): boolean => state === 'done' || state === 'discarded'
const isWaiting = (state: JournalState): boolean => state === 'pending' || state === 'sending'

/** What an entry that names temporary ids waits for. */
export type Dependence =
  /** All of them are real by now. */
  | { readonly kind: 'ready'; readonly real: ReadonlyMap<string, NamedId> }
  | { readonly kind: 'waits' }
  /** One of them will never be. */
  | { readonly kind: 'stuck'; readonly because: string }

const noIds: ReadonlyMap<string, NamedId> = new Map()

export interface BookEvents {
  /** A write begins to wait at this place (1), or does no more (-1). */
  waits(place: string, by: 1 | -1): void
}

export class Book {
  readonly #events: BookEvents
  readonly #bySeq = new Map<number, BookEntry>()
  readonly #byId = new Map<string, BookEntry>()
  readonly #byKey = new Map<string, BookEntry>()
  /** Who makes the thing, by client and temporary id; and the temporary ids of each client. */
  readonly #makers = new Map<string, BookEntry>()
  readonly #temporaryIds = new Map<string, Set<string>>()
  /** Who names it. */
  readonly #namers = new Map<string, Set<BookEntry>>()
  readonly #allTemporaryIds = new Set<string>()
  /** By client and place: the last write there that went through. */
  readonly #lastDone = new Map<string, BookEntry>()
  /** The same, with what lies below the place. */
  readonly #lastWithin = new Map<string, BookEntry>()
  /** By number; those that wait no more are passed over, and dropped from the front. */
  #waiting: BookEntry[] = []
  #front = 0
  /** In the order in which they ended. */
  readonly #ended = new Set<BookEntry>()
  readonly #counts = Object.fromEntries(journalStates.map(state => [state, 0])) as Record<JournalState, number>
  #nextSeq = 1

  constructor(events: BookEvents) {
    this.#events = events
  }

  get counts(): Readonly<Record<JournalState, number>> {
    return this.#counts
  }

  /** Number for a new entry. */
  takeSeq(): number {
    return this.#nextSeq++
  }

  byId(id: string): BookEntry | undefined {
    return this.#byId.get(id)
  }

  byKey(keyDigest: string): BookEntry | undefined {
    return keyDigest === '' ? undefined : this.#byKey.get(keyDigest)
  }

  /** By number. */
  get entries(): Iterable<BookEntry> {
    return this.#bySeq.values()
  }

  /** Once all was read: what was written anew stands behind what came after it. */
  putInOrder(): void {
    const entries = [...this.#bySeq].sort(([one], [other]) => one - other)
    this.#bySeq.clear()
    for (const [seq, entry] of entries) this.#bySeq.set(seq, entry)
  }

  // ── records ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A record that stands on the disk, at `place`. A second record of one entry is the same one, copied. */
  take(record: JournalRecord, place: Place): void {
    this.#nextSeq = Math.max(this.#nextSeq, record.seq + 1)
    const known = this.#bySeq.get(record.seq)
    switch (record.kind) {
      case 'entry':
        this.#takeEntry(record.seq, record.head, record.head.headers.length > 0, place)
        break
      case 'state':
        // Of an entry that has ended and was forgotten.
        if (known === undefined) break
        known.statePlace = place
        this.changeState(known, record.state)
        break
      case 'damaged':
        if (known === undefined) this.addOdd(record.seq, `damaged-${record.seq}`, 'its octets were damaged', place)
        else known.oddPlace = place
        break
      case 'unreadable':
        if (known === undefined) this.addOdd(record.seq, `unreadable-${record.seq}`, record.because, place)
        else {
          known.oddPlace = place
          known.unreadable = record.because
          this.changeState(known, parkedAsUnreadable(known.state, record.because))
        }
        break
    }
  }

  #takeEntry(seq: number, head: EntryHead, whole: boolean, place: Place): void {
    const known = this.#bySeq.get(seq)
    if (known !== undefined && known.place !== undefined) {
      known.place = place
      known.whole = whole
      return
    }
    if (known !== undefined) this.forget(known)
    this.#add({
      seq,
      id: head.id,
      method: head.method,
      target: head.target,
      keyDigest: head.keyDigest,
      fingerprint: head.fingerprint,
      acceptedAt: head.acceptedAt,
      writer: head.writer ?? '',
      temporaryId: head.makes?.temporaryId,
      names: head.names ?? [],
      targetNow: head.target,
      state: newState(head),
      place,
      statePlace: undefined,
      oddPlace: undefined,
      file: undefined,
      unreadable: '',
      whole,
      notBefore: 0,
      above: undefined,
      listed: false,
    })
  }

  /** Octets that nobody can read, parked. `file`: all of a file. */
  addOdd(seq: number, id: string, because: string, place: Place | undefined, file?: string): void {
    this.#nextSeq = Math.max(this.#nextSeq, seq + 1)
    if (this.#byId.has(id)) return
    this.#add({
      seq,
      id,
      method: '',
      target: '',
      keyDigest: '',
      fingerprint: '',
      acceptedAt: 0,
      writer: '',
      temporaryId: undefined,
      names: [],
      targetNow: '',
      state: parkedAsUnreadable(undefined, because),
      place: undefined,
      statePlace: undefined,
      oddPlace: place,
      file,
      unreadable: because,
      whole: true,
      notBefore: 0,
      above: undefined,
      listed: false,
    })
  }

  #add(entry: BookEntry): void {
    this.#bySeq.set(entry.seq, entry)
    this.#byId.set(entry.id, entry)
    if (entry.keyDigest !== '') this.#byKey.set(entry.keyDigest, entry)
    if (entry.temporaryId !== undefined) this.#addMaker(entry, entry.temporaryId)
    for (const name of entry.names) {
      const named = ofClient(entry.writer, name)
      this.#namers.set(named, (this.#namers.get(named) ?? new Set()).add(entry))
    }
    this.#enter(entry)
  }

  #addMaker(entry: BookEntry, id: string): void {
    this.#makers.set(ofClient(entry.writer, id), entry)
    this.#allTemporaryIds.add(id)
    const ids = this.#temporaryIds.get(entry.writer)
    if (ids === undefined) this.#temporaryIds.set(entry.writer, new Set([id]))
    else ids.add(id)
  }

  changeState(entry: BookEntry, state: EntryState): void {
    this.#leave(entry)
    entry.state = state
    this.#enter(entry)
  }

  #enter(entry: BookEntry): void {
    const { state } = entry.state
    this.#counts[state] += 1
    if (isEnd(state)) this.#ended.add(entry)
    if (state === 'done' && entry.writer !== '') this.#noteDone(entry)
    if (!isWaiting(state)) return
    if (entry.names.length > 0) entry.targetNow = withRealIdsInUrl(entry.target, this.#realIds(entry))
    this.#events.waits(placeOf(pathOf(entry.targetNow)), 1)
    if (!entry.listed) this.#list(entry)
  }

  #noteDone(entry: BookEntry): void {
    const above = placesAbove(placeOf(pathOf(entry.targetNow)))
    noteLast(this.#lastDone, ofClient(entry.writer, above.at(-1)!), entry)
    for (const place of above) noteLast(this.#lastWithin, ofClient(entry.writer, place), entry)
    if (entry.temporaryId === undefined || entry.state.made === undefined) return
    // What waits for it goes to another place now, where others may wait as well.
    for (const other of this.#namers.get(ofClient(entry.writer, entry.temporaryId)) ?? [])
      if (isWaiting(other.state.state)) this.changeState(other, other.state)
  }

  #leave(entry: BookEntry): void {
    const { state } = entry.state
    this.#counts[state] -= 1
    this.#ended.delete(entry)
    if (!isWaiting(state)) return
    entry.above = undefined
    this.#events.waits(placeOf(pathOf(entry.targetNow)), -1)
  }

  forget(entry: BookEntry): void {
    this.#leave(entry)
    this.#bySeq.delete(entry.seq)
    this.#byId.delete(entry.id)
    if (this.#byKey.get(entry.keyDigest) === entry) this.#byKey.delete(entry.keyDigest)
    for (const place of entry.writer === '' ? [] : placesAbove(placeOf(pathOf(entry.targetNow))))
      for (const last of [this.#lastDone, this.#lastWithin]) {
        const at = ofClient(entry.writer, place)
        if (last.get(at) === entry) last.delete(at)
      }
    for (const name of entry.names) {
      const namers = this.#namers.get(ofClient(entry.writer, name))
      namers?.delete(entry)
      if (namers?.size === 0) this.#namers.delete(ofClient(entry.writer, name))
    }
    if (entry.temporaryId === undefined) return
    this.#makers.delete(ofClient(entry.writer, entry.temporaryId))
    this.#allTemporaryIds.delete(entry.temporaryId)
    const ids = this.#temporaryIds.get(entry.writer)
    ids?.delete(entry.temporaryId)
    if (ids?.size === 0) this.#temporaryIds.delete(entry.writer)
  }

  /** All but the last `keep` that ended, and those that others wait for. */
  forgetEnded(keep: number): void {
    if (this.#ended.size <= keep) return
    for (const entry of this.#ended) {
      if (this.#ended.size <= keep) return
      if (!this.#isWaitedFor(entry)) this.forget(entry)
    }
  }

  #isWaitedFor({ writer, temporaryId }: BookEntry): boolean {
    if (temporaryId === undefined) return false
    const namers = this.#namers.get(ofClient(writer, temporaryId)) ?? []
    return [...namers].some(({ state }) => !isEnd(state.state))
  }

  // ── things that are not made yet ───────────────────────────────────────────────────────────────────────────────────

  /** Of any client. */
  isTemporary(id: string): boolean {
    return this.#allTemporaryIds.has(id)
  }

  /** Those of this client's temporary ids that stand in one of these texts, which are not asked for where it has none. */
  temporaryIdsIn(writer: string, texts: () => readonly string[]): string[] {
    const ids = this.#temporaryIds.get(writer)
    return ids === undefined ? [] : [...new Set(texts().flatMap(text => idsIn(text, ids)))]
  }

  dependenceOf(entry: BookEntry): Dependence {
    if (entry.names.length === 0) return { kind: 'ready', real: noIds }
    let waits = false
    for (const name of entry.names) {
      const because = stuckBecause(this.#makers.get(ofClient(entry.writer, name)))
      if (because === undefined) waits = true
      else if (because !== '') return { kind: 'stuck', because }
    }
    return waits ? { kind: 'waits' } : { kind: 'ready', real: this.#realIds(entry) }
  }

  #realIds({ writer, names }: BookEntry): Map<string, NamedId> {
    const real = new Map<string, NamedId>()
    for (const name of names) {
      const made = this.#makers.get(ofClient(writer, name))?.state.made
      if (made !== undefined) real.set(name, made)
    }
    return real
  }

  /**
   * The last write of this client to the place of this entry that went through since this one was accepted; `unknown`: another
   * one of its writes may have changed what is there, and what it is now nobody told.
   */
  doneBefore(entry: BookEntry): BookEntry | 'unknown' | undefined {
    if (entry.writer === '') return undefined
    const isSince = (other: BookEntry | undefined): boolean =>
      other !== undefined && other.state.since >= entry.acceptedAt
    const place = placeOf(pathOf(entry.targetNow))
    const own = this.#lastDone.get(ofClient(entry.writer, place))
    const within = this.#lastWithin.get(ofClient(entry.writer, place))
    if (isSince(within) && within !== own) return 'unknown'
    for (const above of placesAbove(place).slice(0, -1)) {
      const other = this.#lastDone.get(ofClient(entry.writer, above))
      // What is made beside it does not change it.
      if (isSince(other) && other?.method !== 'POST') return 'unknown'
    }
    return isSince(own) ? own : undefined
  }

  // ── what is next ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** A parked one that is tried again goes back to where it was in the order. */
  #list(entry: BookEntry): void {
    let at = this.#waiting.length
    if (at > this.#front && this.#waiting[at - 1]!.seq > entry.seq) at = this.#placeBehindFront(entry.seq)
    this.#waiting.splice(at, 0, entry)
    entry.listed = true
  }

  #placeBehindFront(seq: number): number {
    let low = this.#front
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#waiting[middle]!.seq < seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /**
   * The first entry that may be sent now: no earlier one that waits, or is under way, has a place that touches its own.
   * Undefined where there is none.
   */
  next(now: number): BookEntry | undefined {
    this.#dropFront()
    const earlier = new Places()
    let seen = 0
    for (let i = this.#front; i < this.#waiting.length && seen < WINDOW; i++) {
      const entry = this.#waiting[i]!
      if (!isWaiting(entry.state.state)) continue
      seen += 1
      entry.above ??= placesAbove(placeOf(pathOf(entry.targetNow)))
      const isDue = entry.state.state === 'pending' && entry.notBefore <= now && !earlier.touches(entry.above)
      if (isDue && this.dependenceOf(entry).kind !== 'waits') return entry
      earlier.add(entry.above)
    }
    return undefined
  }

  /** The one that waits longest. */
  oldestWaiting(): BookEntry | undefined {
    this.#dropFront()
    return this.#waiting[this.#front]
  }

  /** What was tried in vain may be tried at once. */
  retryNow(): void {
    for (let i = this.#front; i < this.#waiting.length; i++) this.#waiting[i]!.notBefore = 0
  }

  #dropFront(): void {
    while (this.#front < this.#waiting.length && !isWaiting(this.#waiting[this.#front]!.state.state)) {
      this.#waiting[this.#front]!.listed = false
      this.#front += 1
    }
    if (this.#front < WINDOW && this.#front < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#front)
    this.#front = 0
  }
}

function noteLast(last: Map<string, BookEntry>, at: string, entry: BookEntry): void {
  const before = last.get(at)
  if (before === undefined || before.state.since <= entry.state.since) last.set(at, entry)
}

function ofClient(writer: string, what: string): string {
  return `${writer}\n${what}`
}

/** '': what it makes is named; undefined: that may yet come; else why it never will. */
function stuckBecause(maker: BookEntry | undefined): string | undefined {
  if (maker === undefined) return 'the journal has forgotten the write that makes what it names'
  const { state, made } = maker.state
  switch (state) {
    case 'done':
      return made === undefined
        ? `the answer to ${maker.id}, which makes what it names, does not say how that is named`
        : ''
    case 'parked':
      return `${maker.id}, which makes what it names, is parked`
    case 'discarded':
      return `${maker.id}, which makes what it names, was given up`
    default:
      return undefined
  }
}

function newState({ acceptedAt, maybeSeen }: EntryHead): EntryState {
  return { state: 'pending', since: acceptedAt, attempts: 0, failures: 0, maybeSeen, because: '', answer: null }
}

function parkedAsUnreadable(before: EntryState | undefined, because: string): EntryState {
  const { since = 0, attempts = 0, failures = 0, maybeSeen = true, answer = null } = before ?? {}
  return {
    state: 'parked',
    since,
    attempts,
    failures,
    maybeSeen,
    answer,
    because: `a record of it cannot be read: ${because}`,
  }
}
