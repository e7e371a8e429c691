// thread: any
import type { Template } from './template.js'

/** A stored real exchange that a ghost may answer from. */
export interface Exemplar {
  readonly key: string
  readonly baseKey: string
  readonly method: string
  readonly path: string
  /** Without the parameters that were left out of it. */
  readonly query: string
  /**
   * Parameters that stood in the request and were left out of its query, for they change nothing: it may be used only as long
   * as that is believed of all of them. Undefined: there were none.
   */
  readonly ignored?: readonly string[]
  /** What the request had in the fields that selected this answer; see Exchange.selected. */
  readonly selected?: readonly string[]
  /** What the request had in the fields by which forms are chosen, whether they selected anything or not; flat, as `selected`. */
  readonly negotiated?: readonly string[]
  /** Redacted; empty for a request without one. */
  readonly requestBody: Uint8Array
  readonly scope: string
  readonly shared: boolean
  readonly routeId: string
  readonly status: number
  /** Flat, lower-case names; see Exchange.headers. */
  readonly headers: readonly string[]
  /** When this very answer was first and last seen to be true, epoch ms. */
  readonly capturedAt: number
  readonly lastSeenAt: number
  /** When a write touched something that it shows, epoch ms; undefined: none was seen since. */
  readonly staleAt?: number
  readonly seen: number
  readonly redactions: number
  readonly body: Uint8Array
}

/** Stands where an exemplar was known and is no longer true: a write went through to the same target. */
export interface Tombstone {
  readonly gone: true
  /** Completion of the write, epoch ms. */
  readonly at: number
  /** `PUT /users/7` */
  readonly because: string
}

/** A distinct request shape with its embedding. */
export interface StoredVector {
  /** Hash of partition and text. */
  readonly textKey: string
  readonly text: string
  /** Requests in different partitions never answer each other; see brain/text.ts. */
  readonly partition: string
  /** Name of the embedder; vectors of another embedder are not comparable. */
  readonly embedder: string
  readonly exemplarKey: string
  readonly vector: Float32Array
}

/** What every thread may do. Reads see what was committed before them. */
export interface MemoryReader {
  /** The exemplar or tombstone of an identity. */
  exemplar(key: string): Exemplar | Tombstone | undefined
  /** Request fields that select among the answers of a base identity; undefined where `Vary` was never seen. */
  vary(baseKey: string): readonly string[] | undefined
  template(routeId: string): Template | undefined
  close(): Promise<void>
}

/** What the one writer may do besides: the learner. A batch is committed whole or not at all. */
export interface MemoryWriter extends MemoryReader {
  /** Runs `work` in one transaction and resolves when it is committed. */
  batch(work: () => void): Promise<void>
  putExemplar(exemplar: Exemplar): void
  putVary(baseKey: string, fields: readonly string[]): void
  putTemplate(template: Template): void
  removeTemplate(routeId: string): void
  /**
   * Replaces every exemplar of this path (any scope, any method) by a tombstone; answers how many. `query`: only those with
   * this very query; undefined: with any. `seenUntil`: what was seen later knows of the write already, epoch ms.
   */
  bury(path: string, tombstone: Tombstone, query?: string, seenUntil?: number): number
  /** A write touched something that this exemplar shows. False: there is none, or it is gone. */
  stale(key: string, at: number): boolean
  /** Forgets what is kept under this key. */
  remove(key: string): void
  exemplarsOf(routeId: string, limit: number): Exemplar[]
  /** All that were answered at this path, whatever the query. */
  exemplarsAt(path: string): Exemplar[]
  putVector(vector: StoredVector): void
  vectors(embedder: string): Iterable<StoredVector>
  hasVector(embedder: string, textKey: string): boolean
  /** Small named states of the learner (routes, grades), as JSON text. */
  state(name: string): string | undefined
  /** All states whose name begins so; it ends with the first colon of these names. */
  states(prefix: string): Iterable<string>
  putState(name: string, json: string): void
  removeState(name: string): void
  counts(): { exemplars: number; vectors: number; bytes: number }
}

/** One thing that is kept, whatever table it is in. */
export type MemoryRow =
  | { readonly table: 'exemplars'; readonly key: string; readonly stored: Exemplar | Tombstone }
  | { readonly table: 'templates'; readonly key: string; readonly template: Template }
  | { readonly table: 'vectors'; readonly key: string; readonly stored: StoredVector }
  | { readonly table: 'state'; readonly key: string; readonly json: string }
  /** A path, or the name of a route, with the key of an exemplar behind it: `/users/7\nkey`. */
  | { readonly table: 'keys-of-path' | 'keys-of-route'; readonly key: string }

/** What the one writer may do where something is to be gone for good. */
export interface MemoryErasure extends MemoryWriter {
  /** All there is, in one look at the memory: not to be held beyond a turn of the event loop. */
  rows(): Iterable<MemoryRow>
  /** Within a batch. An exemplar takes its vectors with it. */
  erase(row: MemoryRow): void
  /**
   * What was erased is gone from the file as well: its octets are overwritten. Resolves with how many octets that were; rejects
   * with a sentence that says why it could not be done, and what to do. Nothing may be written meanwhile.
   */
  scrub(): Promise<number>
}

/** For those who look through all that is known. Any thread. */
export interface MemoryScanner {
  state(name: string): string | undefined
  /** Exemplars and tombstones behind this key, in the order of their keys. One look at the memory each. */
  after(key: string, limit: number): { readonly key: string; readonly stored: Exemplar | Tombstone }[]
  close(): Promise<void>
}
