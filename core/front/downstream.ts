// thread: edge
// What the request path knows of a client, whichever front accepted it. Two implementations: uws.ts and strict/.
import type { FaultCode } from '../contract/faults.js'
import type { FieldLines, HeaderSection } from '../contract/header-section.js'
import type { Tunnel } from '../http1/tunnel.js'

/** One request as it arrived, each octet where it may stand. Nothing is decoded or normalised; header names are in lower case, order is kept. */
export interface DownstreamRequest {
  /** Case kept. */
  readonly method: string
  /** Path and query, octet for octet. */
  readonly target: string
  /** The part of `target` before the first `?`. */
  readonly path: string
  /** The part after the first `?`; undefined where there is none ('' for a bare `?`). */
  readonly query: string | undefined
  /** Of the client's protocol. */
  readonly version: '1.0' | '1.1'
  /** Host of an absolute-form target, which stands for `Host` (RFC 9112 §3.2.2); undefined for all others. */
  readonly authority: string | undefined
  /** Flat: name, value, name, value, … Values are latin1 strings. */
  readonly headers: readonly string[]
  /** The same, with room for what was worked out of it. */
  readonly section: HeaderSection
  /** `10.0.0.7`, or '' where the socket is gone already. */
  readonly remoteAddress: string
  readonly secure: boolean
}

/** What the client does after its request head. Set once, before the handler returns. */
export interface DownstreamEvents {
  /**
   * Body bytes; `chunk` is valid during the call only. Never called where the request has no body. `trailers`: with the last
   * one; flat, names in lower case, as they came; undefined where there are none.
   */
  onBody(chunk: Buffer, last: boolean, trailers?: readonly string[]): void
  /** The client has gone. Nothing may be written any more. */
  onAbort(): void
  /** Back-pressure is over: go on writing. */
  onDrain(): void
}

/**
 * One request and the way to answer it. Either `respond` once, or `start`, any number of `write`, and `end` or `cut`.
 * Calls after an abort are ignored. Every front writes its own `Date` and its own framing: `headers` must hold neither
 * Content-Length (but for answers without body, see `bodyLength`) nor Transfer-Encoding.
 */
export interface Downstream {
  readonly request: DownstreamRequest
  /** How the body is framed: 0 none, > 0 its length, -1 chunked; without one `onBody` is never called. */
  listen(events: DownstreamEvents, bodyLength: number): void
  /** The body is wanted: a client that waits to be told so goes on (RFC 9110 §10.1.1). */
  proceed(): void
  /** Stop and go on reading the request body. */
  pauseBody(): void
  resumeBody(): void
  /**
   * A whole answer; a body of up to `MAX_BORROWED_BYTES` may be overwritten once this returns. Without body (HEAD, 204, 304) pass undefined; `bodyLength` then is the Content-Length to be reported,
   * -1 for none. With `close` the connection ends after it.
   */
  respond(
    status: number,
    reason: string,
    headers: FieldLines,
    body: Uint8Array | undefined,
    bodyLength: number,
    close?: boolean,
  ): void
  /** A streamed answer; `bodyLength` -1 when it is not known. */
  start(status: number, reason: string, headers: FieldLines, bodyLength: number): void
  /** `chunk` is copied or written before this returns. False: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  /** `trailers`: flat; dropped where the front or the framing has no place for them. */
  end(trailers?: readonly string[]): void
  /** An interim answer before the final one (RFC 9110 §15.2); not for HTTP/1.0, and dropped where the front cannot. */
  inform(status: number, reason: string, headers: readonly string[]): void
  /** Answers 101: from here on the connection is a tunnel. Undefined where the front cannot. */
  switchProtocols(headers: readonly string[]): Tunnel | undefined
  /** Cuts the answer short, so that the client cannot take it for complete. */
  cut(): void
}

/** Bodies up to this size are copied or written by `respond`. */
export const MAX_BORROWED_BYTES = 16 * 1024

/** What a front calls. */
export interface DownstreamHandler {
  /** A request has arrived: `listen`, or answer it. */
  onRequest(downstream: Downstream): void
  /** What arrived is no request. The answer to be sent, after which the connection ends; it is counted. */
  refuse(code: FaultCode, detail: string): FrontRefusal
}

/** An answer that no request path composed. */
export interface FrontRefusal {
  readonly status: number
  readonly reason: string
  readonly headers: FieldLines
  readonly body: Uint8Array
}

/** What clients are shown: PEM, and the files that it was read from. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

/** The part of a front that runs in an edge thread. */
export interface EdgeFront {
  /** What main needs to hand this edge its share of the connections. */
  readonly descriptor: unknown
  /**
   * No new connections where the edge itself listens; those that are open go on, and end with their next answer. `endsIdle`:
   * those that are between two requests end now.
   */
  stopAccepting(endsIdle: boolean): void
  /** Those that are open; undefined where the front cannot tell. */
  readonly connections: number | undefined
  /**
   * Connections from now on get this certificate. Returns a descriptor that stands in the place of the old one, or undefined
   * where that one stays. Throws where it is no certificate; then nothing has changed.
   */
  renewCertificate(certificate: Certificate): unknown
  /** Closes every connection, answered or not. */
  close(): void
}
