// thread: edge
// The facts of every exchange that ends, as numbers in one buffer: a row costs no object. Texts are told once a batch, and are
// bounded. Main is told in batches and never waited for.
import { Buffer } from 'node:buffer'
import {
  type Answerer,
  answerers,
  FACT_BYTES,
  FACT_CELLS,
  type FactBatch,
  factCell,
  factFaults,
  factMethods,
  type Kept,
  keptForms,
  packOutcome,
} from '../contract/facts.js'
import type { FaultCode } from '../contract/faults.js'
import type { ClientNames, ClientNotes } from './client-names.js'
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
const OTHER_METHOD = factMethods.indexOf('other')

interface Target {
  readonly redacted: string
  /** Place in the batch of that number. */
  place: number
  batch: number
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

  constructor(parts: ExchangeFactsParts) {
    this.#parts = parts
    this.run = parts.run
    this.#clientPlaces = new Uint16Array(parts.clients === undefined ? 0 : ROWS)
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
    if (this.#rows === 0) this.#sinceAt = trace.startedAt - BEGAN_BEFORE_MS
    else if (trace.startedAt < this.#sinceAt) this.#beganEarlier(trace.startedAt)
    const from = this.#rows * FACT_CELLS
    const whole = this.#whole
    const real = this.#real
    whole[from + factCell.at] = trace.startedAt - this.#sinceAt
    whole[from + factCell.seq] = trace.seq
    whole[from + factCell.outcome] = packOutcome(
      trace.status,
      byAt[by],
      methodAt.get(request.method) ?? OTHER_METHOD,
      trace.fault === undefined ? 0 : 1 + factFaults.indexOf(trace.fault),
      keptAt[trace.kept],
    )
    whole[from + factCell.route] = slot
    whole[from + factCell.target] = this.#targetOf(request)
    whole[from + factCell.scope] = this.#scopeOf(request, notes)
    if (this.#parts.clients !== undefined)
      this.#clientPlaces[this.#rows] = this.#clientOf(this.#parts.clients, request, notes)
    whole[from + factCell.bytesIn] = Math.min(trace.bytesIn, MAX_UINT32)
    whole[from + factCell.bytesOut] = Math.min(trace.bytesOut, MAX_UINT32)
    real[from + factCell.totalMs] = totalMs
    real[from + factCell.connectMs] = trace.connectMs
    real[from + factCell.waitMs] = trace.waitMs
    real[from + factCell.receiveMs] = trace.receiveMs
    real[from + factCell.ghostMs] = trace.ghostMs
    real[from + factCell.confidence] = trace.confidence
    this.#rows += 1
    if (this.#rows === ROWS) this.flush()
  }

  /** Tells main; called several times a second. */
  flush(): void {
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
      ...(this.#parts.clients === undefined
        ? {}
        : { clients: { places: this.#clientPlaces.slice(0, this.#rows), names: this.#clients } }),
    })
    this.#batch += 1
    this.#rows = 0
    this.#targets = ['']
    this.#scopes = ['']
    this.#scopeAt.clear()
    this.#clients = ['']
    this.#clientAt.clear()
    this.#newTargets = 0
    if (this.#known.size >= REMEMBERED_TARGETS) this.#known.clear()
  }

  #beganEarlier(startedAt: number): void {
    const later = this.#sinceAt - startedAt
    for (let row = 0; row < this.#rows; row++) this.#whole[row * FACT_CELLS + factCell.at]! += later
    this.#sinceAt = startedAt
  }

  /** 0: it is not kept. */
  #targetOf(request: NotedRequest): number {
    const known = this.#known.get(request.target)
    if (known === undefined) return this.#newTarget(request)
    if (known.batch !== this.#batch) {
      known.batch = this.#batch
      known.place = this.#targets.push(known.redacted) - 1
    }
    return known.place
  }

  #newTarget({ target, path, query }: NotedRequest): number {
    if (target.length > TARGET_LENGTH || this.#newTargets >= NEW_TARGETS || this.#known.size >= REMEMBERED_TARGETS)
      return 0
    this.#newTargets += 1
    const { redactor } = this.#parts
    const ofPath = redactor.text(path)
    const redacted = ownText(query === undefined ? ofPath : `${ofPath}?${redactor.query(query).query}`)
    const place = this.#targets.push(redacted) - 1
    this.#known.set(ownText(target), { redacted, place, batch: this.#batch })
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
    let scope = notes?.scope
    if (scope === undefined) {
      scope = this.#parts.scopes.of(headers, '')
      if (notes !== undefined) notes.scope = scope
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

/** A copy: what stands in a request may be a view on the whole head, which would live as long as it. */
function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
