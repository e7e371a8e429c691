// thread: history
// Writes what comes in to the store. While the store that was asked for is away, what comes waits for it, and an embedded one
// stands in: it takes the same, and answers.
import type { Clock } from '../clock/clock.js'
import { packExchanges, unpackExchanges } from '../contract/exchange-wire.js'
import type { FactBatch } from '../contract/facts.js'
import { type ForgetMatcher, type ForgottenIn, holdsForgotten, isForgotten } from '../contract/forgetting.js'
import type { HistoryQuery, HistoryReply, HistoryStatus } from '../contract/history.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Log } from '../log/log.js'
import { type Backlog, type Recorded, rowsOf } from './backlog.js'
import type { Engine } from './engine.js'
import { forgetInHistory } from './forget-history.js'
import type { HistoryStore } from './history-store.js'
import type { OpenStore } from './open-store.js'
import { type Batch, capturedIn } from './recorded.js'
import { SECONDS_KEPT_MS } from './resolution.js'
import { RowShare } from './row-share.js'
import { SealedEngine } from './sealed-engine.js'

export interface RecorderParts {
  readonly store: OpenStore
  /** Undefined: the store is the embedded one. */
  readonly standIn: OpenStore | undefined
  readonly backlog: Backlog
  readonly retentionHours: number
  readonly rowsPerSecond: number
  readonly maxCaptureBytes: number
  readonly maxSpillBytes: number
  /** What is said in exchanges is encrypted with them; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
  /** The file of the embedded store, which may be there though nobody uses it just now. */
  readonly embeddedFile: EmbeddedFile
  readonly clock: Clock
  readonly log: Pick<Log, 'error' | 'warn'>
}

export interface EmbeddedFile {
  isThere(): boolean
  open(): Promise<Engine>
  /** Nobody may have it open. */
  rewrite(): Promise<void>
}

/** Of one write, kept one by one. More makes it no faster, and all of it is lost together where it is lost. */
const WRITE_ROWS = 8192
/** How often is written, where not so many rows that are kept wait before. */
const WRITE_EVERY_MS = 1000
const WRITE_AT_ROWS = 4096
/** How often what is old is looked for. */
const ROOM_EVERY_MS = 60_000
/** Longest wait for the embedded store to end what it does. */
const BINARY_MS = 8000
/** Edges tell of what was before within seconds. */
const MAX_FORGOTTEN = 16
/** For the stand-in: what waits in the backlog of the store is safe without it. */
const MAX_STAND_IN_ROWS = 200_000

