// thread: learner
// What the model is told: an answer that was seen, a record that was written.
import type { JsonNode } from '../../core/contract/json.js'
import type { RecordType } from './records.js'
import type { JsonObject } from './tree.js'

/** An answer as the world sees it. */
export interface Observation {
  /** Of the exemplar that keeps this answer; undefined: none does. */
  readonly key?: string
  readonly path: string
  readonly query: string
  /** Parameters that were left out of the query, see Exemplar.ignored. */
  readonly ignored?: readonly string[] | undefined
  readonly params: readonly string[]
  /** Body of the question where it was a JSON one. */
  readonly asked: JsonNode | undefined
  readonly scope: string
  readonly at: number
  readonly status: number
  /** Flat, lower-case names. */
  readonly headers: readonly string[]
  readonly body: JsonNode
}

/** A record came, changed or went. */
export interface RecordWrite {
  readonly type: RecordType
  /** Whose the record is. */
  readonly scope: string
  readonly id: string
  readonly at: number
  /** Undefined: it was not there, or not known. */
  readonly before: JsonObject | undefined
  /** Undefined: it is gone, or what it is now is not known. */
  readonly after: JsonObject | undefined
  /** What `after` does not have the record may have all the same. */
  readonly isPartial?: boolean
  /**
   * `unsure`: what it is now is not known. `doubtful`: nor is whether it is still there. `nameless`: it was made, as far as is
   * known, and nobody said under which identifier.
   */
  readonly kind: 'made' | 'changed' | 'gone' | 'unsure' | 'doubtful' | 'nameless'
}
