// An upstream made of bare sockets, and a sink that remembers: what tests of the client share.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { FaultCode } from '../../../core/contract/faults.js'
import type { ResponseHead } from '../../../core/http1/response-head-parser.js'
import {
  type ClientOptions,
  type ResponseSink,
  type UpstreamAddress,
  type UpstreamCall,
  UpstreamClient,
  type UpstreamRequest,
} from '../../../core/upstream/client.js'

export const options: ClientOptions = {
  connectTimeoutMs: 1000,
  responseTimeoutMs: 5000,
  idleTimeoutMs: 5000,
  maxHeaderBytes: 8192,
  maxConnections: 8,
  retries: 1,
  balance: 'round-robin',
  ejectFailures: 0,
  ejectMs: 1000,
  slowStartMs: 0,
}

/** With a head that is right for every upstream. */
export type TextRequest = UpstreamRequest & { readonly head: string }

export interface RawOrigin {
  readonly address: UpstreamAddress
  readonly server: Server
  /** Every connection so far, in order. */
  readonly sockets: Socket[]
  /** All that each connection has received, latin1. */
  readonly received: string[]
}

/** `onText` hears what a connection has received since it was last told, latin1. */
export async function openOrigin(
  t: Test,
  onText: (text: string, socket: Socket, nth: number) => void,
): Promise<RawOrigin> {
  const sockets: Socket[] = []
  const received: string[] = []
  const server = createServer({ allowHalfOpen: true }, socket => {
    const nth = sockets.push(socket) - 1
    received[nth] = ''
    socket.on('error', () => {})
    socket.on('data', bytes => {
      const text = bytes.toString('latin1')
      received[nth] += text
      onText(text, socket, nth)
    })
    socket.on('end', () => socket.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: addressOf((server.address() as AddressInfo).port), server, sockets, received }
}

export function addressOf(port: number, tls = false, host = '127.0.0.1'): UpstreamAddress {
  const authority = `${host}:${port}`
  return { url: `http${tls ? 's' : ''}://${authority}`, host, port, tls, authority, pathPrefix: '' }
}

/** A port at which nobody listens. */
export async function deadAddress(): Promise<UpstreamAddress> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return addressOf(port)
}

export function openClient(
  t: Test,
  addresses: readonly UpstreamAddress[],
  changed: Partial<ClientOptions> = {},
  clock?: { now(): number },
  random?: () => number,
): UpstreamClient {
  const client = new UpstreamClient(addresses, { ...options, ...changed }, clock, undefined, random)
  t.teardown(() => client.close())
  return client
}

export function bodiless(method = 'GET', target = '/'): TextRequest {
  const head = `${method} ${target} HTTP/1.1\r\nHost: origin\r\n\r\n`
  return { method, head, bodyLength: 0, repeatable: method !== 'POST' }
}

export function withBody(method: string, bodyLength: number): TextRequest {
  const framing = bodyLength < 0 ? 'Transfer-Encoding: chunked' : `Content-Length: ${bodyLength}`
  return { method, head: `${method} / HTTP/1.1\r\n${framing}\r\n\r\n`, bodyLength, repeatable: method !== 'POST' }
}

export const answer = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`

/** Remembers all it hears. `done` resolves at the end or the fault. */
export class Recorder implements ResponseSink {
  status = 0
  headers: string[] = []
  bodyLength = Number.NaN
  body = ''
  bodyBytes = 0
  fault: FaultCode | undefined
  bytesReceived = -1
  drains = 0
  /** Everything in order, for what must come once and in turn. */
  readonly log: string[] = []
  readonly done: Promise<this>
  #resolve: (self: this) => void = () => {}
  readonly #heard = new Map<string, () => void>()

  /** `keeps`: whether the text of the body is wanted. */
  constructor(readonly keeps = true) {
    this.done = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  /** Resolves when `what` is heard next. */
  next(what: 'head' | 'data' | 'drain'): Promise<void> {
    return new Promise(resolve => {
      this.#heard.set(what, resolve)
    })
  }

  onHead({ status, section }: ResponseHead, bodyLength: number): void {
    Object.assign(this, { status, headers: section.fields, bodyLength })
    this.#note('head')
  }

  onData(chunk: Buffer): void {
    this.bodyBytes += chunk.length
    if (this.keeps) this.body += chunk.toString('latin1')
    this.#note('data')
  }

  onEnd(): void {
    this.#note('end')
    this.#resolve(this)
  }

  onFault(code: FaultCode, bytesReceived: number): void {
    Object.assign(this, { fault: code, bytesReceived })
    this.#note('fault')
    this.#resolve(this)
  }

  onDrain(): void {
    this.drains += 1
    this.#note('drain')
  }

  #note(what: string): void {
    if (what !== 'data' || this.log.at(-1) !== 'data') this.log.push(what)
    const heard = this.#heard.get(what)
    this.#heard.delete(what)
    heard?.()
  }
}

/** Sends `request` and waits for its end. */
export function ask(client: UpstreamClient, request: UpstreamRequest = bodiless()): Promise<Recorder> {
  const recorder = new Recorder()
  client.request(request, recorder)
  return recorder.done
}

export function start(
  client: UpstreamClient,
  request: UpstreamRequest = bodiless(),
  keeps = true,
): [UpstreamCall, Recorder] {
  const recorder = new Recorder(keeps)
  return [client.request(request, recorder), recorder]
}

/** Resolves when `condition` holds; looks after every turn of the event loop. tap's own time limit ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

export class FakeClock {
  ms = 1_000_000
  now(): number {
    return this.ms
  }
  advance(ms: number): void {
    this.ms += ms
  }
}
