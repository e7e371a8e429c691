// thread: learner
// How an API answers those who make something: seen a few times at one place it is a form, in which what was sent, the new id
// and the moment stand where they always stood. What is none of these and not always the same is left out.
import {
  type CreationForm,
  creationPlace,
  type LocationForm,
  type MadeForm,
} from '../../core/contract/creation-form.js'
import { fieldOf } from '../../core/contract/fields.js'
import type { JsonNode } from '../../core/contract/json.js'
import { REDACTED } from '../../core/contract/own-write.js'
import { nameAtPath } from '../../core/contract/places.js'
import { idLookOf } from '../../core/contract/temporary-id.js'
import { mergedFormat, readTime, type TimeFormat } from '../../core/contract/time-format.js'
import { atPath, idText, isScalar, leafCount, memberOf, sameNode } from '../world/tree.js'

/** A write that was accepted, with its bodies where they are JSON. */
export interface SeenCreation {
  readonly path: string
  readonly status: number
  readonly headers: readonly string[]
  readonly scope: string
  readonly at: number
  readonly sent: JsonNode | undefined
  readonly answered: JsonNode | undefined
  /** The member by which things are identified where they are listed at this place; undefined: it is not known. */
  readonly idMember: string | undefined
  /** Secrets were sent: they count as credentials, and of whom it is its scope does not say. */
  readonly hasSecrets: boolean
}

interface Example {
  readonly status: number
  readonly id: string
  readonly isNumber: boolean
  readonly idAt: readonly string[] | undefined
  readonly location: LocationForm | undefined
  readonly contentType: string
  readonly sent: JsonNode | undefined
  readonly answered: JsonNode | undefined
  /** Undefined: nobody knows whose. */
  readonly scope: string | undefined
  readonly at: number
}

interface Seen {
  readonly examples: Example[]
  seen: number
}

export type SavedCreations = readonly (readonly [string, Seen])[]

const MAX_PLACES = 1000
const MAX_EXAMPLES = 6
/** One answer may be as it is by chance. */
const MIN_EXAMPLES = 2
const MAX_LEAVES = 300
const MAX_DEPTH = 3
/** Of the moment of an answer, with clocks that differ. */
const NEAR_MS = 60_000

export class Creations {
  readonly #places: Map<string, Seen>
  #forms: readonly CreationForm[] | undefined

