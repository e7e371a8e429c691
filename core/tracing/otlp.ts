// thread: main
// Spans as one request to a collector: opentelemetry-proto 1.x, ExportTraceServiceRequest. Two forms of one thing. Pure.
import type { SpanBatch } from '../contract/spans.js'
import { otlpJson } from './otlp-json.js'
import { otlpProtobuf } from './otlp-protobuf.js'

/** Who made the spans. */
export interface SpanSource {
  /** Of the resource. */
  readonly attributes: readonly (readonly [string, string])[]
  /** Of the program, which is its own instrumentation. */
  readonly version: string
}

export interface OtlpForm {
  readonly contentType: string
  readonly encode: (batches: readonly SpanBatch[], source: SpanSource) => Buffer
  /** Of an answer: how many spans were refused all the same, and why. Undefined: none, or it cannot be read. */
  readonly refusedIn: (body: Buffer) => { readonly spans: number; readonly because: string } | undefined
}

export const otlpForms: Readonly<Record<'http/protobuf' | 'http/json', OtlpForm>> = {
  'http/protobuf': otlpProtobuf,
  'http/json': otlpJson,
}
