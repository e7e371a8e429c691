// thread: history
// What is written to a history, what is made of it and what is asked of it, on any engine.
import { isKept } from '../contract/fact-share.js'
import { exchangeIdText, exchangesIn, FactReader, keptForms } from '../contract/facts.js'
import type { ForgetMatcher, ForgottenIn } from '../contract/forgetting.js'
import type {
  ExchangeDetail,
  ExchangePage,
  ExchangeQuery,
  HistoryQuery,
  HistoryReply,
  OutageOnLine,
  PastOutage,
  RoutesQuery,
  RouteTraffic,
  Series,
  SeriesQuery,
  StoreKind,
  Window,
} from '../contract/history.js'
import { packRecordings } from '../contract/recordings.js'
import type { SealingKeys } from '../contract/sealing.js'
import { type CaptureRow, capturedAt, capturedColumns, capturedOf, isUnopened } from './captured-row.js'
import { capturesPage, demandIn } from './captured-search.js'
import type { Engine, Transaction } from './engine.js'
import { type ExchangeRow, exchangeByIdSql, exchangePageSql, factsOf, filterOfId, partsOf } from './exchange-search.js'
import { forgetInHistory } from './forget-history.js'
import { noteReadiness, readinessIn } from './readiness-line.js'
import type { Batch, CapturedRow } from './recorded.js'
import { earlierCaptures, recordingPage } from './recording-search.js'
import { type Resolution, resolutions, stepFor } from './resolution.js'
import { type RolledUntil, rollDue, sumsSql, wholeSumsSql } from './rollups.js'
import { SealedEngine } from './sealed-engine.js'
import { type SumsRow, TrafficSums } from './traffic-sums.js'

const exchangeNames = [
  ...['started_at', 'run', 'seq', 'instance', 'route', 'method', 'target', 'status', 'answered_by', 'total_ms'],
  ...['connect_ms', 'wait_ms', 'receive_ms', 'ghost_ms', 'bytes_in', 'bytes_out', 'confidence', 'fault', 'scope'],
  ...['anomalies', 'share', 'kept'],
]
export const sumsNames = [
  ...['began_at', 'instance', 'route', 'requests', 'errors', 'ghosts', 'refusals', 'sum_ms', 'bytes_in', 'bytes_out'],
  'sketch',
]
const captureNames = [
  ...['started_at', 'run', 'seq', 'instance', 'method', 'target', 'scope', 'status', 'request_headers', 'request_body'],
  ...['headers', 'body', 'size', 'learned'],
]
/** Of all routes together. */
const ALL = ''

export interface WrittenRows {
  /** One by one. */
  readonly kept: number
  /** These and the others. */
  readonly counted: number
}

export interface StoreSealing {
  /** What is said in exchanges is encrypted with them; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
  /** Something is encrypted with a key that is not given, or was changed. */
  readonly onUnopened?: (error: Error) => void
}

interface SumsAt {
  readonly at: number
  readonly route: string
  readonly sums: TrafficSums
}

export class HistoryStore {
  readonly #engine: SealedEngine
  readonly #instance: string
  /** By run: the last batch that is written. */
  readonly #written = new Map<number, number>()
  /** Sums that begin before are in the coarser table too, by the place of the finer one among the resolutions. */
  #rolled: number[] = []

  private constructor(engine: SealedEngine, instance: string) {
    this.#engine = engine
    this.#instance = instance
  }

  /** `now`: epoch ms. */
  static async open(engine: Engine, instance: string, now: number, sealing: StoreSealing = {}): Promise<HistoryStore> {
    const { keys, onUnopened = () => {} } = sealing
    const store = new HistoryStore(new SealedEngine(engine, keys, onUnopened), instance)
    await store.#readRolled(now)
    return store
  }

  get kind(): StoreKind {
    return this.#engine.kind
  }

  get detail(): string {
    return this.#engine.detail
  }

  refusesRows(error: unknown): boolean {
    return this.#engine.refusesRows(error)
  }