  constructor(saved: SavedCreations = []) {
    this.#places = new Map(saved)
  }

  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  toJSON(): SavedCreations {
    return [...this.#places]
  }

  /** True: there is something to teach that was not taught before. */
  learn(made: SeenCreation): boolean {
    const example = exampleOf(made)
    if (example === undefined) return false
    const place = creationPlace(made.path)
    let known = this.#places.get(place)
    if (known === undefined) {
      if (this.#places.size >= MAX_PLACES) this.#places.delete(this.#places.keys().next().value!)
      known = { examples: [], seen: 0 }
      this.#places.set(place, known)
    }
    const before = known.seen < MIN_EXAMPLES ? '' : JSON.stringify(formOf(place, known))
    known.seen += 1
    known.examples.push(example)
    if (known.examples.length > MAX_EXAMPLES) known.examples.shift()
    const form = formOf(place, known)
    if (form === undefined || JSON.stringify({ ...form, seen: known.seen - 1 }) === before) return false
    this.#forms = undefined
    return true
  }

  get taught(): readonly CreationForm[] {
    this.#forms ??= [...this.#places].flatMap(([place, seen]) => formOf(place, seen) ?? [])
    return this.#forms
  }
}

/** Undefined: nothing was made there, or nobody said how it is named. */
function exampleOf(made: SeenCreation): Example | undefined {
  const { path, status, headers, sent, answered, scope, at, idMember, hasSecrets } = made
  const location = fieldOf(headers, 'location')
  // RFC 9110 §15.3.2; some say 200, and where it is.
  if (status !== 201 && (status >= 300 || location === undefined)) return undefined
  const small = answered !== undefined && leafCount(answered) <= MAX_LEAVES ? answered : undefined
  const located = location === undefined ? undefined : idInLocation(location)
  const idAt = small === undefined ? undefined : placeOfId(small, located, idMember)
  const node = idAt === undefined ? undefined : atPath(small, idAt)
  const id = idText(node) ?? located
  if (id === undefined || id.length > 128) return undefined
  // Whoever makes it says how it is named: nothing to be made up.
  if (idAt !== undefined && idText(memberOf(sent, idAt.at(-1)!)) === id) return undefined
  return {
    status,
    id,
    isNumber: node?.kind === 'number',
    idAt,
    location: location === undefined ? undefined : locationForm(location, path, id),
    contentType: fieldOf(headers, 'content-type') ?? '',
    sent: sent !== undefined && leafCount(sent) <= MAX_LEAVES ? sent : undefined,
    answered: small,
    scope: hasSecrets ? undefined : scope,
    at,
  }
}

function idInLocation(location: string): string | undefined {
  if (!URL.canParse(location, 'http://any')) return undefined
  const { pathname, search } = new URL(location, 'http://any')
  const id = search === '' ? nameAtPath(pathname) : ''
  return id === '' ? undefined : id
}

/** `located`: the id as Location has it. */
function placeOfId(
  answered: JsonNode,
  located: string | undefined,
  idMember: string | undefined,
): readonly string[] | undefined {
  let level: (readonly [JsonNode, readonly string[]])[] = [[answered, []]]
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const found = level.flatMap(([node, path]) =>
      membersOf(node).flatMap(([name, child]) => {
        const id = idText(child)
        const fits = id !== undefined && (located === undefined ? name === idMember : id === located)
        return fits ? [[...path, name]] : []
      }),
    )
    // Which of several things it is nobody says.
    if (found.length > 1 && located === undefined) return undefined
    if (found.length > 0) return found.find(path => path.at(-1) === idMember) ?? found[0]
    level = level.flatMap(([node, path]) => membersOf(node).map(([name, child]) => [child, [...path, name]] as const))
  }
  return undefined
}

function membersOf(node: JsonNode): readonly (readonly [string, JsonNode])[] {
  return node.kind === 'object' ? node.entries : []
}

function locationForm(location: string, path: string, id: string): LocationForm | undefined {
  const below = path.replace(/\/+$/, '')
  const isBelowPath = location.startsWith(`${below}/`)
  const rest = isBelowPath ? location.slice(below.length) : location
  const spelled = encodeURIComponent(id)
  const at = rest.lastIndexOf(spelled)
  return at < 0 ? undefined : { isBelowPath, before: rest.slice(0, at), after: rest.slice(at + spelled.length) }
}

// ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function formOf(place: string, { examples, seen }: Seen): CreationForm | undefined {
  const last = examples.at(-1)
  if (last === undefined || examples.length < MIN_EXAMPLES) return undefined
  const alike = examples.filter(({ status, isNumber }) => status === last.status && isNumber === last.isNumber)
  if (alike.length < MIN_EXAMPLES) return undefined
  const ids = idLookOf([...new Set(alike.map(({ id }) => id))], last.isNumber)
  if (ids === undefined) return undefined
  const isShared = <T>(of: (example: Example) => T): boolean =>
    alike.every(example => JSON.stringify(of(example)) === JSON.stringify(of(last)))
  const told = alike.filter(({ sent, answered }) => sent !== undefined && answered !== undefined)
  const body = told.length < MIN_EXAMPLES ? undefined : bodyForm(told)
  return {
    place,
    status: last.status,
    seen,
    ids,
    ...(last.idAt !== undefined && isShared(({ idAt }) => idAt) ? { idAt: last.idAt } : {}),
    ...(last.location !== undefined && isShared(({ location }) => location) ? locationOf(alike, last.location) : {}),
    contentType: body === undefined ? '' : last.contentType,
    ...(body === undefined ? {} : { body }),
  }
}

function locationOf(examples: readonly Example[], form: LocationForm): { readonly location?: LocationForm } {
  // A path that was sent and a slash say nothing of anybody.
  if (form.isBelowPath && form.before === '/' && form.after === '') return { location: form }
  const whose = whoseIs(examples)
  return whose === undefined ? {} : { location: { ...form, ...whose } }
}

/** What was said to one credential alone may be about that one. Undefined: nobody knows whose it is. */
function whoseIs(examples: readonly Example[]): { readonly scope?: string } | undefined {
  const scopes = new Set(examples.map(({ scope }) => scope))
  if (scopes.has(undefined)) return undefined
  const [only] = scopes
  return scopes.size > 1 || scopes.has('') || only === undefined ? {} : { scope: only }
}

