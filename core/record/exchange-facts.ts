// thread: edge
// The facts of every exchange that ends, as numbers in one buffer: a row costs no object. Texts are told once a batch, and are
// bounded. Main is told in batches and never waited for. Above a rate, exchanges that are like others share a row with them.
import { Buffer } from 'node:buffer'
import { isKept, RateShare } from '../contract/fact-share.js'
import {
  type Answerer,
  answerers,
  FACT_BYTES,
  FACT_CELLS,
  type FactBatch,
  FactReader,
  factCell,
  factFaults,
  factMethods,
  type Kept,
  keptForms,
  packOutcome,
  withKept,
} from '../contract/facts.js'
import type { FaultCode } from '../contract/faults.js'
import { latencyBucket } from '../contract/latency-bucket.js'
import { OTHER_SLOT } from '../contract/phases.js'
import type { ClientNames, ClientNotes } from './client-names.js'
import { FactLikes } from './fact-likes.js'
import type { Redactor } from './redact.js'
import type { Scopes } from './scope.js'

export interface NotedRequest {
  readonly method: string
  readonly target: string
  readonly path: string
  readonly query: string | undefined
  readonly headers: readonly string[]
  readonly remoteAddress: string
}

/** What follows from the header section alone is kept with it, for requests that repeat it. */
export interface ScopeNotes extends ClientNotes {
  scope: string | undefined
  /** Of the key that it was hashed with. */
  scopeGeneration: number
}

/** What is remembered of it. Times are ms, -1 where the phase was not passed. */
export interface NotedTrace {
  readonly seq: number
  /** Epoch ms. */
  readonly startedAt: number
  readonly status: number
  readonly fault: FaultCode | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  readonly connectMs: number
  readonly waitMs: number
  readonly receiveMs: number
  readonly ghostMs: number
  readonly confidence: number
  readonly kept: Kept
}

export interface ExchangeFactsParts {
  readonly run: number
  readonly redactor: Redactor
  readonly scopes: Scopes
  /** Undefined: nobody watches callers. */
  readonly clients?: ClientNames | undefined
  /** Names of the slots of routes; it only grows. */
  readonly routes: readonly string[]
  /** So many that are ordinary, and so many that are not, are told one by one in a second; of more a share. */
  readonly perSecond: number
  readonly send: (batch: FactBatch) => void
}

/** Rows of a batch; a full one is sent at once. */
const ROWS = 4096
/** Targets that are remembered with what they are after redaction, and how long they may be. */
const REMEMBERED_TARGETS = 4096
const TARGET_LENGTH = 512
/** Redacting costs more than all else here: so many new targets a batch are, others are not kept. */
const NEW_TARGETS = 200
const MAX_UINT32 = 2 ** 32 - 1
/** So long before the first one that ends another one of its batch may have begun without more ado. */
const BEGAN_BEFORE_MS = 3_600_000

const byAt = Object.fromEntries(answerers.map((name, i) => [name, i])) as Readonly<Record<Answerer, number>>
const keptAt = Object.fromEntries(keptForms.map((name, i) => [name, i])) as Readonly<Record<Kept, number>>
const methodAt = new Map<string, number>(factMethods.map((name, i) => [name, i]))
const GET = factMethods.indexOf('GET')
const OTHER_METHOD = factMethods.indexOf('other')

interface Target {
  readonly redacted: string
  /** Place in the batch of that number. */
  place: number
  batch: number
  /** In which it was told last, of the clock. */
  second: number
}

export class ExchangeFacts {
  readonly run: number
  readonly #parts: ExchangeFactsParts
  readonly #cells = new ArrayBuffer(ROWS * FACT_BYTES)
  readonly #whole = new Uint32Array(this.#cells)
  readonly #real = new Float32Array(this.#cells)
  readonly #known = new Map<string, Target>()
  #seq = 0
  #batch = 0
  #rows = 0
  #sinceAt = 0
  #targets: string[] = ['']
  #scopes: string[] = ['']
  readonly #scopeAt = new Map<string, number>()
  readonly #clientPlaces: Uint16Array
  #clients: string[] = ['']
  /** By address. */
  readonly #clientAt = new Map<string, number>()
  #newTargets = 0
  readonly #likes = new FactLikes()
  readonly #counts = new Uint32Array(ROWS)
  /** Of this batch: exchanges, and the share that is told one by one. */
  #ordinaries = 0
  #notables = 0
  #ordinaryShare = 1
  #notableShare = 1
  readonly #ordinaryRate: RateShare
  readonly #notableRate: RateShare
  #latestAt = 0

