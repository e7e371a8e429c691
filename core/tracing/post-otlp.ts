// thread: main
// One request to a collector. By Node's own client: the proxy's pools are for its upstream, and a span of it would make a span.
import { Buffer } from 'node:buffer'
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { EXPORT_STATE, traceparentOf } from '../contract/trace-context.js'

/** What came of it; `retryAfter`: the field as it came. */
export type Posted =
  | { readonly status: number; readonly retryAfter?: string | undefined; readonly body: Buffer }
  | { readonly failed: string }

export interface CollectorAddress {
  readonly url: string
  /** Flat, of every request. */
  readonly headers: Readonly<Record<string, string>>
  /** PEM; undefined: what Node trusts. */
  readonly ca: string | undefined
  /** For the whole of it. */
  readonly timeoutMs: number
}

/** An answer that is longer says nothing to us. */
const MAX_ANSWER_BYTES = 64 << 10
/** Any: nobody ever sees a span of it. What counts is that it is not sampled. */
const unsampled = traceparentOf('c4a05000000000000000000000000001', 'c4a0500000000001', false)

export class OtlpPost {
  readonly #address: CollectorAddress
  readonly #url: URL
  readonly #agent: HttpAgent

  constructor(address: CollectorAddress) {
    this.#address = address
    this.#url = new URL(address.url)
    const { ca } = address
    const kept = { keepAlive: true, maxSockets: 1 }
    this.#agent =
      this.#url.protocol === 'https:'
        ? new HttpsAgent({ ...kept, ...(ca !== undefined && { ca }) })
        : new HttpAgent(kept)
  }

  /** Never rejects. A redirection is an answer like any other. */
  async send(body: Buffer, headers: Readonly<Record<string, string>>): Promise<Posted> {
    const posted = await this.#send(body, headers)
    // RFC 9112 §9.3.1: a connection that was idle may be closed at any time; that is no fault of the collector.
    return posted === 'stale' ? ((await this.#send(body, headers, false)) as Posted) : posted
  }

  /** `stale`: the connection was an old one, and is gone. */
  #send(body: Buffer, headers: Readonly<Record<string, string>>, mayBeStale = true): Promise<Posted | 'stale'> {
    return new Promise(done => {
      const { timeoutMs } = this.#address
      const end = (posted: Posted | 'stale'): void => {
        clearTimeout(timer)
        done(posted)
      }
      let request: ClientRequest | undefined
      const timer = setTimeout(() => {
        end({ failed: `it did not answer within ${timeoutMs} ms` })
        request?.destroy()
      }, timeoutMs)
      try {
        request = this.#open(body.length, headers)
      } catch (error) {
        // A field that Node does not send.
        end({ failed: (error as Error).message })
        return
      }
      request.on('response', response => readAnswer(response, end))
      request.on('error', ({ code, message }: NodeJS.ErrnoException) => {
        const isStale = mayBeStale && request?.reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE')
        end(isStale ? 'stale' : { failed: code ?? message })
      })
      request.end(body)
    })
  }

  #open(length: number, headers: Readonly<Record<string, string>>): ClientRequest {
    const open = this.#url.protocol === 'https:' ? requestHttps : requestHttp
    return open(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'user-agent': 'OTel-OTLP-Exporter-chaos-proxy',
        ...this.#address.headers,
        ...headers,
        'content-length': length,
        // Where the way to the collector leads through a proxy that makes spans.
        traceparent: unsampled,
        tracestate: EXPORT_STATE,
      },
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function readAnswer(response: IncomingMessage, end: (posted: Posted) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const whole = (): void =>
    end({
      status: response.statusCode!,
      retryAfter: response.headers['retry-after'],
      body: Buffer.concat(chunks),
    })
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk)
    else {
      chunks.length = 0
      whole()
      response.destroy()
    }
  })
  response.on('end', whole)
  response.on('error', error => end({ failed: error.message }))
}
