// thread: any
// One request and its answer: which connection it is on, what of it was sent, how long it has been waiting for what.
import type { Buffer } from 'node:buffer'
import type { Clock } from '../clock/clock.js'
import { type FaultCode, faultOfStatus } from '../contract/faults.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { Tunnel } from '../http1/tunnel.js'
import type { Carried, Connection } from './connection.js'
import type { Choice, Seeker } from './pool.js'
import { RequestBody } from './request-body.js'
import type { Upstream } from './upstream.js'
import type { ClientOptions, ResponseSink, UpstreamCall, UpstreamRequest } from './upstream-call.js'

/** Finds connections for calls. */
export interface CallOwner {
  readonly options: ClientOptions
  readonly clock: Clock
  /** The next upstream, or a fault where `call` has tried all. Nothing was sent. */
  goOn(call: Call, code: FaultCode): void
  /** As `goOn`, but it was sent already. */
  repeatElsewhere(call: Call, code: FaultCode): void
  /** Another upstream that is ready, or else the same one, on another connection. */
  repeat(call: Call, upstream: Upstream): void
}

enum Waits {
  /** For a connection. */
  Connection,
  /** For the body from downstream: no time of ours. */
  Request,
  /** For the upstream to take what was written. */
  Drain,
  Head,
  Body,
  /** For downstream, which paused it. */
  Resume,
  Done,
}

/** Most calls go to one upstream only: they share this list. */
const none: readonly Upstream[] = []

export class Call implements UpstreamCall, Carried, Seeker {
  readonly request: UpstreamRequest
  /** Upstreams that it has been at, in vain. */
  tried: readonly Upstream[] = none
  /** For which list of upstreams its head was made; see UpstreamClient. */
  readonly headFor: number
  connectedAt = 0
  sentAt = 0
  headAt = 0
  wasBegun = false
  readonly #owner: CallOwner
  /** Where it is now. */
  #upstream: Upstream | undefined
  /** Of the upstream, when it came there. */
  #era = 0
  /** The upstream answered with a status that is a failure. */
  #failedByStatus = false
  readonly #sink: ResponseSink
  #waits: Waits = Waits.Connection
  #since = 0
  #connection: Connection | undefined
  #repeats = 0
  /** The head has been written: the upstream may act on the request. */
  #begun = false
  #ended: boolean
  /** Undefined: none. */
  readonly #body: RequestBody | undefined
  /** The caller was told to wait. */
  #owesDrain = false

  constructor(owner: CallOwner, request: UpstreamRequest, sink: ResponseSink, headFor: number) {
    this.#owner = owner
    this.request = request
    this.headFor = headFor
    this.#sink = sink
    this.#body = request.bodyLength === 0 ? undefined : new RequestBody(request.bodyLength, request.repeatable)
    this.#ended = this.#body === undefined
  }

  get requestSent(): boolean {
    return this.#ended
  }

  /** Which connections are good enough for it. */
  get choice(): Choice {
    if (this.#repeats > 0) return 'proven'
    return this.request.repeatable ? 'any' : 'recent'
  }

  // ── the upstream ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends it to `upstream`, as soon as a connection stands. */
  goTo(upstream: Upstream): void {
    this.#leave()
    this.#upstream = upstream
    this.#era = upstream.standing.era
    upstream.arrive()
    upstream.pool.take(this, this.choice)
  }

  #leave(): void {
    this.#upstream?.leave()
    this.#upstream = undefined
  }

