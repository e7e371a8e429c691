// thread: main
// OTLP/HTTP as Protocol Buffers, the form that every collector takes. Written by hand: it is one message, and the numbers of its
// fields never change.
import { Buffer } from 'node:buffer'
import { type SpanBatch, SpanReader } from '../contract/spans.js'
import { describeSpan, isFraction } from './described-span.js'
import type { OtlpForm, SpanSource } from './otlp.js'

export const otlpProtobuf: OtlpForm = {
  contentType: 'application/x-protobuf',
  encode: encodeSpans,
  refusedIn: body => {
    const partial = fieldIn(body, 1)
    if (!Buffer.isBuffer(partial)) return undefined
    const spans = fieldIn(partial, 1)
    const because = fieldIn(partial, 2)
    return typeof spans === 'number' && spans > 0
      ? { spans, because: Buffer.isBuffer(because) ? because.toString() : '' }
      : undefined
  },
}

/** Wire types. */
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5
const WORD = 2 ** 32
/** Of which the length is one octet. */
const SHORT_TEXT = 0x80

function encodeSpans(batches: readonly SpanBatch[], { attributes, version }: SpanSource): Buffer {
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const out = new ProtoWriter(rows * 512 + 1024)
  // ExportTraceServiceRequest.resource_spans
  const whole = out.open(1)
  // ResourceSpans.resource
  const resource = out.open(1)
  for (const [key, value] of attributes) attribute(out, 1, key, value)
  out.close(resource)
  // ResourceSpans.scope_spans
  const spans = out.open(2)
  // ScopeSpans.scope
  const scope = out.open(1)
  out.text(1, 'chaos-proxy')
  out.text(2, version)
  out.close(scope)
  for (const batch of batches) {
    const reader = new SpanReader(batch)
    for (let i = 0; i < batch.rows; i++) {
      const span = out.open(2)
      writeSpan(out, reader.row(i))
      out.close(span)
    }
  }
  out.close(spans)
  out.close(whole)
  return out.taken()
}

function writeSpan(out: ProtoWriter, span: SpanReader): void {
  const { name, kind, attributes, isError, flags } = describeSpan(span)
  out.octets(1, 16)
  for (let i = 0; i < 4; i++) out.word(span.traceWord(i))
  out.octets(2, 8)
  for (let i = 0; i < 2; i++) out.word(span.spanWord(i))
  if (span.state !== '') out.text(3, span.state)
  if (span.parentWord(0) !== 0 || span.parentWord(1) !== 0) {
    out.octets(4, 8)
    for (let i = 0; i < 2; i++) out.word(span.parentWord(i))
  }
  out.text(5, name)
  out.varint(6, kind)
  out.time(7, span.startedAt)
  out.time(8, span.endedAt)
  for (let i = 0; i < attributes.length; i += 2) attribute(out, 9, attributes[i] as string, attributes[i + 1]!)
  if (isError) {
    const at = out.open(15)
    // Status.code: error
    out.varint(3, 2)
    out.close(at)
  }
  out.fixed32(16, flags)
}

/** KeyValue with its AnyValue. */
function attribute(out: ProtoWriter, field: number, key: string, value: string | number): void {
  const at = out.open(field)
  out.text(1, key)
  const inner = out.open(2)
  if (typeof value === 'string') out.text(1, value)
  else if (isFraction(key)) out.double(4, value)
  else out.varint(3, value)
  out.close(inner)
  out.close(at)
}

class ProtoWriter {
  #bytes: Buffer
  #end = 0

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  taken(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }

  /** A message begins; where is to be handed to `close`. Nearly every one is shorter than 128, and has one octet for its length. */
  open(field: number): number {
    this.#key(field, BYTES)
    this.#room(1)
    this.#end += 1
    return this.#end
  }