  forget(matcher: ForgetMatcher, dryRun: boolean): Promise<ForgottenIn> {
    return forgetInHistory(this.#engine, matcher, dryRun, `history (${this.kind})`)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }

  // ── write ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * All of it or nothing. Batches of one run must come in their order; what is there already is left out, so that after an error
   * of which nobody knows what it left behind all can be handed in again.
   */
  async write(batch: Batch, now: number): Promise<WrittenRows> {
    const { facts, captures, outages, readiness = [] } = batch
    const readers = facts.map(one => new FactReader(one))
    let oldest = now
    let newest = 0
    for (const reader of readers) {
      for (let i = 0; i < reader.rows; i++) {
        const { at } = reader.row(i)
        oldest = Math.min(oldest, at)
        newest = Math.max(newest, at)
      }
    }
    if (newest > 0) await this.#engine.makeRoomFor(oldest, newest)
    const rows = { kept: 0, counted: 0 }
    const written = await this.#engine.transaction(async transaction => {
      const known = await this.#lastBatches(
        transaction,
        facts.map(({ run }) => run),
      )
      const fresh = readers.filter((_, i) => facts[i]!.batch > (known.get(facts[i]!.run) ?? -1))
      rows.kept = await this.#appendFacts(transaction, fresh)
      rows.counted = fresh.reduce((sum, { batch: one }) => sum + exchangesIn(one), 0)
      await this.#appendSums(transaction, fresh, oldest)
      await this.#appendCaptures(transaction, captures)
      for (const outage of outages) await this.#putOutage(transaction, outage)
      await noteReadiness(transaction, this.#instance, readiness)
      for (const { run, batch: number } of facts) known.set(run, Math.max(number, known.get(run) ?? -1))
      for (const [run, last] of known) await this.#noteWritten(transaction, run, last, now)
      return known
    })
    for (const [run, last] of written) this.#written.set(run, last)
    return rows
  }

