// thread: any
// A client's own write that waits in the journal, as ghosts put it into what they answer that client. Nothing in it is secret.

import type { NamedId } from './temporary-id.js'

export interface OwnWrite {
  /** Of its journal entry. */
  readonly id: string
  /** Keyed hash of the credentials of the client; never ''. */
  readonly writer: string
  readonly method: string
  readonly path: string
  /** JSON, redacted; undefined: none, another format, or too long to be kept at hand. */
  readonly body: string | undefined
  /** RFC 7396: null takes a member away. */
  readonly isMergePatch: boolean
  /** By which the thing it makes is named until it is made. */
  readonly temporary: NamedId | undefined
  readonly acceptedAt: number
  /** Its place among all entries. */
  readonly order: number
}

/** What a client's temporary id became. */
export interface MadeReal extends NamedId {
  readonly writer: string
  readonly temporaryId: string
  /** Epoch ms. */
  readonly at: number
}

/** Made things that are remembered by their temporary ids once they are there, of all clients; the oldest are forgotten first. */
export const MAX_MADE_REAL = 2000
/** For so long. */
export const MADE_REAL_MS = 24 * 3_600_000

/** What stands in the place of a secret, see record/redact.ts: it is no value. */
export const REDACTED = '[redacted]'

export interface OwnWritesNews {
  /** Grows with each message; what an edge shows is as new as the last one it has. */
  readonly version: number
  /** All that was told before is forgotten. */
  readonly isWhole: boolean
  readonly added: readonly OwnWrite[]
  /** Ids of entries that are pending no more, or are told anew. */
  readonly ended: readonly string[]
  /** Clients of whose writes not all are told, for want of room: whatever they are shown may lack one. */
  readonly crowded: readonly string[]
  readonly madeReal: readonly MadeReal[]
}
