// thread: learner
// Routes from traffic. A segment becomes a parameter on evidence: at once where it looks like an id, after several where
// many words stand in one place and the answers behind them have the same shape. Constants stay beside parameters
// (`/users/me` beside `/users/{id}`); what was taken for the one becomes the other when its answers prove it, in any segment.
import { createHash } from 'node:crypto'
import type { ParamType, Segment } from '../../core/contract/lesson.js'
import { segmentsOf } from '../../core/contract/route-match.js'
import { fitsParam, segmentType } from '../../core/contract/segment-type.js'

/** So many words in one place, with answers of one shape behind them, are values of a parameter. */
const WORDS_FOR_A_PARAM = 8
/** So many, where the answers say that the word is their identifier. */
const NAMES_FOR_A_PARAM = 2
/** So many names behind a word that others have as well. */
const NAMES_IN_COMMON = 2
/** Names behind a word that are looked at. */
const MAX_PROFILE = 32
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
/** A constant that was answered so often in a row as the values beside it is one of them. */
const TIMES_FOR_A_VALUE = 6
/** After so many times to and fro it takes no longer. */
const MAX_REVISED = 5
/** Values that are watched on one route. */
const MAX_ODD = 64

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
  /** The path belonged to `from` until now; with others like it, it is of a route of its own. */
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
  /** Of a route with words as values: how most are answered (Boyer and Moore's vote), and which are not, by depth and text. */
  usual: { shape: string; votes: number } | undefined
  odd: Map<string, { shape: string; times: number }> | undefined
  /** Of a constant beside a parameter: answers in a row that had the shape that is usual there. */
  like: number
  /** How often a constant here became a value again. */
  revised: Map<string, number> | undefined
}

/** An answer on its way to the leaf of its route. */
interface Seen {
  readonly method: string
  readonly texts: readonly string[]
  /** The root, and the node behind each segment. */
  readonly trail: readonly Node[]
  readonly segments: readonly Segment[]
  readonly shape: string
  readonly isNamed: boolean
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
    const ways = waysTo(root, texts, shape)
    let node = root
    for (const [depth, text] of texts.entries()) {
      node = this.#step(node, text, segments, params, ways?.[depth] === 'param')
      trail.push(node)
    }
    const isNew = node.leaf === undefined
    node.leaf ??= this.#add(method, segments)
    node.leaf.seen += 1
    node.leaf.lastSeenAt = at
    node.shape = node.shape === undefined || node.shape === shape ? shape : ''
    node.isNamed ||= isNamed
    if (!isNew) {
      const seen: Seen = { method, texts, trail, segments, shape, isNamed }
      const split = this.#split(seen)
      if (split !== undefined) {
        const again = this.match(method, path)
        return {
          route: split,
          params: again?.params ?? [],
          moved: [],
          split: { from: node.leaf.id, to: split.id },
        }
      }
      const merged = this.#mergeBack(seen)
      if (merged === undefined) return { route: node.leaf, params, moved: [] }
      const again = this.match(method, path)
      return { route: again?.route, params: again?.params ?? [], moved: [merged] }
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

  /**
   * `/users/me/orders` was taken for one of `/users/{id}/orders`: its answers have another shape, which no other value has in
   * that place. Every parameter on the way may be the one.
   */
  #split(seen: Seen): LearnedRoute | undefined {
    const { texts, trail, segments, shape, isNamed } = seen
    const node = trail.at(-1)!
    const depths = texts.flatMap((text, depth) => (isWordOf(segments[depth]!, text) ? [depth] : []))
    if (depths.length === 0) return undefined
    node.usual ??= { shape, votes: 0 }
    if (node.usual.shape === shape) {
      node.usual.votes += 1
      for (const depth of depths) node.odd?.delete(oddKey(depth, texts[depth]!))
      return undefined
    }
    node.odd ??= new Map()
    let isFirst = true
    const odd = new Map<number, number>()
    for (const depth of depths) {
      const key = oddKey(depth, texts[depth]!)
      const known = node.odd.get(key)
      const times = known?.shape === shape ? known.times + 1 : 1
      if (times > 1) isFirst = false
      if (known === undefined && node.odd.size >= MAX_ODD) node.odd.delete(node.odd.keys().next().value!)
      node.odd.set(key, { shape, times })
      odd.set(depth, times)
    }
    // The first of its kind speaks against what is usual, its repeats say no more.
    if (isFirst && --node.usual.votes < 0) node.usual = { shape, votes: 1 }
    const votes = node.usual.votes
    const last = texts.length - 1
    const found = depths.filter(depth => {
      const times = odd.get(depth)!
      const needed = TIMES_FOR_A_CONSTANT << (trail[depth]!.revised?.get(texts[depth]!) ?? 0)
      if ((isNamed && depth === last) || times < needed || votes < USUAL_FOR_A_CONSTANT * times) return false
      for (const [key, { shape: like }] of node.odd!)
        if (key !== oddKey(depth, texts[depth]!) && key.startsWith(`${depth} `) && like === shape) return false
      return true
    })
    // Which of several it is will show with the next path that has but one of them; or never.
    const depth = found.at(-1)
    if (depth === undefined || (found.length > 1 && odd.get(depth)! < TIMES_FOR_A_CONSTANT * 4)) return undefined
    return this.#own(seen, depth, odd.get(depth)!)
  }

