// thread: replay
// Sends one request after the other to the target of a replay, by the client that upstreams are asked with: always to the address
// that was looked at, never to where an answer would lead.
import type { FaultCode } from '../contract/faults.js'
import {
  type ResponseSink,
  type UpstreamAddress,
  type UpstreamCall,
  UpstreamClient,
  type UpstreamTls,
} from '../upstream/client.js'
import type { SentRequest } from './prepare.js'

export interface SenderOptions {
  readonly connections: number
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  readonly tls: UpstreamTls | undefined
}

export interface Answer {
  readonly status: number
  /** Flat, names in lower case. */
  readonly headers: readonly string[]
  /** As it was sent; undefined: longer than is compared. */
  readonly body: Buffer | undefined
}

export type Done = (result: Answer | { readonly fault: FaultCode }) => void

/** A longer answer is not kept for being compared. */
const MAX_BODY_BYTES = 8 << 20
const nothing = Buffer.alloc(0)

export class Sender {
  readonly #client: UpstreamClient

  constructor(address: UpstreamAddress, options: SenderOptions) {
    const { connections, timeoutMs, connectTimeoutMs, idleTimeoutMs, maxHeaderBytes, tls } = options
    this.#client = new UpstreamClient([address], {
      ...{ connectTimeoutMs, responseTimeoutMs: timeoutMs, idleTimeoutMs, maxHeaderBytes, tls },
      ...{
        maxConnections: connections,
        retries: 1,
        balance: 'round-robin',
        ejectFailures: 0,
        ejectMs: 0,
        slowStartMs: 0,
      },
    })
  }

  /** `repeatable`: it may be sent again where the connection broke before an answer. `done` is called once, later. */
  send(method: string, { head, body }: SentRequest, repeatable: boolean, done: Done): void {
    const bodyLength = body?.length ?? 0
    const call = this.#client.request(
      { method, head, bodyLength, repeatable },
      sinkOf(() => call, done),
    )
    if (body === undefined || bodyLength === 0) return
    call.write(body)
    call.end()
  }

  close(): void {
    this.#client.close()
  }
}

function sinkOf(callOf: () => UpstreamCall, done: Done): ResponseSink {
  let status = 0
  let headers: readonly string[] = []
  let whole: Buffer | undefined
  let pieces: Buffer[] | undefined
  let bytes = 0
  let ended = false
  return {
    onHead: head => {
      status = head.status
      headers = head.section.fields
    },
    onData: (chunk, last) => {
      if (ended) return
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) {
        ended = true
        callOf().abort()
        done({ status, headers, body: undefined })
      } else if (last && pieces === undefined) whole = Buffer.from(chunk)
      else {
        pieces ??= []
        pieces.push(Buffer.from(chunk))
      }
    },
    onEnd: () => {
      if (ended) return
      ended = true
      done({ status, headers, body: whole ?? (pieces === undefined ? nothing : Buffer.concat(pieces)) })
    },
    onFault: code => {
      if (ended) return
      ended = true
      done({ fault: code })
    },
    onDrain: () => {},
  }
}
