// thread: any
// Which circuit a request belongs to: a number, so that the path of a request looks nothing up but its route, which it looks up
// anyway. There are so many and no more: no client can make the board grow.
import type { LessonRoute } from './lesson.js'

/** All upstreams together. What never reached them (refused, no name, no path) counts here and at no route. */
export const UPSTREAM_CIRCUIT = 0
/** For requests of no learned route: told apart by the shape of their path. */
export const SHAPE_CIRCUITS = 64
/** For learned routes; those beyond go by their shape. */
export const ROUTE_CIRCUITS = 256
export const FIRST_ROUTE_CIRCUIT = 1 + SHAPE_CIRCUITS
export const CIRCUITS = FIRST_ROUTE_CIRCUIT + ROUTE_CIRCUITS

/** `GET /users/{id}`: what a circuit is kept under, from lesson to lesson. */
export function circuitName({ method, pattern }: LessonRoute): string {
  return `${method} ${pattern}`
}

const SLASH = 0x2f
/** A longer segment is no word. */
const WORD_LENGTH = 32

/**
 * The circuit of a request whose route was never learned. A segment with a digit in it, or a long one, stands for any such:
 * `/orders/7` and `/orders/8` share a circuit before anybody knows their route. Different shapes may share one, too.
 */
export function shapeCircuitOf(method: string, path: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < method.length; i++) hash = mixed(hash, method.charCodeAt(i))
  let before = hash
  let length = 0
  let isWord = true
  for (let i = 0; i <= path.length; i++) {
    const code = i < path.length ? path.charCodeAt(i) : SLASH
    if (code !== SLASH) {
      hash = mixed(hash, code)
      length += 1
      if (length > WORD_LENGTH || (code >= 0x30 && code <= 0x39)) isWord = false
      continue
    }
    hash = mixed(isWord ? hash : mixed(before, 0x2a), SLASH)
    before = hash
    length = 0
    isWord = true
  }
  return 1 + ((hash ^ (hash >>> 16)) & (SHAPE_CIRCUITS - 1))
}

function mixed(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}
