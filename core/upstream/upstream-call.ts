// thread: any
// What a call to the upstream takes, what it tells, and what may be done to it.
import type { FaultCode } from '../contract/faults.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { Tunnel } from '../http1/tunnel.js'
import type { UpstreamAddress } from './address.js'
import type { BalanceRule } from './balancing.js'
import type { EjectionRules } from './ejection.js'

export interface ClientOptions extends EjectionRules {
  /** Longest wait for a connection: for the upstream to accept one, or for one to become free. */
  readonly connectTimeoutMs: number
  /** From the end of the request to the head of its answer. */
  readonly responseTimeoutMs: number
  /** Silence in the middle of an answer, and of an upstream that does not take the rest of a request. */
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  /** To one upstream, from this client. */
  readonly maxConnections: number
  /** How often a call is sent again on another connection. */
  readonly retries: number
  /** Which of several upstreams a call goes to. */
  readonly balance: BalanceRule
  readonly tls?: UpstreamTls | undefined
}

/** All PEM. */
export interface UpstreamTls {
  /** Certificates that an upstream is checked against. Undefined: the store of Node. */
  readonly ca?: string | undefined
  /** Shown to an upstream that asks for one, with its key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export interface UpstreamRequest {
  readonly method: string
  /**
   * Whole head, latin1, ending in the empty line; framing as `bodyLength` says, no hop-by-hop fields. A function where it
   * depends on the upstream, which is not chosen yet; it may be called again.
   */
  readonly head: string | ((upstream: UpstreamAddress) => string)
  /** 0: none; > 0: known; -1: chunked, the client frames it. */
  readonly bodyLength: number
  /** May be sent again although something of it was sent (RFC 9110 §9.2.2). */
  readonly repeatable: boolean
  /** It asks for another protocol: 101 is an answer to it. No body. */
  readonly maySwitch?: boolean
  /** With the rule `hash`: requests with the same key go to the same upstream. */
  readonly balanceKey?: string | undefined
  /** Hears of attempts that fail while others may follow. Undefined: nobody asks. */
  readonly attempts?: AttemptListener | undefined
}

export interface AttemptListener {
  /** Nothing was answered. The last one that fails is told to the sink as well. */
  attemptFailed(upstream: UpstreamAddress, code: FaultCode): void
}

/** Hears `onHead`, `onData`…, `onEnd`, or `onFault` once, after which nothing comes. Never called from inside `request`. */
export interface ResponseSink {
  /** Framing fields included. `bodyLength` -1: chunked or until close. */
  onHead(head: ResponseHead, bodyLength: number): void
  /** A view on the shared read buffer: valid during the call only. `last`: `onEnd` follows at once. */
  onData(chunk: Buffer, last: boolean): void
  /** `trailers`: flat, names in lower case; undefined where there were none. */
  onEnd(trailers: string[] | undefined): void
  /** An interim answer, 100 and 101 aside. */
  onInterim?(status: number, reason: string, headers: readonly string[]): void
  /** The upstream switched protocols, in place of an answer. `tunnel` is the sink's. Nothing else comes. */
  onSwitch?(headers: readonly string[], tunnel: Tunnel): void
  /** `received`: bytes of the answer so far. */
  onFault(code: FaultCode, received: number): void
  /** The request body may go on. */
  onDrain(): void
}

/** When it came how far, on the clock of the client, ms; 0: not yet. After a repeat: on its last connection. */
export interface CallTimes {
  /** It was put on a connection; in `request` itself where one was idle. */
  readonly connectedAt: number
  /** The request was whole. Stays 0 where the answer began before that. */
  readonly sentAt: number
  /** The head of the answer was here. */
  readonly headAt: number
}

export interface UpstreamCall extends CallTimes {
  /** Something of it was written to a connection, this one or an earlier one: an upstream may act on it. */
  readonly wasBegun: boolean
  /** Copied before it returns. False: wait for `onDrain`. Throws where it is more than `bodyLength`. */
  write(chunk: Buffer): boolean
  /**
   * The body is whole. Throws where it is not as long as `bodyLength`: such a call is to be aborted. `trailers`: flat; dropped
   * where the body is not chunked.
   */
  end(trailers?: readonly string[]): void
  /** Stop and go on reading the answer. What has been read already, one read buffer at most, still comes. */
  pause(): void
  resume(): void
  /** The answer is not wanted any more: closes the connection, the sink hears nothing. No-op after the end. */
  abort(): void
  /** As `abort`, for the upstream failed it in a way that only the sink could see. */
  giveUp(code: FaultCode): void
}
