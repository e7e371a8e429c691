// A small collector: takes OTLP over HTTP in both forms, decodes it by the numbers of opentelemetry-proto, and answers as it is told.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  /** '' where it has none. */
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  /** 2 server, 3 client. */
  readonly kind: number
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** 0 unset, 2 error. */
  readonly status: number
  readonly flags: number
  readonly resource: Readonly<Record<string, string | number | boolean>>
  readonly scope: { readonly name: string; readonly version: string }
}

export interface CollectorRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly spans: readonly CollectedSpan[]
}

export interface Collector {
  readonly url: string
  readonly requests: CollectorRequest[]
  /** Of requests that were answered 200, in the order in which they came. */
  readonly spans: CollectedSpan[]
  /** Takes its place for the next request; without an answer it hangs. */
  next(answer: (response: ServerResponse) => void): void
  /** Resolves as soon as a span fits, also one that is there already. */
  span(fits: (span: CollectedSpan) => boolean): Promise<CollectedSpan>
  /** Resolves when so many requests have come. */
  asked(times: number): Promise<void>
  stop(): void
}

export async function startCollector(
  t: { teardown(fn: () => unknown): void },
  tls?: { readonly cert: string; readonly key: string },
): Promise<Collector> {
  const requests: CollectorRequest[] = []
  const spans: CollectedSpan[] = []
  const answers: ((response: ServerResponse) => void)[] = []
  let waiting: (() => void)[] = []
  const take = (
    chunks: readonly Buffer[],
    headers: IncomingHttpHeaders,
    path: string,
    response: ServerResponse,
  ): void => {
    const raw = Buffer.concat(chunks)
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const isJson = headers['content-type'] === 'application/json'
    const found = isJson ? spansOfJson(body.toString()) : spansOfProtobuf(body)
    requests.push({ path, headers, spans: found })
    const special = answers.shift()
    if (special === undefined) {
      spans.push(...found)
      response.writeHead(200, { 'content-type': isJson ? 'application/json' : 'application/x-protobuf' })
      response.end(isJson ? '{}' : '')
    } else special(response)
    const told = waiting
    waiting = []
    for (const tell of told) tell()
  }
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => take(chunks, request.headers, request.url!, response))
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  t.teardown(stop)
  const { port } = server.address() as AddressInfo
  const until = async <T>(look: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      await new Promise<void>(resolve => waiting.push(resolve))
    }
  }
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    spans,
    next: answer => answers.push(answer),
    span: fits => until(() => spans.find(fits)),
    asked: async times => {
      await until(() => (requests.length >= times ? true : undefined))
    },
    stop,
  }
}

// ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface JsonValue {
  stringValue?: string
  intValue?: string
  doubleValue?: number
  boolValue?: boolean
}
type JsonAttributes = { key: string; value: JsonValue }[]

function spansOfJson(text: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(text) as {
    resourceSpans: {
      resource: { attributes: JsonAttributes }
      scopeSpans: {
        scope: { name: string; version: string }
        spans: {
          traceId: string
          spanId: string
          parentSpanId: string
          traceState: string
          name: string
          kind: number
          startTimeUnixNano: string
          endTimeUnixNano: string
          attributes: JsonAttributes
          status: { code?: number }
          flags: number
        }[]
      }[]
    }[]
  }
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, status, attributes, ...rest }) => ({
        ...rest,
        start: BigInt(startTimeUnixNano),
        end: BigInt(endTimeUnixNano),
        status: status.code ?? 0,
        attributes: attributesOfJson(attributes),
        resource: attributesOfJson(resource.attributes),
        scope,
      })),
    ),
  )
}

function attributesOfJson(attributes: JsonAttributes): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue!) : Number(intValue)),
    ]),
  )
}

// ── Protocol Buffers ─────────────────────────────────────────────────────────────────────────────────────────────────

type Field = readonly [number: number, value: bigint | Buffer]

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const octet = message.readUInt8(at++)
      value |= BigInt(octet & 0x7f) << shift
      if (octet < 0x80) return value
    }
  }
  while (at < message.length) {
    const key = Number(varint())
    const number = key >> 3
    switch (key & 7) {
      case 0:
        fields.push([number, varint()])
        break
      case 1:
        fields.push([number, message.subarray(at, at + 8)])
        at += 8
        break
      case 2: {
        const length = Number(varint())
        if (at + length > message.length) throw new Error('a field is longer than its message')
        fields.push([number, message.subarray(at, at + length)])
        at += length
        break
      }
      case 5:
        fields.push([number, message.subarray(at, at + 4)])
        at += 4
        break
      default:
        throw new Error(`wire type ${key & 7}`)
    }
  }
  return fields
}

const all = (fields: readonly Field[], number: number): Buffer[] =>
  fields.filter(([one]) => one === number).map(([, value]) => value as Buffer)
const bytesIn = (fields: readonly Field[], number: number): Buffer => all(fields, number)[0] ?? Buffer.alloc(0)
const numberIn = (fields: readonly Field[], number: number): number =>
  Number(fields.find(([one]) => one === number)?.[1] ?? 0n)

function spansOfProtobuf(body: Buffer): CollectedSpan[] {
  return all(fieldsOf(body), 1).flatMap(resourceSpans => {
    const ofResource = fieldsOf(resourceSpans)
    const resource = attributesOfProtobuf(all(fieldsOf(bytesIn(ofResource, 1)), 1))
    return all(ofResource, 2).flatMap(scopeSpans => {
      const ofScope = fieldsOf(scopeSpans)
      const scope = fieldsOf(bytesIn(ofScope, 1))
      return all(ofScope, 2).map(message => {
        const span = fieldsOf(message)
        return {
          traceId: bytesIn(span, 1).toString('hex'),
          spanId: bytesIn(span, 2).toString('hex'),
          traceState: bytesIn(span, 3).toString(),
          parentSpanId: bytesIn(span, 4).toString('hex'),
          name: bytesIn(span, 5).toString(),
          kind: numberIn(span, 6),
          start: bytesIn(span, 7).readBigUInt64LE(),
          end: bytesIn(span, 8).readBigUInt64LE(),
          attributes: attributesOfProtobuf(all(span, 9)),
          status: numberIn(fieldsOf(bytesIn(span, 15)), 3),
          flags: bytesIn(span, 16).readUInt32LE(),
          resource,
          scope: { name: bytesIn(scope, 1).toString(), version: bytesIn(scope, 2).toString() },
        }
      })
    })
  })
}

function attributesOfProtobuf(pairs: readonly Buffer[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    pairs.map(pair => {
      const fields = fieldsOf(pair)
      const [[number, value] = [0, Buffer.alloc(0)]] = fieldsOf(bytesIn(fields, 2))
      const read =
        number === 1
          ? (value as Buffer).toString()
          : number === 2
            ? value === 1n
            : number === 3
              ? Number(value as bigint)
              : (value as Buffer).readDoubleLE()
      return [bytesIn(fields, 1).toString(), read]
    }),
  )
}
