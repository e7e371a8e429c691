// thread: any
// Where the answers of a route show records, and what its parameters mean: as much of the model as an edge needs to put a
// client's own pending writes into an answer.
import type { IdLook } from './temporary-id.js'

export interface RouteShows {
  /** Routes that show the same kind of thing have the same. */
  readonly type: string
  readonly kind: 'many' | 'one'
  /** Members that lead from the root of the body to the records. */
  readonly path: readonly string[]
  /** The member that identifies a record. */
  readonly idMember: string
  /** Undefined: ids have no look that could be imitated. */
  readonly ids?: IdLook
  /** Where the number of all rows stands; undefined: nowhere, or it is not known. */
  readonly total?: { readonly path: readonly string[] } | { readonly field: string }
  /** The member by which rows stand in order where no other order is asked for. */
  readonly order?: { readonly member: string; readonly descending: boolean }
  /** Rows in an answer to a question that does not say how many; undefined: all, or it is not known. */
  readonly pageRows?: number
  /** By name as in the query, decoded; `/0` is the first parameter of the path. What is not named here is not understood. */
  readonly inputs: readonly (readonly [string, InputMeaning])[]
}

export type InputMeaning =
  | { readonly kind: 'limit' | 'offset' | 'sort' | 'shown' | 'name' }
  | { readonly kind: 'page'; readonly first: 0 | 1 }
  /** Only rows whose member is equal to it. */
  | { readonly kind: 'equals'; readonly member: string }
