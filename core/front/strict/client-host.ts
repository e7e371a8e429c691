// thread: edge
import type { HttpDate } from '../../http1/response-head.js'
import type { DownstreamHandler } from '../downstream.js'
import type { ClientConnection } from './client-connection.js'

/** Times in ms; sizes in bytes. */
export interface ClientLimits {
  readonly maxHeaderBytes: number
  /** From the first byte of a header section, or from the start of a connection, to the end of the section. */
  readonly headerTimeoutMs: number
  /** Silence in a request body, or of a client that takes nothing of its answer. */
  readonly idleTimeoutMs: number
  readonly keepAliveMs: number
}

/** What the connections of an edge share. */
export interface ClientHost {
  readonly handler: DownstreamHandler
  readonly limits: ClientLimits
  readonly date: HttpDate
  /** Epoch ms, for `Date`. */
  now(): number
  /** ms, never set back; moved by the sweep, so good to a fraction of a second. */
  readonly tickMs: number
  /** Connections end with the answer under way. */
  readonly draining: boolean
  readonly secure: boolean
  onClosed(connection: ClientConnection): void
}