  /** Makes a constant of the value at this depth, on the way to this leaf alone. */
  #own({ method, texts, trail, segments, shape }: Seen, depth: number, times: number): LearnedRoute | undefined {
    const parent = trail[depth]!
    const old = trail.at(-1)!
    const text = texts[depth]!
    if (this.#routes.size >= MAX_ROUTES || parent.constants.size >= MAX_CONSTANTS) return undefined
    old.odd?.delete(oddKey(depth, text))
    let node = childOf(parent, text)
    const own: Segment[] = [...segments.slice(0, depth), { kind: 'constant', text }]
    for (const segment of segments.slice(depth + 1)) {
      if (segment.kind === 'constant') {
        node = childOf(node, segment.text)
        own.push(segment)
      } else {
        node.param ??= { segment: paramSegment(own, segment.type), node: emptyNode() }
        own.push(node.param.segment)
        node = node.param.node
      }
    }
    node.shape = shape
    node.leaf ??= this.#add(method, own)
    node.leaf.seen += times
    node.leaf.lastSeenAt = old.leaf!.lastSeenAt
    old.leaf!.seen -= Math.min(times, old.leaf!.seen)
    return node.leaf
  }

  /** A constant that is answered as the values beside it are, again and again, is one of them. */
  #mergeBack({ texts, trail, shape }: Seen): MovedRoute | undefined {
    const node = trail.at(-1)!
    const beside = besideOf(trail, texts)
    if (beside === undefined || usualShape(beside.node) !== shape) {
      node.like = 0
      return undefined
    }
    const parent = trail[beside.depth]!
    const text = texts[beside.depth]!
    const revised = parent.revised?.get(text) ?? 0
    node.like += 1
    if (node.like < TIMES_FOR_A_VALUE << revised) return undefined
    parent.revised ??= new Map()
    if (parent.revised.size >= MAX_ODD) parent.revised.delete(parent.revised.keys().next().value!)
    // What goes to and fro needs more each time.
    parent.revised.set(text, Math.min(MAX_REVISED, revised + 1))
    const [from, to] = [node.leaf!, beside.node.leaf!]
    this.#routes.delete(from.id)
    to.seen += from.seen
    to.exemplars += from.exemplars
    to.lastSeenAt = Math.max(to.lastSeenAt, from.lastSeenAt)
    node.leaf = undefined
    node.shape = undefined
    node.like = 0
    for (let depth = texts.length - 1; depth >= 0 && isBare(trail[depth + 1]!); depth--) {
      const above = trail[depth]!
      if (above.constants.get(texts[depth]!) === trail[depth + 1]) above.constants.delete(texts[depth]!)
      else above.param = undefined
    }
    return { from: from.id, to: to.id }
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

