// thread: any
// How a route was seen to answer those who made something there: its status, its body, its Location.
import type { JsonNode } from './json.js'
import { segmentType } from './segment-type.js'
import type { IdLook } from './temporary-id.js'
import type { TimeFormat } from './time-format.js'

export interface CreationForm {
  /** As `creationPlace` makes it of a path. */
  readonly place: string
  readonly status: number
  /** How often it was seen. */
  readonly seen: number
  readonly ids: IdLook
  /** Members that lead to the id in the body of the answer; undefined: it is not there. */
  readonly idAt?: readonly string[]
  readonly location?: LocationForm
  /** '' where the answer has no body. */
  readonly contentType: string
  /** Undefined: none, or not known. */
  readonly body?: MadeForm
}

/** `{path}` or a text of its own, what stands around the id. */
export interface LocationForm {
  readonly isBelowPath: boolean
  readonly before: string
  readonly after: string
  /** As in {@link MadeForm}. */
  readonly scope?: string
}

/** What stands at one place of the body. `scope`: it was said to this credential alone, and is for no other; undefined: to several, or to anybody. */
export type MadeForm =
  /** What was sent under these members. */
  | { readonly kind: 'sent'; readonly path: readonly string[] }
  | {
      readonly kind: 'id'
      readonly isNumber: boolean
      readonly before: string
      readonly after: string
      readonly scope?: string
    }
  | { readonly kind: 'time'; readonly format: TimeFormat }
  | { readonly kind: 'constant'; readonly node: JsonNode; readonly scope?: string }
  | {
      readonly kind: 'object'
      readonly entries: readonly (readonly [string, MadeForm])[]
      /** All that is sent under these members is answered as well, whatever it is. */
      readonly echoes?: readonly string[]
    }

/** `/users/7/orders` → `/users/{}/orders`: where things of one kind are made. */
export function creationPlace(path: string): string {
  return path
    .split('/')
    .filter(segment => segment !== '')
    .map(segment => `/${segmentType(segment) === undefined ? segment : '{}'}`)
    .join('')
}
