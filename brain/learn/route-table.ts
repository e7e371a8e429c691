// thread: learner
// Routes from traffic. A segment becomes a parameter on evidence: at once where it looks like an id, after several where
// many words stand in one place and the answers behind them have the same shape. Constants stay beside parameters
// (`/users/me` beside `/users/{id}`).
import { createHash } from 'node:crypto'
import type { ParamType, Segment } from '../../core/contract/lesson.js'
import { segmentsOf } from '../../core/contract/route-match.js'
import { fitsParam, segmentType } from '../../core/contract/segment-type.js'

/** So many words in one place, with answers of one shape behind them, are values of a parameter. */
const WORDS_FOR_A_PARAM = 8
/** So many, where the answers say that the word is their identifier. */
const NAMES_FOR_A_PARAM = 2
/** More constants than this in one place are values, whatever is behind them. */
const MAX_CONSTANTS = 200
/** What was answered so often is no value among many that were made up. */
const SEEN_OFTEN = 10
export const MAX_ROUTES = 5000
/** Kinds of questions to one place that have a route of their own. */
const MAX_QUESTIONS = 200
const MAX_SEGMENTS = 32
/** A word that was answered so often in a way of its own, and no other value so, is a constant. */
const TIMES_FOR_A_CONSTANT = 3
/** So much more often than in any other way must the values be answered alike. */
const USUAL_FOR_A_CONSTANT = 8
/** Values that are watched in one place. */
const MAX_ODD = 32

export interface LearnedRoute {
  readonly id: string
  readonly method: string
  readonly pattern: string
  readonly segments: readonly Segment[]
  seen: number
  exemplars: number
  lastSeenAt: number
}

/** What was learned under `from` belongs to `to` now. */
export interface MovedRoute {
  readonly from: string
  readonly to: string
}

export interface Observation {
  /** undefined: there are too many routes already. */
  readonly route: LearnedRoute | undefined
  readonly params: readonly string[]
  readonly moved: readonly MovedRoute[]
  /** The path was a value of `from` until now, and is a route of its own. */
  readonly split?: MovedRoute
}

/** One object for the place, shared by all patterns through it: when its type widens it does so in all of them. */
interface ParamSegment {
  readonly kind: 'param'
  readonly name: string
  type: ParamType
}

interface Node {
  constants: Map<string, Node>
  param: { readonly segment: ParamSegment; readonly node: Node } | undefined
  leaf: LearnedRoute | undefined
  /** Shape of the answers here; '' where they differ. */
  shape: string | undefined
  /** Answers have the segment that leads here for an identifier. */
  isNamed: boolean
  /** Of a parameter whose values are words: how most of them are answered (Boyer and Moore's vote), and those that are not. */
  usual: { shape: string; votes: number } | undefined
  odd: Map<string, { shape: string; times: number }> | undefined
}

/** A node as it is kept in memory between runs. */
interface NodeJson {
  c?: [string, NodeJson][]
  p?: [ParamType, NodeJson]
  l?: [number, number, number]
  s?: string
}

export class RouteTable {
  readonly #methods = new Map<string, Node>()
  readonly #routes = new Map<string, LearnedRoute>()

  get size(): number {
    return this.#routes.size
  }

  routes(): Iterable<LearnedRoute> {
    return this.#routes.values()
  }

  route(id: string): LearnedRoute | undefined {
    return this.#routes.get(id)
  }

