// thread: edge
// The front where no uWebSockets.js binary loads: a plain node:http server in a single edge, which listens by itself.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Downstream, DownstreamEvents, DownstreamHandler, DownstreamRequest, EdgeFront } from './downstream.js'

export interface NodeHttpOptions {
  readonly host: string
  readonly port: number
  readonly maxHeaderBytes: number
}

/** Rejects with a sentence that says what to do where it cannot listen. */
export function openNodeHttpEdge(options: NodeHttpOptions, handle: DownstreamHandler): Promise<EdgeFront> {
  const server = createServer(
    { maxHeaderSize: options.maxHeaderBytes, keepAliveTimeout: 75_000, requestTimeout: 0, noDelay: true },
    (incoming, outgoing) => handle(new NodeDownstream(incoming, outgoing)),
  )
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(
        new Error(
          `cannot listen on ${options.host}:${options.port}: ${error.message}; free the port or set CHAOS_PORT / CHAOS_HOST`,
        ),
      ),
    )
    server.listen(options.port, options.host, () => {
      const address = server.address()
      resolve({
        descriptor: { port: typeof address === 'object' && address !== null ? address.port : options.port },
        stopAccepting: () => {
          server.close()
          server.closeIdleConnections()
        },
        close: () => {
          server.closeAllConnections()
        },
      })
    })
  })
}

class NodeDownstream implements Downstream {
  readonly request: DownstreamRequest
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  #gone = false

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    const headers: string[] = []
    for (let i = 0; i < incoming.rawHeaders.length; i += 2)
      headers.push(incoming.rawHeaders[i]!.toLowerCase(), incoming.rawHeaders[i + 1]!)
    const target = incoming.url ?? '/'
    const mark = target.indexOf('?')
    this.request = {
      method: incoming.method ?? 'GET',
      target,
      path: mark < 0 ? target : target.slice(0, mark),
      query: mark < 0 ? undefined : target.slice(mark + 1),
      headers,
      remoteAddress: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''),
      secure: false,
    }
  }

  listen(events: DownstreamEvents, body: boolean): void {
    this.#outgoing.on('close', () => {
      if (this.#gone || this.#outgoing.writableFinished) return
      this.#gone = true
      events.onAbort()
    })
    this.#outgoing.on('drain', () => events.onDrain())
    this.#outgoing.on('error', () => {})
    this.#incoming.on('error', () => {})
    if (!body) return
    // Node tells of the end only after the last chunk, so `last` comes with an empty one.
    this.#incoming.on('data', (chunk: Buffer) => events.onBody(chunk, false))
    this.#incoming.on('end', () => events.onBody(Buffer.alloc(0), true))
  }

  pauseBody(): void {
    this.#incoming.pause()
  }

  resumeBody(): void {
    this.#incoming.resume()
  }

  respond(
    status: number,
    reason: string,
    headers: readonly string[],
    body: Uint8Array | undefined,
    bodyLength: number,
    close = false,
  ): void {
    if (this.#gone) return
    this.#gone = true
    this.#head(status, reason, headers, body === undefined ? bodyLength : body.length, close)
    this.#outgoing.end(body)
  }

  start(status: number, reason: string, headers: readonly string[], bodyLength: number): void {
    if (this.#gone) return
    this.#head(status, reason, headers, bodyLength, false)
    this.#outgoing.flushHeaders()
  }

  write(chunk: Buffer): boolean {
    if (this.#gone || chunk.length === 0) return true
    return this.#outgoing.write(Buffer.from(chunk))
  }

  end(): void {
    if (this.#gone) return
    this.#gone = true
    this.#outgoing.end()
  }

  cut(): void {
    if (this.#gone) return
    this.#gone = true
    this.#outgoing.destroy()
  }

  #head(status: number, reason: string, headers: readonly string[], bodyLength: number, close: boolean): void {
    const fields = [...headers]
    if (bodyLength >= 0) fields.push('content-length', String(bodyLength))
    if (close) fields.push('connection', 'close')
    this.#outgoing.writeHead(status, reason, fields)
  }
}
