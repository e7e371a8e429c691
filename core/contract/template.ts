// thread: any
import type { VolatileMap } from './volatile.js'

/** A part of the request from which a slot of a template is filled. */
export type SlotSource =
  | { readonly in: 'path'; readonly index: number }
  | { readonly in: 'query'; readonly name: string }

/** A response body with slots. `raw` is JSON text, so that numbers beyond 2^53 stay exact. */
export type TemplateNode =
  | { readonly kind: 'constant'; readonly raw: string }
  /** The value of a request part; `as` says whether it stands as a JSON string or as a bare number. */
  | { readonly kind: 'slot'; readonly from: SlotSource; readonly as: 'string' | 'number' }
  /** A string with request parts in it: `{"self": "/users/7"}`. */
  | { readonly kind: 'text'; readonly parts: readonly (string | SlotSource)[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, TemplateNode])[] }
  | { readonly kind: 'array'; readonly items: readonly TemplateNode[] }
  /** Differs from answer to answer and from nothing in the request: left out, never invented. */
  | { readonly kind: 'unknown' }

/** What the answers of one route have in common. */
export interface Template {
  readonly routeId: string
  readonly version: number
  readonly status: number
  /** Fields that were the same in every answer; flat, lower-case names. */
  readonly headers: readonly string[]
  readonly body: TemplateNode
  /** How the values of each parameter of the path looked, where they all looked alike (see look.ts); null: they did not. */
  readonly looks?: readonly (string | null)[]
  /** What of it is to be made anew in each answer, as of {@link STANDS_AT}; undefined: nothing is. */
  readonly volatile?: VolatileMap
  /** How many distinct exchanges it was learned from. */
  readonly learnedFrom: number
  readonly capturedAt: number
}