  /**
   * A good answer was seen. `shape`: see shape.ts. `isNamed`: the answer itself has the last segment for an identifier, so
   * that two such words in one place are values already.
   */
  observe(method: string, path: string, shape: string, at: number, isNamed = false): Observation {
    const texts = segmentsOf(path)
    if (texts.length > MAX_SEGMENTS) return { route: undefined, params: [], moved: [] }
    if (this.#routes.size >= MAX_ROUTES || !this.#hasRoomForQuestion(method, texts)) {
      // Nothing new is taken in, on the way to a known route either.
      const known = this.match(method, path)
      if (known === undefined) return { route: undefined, params: [], moved: [] }
      known.route.seen += 1
      known.route.lastSeenAt = at
      return { ...known, moved: [] }
    }
    let root = this.#methods.get(method)
    if (root === undefined) {
      root = emptyNode()
      this.#methods.set(method, root)
    }
    const trail: Node[] = [root]
    const segments: Segment[] = []
    const params: string[] = []
    let node = root
    for (const text of texts) {
      node = this.#step(node, text, segments, params)
      trail.push(node)
    }
    const isNew = node.leaf === undefined
    node.leaf ??= this.#add(method, segments)
    node.leaf.seen += 1
    node.leaf.lastSeenAt = at
    node.shape = node.shape === undefined || node.shape === shape ? shape : ''
    node.isNamed ||= isNamed
    if (!isNew) {
      const split = this.#split(method, trail.at(-2)!, node, texts.at(-1)!, segments, shape, isNamed)
      return split === undefined
        ? { route: node.leaf, params, moved: [] }
        : { route: split, params: params.slice(0, -1), moved: [], split: { from: node.leaf.id, to: split.id } }
    }
    // A new constant somewhere on the way may be the one that makes a parameter of its like.
    for (let depth = 0; depth < trail.length - 1; depth++) {
      const moved = this.#collapse(method, trail[depth]!, segments.slice(0, depth))
      if (moved.length > 0) {
        const again = this.match(method, path)
        return { route: again?.route, params: again?.params ?? [], moved }
      }
    }
    return { route: node.leaf, params, moved: [] }
  }

