// thread: any
// Spans on their way from an edge to main: numbers in one buffer and a few texts beside it, as facts for the history are.
import { type Answerer, answerers } from './facts.js'

export type SpanKind = 'server' | 'client'

/** What circuits may be, worst last; of the upstream and of the route the worse one counts. */
export const spanCircuits = ['closed', 'recovering', 'half-open', 'open'] as const

/** A span that has ended. */
export interface Span {
  readonly kind: SpanKind
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** Likewise; '': it has none. */
  readonly parentId: string
  /** `tracestate` as it came; '' for none. */
  readonly state: string
  /** Epoch ms, with fractions. */
  readonly startedAt: number
  readonly endedAt: number
  readonly method: string
  /** `/users/{id}`; '': none is learned. */
  readonly route: string
  /** Redacted, without query. */
  readonly path: string
  /** Name or address and, where it is not the default one, port; '': it is not known. */
  readonly host: string
  readonly secure: boolean
  /** Of HTTP, as it was spoken with the other side. */
  readonly version: '1.0' | '1.1'
  /** 0: there was none. */
  readonly status: number
  /** Code of the fault that it met; '': none. */
  readonly fault: string
  /** Of a server span. */
  readonly by: Answerer | undefined
  /** Of the ghost that answered; -1: none did. */
  readonly confidence: number
  /** Place among {@link spanCircuits}; -1: it came to no decision. */
  readonly circuit: number
  /** Of a client span: how many attempts were before it. */
  readonly resends: number
  /** Id of the drill that hit it; '': none. */
  readonly drill: string
}

/** Cells of 4 octets of one row; `startedAt` and `endedAt` have two each. */
const cell = {
  startedAt: 0,
  endedAt: 2,
  traceId: 4,
  spanId: 8,
  parentId: 10,
  /** 1: client. */
  kind: 12,
  status: 13,
  /** 1 + its place; 0: none. */
  by: 14,
  confidence: 15,
  /** 1 + its place; 0: none. */
  circuit: 16,
  resends: 17,
  /** Bit 0: TLS; bit 1: HTTP/1.0. */
  flags: 18,
  method: 19,
  route: 20,
  path: 21,
  host: 22,
  fault: 23,
  state: 24,
  drill: 25,
} as const
/** Even: the next row begins where a float of eight octets may stand. */
const CELLS = 26
export const SPAN_BYTES = CELLS * 4

/** Spans of one edge; its buffer is moved. */
export interface SpanBatch {
  readonly rows: number
  readonly cells: ArrayBuffer
  /** The first one is ''. */
  readonly texts: readonly string[]
  /** Of all that it holds, roughly. */
  readonly bytes: number
}

const TLS = 1
const HTTP_10 = 2
/** Longer texts come from nobody who means well. */
const MAX_TEXT = 1024

/** Rows that fill up, texts told once. */
export class SpanRows {
  readonly #whole: Uint32Array
  readonly #single: Float32Array
  readonly #double: Float64Array
  readonly #cells: ArrayBuffer
  readonly #max: number
  readonly #placeOf = new Map<string, number>()
  /** By column: the last one, and its place. */
  readonly #lastTexts: string[] = new Array(CELLS).fill('')
  readonly #lastPlaces: number[] = new Array(CELLS).fill(0)
  #texts: string[] = ['']
  #textBytes = 0
  #rows = 0

  constructor(max: number) {
    this.#max = max
    this.#cells = new ArrayBuffer(max * SPAN_BYTES)
    this.#whole = new Uint32Array(this.#cells)
    this.#single = new Float32Array(this.#cells)
    this.#double = new Float64Array(this.#cells)
  }

  get isEmpty(): boolean {
    return this.#rows === 0
  }

  get isFull(): boolean {
    return this.#rows === this.#max
  }

  /** It must not be full. */
  add(span: Span): void {
    const from = this.#rows * CELLS
    const whole = this.#whole
    this.#double[(from + cell.startedAt) >> 1] = span.startedAt
    this.#double[(from + cell.endedAt) >> 1] = span.endedAt
    this.#putHex(from + cell.traceId, span.traceId, 4)
    this.#putHex(from + cell.spanId, span.spanId, 2)
    this.#putHex(from + cell.parentId, span.parentId, 2)
    whole[from + cell.kind] = span.kind === 'client' ? 1 : 0
    whole[from + cell.status] = span.status
    whole[from + cell.by] = span.by === undefined ? 0 : 1 + answerers.indexOf(span.by)
    this.#single[from + cell.confidence] = span.confidence
    whole[from + cell.circuit] = 1 + span.circuit
    whole[from + cell.resends] = span.resends
    whole[from + cell.flags] = (span.secure ? TLS : 0) | (span.version === '1.0' ? HTTP_10 : 0)
    whole[from + cell.method] = this.#place(span.method, cell.method)
    whole[from + cell.route] = this.#place(span.route, cell.route)
    whole[from + cell.path] = this.#place(span.path, cell.path)
    whole[from + cell.host] = this.#place(span.host, cell.host)
    whole[from + cell.fault] = this.#place(span.fault, cell.fault)
    whole[from + cell.state] = this.#place(span.state, cell.state, Number.POSITIVE_INFINITY)
    whole[from + cell.drill] = this.#place(span.drill, cell.drill)
    this.#rows += 1
  }

