// thread: main
// OTLP/HTTP as JSON: ids in hexadecimal, numbers of 64 bits as text.
import { Buffer } from 'node:buffer'
import { type SpanBatch, SpanReader } from '../contract/spans.js'
import { describeSpan, isFraction } from './described-span.js'
import type { OtlpForm } from './otlp.js'

export const otlpJson: OtlpForm = {
  contentType: 'application/json',
  encode: (batches, { attributes, version }) =>
    Buffer.from(
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: attributes.map(([key, value]) => ({ key, value: { stringValue: value } })) },
            scopeSpans: [{ scope: { name: 'chaos-proxy', version }, spans: batches.flatMap(spansOf) }],
          },
        ],
      }),
    ),
  refusedIn: body => {
    try {
      const { partialSuccess } = JSON.parse(body.toString()) as {
        partialSuccess?: { rejectedSpans?: unknown; errorMessage?: unknown }
      }
      const spans = Number(partialSuccess?.rejectedSpans ?? 0)
      return spans > 0 ? { spans, because: String(partialSuccess?.errorMessage ?? '') } : undefined
    } catch {
      return undefined
    }
  },
}

function spansOf(batch: SpanBatch): object[] {
  const reader = new SpanReader(batch)
  return Array.from({ length: batch.rows }, (_, i) => {
    const span = reader.row(i)
    const { name, kind, attributes, isError, flags } = describeSpan(span)
    return {
      ...{ traceId: span.traceId, spanId: span.spanId, parentSpanId: span.parentId, traceState: span.state, flags },
      ...{ name, kind, startTimeUnixNano: nanosOf(span.startedAt), endTimeUnixNano: nanosOf(span.endedAt) },
      attributes: membersOf(attributes),
      status: isError ? { code: 2 } : {},
    }
  })
}

function membersOf(attributes: readonly (string | number)[]): object[] {
  const members: object[] = []
  for (let i = 0; i < attributes.length; i += 2) {
    const key = attributes[i] as string
    members.push({ key, value: anyValueOf(key, attributes[i + 1]!) })
  }
  return members
}

function anyValueOf(key: string, value: string | number): object {
  if (typeof value === 'string') return { stringValue: value }
  return isFraction(key) ? { doubleValue: value } : { intValue: String(value) }
}

/** Microseconds are as exact as it is known. */
function nanosOf(epochMs: number): string {
  return `${Math.round(epochMs * 1000)}000`
}