  /** `/users/me` was taken for one of `/users/{id}`: its answers have another shape, which no other value has. */
  #split(
    method: string,
    parent: Node,
    node: Node,
    text: string,
    segments: readonly Segment[],
    shape: string,
    isNamed: boolean,
  ): LearnedRoute | undefined {
    if (parent.param?.node !== node || parent.param.segment.type !== 'slug' || segmentType(text) !== undefined)
      return undefined
    node.usual ??= { shape, votes: 0 }
    if (node.usual.shape === shape) {
      node.usual.votes += 1
      node.odd?.delete(text)
      return undefined
    }
    node.odd ??= new Map()
    const odd = node.odd.get(text)
    const times = odd?.shape === shape ? odd.times + 1 : 1
    if (odd === undefined && node.odd.size >= MAX_ODD) node.odd.delete(node.odd.keys().next().value!)
    node.odd.set(text, { shape, times })
    // The first of its kind speaks against what is usual, its repeats say no more.
    if (times === 1 && --node.usual.votes < 0) node.usual = { shape, votes: 1 }
    if (isNamed || times < TIMES_FOR_A_CONSTANT || node.usual.votes < USUAL_FOR_A_CONSTANT * times) return undefined
    for (const [other, { shape: like }] of node.odd) if (other !== text && like === shape) return undefined
    if (this.#routes.size >= MAX_ROUTES || parent.constants.size >= MAX_CONSTANTS) return undefined
    node.odd.delete(text)
    const child = emptyNode()
    child.shape = shape
    parent.constants.set(text, child)
    child.leaf = this.#add(method, [...segments.slice(0, -1), { kind: 'constant', text }])
    child.leaf.seen = times
    child.leaf.lastSeenAt = node.leaf!.lastSeenAt
    node.leaf!.seen -= Math.min(times, node.leaf!.seen)
    return child.leaf
  }

  /** Of questions to one place, see contract/question.ts: whoever asks can make up as many as he likes. */
  #hasRoomForQuestion(method: string, texts: readonly string[]): boolean {
    if (!isQuestion(texts.at(-1)!)) return true
    let node = this.#methods.get(method)
    for (const text of texts.slice(0, -1)) node = node?.constants.get(text) ?? node?.param?.node
    return node === undefined || node.constants.size < MAX_QUESTIONS
  }

  /** Is it a path at which everything is asked? GraphQL queries or calls were answered there; see contract/question.ts. */
  isEndpoint(path: string): boolean {
    let node = this.#methods.get('POST')
    for (const text of segmentsOf(path)) node = node?.constants.get(text) ?? node?.param?.node
    if (node !== undefined) for (const text of node.constants.keys()) if (/^#(?:query|rpc)\./.test(text)) return true
    return false
  }

  match(method: string, path: string): { route: LearnedRoute; params: string[] } | undefined {
    const root = this.#methods.get(method)
    const params: string[] = []
    const route = root === undefined ? undefined : find(root, segmentsOf(path), 0, params)
    return route === undefined ? undefined : { route, params }
  }

  toJSON(): object {
    return Object.fromEntries([...this.#methods].map(([method, node]) => [method, nodeToJson(node)]))
  }

  static fromJSON(json: unknown): RouteTable {
    const table = new RouteTable()
    for (const [method, node] of Object.entries(json as Record<string, NodeJson>))
      table.#methods.set(method, table.#restore(method, node, []))
    return table
  }

  #step(node: Node, text: string, segments: Segment[], params: string[]): Node {
    const constant = node.constants.get(text)
    if (constant !== undefined) {
      segments.push({ kind: 'constant', text })
      return constant
    }
    const type = text === '' ? undefined : segmentType(text)
    // A place that holds words as values takes further words, too.
    if (type !== undefined || (node.param !== undefined && fitsParam(node.param.segment.type, text))) {
      node.param ??= { segment: paramSegment(segments, type ?? 'slug'), node: emptyNode() }
      const { segment } = node.param
      if (type !== undefined && segment.type !== type) segment.type = widen(segment.type, type)
      segments.push(segment)
      params.push(text)
      return node.param.node
    }
    const child = emptyNode()
    node.constants.set(text, child)
    segments.push({ kind: 'constant', text })
    return child
  }

  #add(
    method: string,
    segments: readonly Segment[],
    counts: readonly [number, number, number] = [0, 0, 0],
  ): LearnedRoute {
    const pattern = patternOf(segments)
    const route: LearnedRoute = {
      id: routeId(method, pattern),
      method,
      pattern,
      segments: [...segments],
      seen: counts[0],
      exemplars: counts[1],
      lastSeenAt: counts[2],
    }
    this.#routes.set(route.id, route)
    return route
  }

  /** Makes a parameter of constants with the same shape behind them, where there are enough. */
  #collapse(method: string, node: Node, prefix: readonly Segment[]): MovedRoute[] {
    if (node.constants.size < NAMES_FOR_A_PARAM) return []
    const groups = new Map<string, string[]>()
    for (const [text, child] of node.constants) {
      const signature = signatureOf(child)
      if (text === '' || isQuestion(text) || signature === '') continue
      const group = groups.get(signature)
      if (group === undefined) groups.set(signature, [text])
      else group.push(text)
    }
    const largest = [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? []
    let texts =
      node.constants.size > MAX_CONSTANTS
        ? tooMany([...node.constants].filter(([text]) => text !== '' && !isQuestion(text)))
        : largest
    if (texts.length < WORDS_FOR_A_PARAM) {
      texts = texts.filter(text => node.constants.get(text)!.isNamed)
      if (texts.length < NAMES_FOR_A_PARAM) return []
    }
    node.param ??= { segment: paramSegment(prefix, 'slug'), node: emptyNode() }
    node.param.segment.type = 'slug'
    const moved: MovedRoute[] = []
    const target = [...prefix, node.param.segment]
    for (const text of texts) {
      const child = node.constants.get(text)!
      node.constants.delete(text)
      this.#merge(method, child, node.param.node, target, moved)
    }
    return moved
  }

  #merge(method: string, from: Node, into: Node, segments: readonly Segment[], moved: MovedRoute[]): void {
    if (from.leaf !== undefined) {
      this.#routes.delete(from.leaf.id)
      into.leaf ??= this.#add(method, segments)
      into.leaf.seen += from.leaf.seen
      into.leaf.exemplars += from.leaf.exemplars
      into.leaf.lastSeenAt = Math.max(into.leaf.lastSeenAt, from.leaf.lastSeenAt)
      moved.push({ from: from.leaf.id, to: into.leaf.id })
    }
    into.shape = into.shape === undefined || into.shape === from.shape ? from.shape : ''
    for (const [text, child] of from.constants) {
      let target = into.constants.get(text)
      if (target === undefined) {
        target = emptyNode()
        into.constants.set(text, target)
      }
      this.#merge(method, child, target, [...segments, { kind: 'constant', text }], moved)
    }
    if (from.param === undefined) return
    const { type } = from.param.segment
    into.param ??= { segment: paramSegment(segments, type), node: emptyNode() }
    const { segment } = into.param
    if (segment.type !== type) segment.type = widen(segment.type, type)
    this.#merge(method, from.param.node, into.param.node, [...segments, segment], moved)
  }

  #restore(method: string, json: NodeJson, segments: readonly Segment[]): Node {
    const node = emptyNode()
    node.shape = json.s
    if (json.l !== undefined) node.leaf = this.#add(method, segments, json.l)
    for (const [text, child] of json.c ?? [])
      node.constants.set(text, this.#restore(method, child, [...segments, { kind: 'constant', text }]))
    if (json.p !== undefined) {
      const segment = paramSegment(segments, json.p[0])
      node.param = { segment, node: this.#restore(method, json.p[1], [...segments, segment]) }
    }
    return node
  }
}

