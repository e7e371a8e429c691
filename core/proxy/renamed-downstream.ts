// thread: edge
// A request whose target names a thing by the temporary id that its client was given, once the thing is made: it is asked for
// by its real one.
import type { FieldLines } from '../contract/header-section.js'
import { splitTarget } from '../contract/target.js'
import { type NamedId, withRealIdsInUrl } from '../contract/temporary-id.js'
import type { Downstream, DownstreamEvents, DownstreamRequest } from '../front/downstream.js'
import type { Tunnel } from '../http1/tunnel.js'

/** The same downstream where its target names none of them. */
export function renamedDownstream(downstream: Downstream, real: ReadonlyMap<string, NamedId>): Downstream {
  const { target } = downstream.request
  const now = withRealIdsInUrl(target, real)
  return now === target ? downstream : new RenamedDownstream(downstream, now)
}

class RenamedDownstream implements Downstream {
  readonly request: DownstreamRequest
  readonly #of: Downstream

  constructor(of: Downstream, target: string) {
    this.#of = of
    const { method, version, authority, headers, section, remoteAddress, secure } = of.request
    this.request = {
      method,
      target,
      ...splitTarget(target),
      version,
      authority,
      headers,
      section,
      remoteAddress,
      secure,
    }
  }

  listen(events: DownstreamEvents, bodyLength: number): void {
    this.#of.listen(events, bodyLength)
  }

  proceed(): void {
    this.#of.proceed()
  }

  pauseBody(): void {
    this.#of.pauseBody()
  }

  resumeBody(): void {
    this.#of.resumeBody()
  }

  respond(
    status: number,
    reason: string,
    headers: FieldLines,
    body: Uint8Array | undefined,
    bodyLength: number,
    close?: boolean,
  ): void {
    this.#of.respond(status, reason, headers, body, bodyLength, close)
  }

  start(status: number, reason: string, headers: FieldLines, bodyLength: number): void {
    this.#of.start(status, reason, headers, bodyLength)
  }

  write(chunk: Buffer): boolean {
    return this.#of.write(chunk)
  }

  end(trailers?: readonly string[]): void {
    this.#of.end(trailers)
  }

  inform(status: number, reason: string, headers: readonly string[]): void {
    this.#of.inform(status, reason, headers)
  }

  switchProtocols(headers: readonly string[]): Tunnel | undefined {
    return this.#of.switchProtocols(headers)
  }

  cut(): void {
    this.#of.cut()
  }
}