  constructor(parts: ExchangeFactsParts) {
    this.#parts = parts
    this.run = parts.run
    this.#clientPlaces = new Uint16Array(parts.clients === undefined ? 0 : ROWS)
    this.#ordinaryRate = new RateShare(parts.perSecond)
    this.#notableRate = new RateShare(parts.perSecond)
  }

  /** A number for an exchange that begins. */
  next(): number {
    this.#seq = (this.#seq + 1) >>> 0
    return this.#seq
  }

  /**
   * One has ended. `notes`: undefined where nothing is kept for its header section; `slot`: of its route, one of the names that
   * were handed in.
   */
  note(
    request: NotedRequest,
    notes: ScopeNotes | undefined,
    trace: NotedTrace,
    slot: number,
    by: Answerer,
    totalMs: number,
  ): void {
    const { startedAt, status, seq } = trace
    const outcome = packOutcome(
      status,
      byAt[by],
      request.method === 'GET' ? GET : (methodAt.get(request.method) ?? OTHER_METHOD),
      trace.fault === undefined ? 0 : 1 + factFaults.indexOf(trace.fault),
    )
    if (this.#rows === 0) this.#sinceAt = startedAt - BEGAN_BEFORE_MS
    else if (startedAt < this.#sinceAt) this.#beganEarlier(startedAt)
    if (startedAt > this.#latestAt) this.#latestAt = startedAt
    const isNotable = FactReader.isNotable(outcome)
    if (isNotable) this.#notables += 1
    else this.#ordinaries += 1
    const second = Math.floor(startedAt / 1000)
    const whoBefore = this.#scopes.length + this.#clients.length
    const scope = this.#scopeOf(request, notes)
    const client = this.#parts.clients === undefined ? 0 : this.#clientOf(this.#parts.clients, request, notes)
    const share = isNotable ? this.#notableShare : this.#ordinaryShare
    const isLike =
      share < 1 &&
      slot > OTHER_SLOT &&
      !isKept(seq, share) &&
      // Told by itself: who was not there in this batch, what nobody asked for in this second, and what shows who tries things out.
      this.#scopes.length + this.#clients.length === whoBefore &&
      !this.#isFirst(request.target, second) &&
      !asksForWhatIsNot(status) &&
      !this.#likes.isLargest(slot, trace.bytesIn, trace.bytesOut)
    if (isLike && this.#joins(slot, outcome, second, trace, totalMs)) return
    const from = this.#rows * FACT_CELLS
    const whole = this.#whole
    const real = this.#real
    this.#counts[this.#rows] = 1
    whole[from + factCell.at] = startedAt - this.#sinceAt
    whole[from + factCell.seq] = isLike ? 0 : seq
    whole[from + factCell.outcome] = withKept(outcome, keptAt[trace.kept])
    whole[from + factCell.route] = slot
    whole[from + factCell.target] = isLike ? 0 : this.#targetOf(request, second)
    whole[from + factCell.scope] = isLike ? 0 : scope
    if (this.#parts.clients !== undefined) this.#clientPlaces[this.#rows] = isLike ? 0 : client
    whole[from + factCell.bytesIn] = Math.min(trace.bytesIn, MAX_UINT32)
    whole[from + factCell.bytesOut] = Math.min(trace.bytesOut, MAX_UINT32)
    real[from + factCell.totalMs] = totalMs
    real[from + factCell.connectMs] = trace.connectMs
    real[from + factCell.waitMs] = trace.waitMs
    real[from + factCell.receiveMs] = trace.receiveMs
    real[from + factCell.ghostMs] = trace.ghostMs
    real[from + factCell.confidence] = trace.confidence
    this.#rows += 1
    if (this.#rows === ROWS) this.flush(this.#latestAt)
  }

  /** Tells main; called several times a second. `now`: epoch ms. */
  flush(now: number): void {
    // Of the batch that begins, as far as it is known how many there are.
    const shares = { ordinary: this.#ordinaryShare, notable: this.#notableShare }
    this.#ordinaryShare = this.#ordinaryRate.add(this.#ordinaries, now)
    this.#notableShare = this.#notableRate.add(this.#notables, now)
    if (this.#rows === 0) return
    this.#parts.send({
      run: this.run,
      batch: this.#batch,
      sinceAt: this.#sinceAt,
      rows: this.#rows,
      // As long as it has to be, for it may wait in memory.
      cells: this.#cells.slice(0, this.#rows * FACT_BYTES),
      routes: this.#parts.routes,
      targets: this.#targets,
      scopes: this.#scopes,
      faults: factFaults,
      ...(shares.ordinary < 1 || shares.notable < 1 ? { counts: this.#counts.slice(0, this.#rows), shares } : {}),
      ...(this.#parts.clients === undefined
        ? {}
        : { clients: { places: this.#clientPlaces.slice(0, this.#rows), names: this.#clients } }),
    })
    this.#batch += 1
    this.#rows = 0
    this.#ordinaries = 0
    this.#notables = 0
    this.#likes.clear()
    this.#targets = ['']
    this.#scopes = ['']
    this.#scopeAt.clear()
    this.#clients = ['']
    this.#clientAt.clear()
    this.#newTargets = 0
    if (this.#known.size >= REMEMBERED_TARGETS) this.#known.clear()
  }

  /** Nobody asked for it in this second, as far as that is remembered. */
  #isFirst(target: string, second: number): boolean {
    const known = this.#known.get(target)
    return known === undefined ? this.#takesTarget(target) : known.second !== second
  }

  /** True: a row that tells of exchanges like it tells of this one too. */
  #joins(slot: number, outcome: number, second: number, trace: NotedTrace, totalMs: number): boolean {
    const row = this.#likes.rowOf(slot, outcome, latencyBucket(totalMs), second, this.#rows)
    if (row < 0) return false
    const from = row * FACT_CELLS
    const whole = this.#whole
    const bytesIn = whole[from + factCell.bytesIn]! + trace.bytesIn
    const bytesOut = whole[from + factCell.bytesOut]! + trace.bytesOut
    if (bytesIn > MAX_UINT32 || bytesOut > MAX_UINT32) return false
    whole[from + factCell.bytesIn] = bytesIn
    whole[from + factCell.bytesOut] = bytesOut
    this.#counts[row]! += 1
    const mean = this.#real[from + factCell.totalMs]!
    this.#real[from + factCell.totalMs] = mean + (totalMs - mean) / this.#counts[row]!
    return true
  }

  #beganEarlier(startedAt: number): void {
    const later = this.#sinceAt - startedAt
    for (let row = 0; row < this.#rows; row++) this.#whole[row * FACT_CELLS + factCell.at]! += later
    this.#sinceAt = startedAt
  }

  /** 0: it is not kept. */
  #targetOf(request: NotedRequest, second: number): number {
    const known = this.#known.get(request.target)
    if (known === undefined) return this.#newTarget(request, second)
    known.second = second
    if (known.batch !== this.#batch) {
      known.batch = this.#batch
      known.place = this.#targets.push(known.redacted) - 1
    }
    return known.place
  }

  #takesTarget(target: string): boolean {
    return target.length <= TARGET_LENGTH && this.#newTargets < NEW_TARGETS && this.#known.size < REMEMBERED_TARGETS
  }

  #newTarget({ target, path, query }: NotedRequest, second: number): number {
    if (!this.#takesTarget(target)) return 0
    this.#newTargets += 1
    const { redactor } = this.#parts
    const ofPath = redactor.text(path)
    const redacted = ownText(query === undefined ? ofPath : `${ofPath}?${redactor.query(query).query}`)
    const place = this.#targets.push(redacted) - 1
    this.#known.set(ownText(target), { redacted, place, batch: this.#batch, second })
    return place
  }

  #clientOf(clients: ClientNames, request: NotedRequest, notes: ScopeNotes | undefined): number {
    const address = clients.addressOf(request, notes)
    let place = this.#clientAt.get(address)
    if (place === undefined) {
      const name = clients.nameOf(address)
      place = name === '' ? 0 : this.#clients.push(name) - 1
      this.#clientAt.set(address, place)
    }
    return place
  }

  /** By the fields alone: to look for credentials in query and body would cost more than all else here. */
  #scopeOf({ headers }: NotedRequest, notes: ScopeNotes | undefined): number {
    const { scopes } = this.#parts
    let scope = notes?.scope
    if (scope === undefined || notes?.scopeGeneration !== scopes.generation) {
      scope = scopes.of(headers, '')
      if (notes !== undefined) {
        notes.scope = scope
        notes.scopeGeneration = scopes.generation
      }
    }
    if (scope === '') return 0
    let place = this.#scopeAt.get(scope)
    if (place === undefined) {
      place = this.#scopes.push(scope) - 1
      this.#scopeAt.set(scope, place)
    }
    return place
  }
}

/** Whoever tries out identifiers, paths or credentials is told so: one by one. */
function asksForWhatIsNot(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410
}

/** A copy: what stands in a request may be a view on the whole head, which would live as long as it. */
function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
