// thread: learner
// Parameters of queries that change nothing: cache-busters, click ids, nonces. Found by evidence, route by route: each answer is
// held against the last one to a question that is equal but for parameters whose values never come twice.
import type { JsonNode } from '../../core/contract/json.js'
import type { IgnoredParam } from '../../core/contract/lesson.js'
import { decodePart } from '../../core/contract/query-params.js'
import { canonicalQuery, paramsNamed, withoutParams } from '../../core/contract/request-key.js'
import type { VolatileMap } from '../../core/contract/volatile.js'
import { withoutVolatile } from '../../core/contract/without-volatile.js'
import { type ComparedAnswer, fingerprintOf } from './fingerprint.js'
import { ParamEvidence, type SavedParam } from './param-evidence.js'
import { type SavedVolatile, VolatileLeaves } from './volatile.js'

export interface SeenQuestion {
  /** All that it says beside its query. */
  readonly name: string
  /** As it was sent. */
  readonly query: string
  readonly startedAt: number
  readonly completedAt: number
  readonly answer: ComparedAnswer
  /** Under which the answer is about to be kept. */
  readonly key: string
}

export interface Circumstances {
  /** When anything was written last: what differs from an answer of before may differ for that. */
  readonly writtenAt: number
  /** Leaves of this route that are known to be made anew each time. */
  readonly volatile: VolatileMap | undefined
  /** An answer of before. */
  kept(key: string): ComparedAnswer | undefined
}

interface RouteParams {
  readonly params: Map<string, ParamEvidence>
  /** Those that were seen to change the answer. */
  readonly selecting: Set<string>
  /**
   * With such a parameter no question comes twice, so that what is new in each answer shows in no repeat; but it does show in
   * what is looked at here.
   */
  volatile: VolatileLeaves
  pairs: number
  mask: { own: VolatileMap | undefined; known: VolatileMap | undefined; both: VolatileMap | undefined } | undefined
}

interface LastAnswer {
  readonly key: string
  readonly values: ReadonlyMap<string, string>
  readonly startedAt: number
  readonly completedAt: number
  readonly hash: string
  readonly mask: VolatileMap | undefined
  /** Of other answers before it. */
  readonly earlier: readonly string[]
}

export type SavedInertParams = readonly (readonly [
  routeId: string,
  params: readonly (readonly [string, SavedParam])[],
  selecting: readonly string[],
  volatile: SavedVolatile,
  pairs: number,
])[]

/** Whoever asks makes up names as he likes. */
const MAX_PAIRS = 64
const MAX_NAME_CHARS = 128
const MAX_PARAMS = 32
const MAX_SELECTING = 64
const MAX_ROUTES = 4096
const MAX_QUESTIONS = 8192
const MAX_EARLIER = 8
/** Pairs of answers that show what is volatile, before any is judged. */
const FIRST_PAIRS = 3
/** Other routes that must ignore a name, before less evidence is enough. */
const LENDERS = 2
/** What is shorter stands in an answer by chance. */
const MIN_ECHO_CHARS = 6
/** Leaves, or octets of what is no JSON, that an answer must have to say much. */
const MUCH_LEAVES = 3
const MUCH_LEAVES_BESIDE_NOTHING = 8
const MUCH_BYTES = 64

export class InertParams {
  /** Seen longest ago first. */
  readonly #routes = new Map<string, RouteParams>()
  readonly #last = new Map<string, LastAnswer>()
  #turn = 0