  /** All rows; from here on there are none. */
  take(): SpanBatch {
    const cells = this.#cells.slice(0, this.#rows * SPAN_BYTES)
    const batch = { rows: this.#rows, cells, texts: this.#texts, bytes: cells.byteLength + this.#textBytes }
    this.#rows = 0
    this.#texts = ['']
    this.#textBytes = 0
    this.#placeOf.clear()
    this.#lastTexts.fill('')
    return batch
  }

  /** Where there is none, zeros. */
  #putHex(at: number, digits: string, words: number): void {
    for (let i = 0; i < words; i++) this.#whole[at + i] = digits === '' ? 0 : wordIn(digits, 8 * i)
  }

  /** `column`: what stands there twice in a row is not looked up again. */
  #place(text: string, column: number, maxLength = MAX_TEXT): number {
    if (text === '') return 0
    if (text === this.#lastTexts[column]) return this.#lastPlaces[column]!
    const place = this.#placeIn(text, maxLength)
    this.#lastTexts[column] = text
    this.#lastPlaces[column] = place
    return place
  }

  #placeIn(text: string, maxLength: number): number {
    const told = text.length <= maxLength ? text : text.slice(0, maxLength)
    let place = this.#placeOf.get(told)
    if (place === undefined) {
      place = this.#texts.push(told) - 1
      this.#placeOf.set(told, place)
      this.#textBytes += 2 * told.length
    }
    return place
  }
}

/** Of eight hexadecimal digits, as a number. */
function wordIn(digits: string, from: number): number {
  let word = 0
  for (let i = from; i < from + 8; i++) {
    const code = digits.charCodeAt(i)
    // 0–9 are 0x30 and on, a–f 0x61 and on.
    word = (word << 4) | (code < 0x40 ? code - 0x30 : code - 0x57)
  }
  return word
}

/** One row at a time: `row` moves it, and nothing is made anew. */
export class SpanReader implements Span {
  readonly #batch: SpanBatch
  readonly #whole: Uint32Array
  readonly #single: Float32Array
  readonly #double: Float64Array
  #from = 0

  constructor(batch: SpanBatch) {
    this.#batch = batch
    this.#whole = new Uint32Array(batch.cells)
    this.#single = new Float32Array(batch.cells)
    this.#double = new Float64Array(batch.cells)
  }

  row(index: number): this {
    this.#from = index * CELLS
    return this
  }

  get kind(): SpanKind {
    return this.#at(cell.kind) === 1 ? 'client' : 'server'
  }

  get traceId(): string {
    return this.#hex(cell.traceId, 4)
  }

  get spanId(): string {
    return this.#hex(cell.spanId, 2)
  }

  get parentId(): string {
    return this.#at(cell.parentId) === 0 && this.#at(cell.parentId + 1) === 0 ? '' : this.#hex(cell.parentId, 2)
  }

  /** Of the trace id, its i-th 32 bits. */
  traceWord(i: number): number {
    return this.#at(cell.traceId + i)
  }

  spanWord(i: number): number {
    return this.#at(cell.spanId + i)
  }

  parentWord(i: number): number {
    return this.#at(cell.parentId + i)
  }

  get state(): string {
    return this.#text(cell.state)
  }

  get startedAt(): number {
    return this.#double[(this.#from + cell.startedAt) >> 1]!
  }

  get endedAt(): number {
    return this.#double[(this.#from + cell.endedAt) >> 1]!
  }

  get method(): string {
    return this.#text(cell.method)
  }

  get route(): string {
    return this.#text(cell.route)
  }

  get path(): string {
    return this.#text(cell.path)
  }

  get host(): string {
    return this.#text(cell.host)
  }

  get secure(): boolean {
    return (this.#at(cell.flags) & TLS) !== 0
  }

  get version(): '1.0' | '1.1' {
    return (this.#at(cell.flags) & HTTP_10) === 0 ? '1.1' : '1.0'
  }

  get status(): number {
    return this.#at(cell.status)
  }

  get fault(): string {
    return this.#text(cell.fault)
  }

  get by(): Answerer | undefined {
    return answerers[this.#at(cell.by) - 1]
  }

  get confidence(): number {
    return this.#single[this.#from + cell.confidence]!
  }

  get circuit(): number {
    return this.#at(cell.circuit) - 1
  }

  get resends(): number {
    return this.#at(cell.resends)
  }

  get drill(): string {
    return this.#text(cell.drill)
  }

  #at(place: number): number {
    return this.#whole[this.#from + place]!
  }

  #text(place: number): string {
    return this.#batch.texts[this.#at(place)]!
  }

  #hex(place: number, words: number): string {
    let digits = ''
    for (let i = 0; i < words; i++)
      digits += this.#at(place + i)
        .toString(16)
        .padStart(8, '0')
    return digits
  }
}

/** What became of spans, and how the collector is. */
export interface TracesStatus {
  /** Without credentials. */
  readonly endpoint: string
  /** `new`: nothing was sent yet. `failing`: it is tried again, or what there was is given up. */
  readonly collector: 'new' | 'up' | 'failing'
  /** Spans that the collector took. */
  readonly exported: number
  /** Spans that it refused, or that it could not be given. */
  readonly failed: number
  /** Spans for which there was no room. */
  readonly dropped: number
  /** Spans that are here. */
  readonly waiting: number
  /** Times that it was tried again. */
  readonly retries: number
  /** '' where all is well. */
  readonly lastError: string
}