  /** `asValue`: though there is a constant of this text as well. */
  #step(node: Node, text: string, segments: Segment[], params: string[], asValue: boolean): Node {
    const constant = asValue ? undefined : node.constants.get(text)
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
    const words = [...node.constants].filter(([text]) => text !== '' && !isQuestion(text))
    const largest = alikeBySignature(words)
    const bySome = largest.length < WORDS_FOR_A_PARAM ? alikeByNames(words) : []
    let texts =
      node.constants.size > MAX_CONSTANTS ? tooMany(words) : bySome.length >= WORDS_FOR_A_PARAM ? bySome : largest
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

/** Those with just the same behind them. */
function alikeBySignature(constants: readonly (readonly [string, Node])[]): string[] {
  const groups = new Map<string, string[]>()
  for (const [text, child] of constants) {
    const signature = signatureOf(child)
    if (signature === '') continue
    const group = groups.get(signature)
    if (group === undefined) groups.set(signature, [text])
    else group.push(text)
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? []
}

/**
 * Those with several of the same names behind them, answered alike (`/acme/users`, `/acme/orders`), though not each has all of
 * them, and nothing that is answered otherwise. One name in common says nothing: each collection may have a `/count`.
 */
function alikeByNames(constants: readonly (readonly [string, Node])[]): string[] {
  const holders = new Map<string, string[]>()
  const profiles = new Map<string, ReadonlyMap<string, string>>()
  for (const [text, child] of constants) {
    const profile = profileOf(child)
    profiles.set(text, profile)
    for (const [place, shape] of profile) {
      if (!place.startsWith('/')) continue
      const key = `${place} ${shape}`
      const known = holders.get(key)
      if (known === undefined) holders.set(key, [text])
      else known.push(text)
    }
  }
  const shared = [...holders].filter(([, texts]) => texts.length >= WORDS_FOR_A_PARAM / 2)
  if (shared.length < NAMES_IN_COMMON) return []
  const common = new Map(shared.map(([key]) => [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)]))
  const own = majorityOf([...profiles.values()].flatMap(profile => profile.get('') ?? []))
  const below = majorityOf([...profiles.values()].flatMap(profile => profile.get('{}') ?? []))
  return constants.flatMap(([text]) => {
    const profile = profiles.get(text)!
    let same = 0
    for (const [place, shape] of profile) {
      const wanted = place === '' ? own : place === '{}' ? below : common.get(place)
      if (wanted !== undefined && wanted !== shape) return []
      if (place.startsWith('/') && wanted === shape) same += 1
    }
    return same >= NAMES_IN_COMMON ? [text] : []
  })
}

function majorityOf(shapes: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const shape of shapes) counts.set(shape, (counts.get(shape) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}

/** Shapes of the answers of a constant (''), of a parameter behind it (`{}`) and of constants behind it (`/name`). */
function profileOf(node: Node): ReadonlyMap<string, string> {
  const profile = new Map<string, string>()
  if (node.leaf !== undefined && node.shape !== undefined && node.shape !== '') profile.set('', node.shape)
  for (const [text, { leaf, shape }] of node.constants) {
    if (profile.size >= MAX_PROFILE) break
    if (leaf !== undefined && shape !== undefined && shape !== '' && !isQuestion(text)) profile.set(`/${text}`, shape)
  }
  const shape = node.param?.node.leaf === undefined ? undefined : node.param.node.shape
  if (shape !== undefined && shape !== '') profile.set('{}', shape)
  return profile
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

/**
 * Which way leads to a route that is known: through a constant, else as a value. A constant that leads nowhere is one where the
 * answer has another shape than those to values; then it makes a route of its own.
 */
function waysTo(root: Node, texts: readonly string[], shape: string): ('constant' | 'param')[] | undefined {
  const ways: ('constant' | 'param')[] = []
  let isPassedBy = false
  const walk = (node: Node, depth: number): Node | undefined => {
    if (depth === texts.length) return node.leaf === undefined ? undefined : node
    const text = texts[depth]!
    const constant = node.constants.get(text)
    const found = constant === undefined ? undefined : walk(constant, depth + 1)
    if (found !== undefined) {
      ways[depth] = 'constant'
      return found
    }
    if (node.param === undefined || !fitsParam(node.param.segment.type, text)) return undefined
    const below = walk(node.param.node, depth + 1)
    if (below === undefined) return undefined
    ways[depth] = 'param'
    isPassedBy ||= constant !== undefined
    return below
  }
  const leaf = walk(root, 0)
  if (leaf === undefined) return undefined
  const usual = usualShape(leaf)
  return isPassedBy && usual !== undefined && usual !== shape ? undefined : ways
}

/** The leaf that a path would lead to if one of its constants were a value of the parameter beside it; the deepest first. */
function besideOf(trail: readonly Node[], texts: readonly string[]): { node: Node; depth: number } | undefined {
  for (let depth = texts.length - 1; depth >= 0; depth--) {
    const { param, constants } = trail[depth]!
    const text = texts[depth]!
    if (param === undefined || constants.get(text) !== trail[depth + 1] || !fitsParam(param.segment.type, text))
      continue
    const node = leafBelow(param.node, texts, depth + 1)
    if (node !== undefined) return { node, depth }
  }
  return undefined
}

function leafBelow(node: Node, texts: readonly string[], depth: number): Node | undefined {
  if (depth === texts.length) return node.leaf === undefined ? undefined : node
  const text = texts[depth]!
  const constant = node.constants.get(text)
  const found = constant === undefined ? undefined : leafBelow(constant, texts, depth + 1)
  if (found !== undefined || node.param === undefined || !fitsParam(node.param.segment.type, text)) return found
  return leafBelow(node.param.node, texts, depth + 1)
}

/** Undefined: its answers have no one shape. */
function usualShape({ shape, usual }: Node): string | undefined {
  if (shape !== undefined && shape !== '') return shape
  return usual !== undefined && usual.votes >= USUAL_FOR_A_CONSTANT ? usual.shape : undefined
}

function isWordOf(segment: Segment, text: string): boolean {
  return segment.kind === 'param' && segment.type === 'slug' && segmentType(text) === undefined
}

function oddKey(depth: number, text: string): string {
  return `${depth} ${text}`
}

function childOf(node: Node, text: string): Node {
  let child = node.constants.get(text)
  if (child === undefined) {
    child = emptyNode()
    node.constants.set(text, child)
  }
  return child
}

function isBare({ leaf, constants, param }: Node): boolean {
  return leaf === undefined && constants.size === 0 && param === undefined
}

function emptyNode(): Node {
  return {
    ...{ constants: new Map(), param: undefined, leaf: undefined, shape: undefined, isNamed: false },
    ...{ usual: undefined, odd: undefined, like: 0, revised: undefined },
  }
}