  /** The upstream failed it, and is not to be asked again for it. */
  #leaveFailed(code: FaultCode): void {
    if (this.#upstream === undefined) return
    this.tried = [...this.tried, this.#upstream]
    this.#upstream.failed(code)
    this.#leave()
  }

  // ── the request ────────────────────────────────────────────────────────────────────────────────────────────────────

  start(connection: Connection): void {
    this.#connection = connection
    connection.carry(this)
    const body = this.#body
    if (body === undefined) {
      this.#begun = true
      this.wasBegun = true
      this.#waitFor(Waits.Head)
      this.connectedAt = this.#since
      connection.begin(this.request.method, this.#head(connection), false, this.request.maySwitch === true)
      return
    }
    this.#waitFor(Waits.Request)
    this.connectedAt = this.#since
    // The head waits for the first piece of the body, so that both leave together, and so that until then nothing is lost
    // with the connection.
    if (!body.awaits && !this.#ended) return
    connection.cork()
    let flows = true
    for (const chunk of body.takeAwaiting()) flows = this.#send(connection, body, chunk)
    if (this.#ended) this.#finish(connection, body)
    connection.uncork()
    if (flows && this.#owesDrain) this.#drained()
  }

  write(chunk: Buffer): boolean {
    if (this.#waits === Waits.Done || chunk.length === 0) return true
    const body = this.#body
    if (body === undefined || this.#ended) throw new Error('more request body than was announced')
    body.count(chunk.length)
    const connection = this.#connection
    let flows = false
    if (connection === undefined) body.await(chunk)
    else flows = this.#send(connection, body, chunk)
    if (!flows) this.#owesDrain = true
    return flows
  }

  end(trailers?: readonly string[]): void {
    const body = this.#body
    if (body === undefined || this.#ended || this.#waits === Waits.Done) return
    body.end(trailers)
    this.#ended = true
    if (this.#connection !== undefined) this.#finish(this.#connection, body)
  }

  /** Writes a copy: the caller may reuse `chunk`. */
  #send(connection: Connection, body: RequestBody, chunk: Buffer): boolean {
    const bytes = body.frame(this.#begun ? '' : this.#head(connection), chunk)
    const flows = this.#begun ? connection.write(bytes) : this.#begin(connection, bytes)
    if (!flows && this.#waits === Waits.Request) this.#waitFor(Waits.Drain)
    return flows
  }

  #head(connection: Connection): string {
    const { head } = this.request
    return typeof head === 'string' ? head : head(connection.address)
  }

  #begin(connection: Connection, bytes: Buffer | string): boolean {
    this.#begun = true
    this.wasBegun = true
    return connection.begin(this.request.method, bytes, true)
  }

  #finish(connection: Connection, { last }: RequestBody): void {
    if (!this.#begun) this.#begin(connection, this.#head(connection) + last)
    else if (last !== '') connection.write(last)
    // The answer may have begun before the request was whole (RFC 9112 §9.5).
    if (this.#waits === Waits.Request || this.#waits === Waits.Drain) this.#waitFor(Waits.Head)
  }

  onDrain(): void {
    if (this.#waits === Waits.Drain) this.#waitFor(Waits.Request)
    if (this.#owesDrain) this.#drained()
  }

  #drained(): void {
    this.#owesDrain = false
    this.#sink.onDrain()
  }

  onWriteFailed(): void {
    if (this.#waits === Waits.Request || this.#waits === Waits.Drain) this.#waitFor(Waits.Head)
  }

  // ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────────────

  onHead(head: ResponseHead, bodyLength: number): void {
    this.#waitFor(Waits.Body)
    this.headAt = this.#since
    this.#body?.forgetSent()
    const fault = faultOfStatus(head.status)
    if (fault !== undefined) {
      this.#failedByStatus = true
      this.#upstream?.failed(fault)
    }
    this.#sink.onHead(head, bodyLength)
  }

  onData(chunk: Buffer, last: boolean): void {
    if (this.#waits === Waits.Body) this.#since = this.#owner.clock.now()
    this.#sink.onData(chunk, last)
  }

  onInterim(status: number, reason: string, headers: readonly string[]): void {
    this.#sink.onInterim?.(status, reason, headers)
  }

  onSwitch(headers: readonly string[], tunnel: Tunnel): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#waits = Waits.Done
    this.#upstream?.succeeded(this.#era)
    // Still under way at its upstream, though on no connection of the pool.
    if (connection === undefined) this.#leave()
    else connection.onTunnelClosed = () => this.#leave()
    if (this.#sink.onSwitch === undefined) tunnel.destroy()
    else this.#sink.onSwitch(headers, tunnel)
  }

  onEnd(_reusable: boolean, trailers: string[] | undefined): void {
    this.#connection = undefined
    this.#waits = Waits.Done
    if (!this.#failedByStatus) this.#upstream?.succeeded(this.#era)
    this.#leave()
    this.#sink.onEnd(trailers)
  }

  pause(): void {
    this.#connection?.pause()
    if (this.#waits === Waits.Body) this.#waits = Waits.Resume
  }

  resume(): void {
    this.#connection?.resume()
    if (this.#waits === Waits.Resume) this.#waitFor(Waits.Body)
  }

  abort(): void {
    if (this.#waits === Waits.Done) return
    this.#waits = Waits.Done
    this.#letGo()
    this.#leave()
  }

  giveUp(code: FaultCode): void {
    if (this.#waits === Waits.Done) return
    this.#waits = Waits.Done
    this.#letGo()
    this.#leaveFailed(code)
  }

  // ── what goes wrong ────────────────────────────────────────────────────────────────────────────────────────────────

  onNoConnection(code: FaultCode): void {
    this.#tellAttempt(code)
    this.#leaveFailed(code)
    this.#owner.goOn(this, code)
  }

  onBroken(connection: Connection, code: FaultCode, received: number): void {
    this.#connection = undefined
    const begun = this.#begun
    // RFC 9112 §9.3.1: an idle connection may be closed at any time. A request that met this is sent again where nothing
    // was answered, its body is here, and a second time does no harm; or where nothing of it had been sent.
    // Bytes behind the answer before, a body after HEAD for one, are as little of an answer.
    const unheard = begun && (connection.strayed || (received === 0 && code === 'CHAOS_ERR_UPSTREAM_RESET'))
    const again = !begun || (unheard && this.request.repeatable && this.#body?.isKept !== false)
    if (again && this.#repeats < this.#owner.options.retries && this.#upstream !== undefined) {
      this.#tellAttempt(code)
      this.#repeats += 1
      this.#body?.sendAgain()
      this.#begun = false
      this.sentAt = 0
      this.#waits = Waits.Connection
      if (connection.used || !begun) {
        this.#owner.repeat(this, this.#upstream)
        return
      }
      // A connection that was new is no stale one: it is the upstream that fails.
      this.#leaveFailed(code)
      this.#owner.repeatElsewhere(this, code)
      return
    }
    const told = begun ? code : 'CHAOS_ERR_UPSTREAM_RESET'
    this.#leaveFailed(told)
    this.fail(told, begun ? received : 0)
  }

  #tellAttempt(code: FaultCode): void {
    if (this.#upstream !== undefined) this.request.attempts?.attemptFailed(this.#upstream.address, code)
  }

  sweep(now: number): void {
    const { responseTimeoutMs, idleTimeoutMs } = this.#owner.options
    const waitedMs = now - this.#since
    switch (this.#waits) {
      case Waits.Head:
        if (waitedMs >= responseTimeoutMs) this.#expire('CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
        break
      case Waits.Drain:
        if (waitedMs >= idleTimeoutMs) this.#expire('CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
        break
      case Waits.Body:
        if (waitedMs >= idleTimeoutMs) this.#expire('CHAOS_ERR_UPSTREAM_IDLE_TIMEOUT')
        break
    }
  }

  /** Ends the call with a fault. It is on no connection, waits for none, and has left its upstream. */
  fail(code: FaultCode, received: number): void {
    this.#waits = Waits.Done
    this.#sink.onFault(code, received)
  }

  #expire(code: FaultCode): void {
    const received = this.#connection?.received ?? 0
    this.#letGo()
    this.#leaveFailed(code)
    this.fail(code, received)
  }

  /** The connection cannot be used for another call now. */
  #letGo(): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#body?.forgetAwaiting()
    if (connection === undefined) this.#upstream?.pool.forget(this)
    else connection.destroy()
  }

  #waitFor(what: Waits): void {
    this.#waits = what
    this.#since = this.#owner.clock.now()
    if (what === Waits.Head) this.sentAt = this.#since
  }
}