export class Recorder {
  readonly #parts: RecorderParts
  readonly #share: RowShare
  #standInWaiting: Recorded[] = []
  #standInRows = 0
  #rows = 0
  #captures = 0
  #sampledOut = 0
  #refused = 0
  #roomAt = 0
  #wroteAt = Number.NEGATIVE_INFINITY
  #working: Promise<void> | undefined
  /** What was under way while it was erased must not come back. */
  #forgotten: ForgetMatcher[] = []

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#share = new RowShare(parts.rowsPerSecond)
  }

  /** Something to be written. Never waits. */
  add(recorded: Recorded): void {
    const { backlog, clock, store, standIn } = this.#parts
    if (recorded.kind === 'captured' && this.#parts.maxCaptureBytes === 0) return
    // Nobody would ever take it.
    if (standIn === undefined && store.isHopeless) return
    const now = clock.now()
    const kept = this.#forgotten.length === 0 ? recorded : unforgotten(recorded, this.#forgotten)
    if (kept === undefined) return
    const shared: Recorded =
      kept.kind === 'facts'
        ? { kind: 'facts', batch: { ...kept.batch, shares: this.#share.of(kept.batch, now) } }
        : kept
    backlog.push(shared, now)
    if (standIn !== undefined && store.store === undefined && store.isAway) this.#alsoTo(shared)
  }

  /** Called several times a second. Never rejects; one at a time. */
  tick(): Promise<void> {
    this.#working ??= this.#work()
      .catch(error => this.#parts.log.error({ err: error }, 'the history failed; it goes on'))
      .finally(() => {
        this.#working = undefined
      })
    return this.#working
  }

  status(): Omit<HistoryStatus, 'restarts'> {
    const { backlog, store, standIn, maxSpillBytes, clock } = this.#parts
    const { oldestAt } = backlog
    return {
      store: store.status(),
      standIn: standIn?.store === undefined ? null : standIn.status(),
      rows: this.#rows,
      captures: this.#captures,
      waitingRows: backlog.rows,
      waitingBytes: backlog.bytes,
      spilledBytes: backlog.diskBytes,
      maxSpillBytes,
      sampledOut: this.#sampledOut,
      dropped: backlog.dropped + this.#refused,
      lagS: oldestAt === undefined ? 0 : Math.max(0, Math.round((clock.now() - oldestAt) / 1000)),
    }
  }

  /** Never rejects. */
  async ask(query: HistoryQuery): Promise<HistoryReply> {
    const { store, standIn, clock } = this.#parts
    const standsIn = store.store === undefined
    const answering = store.store ?? standIn?.store
    if (answering === undefined) {
      const { lastError, remedy, state } = store.status()
      const because = state === 'opening' ? 'the store is being opened' : `${lastError}${remedy && `; ${remedy}`}`
      return { kind: 'unanswered', because }
    }
    try {
      return await answering.answer(query, standsIn, clock.now())
    } catch (error) {
      return { kind: 'unanswered', because: (error as Error).message }
    }
  }

  /** In every store there is, and in what waits for one. Never rejects. */
  async forget(matcher: ForgetMatcher, dryRun: boolean): Promise<ForgottenIn[]> {
    if (!dryRun) this.#forgotten = [...this.#forgotten, matcher].slice(-MAX_FORGOTTEN)
    // Nothing is written meanwhile; ticks wait as for a write.
    while (this.#working !== undefined) await this.#working
    const stores: ForgottenIn[] = []
    this.#working = this.#forget(matcher, dryRun, stores).finally(() => {
      this.#working = undefined
    })
    await this.#working
    return stores
  }

  async #forget(matcher: ForgetMatcher, dryRun: boolean, stores: ForgottenIn[]): Promise<void> {
    const { store, standIn } = this.#parts
    stores.push(this.#forgetWaiting(matcher, dryRun))
    await store.tend()
    stores.push(await this.#forgetIn(store, matcher, dryRun))
    if (standIn === undefined) return
    if (standIn.store !== undefined) stores.push(await this.#forgetIn(standIn, matcher, dryRun))
    else if (this.#parts.embeddedFile.isThere()) stores.push(await this.#forgetInFile(matcher, dryRun))
  }

  #forgetWaiting(matcher: ForgetMatcher, dryRun: boolean): ForgottenIn {
    const store = 'history: waiting to be written'
    const change = (recorded: Recorded): Recorded | undefined => unforgotten(recorded, [matcher])
    const what = ''
    try {
      const found = this.#parts.backlog.edit(change, dryRun)
      if (!dryRun)
        this.#standInWaiting = this.#standInWaiting.flatMap(recorded => unforgotten(recorded, [matcher]) ?? [])
      const remaining = this.#parts.backlog.edit(change, true)
      return { store, found, erased: found - remaining, remaining, what, problem: '' }
    } catch (error) {
      const problem = `what waits on the disk cannot be written anew: ${(error as Error).message}; make room, and ask once more`
      return { store, found: 0, erased: 0, remaining: 0, what, problem }
    }
  }

  async #forgetIn(open: OpenStore, matcher: ForgetMatcher, dryRun: boolean): Promise<ForgottenIn> {
    const { lastError, remedy, kind } = open.status()
    const name = `history (${kind})`
    if (open.store === undefined) {
      const problem = `it is away and was not searched: ${lastError}${remedy && `; ${remedy}`}; then ask once more`
      return { store: name, found: 0, erased: 0, remaining: 0, what: '', problem }
    }
    try {
      const forgotten = await open.store.forget(matcher, dryRun)
      if (kind !== 'duckdb' || dryRun) return forgotten
      await open.close()
      await this.#parts.embeddedFile.rewrite()
      await open.tend()
      return forgotten
    } catch (error) {
      return { store: name, found: 0, erased: 0, remaining: 0, what: '', problem: problemOf(error) }
    }
  }

  /** Of a stand-in that nobody needs just now. */
  async #forgetInFile(matcher: ForgetMatcher, dryRun: boolean): Promise<ForgottenIn> {
    const store = 'history: file of the stand-in'
    const { embeddedFile, keys } = this.#parts
    try {
      const engine = new SealedEngine(await embeddedFile.open(), keys, () => {})
      const forgotten = await forgetInHistory(engine, matcher, dryRun, store).finally(() => engine.close())
      if (!dryRun) await embeddedFile.rewrite()
      return forgotten
    } catch (error) {
      return { store, found: 0, erased: 0, remaining: 0, what: '', problem: problemOf(error) }
    }
  }

  /** Writes what can be written until then (epoch ms); the rest goes to the disk. */
  async end(by: number): Promise<void> {
    const { backlog, clock, store, standIn } = this.#parts
    const late = new Promise<void>(resolve => setTimeout(resolve, Math.max(0, by - clock.now())).unref())
    const written = (async () => {
      await this.#working
      if (store.store !== undefined) await this.#write(store, store.store)
      await Promise.all([store.close(), standIn?.close()])
    })()
    await Promise.race([written.catch(() => {}), late])
    backlog.close()
    // A thread that ends while its binary is at work takes the process with it; that work is short.
    const embedded = standIn === undefined ? written : standIn.close()
    const given = new Promise<void>(resolve => setTimeout(resolve, BINARY_MS).unref())
    await Promise.race([embedded.catch(() => {}), given])
  }

  async #work(): Promise<void> {
    const { store, standIn } = this.#parts
    const wasAway = store.isAway
    await store.tend()
    if (store.isAway && !wasAway) this.#seedStandIn()
    const now = this.#parts.clock.now()
    // A write costs as much as a thousand rows in it.
    if (now - this.#wroteAt < WRITE_EVERY_MS && this.#parts.backlog.keptRows < WRITE_AT_ROWS) return
    this.#wroteAt = now
    if (store.store !== undefined) {
      await this.#write(store, store.store)
      await this.#keepUp(store)
    }
    if (standIn === undefined) return
    if (store.store === undefined) await this.#standIn(standIn)
    else if (standIn.store !== undefined) await standIn.close()
  }

  /** As much as there is. */
  async #write(open: OpenStore, store: HistoryStore): Promise<void> {
    const { backlog, clock } = this.#parts
    let rows = WRITE_ROWS
    for (;;) {
      const next = backlog.next(rows)
      if (next.length === 0) return
      const batch = this.#batchOf(next)
      try {
        const { kept, counted } = await store.write(batch, clock.now())
        this.#rows += kept
        this.#sampledOut += counted - kept
      } catch (error) {
        if (!store.refusesRows(error)) {
          open.broke(error as Error)
          this.#seedStandIn()
          return
        }
        if (next.length > 1) {
          // One of them; which, is found by writing them one by one.
          rows = 1
          continue
        }
        this.#refused += rowsOf(next[0]!)
        this.#parts.log.error({ err: error }, 'the store of the history refuses what it was given; it is thrown away')
        backlog.done(1)
        continue
      }
      this.#captures += batch.captures.length
      backlog.done(next.length)
    }
  }

  /** Coarser sums, and what is too old. */
  async #keepUp(open: OpenStore): Promise<void> {
    const { clock, retentionHours, maxCaptureBytes } = this.#parts
    const now = clock.now()
    try {
      await open.store?.roll(now)
      if (now < this.#roomAt) return
      this.#roomAt = now + ROOM_EVERY_MS
      await open.store?.makeRoom(now - retentionHours * 3_600_000, now - SECONDS_KEPT_MS, maxCaptureBytes)
    } catch (error) {
      open.broke(error as Error)
      this.#seedStandIn()
    }
  }

  async #standIn(standIn: OpenStore): Promise<void> {
    await standIn.tend()
    const { store } = standIn
    if (store === undefined) return
    const waiting = this.#standInWaiting
    this.#standInWaiting = []
    this.#standInRows = 0
    try {
      if (waiting.length > 0) await store.write(this.#batchOf(waiting), this.#parts.clock.now())
      await this.#keepUp(standIn)
    } catch (error) {
      standIn.broke(error as Error)
    }
  }

  /** What came since nobody knew yet that the store is away. */
  #seedStandIn(): void {
    if (this.#parts.standIn === undefined) return
    for (const recorded of this.#parts.backlog.inMemory()) this.#alsoTo(recorded)
  }

  #alsoTo(recorded: Recorded): void {
    if (this.#standInRows >= MAX_STAND_IN_ROWS) return
    this.#standInWaiting.push(recorded)
    this.#standInRows += 1 + rowsOf(recorded)
  }

  #batchOf(recorded: readonly Recorded[]): Batch {
    const batch = { facts: [], captures: [], outages: [], readiness: [] } as unknown as {
      -readonly [K in keyof Batch]-?: NonNullable<Batch[K]>[number][]
    }
    for (const one of recorded) {
      if (one.kind === 'facts') batch.facts.push(one.batch)
      else if (one.kind === 'outage') batch.outages.push(one.outage)
      else if (one.kind === 'readiness') batch.readiness.push(one.readiness)
      else batch.captures.push(...capturedIn(one.bytes))
    }
    return batch
  }
}

function problemOf(error: unknown): string {
  return `it could not be searched, or not written: ${(error as Error).message}; see the log, and ask once more`
}

/** Without what is to be forgotten; the same where nothing is. Undefined: nothing of it is left. */
function unforgotten(recorded: Recorded, matchers: readonly ForgetMatcher[]): Recorded | undefined {
  switch (recorded.kind) {
    case 'facts': {
      const { batch } = recorded
      const old = matchers.filter(matcher => matcher.covers(batch.sinceAt))
      const anonymous = withoutNames(batch, old)
      return anonymous === batch ? recorded : { kind: 'facts', batch: anonymous }
    }
    case 'captured': {
      const exchanges = unpackExchanges(recorded.bytes)
      const kept = exchanges.filter(exchange => !isForgotten(matchers, exchange))
      if (kept.length === exchanges.length) return recorded
      return kept.length === 0 ? undefined : { kind: 'captured', bytes: packExchanges(kept) }
    }
    case 'outage':
      return matchers.some(matcher => holdsForgotten(recorded.outage, matcher)) ? undefined : recorded
    case 'readiness':
      return recorded
  }
}

/** Numbers stay, and nobody knows whose they are: what a text stands for in all rows is exchanged for none. */
function withoutNames(batch: FactBatch, matchers: readonly ForgetMatcher[]): FactBatch {
  const isIt = (text: string): boolean =>
    text !== '' && matchers.some(matcher => matcher.text(text) || matcher.scope(text))
  const { targets, routes, scopes } = batch
  if (matchers.length === 0 || ![...targets, ...routes, ...scopes].some(isIt)) return batch
  return {
    ...batch,
    targets: targets.map(text => (isIt(text) ? '' : text)),
    routes: routes.map(text => (isIt(text) ? 'other' : text)),
    scopes: scopes.map(text => (isIt(text) ? '' : text)),
  }
}
