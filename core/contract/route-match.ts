// thread: any
import type { LessonRoute, ParamType } from './lesson.js'
import { fitsParam } from './segment-type.js'

export interface MatchedRoute {
  readonly route: LessonRoute
  /** Values of the parameters in order, not decoded. */
  readonly params: readonly string[]
}

interface Node {
  readonly constants: Map<string, Node>
  param: { type: ParamType; readonly node: Node } | undefined
  route: LessonRoute | undefined
}

/** Finds the learned route of a request. Constants go before parameters: `/users/me` beside `/users/{id}`. */
export class RouteMatcher {
  readonly #methods = new Map<string, Node>()

  constructor(routes: readonly LessonRoute[]) {
    for (const route of routes) {
      let node = this.#methods.get(route.method)
      if (node === undefined) {
        node = emptyNode()
        this.#methods.set(route.method, node)
      }
      for (const segment of route.segments) {
        node = segment.kind === 'constant' ? constantOf(node, segment.text) : paramOf(node, segment.type)
      }
      node.route = route
    }
  }

  /** `path`: octet for octet, without query. */
  match(method: string, path: string): MatchedRoute | undefined {
    const root = this.#methods.get(method)
    if (root === undefined) return undefined
    const segments = segmentsOf(path)
    const params: string[] = []
    const route = find(root, segments, 0, params)
    return route === undefined ? undefined : { route, params }
  }
}

/** `/users/7` → `['users', '7']`. An empty last segment counts: `/users/` is not `/users`. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/')
  segments.shift()
  return segments
}

function find(node: Node, segments: readonly string[], at: number, params: string[]): LessonRoute | undefined {
  if (at === segments.length) return node.route
  const segment = segments[at]!
  const constant = node.constants.get(segment)
  if (constant !== undefined) {
    const found = find(constant, segments, at + 1, params)
    if (found !== undefined) return found
  }
  if (node.param === undefined || !fitsParam(node.param.type, segment)) return undefined
  params.push(segment)
  const found = find(node.param.node, segments, at + 1, params)
  if (found === undefined) params.pop()
  return found
}

function constantOf(node: Node, text: string): Node {
  let child = node.constants.get(text)
  if (child === undefined) {
    child = emptyNode()
    node.constants.set(text, child)
  }
  return child
}

function paramOf(node: Node, type: ParamType): Node {
  node.param ??= { type, node: emptyNode() }
  return node.param.node
}

function emptyNode(): Node {
  return { constants: new Map(), param: undefined, route: undefined }
}