  async #lastBatches({ rows }: Transaction, runs: readonly number[]): Promise<Map<number, number>> {
    const last = new Map<number, number>()
    for (const run of new Set(runs)) {
      const known = this.#written.get(run)
      if (known !== undefined) {
        last.set(run, known)
        continue
      }
      const [row] = await rows<{ batch: number }>('SELECT batch FROM written WHERE run = $1', [run])
      if (row !== undefined) last.set(run, row.batch)
    }
    return last
  }

  async #noteWritten({ rows }: Transaction, run: number, batch: number, now: number): Promise<void> {
    await rows(
      `INSERT INTO written (run, batch, written_at) VALUES ($1, $2, $3)
       ON CONFLICT (run) DO UPDATE SET batch = excluded.batch, written_at = excluded.written_at`,
      [run, batch, new Date(now)],
    )
  }

  /** Those that are kept one by one; returns how many. */
  async #appendFacts(transaction: Transaction, readers: readonly FactReader[]): Promise<number> {
    let rows = 0
    for (const reader of readers) {
      const kept = keptIn(reader)
      rows += kept.length
      await transaction.append('exchanges', exchangeNames, kept.length, (index, row) => {
        const facts = reader.row(kept[index]!)
        row.time(facts.at)
        row.int(facts.run)
        row.big(facts.seq)
        row.text(this.#instance)
        row.text(facts.route)
        row.text(facts.method)
        row.text(facts.target || null)
        row.small(facts.status)
        row.text(facts.by)
        row.real(facts.totalMs)
        row.real(facts.connectMs)
        row.real(facts.waitMs)
        row.real(facts.receiveMs)
        row.real(facts.ghostMs)
        row.big(facts.bytesIn)
        row.big(facts.bytesOut)
        row.real(facts.confidence)
        row.text(facts.fault)
        row.text(facts.scope || null)
        row.int(facts.anomalies)
        row.real(facts.share)
        row.small(keptForms.indexOf(facts.kept))
      })
    }
    return rows
  }

  /** Seconds, and of what comes late also what was made of its seconds before. `oldest`: none of them began before. */
  async #appendSums(transaction: Transaction, readers: readonly FactReader[], oldest: number): Promise<void> {
    for (const [place, { seconds, table }] of resolutions.entries()) {
      const late = place === 0 ? Number.POSITIVE_INFINITY : this.#rolled[place - 1]!
      if (oldest >= late) continue
      await this.appendRows(transaction, table, [...sumsOf(readers, seconds * 1000, late).values()])
    }
  }

  async appendRows(transaction: Transaction, table: string, sums: readonly SumsAt[]): Promise<void> {
    if (sums.length === 0) return
    await transaction.append(table, sumsNames, sums.length, (index, row) => {
      const { at, route, sums: one } = sums[index]!
      const { requests, errors, ghosts, refusals, sum_ms, bytes_in, bytes_out, sketch } = one.row()
      row.time(at)
      row.text(this.#instance)
      row.text(route)
      for (const value of [requests, errors, ghosts, refusals]) row.big(value)
      row.double(sum_ms)
      row.big(bytes_in)
      row.big(bytes_out)
      row.bytes(sketch)
    })
  }

  async #appendCaptures(transaction: Transaction, captures: readonly CapturedRow[]): Promise<void> {
    if (captures.length === 0) return
    await transaction.append('captures', captureNames, captures.length, (index, row) => {
      const { id, exchange, learned, size } = captures[index]!
      row.time(id.at)
      row.int(id.run)
      row.big(id.seq)
      row.text(this.#instance)
      row.text(exchange.method)
      row.text(exchange.target)
      row.text(exchange.scope)
      row.small(exchange.status)
      row.text(JSON.stringify(exchange.requestHeaders))
      row.bytes(exchange.requestBody)
      row.text(JSON.stringify(exchange.headers))
      row.bytes(exchange.body)
      row.big(size)
      row.text(learned === undefined ? null : JSON.stringify(learned))
    })
  }

  async #putOutage({ rows }: Transaction, outage: PastOutage): Promise<void> {
    const { id, since, until, circuit, because, ghosts, refused } = outage
    await rows('DELETE FROM outages WHERE instance = $1 AND id = $2', [this.#instance, id])
    await rows(
      'INSERT INTO outages (instance, id, since, until, circuit, because, ghosts, refused) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      [
        ...[this.#instance, id, new Date(since), until === null ? null : new Date(until)],
        ...[circuit, because, ghosts, refused],
      ],
    )
  }

  // ── coarser sums ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #readRolled(now: number): Promise<void> {
    const { dialect } = this.#engine
    for (const { seconds } of resolutions.slice(0, -1)) {
      const [row] = await this.#engine.rows<{ until: number }>(
        `SELECT ${dialect.ms('until')} AS until FROM rolled WHERE instance = $1 AND resolution = $2`,
        [this.#instance, seconds],
      )
      if (row !== undefined) {
        this.#rolled.push(row.until)
        continue
      }
      const until = now - (now % (seconds === 1 ? 60_000 : 3_600_000))
      await this.#engine.transaction(({ rows }) =>
        rows('INSERT INTO rolled (instance, resolution, until) VALUES ($1, $2, $3)', [
          this.#instance,
          seconds,
          new Date(until),
        ]),
      )
      this.#rolled.push(until)
    }
  }

  /** Of all instances, the one that is behind. */
  async #allRolled(): Promise<RolledUntil> {
    const rows = await this.#engine.rows<{ resolution: number; until: number }>(
      `SELECT resolution, ${this.#engine.dialect.ms('min(until)')} AS until FROM rolled GROUP BY resolution`,
    )
    return new Map(rows.map(({ resolution, until }) => [resolution, until]))
  }

  /** Minutes out of their seconds, hours out of their minutes, as far as they are over. */
  async roll(now: number): Promise<void> {
    for (const [place, { seconds, table }] of resolutions.entries()) {
      const coarser = resolutions[place + 1]
      if (coarser === undefined) break
      for (;;) {
        const from = this.#rolled[place]!
        const to = rollDue(from, coarser.seconds, now)
        if (to === undefined) break
        await this.#rollUp(seconds, table, coarser, from, to)
        this.#rolled[place] = to
      }
    }
  }

  async #rollUp(seconds: number, table: string, coarser: Resolution, from: number, to: number): Promise<void> {
    await this.#engine.transaction(async transaction => {
      const rows = await transaction.rows<SumsRow & { at: number; route: string }>(
        `SELECT ${this.#engine.dialect.ms('began_at')} AS at, route, requests, errors, ghosts, refusals, sum_ms, bytes_in, bytes_out, sketch
           FROM ${table} WHERE instance = $1 AND began_at >= $2 AND began_at < $3`,
        [this.#instance, new Date(from), new Date(to)],
      )
      await this.appendRows(transaction, coarser.table, [...merged(rows, coarser.seconds * 1000).values()])
      await transaction.rows('UPDATE rolled SET until = $3 WHERE instance = $1 AND resolution = $2', [
        this.#instance,
        seconds,
        new Date(to),
      ])
    })
  }

  // ── what may go ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Drops what is older, and the oldest captures beyond the budget. `secondsBefore`: for the finest sums. */
  async makeRoom(before: number, secondsBefore: number, maxCaptureBytes: number): Promise<void> {
    await this.#engine.dropExchangesBefore(before)
    const old = new Date(before)
    const cut = await this.#captureCut(maxCaptureBytes)
    await this.#engine.transaction(async ({ rows }) => {
      await rows('DELETE FROM sums_1s WHERE began_at < $1', [new Date(Math.max(before, secondsBefore))])
      for (const table of ['sums_1m', 'sums_1h']) await rows(`DELETE FROM ${table} WHERE began_at < $1`, [old])
      await rows('DELETE FROM written WHERE written_at < $1', [old])
      await rows('DELETE FROM outages WHERE since < $1', [old])
      await rows('DELETE FROM readiness WHERE noted_at < $1', [old])
      await rows('DELETE FROM captures WHERE started_at < $1', [new Date(Math.max(before, cut))])
    })
  }

  /** Captures that began before would be too much; by whole seconds. */
  async #captureCut(maxBytes: number): Promise<number> {
    const { dialect } = this.#engine
    const rows = await this.#engine.rows<{ second: number; size: number }>(
      `SELECT floor(${dialect.ms('started_at')} / 1000) AS second, sum(size) AS size FROM captures GROUP BY 1 ORDER BY 1 DESC`,
    )
    let sum = 0
    for (const { second, size } of rows) {
      sum += Number(size)
      if (sum > maxBytes) return (second + 1) * 1000
    }
    return 0
  }

  // ── ask ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async answer(query: HistoryQuery, standsIn: boolean, now: number): Promise<HistoryReply> {
    const store = { kind: this.kind, standsIn }
    switch (query.kind) {
      case 'exchanges':
        return { kind: 'exchanges', page: await this.exchanges(query), store }
      case 'exchange':
        return { kind: 'exchange', detail: await this.exchange(query.id), store }
      case 'series':
        return { kind: 'series', series: await this.series(query, now), store }
      case 'routes':
        return { kind: 'routes', routes: await this.routes(query, now), store }
      case 'outages':
        return { kind: 'outages', outages: await this.outages(query), store }
      case 'readiness':
        return { kind: 'readiness', points: await readinessIn(this.#engine, query), store }
      case 'captures':
        return { kind: 'captures', ...(await capturesPage(this.#engine, query)), store }
      case 'demand':
        return { kind: 'demand', ...(await demandIn(this.#engine, query)), store }
      case 'recordings': {
        const { recordings, next } = await recordingPage(this.#engine, query)
        return { kind: 'recordings', bytes: packRecordings(recordings), next, store }
      }
      case 'earlier-captures':
        return {
          kind: 'recordings',
          bytes: packRecordings(await earlierCaptures(this.#engine, query)),
          next: null,
          store,
        }
    }
  }

  /** Newest first. */
  async exchanges(query: ExchangeQuery): Promise<ExchangePage> {
    const rows: ExchangeRow[] = []
    for (const part of partsOf(query)) {
      const left = { ...query, ...part, limit: query.limit - rows.length }
      const { sql, values } = exchangePageSql(this.#engine.dialect, left)
      rows.push(...(await this.#engine.rows<ExchangeRow>(sql, values)))
      if (rows.length > query.limit) break
    }
    const page = rows.slice(0, query.limit)
    const last = page.at(-1)
    return {
      exchanges: page.map(factsOf),
      next:
        last === undefined || rows.length <= query.limit
          ? null
          : exchangeIdText({ at: last.at, run: last.run, seq: last.seq }),
    }
  }

  /** Null: there is none of that name. */
  async exchange(id: string): Promise<ExchangeDetail | null> {
    const values = filterOfId(id)
    if (values === undefined) return null
    const [facts] = await this.#engine.rows<ExchangeRow>(exchangeByIdSql(this.#engine.dialect), values)
    if (facts === undefined) return null
    const captured = await capturedAt(this.#engine, values)
    if (captured !== null) return { facts: factsOf(facts), captured, capturedAs: null }
    return { facts: factsOf(facts), ...(await this.#capturedLike(facts)) }
  }

  /** Where the answer was the same as the one before, it was not captured again: that one is shown, if it is clear which it is. */
  async #capturedLike({
    at,
    run,
    method,
    target,
    scope,
    kept,
  }: ExchangeRow): Promise<Pick<ExchangeDetail, 'captured' | 'capturedAs'>> {
    const none = { captured: null, capturedAs: null }
    if (target === null || keptForms[kept ?? 0] !== 'unchanged') return none
    // One that is shared was captured as nobody's.
    const forms = this.#engine.formsOf(target)
    const before = `started_at <= $1 AND run = $2 AND method = $3 AND (scope = $4 OR learned LIKE '%"shared":true%')
      AND target IN (${forms.map((_, i) => `$${i + 5}`).join(', ')})`
    const values = [new Date(at), run, method, scope ?? '', ...forms]
    const [found] = await this.#engine.rows<{ forms: number }>(
      `SELECT count(DISTINCT request_headers) AS forms FROM captures WHERE ${before}`,
      values,
    )
    if (Number(found?.forms) !== 1) return none
    const [row] = await this.#engine.rows<CaptureRow & { at: number; run: number; seq: number }>(
      `SELECT ${this.#engine.dialect.ms('started_at')} AS at, run, seq, ${capturedColumns} FROM captures WHERE ${before}
       ORDER BY started_at DESC, seq DESC LIMIT 1`,
      values,
    )
    return row === undefined || isUnopened(row) ? none : { captured: capturedOf(row), capturedAs: exchangeIdText(row) }
  }

  async series({ from, to, route = ALL, points }: SeriesQuery, now: number): Promise<Series> {
    const { stepMs, resolution } = stepFor({ from, to }, points, now)
    const { sql, values } = sumsSql(
      this.#engine.dialect,
      await this.#allRolled(),
      resolution,
      { from, to },
      's.route = $1',
      [route],
    )
    const rows = await this.#engine.rows<SumsRow & { at: number; route: string }>(sql, values)
    return {
      stepMs,
      resolutionS: resolution.seconds,
      points: [...merged(rows, stepMs).values()]
        .sort((a, b) => a.at - b.at)
        .map(({ at, sums }) => ({ at: new Date(at).toISOString(), ...sums.traffic(stepMs) })),
    }
  }

  async routes({ from, to, order, limit }: RoutesQuery, now: number): Promise<RouteTraffic[]> {
    const { sql, values } = wholeSumsSql(
      this.#engine.dialect,
      await this.#allRolled(),
      { from, to },
      's.route <> $1',
      [ALL],
      now,
    )
    const rows = await this.#engine.rows<SumsRow & { at: number; route: string }>(sql, values)
    const routes = [...merged(rows, Number.POSITIVE_INFINITY).values()].map(({ route, sums }) => ({
      route,
      ...sums.traffic(to - from),
    }))
    const by = (one: RouteTraffic): number => (order === 'p99' ? (one.p99Ms ?? 0) : one[order])
    return routes.sort((a, b) => by(b) - by(a) || b.requests - a.requests).slice(0, limit)
  }

  /** Those that ran at any time in it, oldest first. */
  async outages({ from, to }: Window): Promise<OutageOnLine[]> {
    const { dialect } = this.#engine
    const rows = await this.#engine.rows<{
      instance: string
      id: string
      since: number
      until: number | null
      circuit: string
      because: string
      ghosts: number
      refused: number
    }>(
      `SELECT instance, id, ${dialect.ms('since')} AS since, ${dialect.ms('until')} AS until, circuit, because, ghosts, refused
       FROM outages WHERE since < $2 AND (until IS NULL OR until >= $1) ORDER BY since, id`,
      [new Date(from), new Date(to)],
    )
    return rows.map(row => ({
      ...row,
      since: new Date(row.since).toISOString(),
      until: row.until === null ? null : new Date(row.until).toISOString(),
    }))
  }
}

/** Places of the rows that are kept one by one. */
function keptIn(reader: FactReader): number[] {
  const kept: number[] = []
  for (let i = 0; i < reader.rows; i++) {
    const { seq, share, isTogether } = reader.row(i)
    if (!isTogether && isKept(seq, share)) kept.push(i)
  }
  return kept
}

/** By moment and route, and of all routes together; only of what began before `before`. */
function sumsOf(readers: readonly FactReader[], stepMs: number, before: number): Map<string, SumsAt> {
  const all = new Map<string, SumsAt>()
  for (const reader of readers) {
    // Routes are numbers within a batch: names are put together once a moment, and each exchange is added up once.
    const moments = new Map<number, (TrafficSums | undefined)[]>()
    let at = Number.NaN
    let ofRoutes: (TrafficSums | undefined)[] = []
    for (let i = 0; i < reader.rows; i++) {
      const facts = reader.row(i)
      const moment = facts.at
      if (moment >= before) continue
      const began = moment - (moment % stepMs)
      if (began !== at) {
        at = began
        ofRoutes = moments.get(at) ?? []
        moments.set(at, ofRoutes)
      }
      const { routeAt } = facts
      let ofRoute = ofRoutes[routeAt]
      if (ofRoute === undefined) {
        ofRoute = new TrafficSums()
        ofRoutes[routeAt] = ofRoute
      }
      ofRoute.add(facts)
    }
    for (const [moment, routes] of moments) {
      const total = sumsAt(all, moment, ALL)
      routes.forEach((sums, routeAt) => {
        if (sums === undefined) return
        total.addAll(sums)
        sumsAt(all, moment, reader.routeOf(routeAt)).addAll(sums)
      })
    }
  }
  return all
}

/** `stepMs` infinite: all moments are one. */
function merged(rows: readonly (SumsRow & { at: number; route: string })[], stepMs: number): Map<string, SumsAt> {
  const all = new Map<string, SumsAt>()
  for (const row of rows) {
    const at = Number.isFinite(stepMs) ? row.at - (row.at % stepMs) : 0
    sumsAt(all, at, row.route).merge(row)
  }
  return all
}

function sumsAt(all: Map<string, SumsAt>, at: number, route: string): TrafficSums {
  const key = `${at} ${route}`
  let found = all.get(key)
  if (found === undefined) {
    found = { at, route, sums: new TrafficSums() }
    all.set(key, found)
  }
  return found.sums
}
