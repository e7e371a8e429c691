// thread: any
// The journal of writes that were accepted while the upstream could not take them: what is kept of one, what becomes of it,
// and what is told of it.
import type { Makes } from './made-id.js'
import type { NamedId } from './temporary-id.js'

/** `sending`: the upstream may see it just now. `parked`: it waits for a person. The last two are ends. */
export const journalStates = ['pending', 'sending', 'parked', 'done', 'discarded'] as const
export type JournalState = (typeof journalStates)[number]

/** The methods whose requests can be journalled. */
export const journalledMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** A write as it arrived. Its fields hold credentials: it goes to the disk and to the upstream, and nowhere else. */
export interface JournalWrite {
  readonly method: string
  /** Path and query, octet for octet. */
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly authority: string | undefined
  readonly secure: boolean
  readonly remoteAddress: string
  /** Flat, names in lower case. */
  readonly headers: readonly string[]
  /** Whole; empty where it has none. */
  readonly body: Uint8Array
  /** The client said how long its body is, or that it is chunked: an empty one is told as such. */
  readonly hasLength: boolean
  /** Keyed hash of the credentials, '' for nobody's. */
  readonly scope: string
  /** Something of it was sent, and no answer came. */
  readonly maybeSeen: boolean
  /** Keyed hash of the credentials as later questions of the client have them; '' for nobody's. */
  readonly writer?: string
  /** It makes a thing that is named by a temporary id until it is made; undefined: it makes none, or none that could be named. */
  readonly makes?: Makes
  /** The strong ETag that the client was last shown there. */
  readonly seenTag?: string
}

/** What became of a write that was to be journalled. */
export type JournalReply =
  /** On the disk. `again`: by an earlier request with the same Idempotency-Key. */
  | {
      readonly kind: 'journalled'
      readonly id: string
      readonly state: JournalState
      readonly again: boolean
      /** Of what it makes. */
      readonly temporaryId?: string
    }
  /** No room up to CHAOS_JOURNAL_MAX_BYTES. */
  | { readonly kind: 'full' }
  /** Its Idempotency-Key belongs to another write of the same client. */
  | { readonly kind: 'reused' }
  /** The disk did not take it, or not in time. */
  | { readonly kind: 'failed' }

/** The upstream's answer to a write that was sent from the journal; `body`: its first few KiB as text. */
export interface JournalAnswer {
  readonly status: number
  readonly contentType: string
  readonly location: string
  readonly body: string
  /** Strong; undefined: it has none. */
  readonly etag?: string
}

/** One entry for people: neither fields nor body of the request. */
export interface JournalEntryStatus {
  readonly id: string
  readonly state: JournalState
  readonly method: string
  /** Without its query, which may hold secrets. */
  readonly path: string
  readonly acceptedAt: string
  /** When the state began. */
  readonly since: string
  readonly attempts: number
  /** The upstream may have seen it although it never answered. */
  readonly maybeSeen: boolean
  /** Why it is where it is; '' for nothing to be said. */
  readonly because: string
  /** Of its record on the disk. */
  readonly bytes: number
  readonly answer: JournalAnswer | null
  /** By which what it makes is named until it is made; undefined: it makes nothing that is named so. */
  readonly temporaryId?: string
  /** How it is named since. */
  readonly madeId?: string
}

/** A page of entries, oldest first; `next`: give it as `after` for the next page, null at the end. */
export interface JournalPage {
  readonly counts: Readonly<Record<JournalState, number>>
  readonly bytes: number
  readonly maxBytes: number
  readonly entries: readonly JournalEntryStatus[]
  readonly next: number | null
}

export interface JournalStatus {
  /** New writes are taken. */
  readonly takes: boolean
  readonly counts: Readonly<Record<JournalState, number>>
  readonly bytes: number
  readonly maxBytes: number
  readonly full: boolean
  /** '' while the disk takes what it is given. */
  readonly failing: string
  readonly accepted: number
  readonly refusedFull: number
  readonly refusedFailed: number
  readonly replayed: number
  /** When the oldest write that waits was accepted; null where none waits. */
  readonly oldestWaiting: string | null
}

/** What is sent to the upstream on recovery: the write with its Idempotency-Key. */
export interface ReplayWrite extends Omit<JournalWrite, 'scope' | 'maybeSeen' | 'writer' | 'seenTag'> {
  readonly id: string
}

/** How one try to replay a write went. */
export type ReplayOutcome =
  | {
      readonly kind: 'answered'
      readonly answer: JournalAnswer
      readonly retryAfterS: number
      /** How what it made is named. */
      readonly made?: NamedId
    }
  /** Surely nothing of it was seen. */
  | { readonly kind: 'unreached'; readonly because: string }
  /** It may have been seen. */
  | { readonly kind: 'lost'; readonly because: string }
  /** The circuit had no place for it: it was not tried. */
  | { readonly kind: 'held' }
