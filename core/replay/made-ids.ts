// thread: any
// Things that are made again get other ids than they were recorded with. What a replayed answer says in the place of a recorded id
// is put into the requests that follow. Pure.
//
// An id that can be nothing else (a UUID, a long number) is exchanged wherever it stands. A short one is the number of many things:
// it is exchanged in paths behind the collection in which it was made, and where a name says that it is meant.
import { type CreationForm, creationPlace } from '../contract/creation-form.js'
import { type JsonNode, parseJson, printJson } from '../contract/json.js'
import { nameAtPath, placeAbove, placeOf } from '../contract/places.js'
import { decodePart } from '../contract/query-params.js'
import { segmentType } from '../contract/segment-type.js'
import { splitTarget } from '../contract/target.js'
import { idsIn, type NamedId, withRealIds, withRealIdsInUrl } from '../contract/temporary-id.js'

/** An answer as far as ids are looked for in it. */
export interface NamingAnswer {
  /** Undefined: no JSON. */
  readonly body: JsonNode | undefined
  /** '' for none. */
  readonly location: string
}

export interface NamingRequest {
  readonly isWrite: boolean
  /** As recorded. */
  readonly path: string
  /** When it was recorded, epoch ms. */
  readonly at: number
}

/** One short id, made in a collection. */
interface Made {
  /** As `placeOf` makes it of a path: `/users`. */
  readonly collection: string
  readonly became: NamedId
}

/** Leaves that are looked at, of one answer. */
const MAX_LEAVES = 2000
/** Ids that are remembered; the oldest are forgotten first. */
const MAX_IDS = 200_000

export class MadeIds {
  readonly #creations: ReadonlyMap<string, CreationForm>
  /** When a short id was first named in a path, by collection and id: what is made later cannot have been named before. */
  readonly #firstNamed = new Map<string, number>()
  readonly #anywhere = new Map<string, NamedId>()
  readonly #short = new Map<string, Made[]>()
  #rewritten = 0

  /** `creations`: how things were seen to be made. */
  constructor(creations: readonly CreationForm[]) {
    this.#creations = new Map(creations.map(form => [form.place, form]))
  }

  /** Requests in which an id was exchanged. */
  get rewritten(): number {
    return this.#rewritten
  }

  /** A path of the recording, in the order of the recording, before anything is replayed. */
  names(path: string, at: number): void {
    const segments = path.split('/')
    for (let i = 1; i < segments.length; i++) {
      if (!isShort(segments[i]!)) continue
      const key = `${placeOf(segments.slice(0, i).join('/'))}\n${segments[i]}`
      if (!this.#firstNamed.has(key)) this.#firstNamed.set(key, at)
    }
  }

  // ── learn ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A request was answered: what the recorded answer says where the replayed one says something else. */
  learn(request: NamingRequest, recorded: NamingAnswer, replayed: NamingAnswer): void {
    const pairs: Pair[] = []
    if (recorded.body !== undefined && replayed.body !== undefined)
      pairs.push(...pairsIn(recorded.body, replayed.body, request.isWrite))
    for (const { was, is } of pairs) if (isUnmistakable(was.id) && isUnmistakable(is.id)) this.#remember(was.id, is)
    if (!request.isWrite) return
    const collection = placeOf(request.path)
    const location = this.#ofLocations(recorded.location, replayed.location)
    if (location !== undefined) {
      const { was, is, collection: behind } = location
      if (isUnmistakable(was)) this.#remember(was, is)
      else this.#rememberShort(was, { collection: behind, became: is })
    }
    const made = this.#madeBy(request, pairs)
    if (made !== undefined) this.#rememberShort(made.was.id, { collection, became: made.is })
  }

  #ofLocations(
    recorded: string,
    replayed: string,
  ): { readonly was: string; readonly is: NamedId; readonly collection: string } | undefined {
    const [was, is] = [pathOf(recorded), pathOf(replayed)]
    if (was === undefined || is === undefined) return undefined
    const [wasId, isId] = [nameAtPath(was), nameAtPath(is)]
    const collection = placeAbove(placeOf(was))
    if (wasId === isId || wasId === '' || isId === '' || collection === undefined) return undefined
    return { was: wasId, is: { id: isId, isNumber: /^\d{1,15}$/.test(isId) }, collection }
  }