  /** It ends; one that is longer moves on, for the octets of its length. */
  close(from: number): void {
    const length = this.#end - from
    const more = sizeOf(length) - 1
    if (more > 0) {
      this.#room(more)
      this.#bytes.copyWithin(from + more, from, this.#end)
      this.#end += more
    }
    this.#put(from - 1, length)
  }

  text(field: number, text: string): void {
    this.#key(field, BYTES)
    const { length } = text
    this.#room(8 + 3 * length)
    const bytes = this.#bytes
    if (length < SHORT_TEXT) {
      // A call of Node for each would cost more than all else.
      const from = this.#end + 1
      let i = 0
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code >= 0x80) break
        bytes[from + i] = code
      }
      if (i === length) {
        bytes[this.#end] = length
        this.#end = from + length
        return
      }
    }
    this.#varint(Buffer.byteLength(text))
    this.#end += bytes.write(text, this.#end)
  }

  /** So many octets follow, by `word`. */
  octets(field: number, length: number): void {
    this.#key(field, BYTES)
    this.#varint(length)
  }

  /** 32 bits, as ids stand: the highest first. */
  word(value: number): void {
    this.#room(4)
    const bytes = this.#bytes
    bytes[this.#end++] = value >>> 24
    bytes[this.#end++] = value >>> 16
    bytes[this.#end++] = value >>> 8
    bytes[this.#end++] = value
  }

  /** `value`: whole, not negative, below 2^53. */
  varint(field: number, value: number): void {
    this.#key(field, VARINT)
    this.#varint(value)
  }

  /** Nanoseconds; microseconds are as exact as it is known. */
  time(field: number, epochMs: number): void {
    this.#key(field, FIXED64)
    this.#room(8)
    const micros = Math.round(epochMs * 1000)
    // 64 bits in two halves, each below 2^53: no BigInt for each.
    const low = (micros % WORD) * 1000
    const high = Math.floor(micros / WORD) * 1000 + Math.floor(low / WORD)
    this.#end = this.#bytes.writeUInt32LE(low % WORD, this.#end)
    this.#end = this.#bytes.writeUInt32LE(high % WORD, this.#end)
  }

  double(field: number, value: number): void {
    this.#key(field, FIXED64)
    this.#room(8)
    this.#end = this.#bytes.writeDoubleLE(value, this.#end)
  }

  fixed32(field: number, value: number): void {
    this.#key(field, FIXED32)
    this.#room(4)
    this.#end = this.#bytes.writeUInt32LE(value, this.#end)
  }

  #key(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  #varint(value: number): void {
    this.#room(8)
    this.#end = this.#put(this.#end, value)
  }

  /** Where it ends. */
  #put(from: number, value: number): number {
    let at = from
    let left = value
    while (left >= 0x80) {
      this.#bytes[at++] = (left % 0x80) | 0x80
      left = Math.floor(left / 0x80)
    }
    this.#bytes[at++] = left
    return at
  }

  #room(more: number): void {
    if (this.#end + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#bytes.length + more))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

function sizeOf(value: number): number {
  let size = 1
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) size += 1
  return size
}

/** The first such field of a message, as a number or as octets; undefined: there is none, or it cannot be read. */
function fieldIn(message: Buffer, wanted: number): number | Buffer | undefined {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; at < message.length; scale *= 0x80) {
      const octet = message[at++]!
      value += (octet & 0x7f) * scale
      if (octet < 0x80) return value
    }
    at = message.length + 1
    return 0
  }
  while (at < message.length) {
    const key = varint()
    let found: number | Buffer | undefined
    switch (key & 7) {
      case VARINT:
        found = varint()
        break
      case BYTES: {
        const length = varint()
        found = message.subarray(at, at + length)
        at += length
        break
      }
      case FIXED64:
        at += 8
        break
      case FIXED32:
        at += 4
        break
      default:
        return undefined
    }
    if (at > message.length) return undefined
    if (Math.floor(key / 8) === wanted) return found
  }
  return undefined
}
