// thread: any
// What is kept of every exchange, and how it is laid out when it travels from an edge to the history: numbers in one buffer and
// a few texts beside it, so that a request costs no object.
import { type FaultCode, faults } from './faults.js'

/** Who answered; a tier is that of the ghost. Only grows: the number of each is stored on disks. */
export const answerers = [
  'upstream',
  'exact',
  'entity',
  'query',
  'template',
  'semantic',
  'journal',
  'refusal',
  'rejection',
  'aborted',
  'cut',
  'failed',
] as const
/**
 * `refusal`: no ghost, an honest 5xx. `rejection`: the request itself was at fault. `aborted`: the client went away. `cut`: the
 * answer broke off after its first byte. `failed`: a bug of the proxy.
 */
export type Answerer = (typeof answerers)[number]
export const ghostAnswerers = [
  'exact',
  'entity',
  'query',
  'template',
  'semantic',
] as const satisfies readonly Answerer[]

/** All others are told as the last one. */
export const factMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'other'] as const

/**
 * Whether the exchange itself was kept beside its facts: `unchanged`, for its answer was the one that was kept last; `sampled-out`
 * for the rate; `not-stored`, for it may not be, or is of no use. Only grows: the number of each is stored on disks.
 */
export const keptForms = ['unknown', 'shipped', 'unchanged', 'sampled-out', 'not-stored'] as const
export type Kept = (typeof keptForms)[number]

/** In the order of their numbers, beginning with 1: 0 is none. A batch has them with it, for it may outlive this version. */
export const factFaults = Object.keys(faults) as readonly FaultCode[]

/** Cells of 4 octets of one row. Times are ms as float, -1 where the phase was not passed. */
export const factCell = {
  /** Whole ms since `sinceAt` of the batch. */
  at: 0,
  /** Counts up in each edge; with its run it names the exchange. In a batch with counts, 0: the row tells of exchanges together. */
  seq: 1,
  /** See {@link packOutcome}. */
  outcome: 2,
  route: 3,
  target: 4,
  scope: 5,
  bytesIn: 6,
  bytesOut: 7,
  totalMs: 8,
  connectMs: 9,
  waitMs: 10,
  receiveMs: 11,
  ghostMs: 12,
  /** -1: it was no ghost. */
  confidence: 13,
} as const
export const FACT_CELLS = 14
export const FACT_BYTES = FACT_CELLS * 4

/** Of exchanges, which share is kept one by one: of good answers of the upstream, and of all else. */
export interface FactShares {
  readonly ordinary: number
  readonly notable: number
  /** About how many of the batch that is; undefined: nobody counted. */
  readonly rows?: number
}

/** What an edge saw end since the last batch. Whole in itself: it may wait on a disk. */
export interface FactBatch {
  /** Random, of one life of an edge thread; 31 bits. */
  readonly run: number
  /** Counts up within the run. */
  readonly batch: number
  /** Epoch ms. */
  readonly sinceAt: number
  readonly rows: number
  readonly cells: ArrayBuffer
  /** `GET /users/{id}`, `unlearned` or `other`. */
  readonly routes: readonly string[]
  /** Redacted; the first one is '': it was not kept. */
  readonly targets: readonly string[]
  /** Keyed hashes of credentials; the first one is '': there were none. */
  readonly scopes: readonly string[]
  /** Names of the faults. */
  readonly faults: readonly string[]
  /** For each row the anomalies that it was found to belong to, see `anomalyFlag`; undefined: none does. */
  readonly anomalies?: Uint32Array
  /**
   * Of how many exchanges each row tells: one that tells of them together has their mean time, the sums of their bodies, and nothing
   * of who asked for what. Undefined: each of one.
   */
  readonly counts?: Uint32Array
  /** Undefined: all are. An edge says what it told one by one, the history, when a batch comes, what is kept. */
  readonly shares?: FactShares
  /** For whoever watches callers, and never stored; undefined: nobody does. */
  readonly clients?: FactClients
}

/** From where the requests of a batch came. */
export interface FactClients {
  /** For each row, among `names`. */
  readonly places: Uint16Array
  /** Keyed hashes of addresses; the first one is '': it is not known. */
  readonly names: readonly string[]
}

const BY_SHIFT = 10
const METHOD_SHIFT = 14
const FAULT_SHIFT = 18
const KEPT_SHIFT = 29

/** One cell for five small numbers. `fault`: 1 + its place among {@link factFaults}, or 0; `kept`: among {@link keptForms}. */
export function packOutcome(status: number, by: number, method: number, fault: number, kept = 0): number {
  return withKept((status & 1023) | (by << BY_SHIFT) | (method << METHOD_SHIFT) | (fault << FAULT_SHIFT), kept)
}

/** What was packed without it. */
export function withKept(outcome: number, kept: number): number {
  return outcome | (kept << KEPT_SHIFT)
}

/** Exchanges that a batch tells of. */
export function exchangesIn({ rows, counts }: FactBatch): number {
  return counts === undefined ? rows : counts.reduce((sum, count) => sum + count, 0)
}