  /** Of the leaves of an answer to a write, the one that is the short id of what was made; undefined: it cannot be told. */
  #madeBy({ path, at }: NamingRequest, pairs: readonly Pair[]): Pair | undefined {
    const short = pairs.filter(({ was, is }) => isShort(was.id) && isShort(is.id))
    const { idAt } = this.#creations.get(creationPlace(path)) ?? {}
    const learned = idAt && short.find(pair => pair.at.join('\n') === idAt.join('\n'))
    if (learned !== undefined) return learned
    const collection = placeOf(path)
    const named = short
      .filter(({ was }) => (this.#firstNamed.get(`${collection}\n${was.id}`) ?? -1) > at)
      .sort((a, b) => a.at.length - b.at.length)
    if (named.length > 0) return named[0]
    return short.length === 1 ? short[0] : undefined
  }

  #remember(was: string, is: NamedId): void {
    if (this.#anywhere.size >= MAX_IDS) this.#anywhere.delete(this.#anywhere.keys().next().value!)
    this.#anywhere.set(was, is)
  }

  #rememberShort(was: string, made: Made): void {
    const others = (this.#short.get(was) ?? []).filter(({ collection }) => collection !== made.collection)
    if (this.#short.size >= MAX_IDS) this.#short.delete(this.#short.keys().next().value!)
    this.#short.set(was, [...others, made])
  }

  // ── exchange ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Did `was` become `is`? Then an answer that says so is as recorded. */
  isPair(was: string, is: string): boolean {
    return this.#anywhere.get(was)?.id === is || (this.#short.get(was)?.some(({ became }) => became.id === is) ?? false)
  }

  get isEmpty(): boolean {
    return this.#anywhere.size === 0 && this.#short.size === 0
  }

  /** The target with what its ids became. */
  target(target: string): string {
    if (this.isEmpty) return target
    const { path, query } = splitTarget(target)
    const rewritten = this.#path(path)
    return query === undefined ? rewritten : `${rewritten}?${this.#query(query)}`
  }

  /** The body with what its ids became. `path`: to which it goes, as recorded. */
  body(body: string, kind: 'json' | 'form' | 'text', path: string): string {
    if (this.isEmpty || idsIn(body, { has: id => this.#anywhere.has(id) || this.#short.has(id) }).length === 0)
      return body
    if (kind === 'form') return this.#query(body)
    const root = kind === 'json' ? parseJson(body) : undefined
    if (root === undefined) return withRealIds(body, this.#anywhere)
    const rewritten = this.#node(root, undefined, placeOf(path))
    return rewritten === root ? body : printJson(rewritten)
  }

  /** To be called once for a request that went out otherwise than recorded. */
  count(): void {
    this.#rewritten += 1
  }

  #path(path: string): string {
    const segments = path.split('/')
    const rewritten = segments.map((segment, i) => {
      const made = this.#short.get(segment)
      if (made === undefined) return segment
      const above = placeOf(segments.slice(0, i).join('/'))
      const became = made.find(({ collection }) => collection === above)?.became
      return became === undefined ? segment : encodeURIComponent(became.id)
    })
    return withRealIdsInUrl(rewritten.join('/'), this.#anywhere)
  }

  #query(query: string): string {
    return query
      .split('&')
      .map(pair => {
        const at = pair.indexOf('=')
        if (at < 0) return pair
        const became = this.#meant(decodePart(pair.slice(0, at), true), decodePart(pair.slice(at + 1), true), undefined)
        if (became !== undefined) return `${pair.slice(0, at)}=${encodeURIComponent(became.id)}`
        return pair.slice(0, at + 1) + withRealIdsInUrl(pair.slice(at + 1), this.#anywhere)
      })
      .join('&')
  }

  /** `place`: of the request. The same node where nothing in it is exchanged. */
  #node(node: JsonNode, name: string | undefined, place: string): JsonNode {
    switch (node.kind) {
      case 'object': {
        let changed = false
        const entries = node.entries.map(([member, child]): [string, JsonNode] => {
          const next = this.#node(child, member, place)
          changed ||= next !== child
          return [member, next]
        })
        return changed ? { kind: 'object', entries } : node
      }
      case 'array': {
        let changed = false
        const items = node.items.map(child => {
          const next = this.#node(child, name, place)
          changed ||= next !== child
          return next
        })
        return changed ? { kind: 'array', items } : node
      }
      case 'number': {
        const became = this.#anywhere.get(node.raw) ?? this.#meant(name, node.raw, place)
        if (became === undefined) return node
        return became.isNumber ? { kind: 'number', raw: became.id } : { kind: 'string', value: became.id }
      }
      case 'string': {
        const became = this.#meant(name, node.value, place)
        const value = became?.id ?? withRealIds(node.value, this.#anywhere)
        return value === node.value ? node : { kind: 'string', value }
      }
      case 'literal':
        return node
    }
  }

  /** What a short id became, where its name says of which collection it is. */
  #meant(name: string | undefined, id: string, place: string | undefined): NamedId | undefined {
    if (name === undefined) return undefined
    return this.#short.get(id)?.find(({ collection }) => {
      if (refersTo(name, collection)) return true
      // The thing itself, in a request to it: `PUT /users/7` with {"id": 7}.
      return folded(name) === 'id' && place !== undefined && (place === collection || placeAbove(place) === collection)
    })?.became
  }
}

/** Is a member or parameter of this name likely to hold an id of that collection: `userId`, `user_id` and `user` for `/users`? */
export function refersTo(name: string, collection: string): boolean {
  const last = folded(collection.slice(collection.lastIndexOf('/') + 1))
  if (last === '') return false
  const given = folded(name)
  return [last, last.replace(/ies$/, 'y'), last.replace(/es$/, ''), last.replace(/s$/, '')].some(
    word =>
      given === word ||
      given === `${word}id` ||
      given === `${word}ids` ||
      (word.length > 2 && (given.endsWith(`${word}id`) || given.endsWith(`${word}ids`))),
  )
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

/** Few digits: many things have such a number. */
function isShort(text: string): boolean {
  return /^\d{1,8}$/.test(text)
}

/** Long and with digits in it, and one word: nothing else in a request is spelled so by chance. */
function isUnmistakable(text: string): boolean {
  if (!/^[\w-]{8,128}$/.test(text)) return false
  const type = segmentType(text)
  if (type === 'date') return false
  return type !== undefined ? !isShort(text) : /\d/.test(text) || text.length >= 20
}

function pathOf(location: string): string | undefined {
  if (location === '' || !URL.canParse(location, 'http://any')) return undefined
  return new URL(location, 'http://any').pathname
}

interface Pair {
  /** Members that lead to it. */
  readonly at: readonly string[]
  readonly was: NamedId
  readonly is: NamedId
}

/** Leaves at the same place with other values. In lists only of an answer to a write, which tells of what was sent. */
function pairsIn(recorded: JsonNode, replayed: JsonNode, inLists: boolean): Pair[] {
  const pairs: Pair[] = []
  let left = MAX_LEAVES
  const walk = (was: JsonNode, is: JsonNode, at: readonly string[]): void => {
    left -= 1
    if (left < 0) return
    if (was.kind === 'object' && is.kind === 'object') {
      const members = new Map(is.entries)
      for (const [name, child] of was.entries) {
        const other = members.get(name)
        if (other !== undefined) walk(child, other, [...at, name])
      }
    } else if (was.kind === 'array' && is.kind === 'array') {
      if (!inLists || was.items.length !== is.items.length) return
      for (const [i, child] of was.items.entries()) walk(child, is.items[i]!, [...at, String(i)])
    } else {
      const [wasId, isId] = [namedIn(was), namedIn(is)]
      if (wasId !== undefined && isId !== undefined && wasId.id !== isId.id) pairs.push({ at, was: wasId, is: isId })
    }
  }
  walk(recorded, replayed, [])
  return pairs
}

function namedIn(node: JsonNode): NamedId | undefined {
  if (node.kind === 'number') return { id: node.raw, isNumber: true }
  return node.kind === 'string' && node.value !== '' ? { id: node.value, isNumber: false } : undefined
}