  constructor(saved: SavedInertParams = []) {
    for (const [routeId, params, selecting, volatile, pairs] of saved)
      this.#routes.set(routeId, {
        params: new Map(params.map(([name, evidence]) => [name, new ParamEvidence(evidence)])),
        selecting: new Set(selecting),
        volatile: new VolatileLeaves(volatile),
        pairs,
        mask: undefined,
      })
  }

  get isEmpty(): boolean {
    return this.#routes.size === 0
  }

  /** Names that take no part in the identity of requests of this route. */
  ignoredOn(routeId: string): ReadonlySet<string> {
    const route = this.#routes.get(routeId)
    return route === undefined ? none : namesOf(route, ({ standing }) => standing === 'ignored')
  }

  taught(routeId: string): readonly IgnoredParam[] | undefined {
    const route = this.#routes.get(routeId)
    if (route === undefined) return undefined
    const ignored = [...route.params].filter(([, { standing }]) => standing === 'ignored')
    if (ignored.length === 0) return undefined
    return ignored.map(([name, { seen, equal }]) => ({ name, seen: Math.round(seen), equal }))
  }

  /** A question of this route was answered. */
  observe(routeId: string, asked: SeenQuestion, of: Circumstances): void {
    if (asked.query === '' && !this.#routes.has(routeId)) return
    const route = this.#routeOf(routeId)
    this.#sight(route, asked.query)
    const doubtful = namesOf(route, evidence => evidence.isInDoubt)
    if (doubtful.size === 0) return
    const values = new Map<string, string>()
    for (const [name, value] of paramsNamed(asked.query, doubtful))
      values.set(name, `${values.has(name) ? `${values.get(name)}&` : ''}${value}`)
    this.#noteEchoes(route, values, asked.answer)
    const question = `${routeId}\n${asked.name}\n${canonicalQuery(withoutParams(asked.query, doubtful))}`
    const last = this.#last.get(question)
    if (last !== undefined && asked.completedAt < last.completedAt) return
    const mask = maskOf(route, of.volatile)
    const hash = fingerprintOf(asked.answer, mask)
    const earlier = last === undefined ? [] : this.#compare(route, { ...asked, values, hash, mask }, last, of)
    this.#last.delete(question)
    const { key, startedAt, completedAt } = asked
    this.#last.set(question, { key, values, startedAt, completedAt, hash, mask, earlier })
    if (this.#last.size > MAX_QUESTIONS) this.#last.delete(this.#last.keys().next().value!)
    for (const name of doubtful) this.#settle(routeId, route, name)
  }

  /** Requests with this query that were answered as before, and counted. */
  repeated(routeId: string, query: string, times: number): void {
    const route = this.#routes.get(routeId)
    if (route === undefined || query === '') return
    for (const [name, value] of pairsOf(query)) route.params.get(name)?.sighted(value, times)
  }

  /** `from` became part of `to`. What either of them has proven holds. */
  move(from: string, to: string): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    this.#routes.delete(from)
    const into = this.#routeOf(to)
    for (const name of old.selecting) this.#select(into, name)
    for (const [name, evidence] of old.params)
      if (!into.selecting.has(name) && (!into.params.has(name) || evidence.standing === 'ignored'))
        into.params.set(name, evidence)
    if (into.volatile.isEmpty) into.volatile = old.volatile
  }

  /** A part of `from` is a route of its own. */
  split(from: string, to: string): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    const { params, selecting, volatile } = old
    this.#routes.set(to, {
      params: new Map([...params].map(([name, evidence]) => [name, new ParamEvidence(evidence.toJSON())])),
      selecting: new Set(selecting),
      volatile: new VolatileLeaves(volatile.toJSON()),
      pairs: old.pairs,
      mask: undefined,
    })
  }

  toJSON(): SavedInertParams {
    return [...this.#routes].map(
      ([id, { params, selecting, volatile, pairs }]) =>
        [
          id,
          [...params].map(([name, evidence]) => [name, evidence.toJSON()] as const),
          [...selecting],
          volatile.toJSON(),
          pairs,
        ] as const,
    )
  }

  #routeOf(routeId: string): RouteParams {
    const route = this.#routes.get(routeId) ?? {
      params: new Map(),
      selecting: new Set(),
      volatile: new VolatileLeaves(),
      pairs: 0,
      mask: undefined,
    }
    this.#routes.delete(routeId)
    this.#routes.set(routeId, route)
    if (this.#routes.size > MAX_ROUTES) this.#routes.delete(this.#routes.keys().next().value!)
    return route
  }

  #sight(route: RouteParams, query: string): void {
    for (const [name, value] of pairsOf(query)) {
      if (route.selecting.has(name)) continue
      let evidence = route.params.get(name)
      if (evidence === undefined) {
        if (route.params.size >= MAX_PARAMS && !this.#makeRoom(route)) continue
        evidence = new ParamEvidence()
        route.params.set(name, evidence)
      }
      evidence.sighted(value)
    }
  }

  /** The one that was seen least goes; of several, each in turn: a name that comes again may by then have been seen more often. */
  #makeRoom({ params }: RouteParams): boolean {
    const open = [...params].filter(([, { standing }]) => standing === 'open')
    const least = Math.min(...open.map(([, { seen }]) => seen))
    const leaving = open.filter(([, { seen }]) => seen === least)
    const left = leaving[this.#turn++ % leaving.length]
    return left !== undefined && params.delete(left[0])
  }

  #noteEchoes(route: RouteParams, values: ReadonlyMap<string, string>, { headers, body }: ComparedAnswer): void {
    for (const [name, value] of values) {
      if (value.length < MIN_ECHO_CHARS) continue
      const decoded = decodePart(value, true)
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      const isThere = (text: string): boolean => bytes.includes(text) || headers.some(field => field.includes(text))
      if (!isThere(value) && !isThere(decoded)) continue
      const evidence = route.params.get(name)
      evidence?.echoed()
      if (evidence?.standing === 'selects') this.#select(route, name)
    }
  }

  /** Judges the answer beside the last one; the answers before it that another one may go back to. */
  #compare(
    route: RouteParams,
    now: SeenQuestion & { values: ReadonlyMap<string, string>; hash: string; mask: VolatileMap | undefined },
    last: LastAnswer,
    of: Circumstances,
  ): readonly string[] {
    const differing = [...new Set([...last.values.keys(), ...now.values.keys()])].filter(
      name => last.values.get(name) !== now.values.get(name) && route.params.has(name),
    )
    const before = last.mask === now.mask && last.hash === now.hash ? undefined : of.kept(last.key)
    const isEqual = last.mask === now.mask ? last.hash === now.hash : isEqualUnder(now, before)
    if (differing.length > 0) {
      route.pairs += 1
      this.#learnVolatile(route, now, before, last)
    }
    if (isEqual === undefined) return []
    if (isEqual) {
      const saysMuch = now.answer.status === 200 && isMuch(now.answer, now.mask)
      for (const name of differing) route.params.get(name)?.agreed(saysMuch)
      return last.mask === now.mask ? last.earlier : []
    }
    // Data may have changed in between, and answers that were under way together come in any order.
    if (last.startedAt <= of.writtenAt || now.startedAt < last.completedAt || differing.length === 0) return []
    if (route.pairs <= FIRST_PAIRS) return []
    const isBack = last.mask === now.mask && last.earlier.includes(now.hash)
    // What has proven to change nothing is to blame where nothing else can be.
    const open = differing.filter(name => route.params.get(name)?.standing === 'open')
    const suspects = open.length > 0 ? open : differing
    const [only] = suspects
    if (only === undefined || suspects.length > 1) for (const name of suspects) route.params.get(name)?.doubted()
    else {
      const evidence = route.params.get(only)
      if (isBack) evidence?.proven()
      else evidence?.changed(now.completedAt)
      if (evidence?.standing === 'selects') this.#select(route, only)
    }
    return [...(last.mask === now.mask ? last.earlier : []), last.hash].slice(-MAX_EARLIER)
  }

  #learnVolatile(
    route: RouteParams,
    { answer, startedAt, completedAt }: SeenQuestion,
    before: ComparedAnswer | undefined,
    last: LastAnswer,
  ): void {
    if (before === undefined || before.status !== answer.status || !route.volatile.takesRepeat()) return
    route.volatile.observe({
      old: { headers: before.headers, json: before.json },
      now: { headers: answer.headers, json: answer.json },
      times: { seenAt: last.completedAt, startedAt, completedAt },
      unchanged: 0,
    })
  }

  #settle(routeId: string, route: RouteParams, name: string): void {
    // Where more were seen to select than are remembered, any may be one of them.
    if (route.selecting.size < MAX_SELECTING) route.params.get(name)?.settle(() => this.#isLent(routeId, name))
  }

  #isLent(routeId: string, name: string): boolean {
    let lenders = 0
    for (const [id, { params, selecting }] of this.#routes) {
      if (selecting.has(name)) return false
      if (id !== routeId && params.get(name)?.standing === 'ignored') lenders += 1
    }
    return lenders >= LENDERS
  }

  #select(route: RouteParams, name: string): void {
    route.params.delete(name)
    if (route.selecting.size < MAX_SELECTING) route.selecting.add(name)
  }
}