/** Stands behind a path, and tells questions to one place apart: no value of a parameter, and none of the path. */
function isQuestion(text: string): boolean {
  return text.startsWith('#')
}

export function routeId(method: string, pattern: string): string {
  return createHash('sha256').update(`${method} ${pattern}`).digest('base64url').slice(0, 12)
}

function patternOf(segments: readonly Segment[]): string {
  // Braces are no characters of a path (RFC 3986 §3.3); one that is sent so must not read like a parameter.
  const text = (segment: Segment): string =>
    segment.kind === 'param' ? `{${segment.name}}` : segment.text.replaceAll('{', '%7B').replaceAll('}', '%7D')
  const place = segments.map(text).filter(part => !isQuestion(part))
  const question = segments.map(text).find(isQuestion) ?? ''
  return (place.map(part => `/${part}`).join('') || '/') + question
}

/** `{id}`, `{id2}`: the name is for people, and must not change when the type of the values widens. */
function paramSegment(before: readonly Segment[], type: ParamType): ParamSegment {
  const count = before.filter(({ kind }) => kind === 'param').length
  return { kind: 'param', name: count === 0 ? 'id' : `id${count + 1}`, type }
}

function widen(a: ParamType, b: ParamType): ParamType {
  return a === b ? a : a === 'slug' || b === 'slug' ? 'slug' : 'opaque'
}

/** Of so many constants those that are values: not those that are asked for often, unless these are too many, too. */
function tooMany(constants: readonly (readonly [string, Node])[]): string[] {
  const rare = constants.filter(([, child]) => seenBelow(child) < SEEN_OFTEN)
  return (constants.length - rare.length > MAX_CONSTANTS / 2 ? constants : rare).map(([text]) => text)
}

function seenBelow(node: Node): number {
  let seen = node.leaf?.seen ?? 0
  for (const child of node.constants.values()) if (seen < SEEN_OFTEN) seen += seenBelow(child)
  return node.param === undefined ? seen : seen + seenBelow(node.param.node)
}

/** What is behind a constant: shapes of its answers, one level down. '' where there is nothing yet. */
function signatureOf(node: Node): string {
  const below = [...node.constants].map(([text, child]) => `${text}=${child.shape ?? ''}`).sort()
  if (node.leaf === undefined && below.length === 0 && node.param === undefined) return ''
  if (node.shape === '') return ''
  if (below.length === 0 && (node.shape ?? node.param?.node.shape) === undefined) return ''
  return `${node.shape ?? ''}|${below.join()}|${node.param === undefined ? '' : (node.param.node.shape ?? '')}`
}

function find(node: Node, segments: readonly string[], at: number, params: string[]): LearnedRoute | undefined {
  if (at === segments.length) return node.leaf
  const segment = segments[at]!
  const constant = node.constants.get(segment)
  const found = constant === undefined ? undefined : find(constant, segments, at + 1, params)
  if (found !== undefined) return found
  if (node.param === undefined || !fitsParam(node.param.segment.type, segment)) return undefined
  params.push(segment)
  const below = find(node.param.node, segments, at + 1, params)
  if (below === undefined) params.pop()
  return below
}

function nodeToJson(node: Node): NodeJson {
  return {
    ...(node.constants.size === 0
      ? {}
      : { c: [...node.constants].map(([text, child]) => [text, nodeToJson(child)] as [string, NodeJson]) }),
    ...(node.param === undefined
      ? {}
      : { p: [node.param.segment.type, nodeToJson(node.param.node)] as [ParamType, NodeJson] }),
    ...(node.leaf === undefined
      ? {}
      : { l: [node.leaf.seen, node.leaf.exemplars, node.leaf.lastSeenAt] as [number, number, number] }),
    ...(node.shape === undefined ? {} : { s: node.shape }),
  }
}

function emptyNode(): Node {
  return {
    ...{ constants: new Map(), param: undefined, leaf: undefined, shape: undefined, isNamed: false },
    ...{ usual: undefined, odd: undefined },
  }
}