/** One row at a time: `row` moves it, and nothing is made anew. */
export class FactReader {
  readonly #batch: FactBatch
  readonly #whole: Uint32Array
  readonly #real: Float32Array
  #from = 0

  constructor(batch: FactBatch) {
    this.#batch = batch
    this.#whole = new Uint32Array(batch.cells)
    this.#real = new Float32Array(batch.cells)
  }

  /** By its outcome cell: anything but a good answer of the upstream. */
  static isNotable(outcome: number): boolean {
    return ((outcome >> BY_SHIFT) & 15) !== 0 || (outcome & 1023) >= 400
  }

  get rows(): number {
    return this.#batch.rows
  }

  get batch(): FactBatch {
    return this.#batch
  }

  /** Of so many exchanges the row tells. */
  get count(): number {
    return this.#batch.counts?.[this.#from / FACT_CELLS] ?? 1
  }

  /** It tells of exchanges together, though it may be of a single one. */
  get isTogether(): boolean {
    return this.#batch.counts !== undefined && this.seq === 0
  }

  get isNotable(): boolean {
    return FactReader.isNotable(this.#whole[this.#from + factCell.outcome]!)
  }

  get run(): number {
    return this.#batch.run
  }

  row(index: number): this {
    this.#from = index * FACT_CELLS
    return this
  }

  /** Which share of exchanges like this one is kept. */
  get share(): number {
    const { shares } = this.#batch
    if (shares === undefined) return 1
    return this.isNotable ? shares.notable : shares.ordinary
  }

  /** Epoch ms. */
  get at(): number {
    return this.#batch.sinceAt + this.#whole[this.#from + factCell.at]!
  }

  get seq(): number {
    return this.#whole[this.#from + factCell.seq]!
  }

  get status(): number {
    return this.#whole[this.#from + factCell.outcome]! & 1023
  }

  get by(): Answerer {
    return answerers[this.byAt]!
  }

  /** The place of `by` among the answerers. */
  get byAt(): number {
    return (this.#whole[this.#from + factCell.outcome]! >> BY_SHIFT) & 15
  }

  get method(): string {
    return factMethods[(this.#whole[this.#from + factCell.outcome]! >> METHOD_SHIFT) & 15]!
  }

  get fault(): string | null {
    const place = (this.#whole[this.#from + factCell.outcome]! >>> FAULT_SHIFT) & 2047
    return place === 0 ? null : this.#batch.faults[place - 1]!
  }

  get kept(): Kept {
    return keptForms[this.#whole[this.#from + factCell.outcome]! >>> KEPT_SHIFT] ?? 'unknown'
  }

  get route(): string {
    return this.routeOf(this.routeAt)
  }

  routeOf(place: number): string {
    return this.#batch.routes[place]!
  }

  /** The place of `route` among the routes of its batch. */
  get routeAt(): number {
    return this.#whole[this.#from + factCell.route]!
  }

  /** '' where it was not kept. */
  get target(): string {
    return this.#batch.targets[this.#whole[this.#from + factCell.target]!]!
  }

  get scope(): string {
    return this.#batch.scopes[this.#whole[this.#from + factCell.scope]!]!
  }

  /** Keyed hash of the address of the client; '' where it is not known. */
  get client(): string {
    const { clients } = this.#batch
    return clients === undefined ? '' : clients.names[clients.places[this.#from / FACT_CELLS]!]!
  }

  get bytesIn(): number {
    return this.#whole[this.#from + factCell.bytesIn]!
  }

  get bytesOut(): number {
    return this.#whole[this.#from + factCell.bytesOut]!
  }

  get totalMs(): number {
    return this.#real[this.#from + factCell.totalMs]!
  }

  get connectMs(): number | null {
    return this.#passed(factCell.connectMs)
  }

  get waitMs(): number | null {
    return this.#passed(factCell.waitMs)
  }

  get receiveMs(): number | null {
    return this.#passed(factCell.receiveMs)
  }

  get ghostMs(): number | null {
    return this.#passed(factCell.ghostMs)
  }

  get confidence(): number | null {
    return this.#passed(factCell.confidence)
  }

  /** See `anomalyFlag`. */
  get anomalies(): number {
    return this.#batch.anomalies?.[this.#from / FACT_CELLS] ?? 0
  }

  #passed(cell: number): number | null {
    const value = this.#real[this.#from + cell]!
    return value < 0 ? null : value
  }
}

/** Names an exchange: when it began, and its numbers. */
export interface ExchangeId {
  readonly at: number
  readonly run: number
  readonly seq: number
}

export function exchangeIdText({ at, run, seq }: ExchangeId): string {
  return `${at.toString(36)}-${run.toString(36)}-${seq.toString(36)}`
}

/** Undefined: it is none. */
export function readExchangeId(text: string): ExchangeId | undefined {
  const match = /^([0-9a-z]{1,9})-([0-9a-z]{1,6})-([0-9a-z]{1,7})$/.exec(text)
  if (match === null) return undefined
  const [at, run, seq] = [match[1]!, match[2]!, match[3]!].map(part => Number.parseInt(part, 36)) as [
    number,
    number,
    number,
  ]
  return run < 2 ** 31 && seq < 2 ** 32 ? { at, run, seq } : undefined
}