interface Told {
  readonly node: JsonNode
  readonly example: Example
}

function bodyForm(examples: readonly Example[]): MadeForm | undefined {
  return derive(
    examples.map(example => ({ node: example.answered!, example })),
    [],
  )
}

function derive(told: readonly Told[], path: readonly string[]): MadeForm | undefined {
  const sent = sentAt(told, path)
  if (told.every(({ node }) => node.kind === 'object') && (path.length === 0 || sent === undefined))
    return objectForm(told, path)
  if (sent !== undefined) return { kind: 'sent', path: sent }
  return idForm(told) ?? timeForm(told) ?? constantForm(told)
}

/** Members under which it was sent, in all of them. */
function sentAt(told: readonly Told[], path: readonly string[]): readonly string[] | undefined {
  return placesSent(path).find(
    at =>
      at.length > 0 &&
      told.every(({ node, example }) => {
        const sent = atPath(example.sent, at)
        return sent !== undefined && sameNode(sent, node)
      }),
  )
}

/** In the same place, or with no envelope, or in one. */
function placesSent(path: readonly string[]): readonly (readonly string[])[] {
  return [path, path.slice(1), path.slice(-1)]
}

function objectForm(told: readonly Told[], path: readonly string[]): MadeForm {
  const entries: (readonly [string, MadeForm])[] = []
  const last = told.at(-1)!.node
  if (last.kind === 'object')
    for (const [name] of last.entries) {
      const having = told.flatMap(({ node, example }) => {
        const child = memberOf(node, name)
        return child === undefined ? [] : [{ node: child, example }]
      })
      const form = having.length === told.length ? derive(having, [...path, name]) : undefined
      if (form !== undefined) entries.push([name, form])
    }
  const echoes = [path, path.slice(1)].find(at =>
    told.every(({ node, example }) => {
      const sent = atPath(example.sent, at)
      return (
        sent?.kind === 'object' &&
        sent.entries.length > 0 &&
        sent.entries.every(([name, child]) => {
          const own = memberOf(node, name)
          return own !== undefined && sameNode(own, child)
        })
      )
    }),
  )
  return { kind: 'object', entries, ...(echoes === undefined ? {} : { echoes }) }
}

function idForm(told: readonly Told[]): MadeForm | undefined {
  const found = told.map(({ node, example: { id } }) => {
    const text = idText(node)
    const at = text === undefined ? -1 : text.lastIndexOf(id)
    if (text === undefined || at < 0) return undefined
    const [before, after] = [text.slice(0, at), text.slice(at + id.length)]
    // A part of a longer word is none.
    return /[\w]$/.test(before) || /^[\w]/.test(after) ? undefined : { before, after, isNumber: node.kind === 'number' }
  })
  const [first] = found
  if (first === undefined || new Set(told.map(({ example }) => example.id)).size < MIN_EXAMPLES) return undefined
  const isSame = found.every(
    one => one?.before === first.before && one.after === first.after && one.isNumber === first.isNumber,
  )
  if (!isSame) return undefined
  if (first.before === '' && first.after === '') return { kind: 'id', ...first }
  const whose = whoseIs(told.map(({ example }) => example))
  return whose === undefined ? undefined : { kind: 'id', ...first, ...whose }
}

function timeForm(told: readonly Told[]): MadeForm | undefined {
  let format: TimeFormat | undefined
  for (const { node, example } of told) {
    const read = isScalar(node) ? readTime(idText(node) ?? '') : undefined
    if (read === undefined || Math.abs(read.at - example.at) > NEAR_MS) return undefined
    if ((read.format.style === 'epoch') !== (node.kind === 'number')) return undefined
    format = format === undefined ? read.format : mergedFormat(format, read.format)
    if (format === undefined) return undefined
  }
  return format === undefined ? undefined : { kind: 'time', format }
}

function constantForm(told: readonly Told[]): MadeForm | undefined {
  const { node } = told.at(-1)!
  if (node.kind === 'string' && node.value === REDACTED) return undefined
  if (!told.every(other => sameNode(other.node, node))) return undefined
  const whose = whoseIs(told.map(({ example }) => example))
  return whose === undefined ? undefined : { kind: 'constant', node, ...whose }
}