const none: ReadonlySet<string> = new Set()

function namesOf(route: RouteParams, holds: (evidence: ParamEvidence) => boolean): ReadonlySet<string> {
  let names: Set<string> | undefined
  for (const [name, evidence] of route.params)
    if (holds(evidence)) {
      names ??= new Set()
      names.add(name)
    }
  return names ?? none
}

/** A name that comes twice has both of its values. */
function pairsOf(query: string): Map<string, string> {
  const values = new Map<string, string>()
  if (query === '') return values
  for (const pair of query.split('&', MAX_PAIRS)) {
    const mark = pair.indexOf('=')
    if (mark < 1 || mark > MAX_NAME_CHARS) continue
    const name = pair.slice(0, mark)
    const value = pair.slice(mark + 1)
    const known = values.get(name)
    values.set(name, known === undefined ? value : `${known}&${value}`)
  }
  return values
}

/** Leaves that either knows of. The same object until one of them knows more. */
function maskOf(route: RouteParams, known: VolatileMap | undefined): VolatileMap | undefined {
  const own = route.volatile.map
  if (route.mask === undefined || route.mask.own !== own || route.mask.known !== known) {
    const others = own === undefined ? [] : (known?.leaves ?? []).filter(({ at }) => !own.leaves.some(l => l.at === at))
    const both = own === undefined ? known : others.length === 0 ? own : { leaves: [...own.leaves, ...others] }
    route.mask = { own, known, both }
  }
  return route.mask.both
}

/** Undefined: the one before is not there any more. */
function isEqualUnder(
  { answer, hash, mask }: { answer: ComparedAnswer; hash: string; mask: VolatileMap | undefined },
  before: ComparedAnswer | undefined,
): boolean | undefined {
  if (before === undefined) return undefined
  return before.status === answer.status && fingerprintOf(before, mask) === hash
}

/**
 * Answers of no content are equal for want of any: none found, nothing changed since. That they are equal says nothing of what
 * was asked.
 */
function isMuch({ json, body }: ComparedAnswer, mask: VolatileMap | undefined): boolean {
  if (json === undefined) return body.length >= MUCH_BYTES
  let leaves = 0
  let isEmptySomewhere = false
  const walk = (node: JsonNode): void => {
    if (node.kind === 'array') {
      isEmptySomewhere ||= node.items.length === 0
      for (const item of node.items) walk(item)
    } else if (node.kind === 'object') for (const [, child] of node.entries) walk(child)
    else if (node.kind !== 'literal' && (node.kind !== 'string' || node.value !== '')) leaves += 1
  }
  walk(withoutVolatile(json, mask))
  return leaves >= (isEmptySomewhere ? MUCH_LEAVES_BESIDE_NOTHING : MUCH_LEAVES)
}
