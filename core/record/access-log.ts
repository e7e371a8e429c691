// thread: edge
// The access log: one JSON line a request, for a share of the requests. Secrets in path and query are hashed as they are in
// the memory; header fields and bodies are never logged.
import type { FaultCode } from '../contract/faults.js'
import type { Lines } from '../log/log.js'
import type { Redactor } from './redact.js'

export interface AccessEntry {
  readonly client: string
  readonly method: string
  readonly path: string
  readonly query: string | undefined
  /** 0: nothing was sent. */
  readonly status: number
  /** Of bodies. */
  readonly bytesIn: number
  readonly bytesOut: number
  readonly durationMs: number
  /** Pattern of the learned route. */
  readonly route: string | undefined
  /** Who answered: `live`, a tier, `refused`, or `aborted` and `cut` where the client has no whole answer. */
  readonly by: string
  readonly fault: FaultCode | undefined
  /** How long the upstream took, as far as it was asked. */
  readonly upstreamMs: number | undefined
}

export interface AccessLogParts {
  readonly edge: number
  /** Share of requests that are logged, 0–1. */
  readonly share: number
  readonly redactor: Redactor
  readonly lines: Lines
  /** 0 ≤ n < 1. */
  readonly random: () => number
}

/** A line stays short enough to be written in one piece. */
const MAX_TEXT = 1024

export class AccessLog {
  readonly #parts: AccessLogParts

  constructor(parts: AccessLogParts) {
    this.#parts = parts
  }

  /**
   * Asked once a request. `failed`: the answer is a 5xx of the proxy's own, or was cut short; such requests are logged
   * whatever the share, for they are what the log is read for.
   */
  wants(failed: boolean): boolean {
    return failed || this.#parts.random() < this.#parts.share
  }

  write(entry: AccessEntry): void {
    const { edge, redactor, lines } = this.#parts
    const { client, method, path, query, status, bytesIn, bytesOut, durationMs, route, by, fault, upstreamMs } = entry
    lines.write({
      edge,
      client,
      method,
      path: short(redactor.text(path)),
      query: short(redactor.query(query).query),
      status: status === 0 ? null : status,
      bytesIn,
      bytesOut,
      durationMs: rounded(durationMs),
      route: route ?? null,
      by,
      fault,
      upstreamMs: upstreamMs === undefined ? undefined : rounded(upstreamMs),
    })
  }
}

function short<T extends string | undefined>(text: T): T | string {
  return text === undefined || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`
}

/** To the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
