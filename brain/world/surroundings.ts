// thread: learner
// What stands around the records of an answer: totals, links to other pages, flags, echoes of the question. Each leaf is
// derived from what is known of the question and of the rows, if one derivation reproduces it in every example. Pure.
import type { JsonNode } from '../../core/contract/json.js'
import { splitTarget } from '../../core/contract/target.js'
import { memberStep } from '../../core/contract/volatile.js'
import { fromBase64, isPrintable } from './base64.js'
import { SEPARATOR, scalarText } from './inputs.js'
import { percentEncoded } from './percent-encoding.js'
import { hasMembers, isNull, isScalar, leafCount, memberOf, sameNode } from './tree.js'

/** What a leaf may be derived from. */
export interface Circumstances {
  /** Values by name: `in:genre`, `n`, `start`, `total`, … */
  readonly values: ReadonlyMap<string, string>
  /** undefined: not known. */
  readonly hasMore: boolean | undefined
  readonly hasBefore: boolean | undefined
  /** Names of the members shown, in order. */
  readonly columns: readonly string[]
  /** Path and query pairs of the question, decoded. */
  readonly path: string
  readonly pairs: readonly (readonly [string, string])[]
}

export interface Example {
  /** The body with the records taken out. */
  readonly node: JsonNode
  readonly circumstances: Circumstances
}

type Condition = 'more' | 'before' | 'rows' | 'pages' | 'no-more' | 'no-before' | 'no-rows' | 'no-pages'

export type Derivation =
  /** `isGuess`: not all examples had it. */
  | { readonly kind: 'constant'; readonly node: JsonNode; readonly isGuess?: true }
  | { readonly kind: 'value'; readonly name: string; readonly as: 'string' | 'number' | 'literal' }
  /** All of these were right in all examples: known where they still say the same. */
  | { readonly kind: 'agreeing'; readonly of: readonly Derivation[] }
  | { readonly kind: 'flag'; readonly condition: Condition }
  | { readonly kind: 'either'; readonly condition: Condition; readonly yes: Derivation; readonly no: Derivation }
  | {
      readonly kind: 'text'
      readonly parts: readonly (string | { readonly name: string })[]
      readonly coding?: 'base64'
    }
  | {
      readonly kind: 'self-url'
      readonly origin: string
      /** `unless`: the parameter is not there where it would have this value. */
      readonly overrides: readonly { readonly name: string; readonly value: Derivation; readonly unless?: string }[]
      readonly form: UrlForm
    }
  | { readonly kind: 'columns' }
  | { readonly kind: 'list'; readonly of: string }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Derivation, readonly Condition[]])[] }
  | { readonly kind: 'array'; readonly items: readonly Derivation[] }
  | { readonly kind: 'unknown' }

/** How an address is put together: where parameters stand that were not in the question's own, how values are written. */
interface UrlForm {
  readonly order: 'kept' | 'last' | 'sorted'
  readonly coding: 'form' | 'percent' | 'none'
}

const unknown: Derivation = { kind: 'unknown' }
const conditions: readonly Condition[] = ['more', 'before', 'rows', 'pages']
const negations: readonly Condition[] = ['no-more', 'no-before', 'no-rows', 'no-pages']
const urlForms: readonly UrlForm[] = (['kept', 'last', 'sorted'] as const).flatMap(order =>
  (['form', 'percent', 'none'] as const).map(coding => ({ order, coding })),
)
/** Members of one object around the records that are derived. */
const MAX_MEMBERS = 64
/** The mark that stands where records were. */
export const RECORDS = '\u0000records'

export function holds(condition: Condition, circumstances: Circumstances): boolean | undefined {
  switch (condition) {
    case 'more':
      return circumstances.hasMore
    case 'before':
      return circumstances.hasBefore
    case 'rows': {
      const n = circumstances.values.get('n')
      return n === undefined ? undefined : n !== '0'
    }
    case 'pages': {
      const pages = circumstances.values.get('pages')
      return pages === undefined ? undefined : Number(pages) > 1
    }
    default: {
      const state = holds(condition.slice(3) as Condition, circumstances)
      return state === undefined ? undefined : !state
    }
  }
}

// ── learning ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `sparse`: a member that is not there was not asked for. */
export function derive(examples: readonly Example[], sparse = false): Derivation {
  const first = examples[0]
  if (first === undefined) return unknown
  const { node } = first
  if (examples.every(example => sameNode(example.node, node))) return single(examples)
  if (examples.every(example => example.node.kind === 'object')) return deriveObject(examples, sparse)
  if (examples.every(example => example.node.kind === 'array')) return deriveArray(examples)
  if (examples.every(example => isScalar(example.node))) {
    const scalar = deriveScalar(examples)
    if (scalar.kind !== 'unknown') return scalar
  }
  return eitherOf(examples) ?? mostly(examples)
}

/** What nobody can derive, whatever the examples say: leaves at these places (RFC 6901), of members alone. */
export function unknownAt(derivation: Derivation, places: readonly string[]): Derivation {
  if (places.length === 0 || derivation.kind !== 'object') return derivation
  const members = derivation.members.map(([name, of, when]) => {
    const step = memberStep(name)
    if (places.includes(step)) return [name, unknown, when] as const
    const below = places.flatMap(at => (at.startsWith(`${step}/`) ? [at.slice(step.length)] : []))
    return [name, unknownAt(of, below), when] as const
  })
  return { kind: 'object', members }
}

/** The same in all examples: a constant, unless it is an echo of something that just did not change yet. */
function single(examples: readonly Example[]): Derivation {
  const { node } = examples[0]!
  if (node.kind === 'object' && examples.length > 0) {
    return {
      kind: 'object',
      members: node.entries.map(
        ([name, child]) => [name, single(examples.map(example => ({ ...example, node: child }))), []] as const,
      ),
    }
  }
  if (node.kind === 'array' && node.items.length > 0) {
    const columns = deriveColumns(examples)
    if (columns !== undefined) return columns
    if (node.items.length <= 16)
      return {
        kind: 'array',
        items: node.items.map(item => single(examples.map(example => ({ ...example, node: item })))),
      }
  }
  // One example proves no constant where the question says the same: an id is echoed.
  if (isScalar(node) && (node.kind === 'string' || node.kind === 'number')) {
    const text = scalarText(node)
    for (const [name, value] of examples[0]!.circumstances.values)
      if (name.startsWith('in:') && value === text && varies(examples, name)) {
        const echo = named(examples, name)
        if (echo !== undefined) return echo
      }
    if (examples.length === 1 && node.kind === 'string') {
      for (const [name, value] of examples[0]!.circumstances.values)
        if (name.startsWith('in:/') && value === text) return { kind: 'value', name, as: 'string' }
    }
    if (node.kind === 'string' && text.includes('/') && text.includes(examples[0]!.circumstances.path)) {
      const url = deriveSelfUrl(examples)
      if (url !== undefined) return url
    }
    const decoded = node.kind === 'string' ? fromBase64(text) : undefined
    if (decoded !== undefined && /\d/.test(decoded)) {
      // A token of the next page: the same so far, as are the numbers that may be in it.
      const texts = [...counts].flatMap(name => {
        const value = examples[0]!.circumstances.values.get(name)
        const parts = value === undefined ? [] : put(decoded, name, value)
        const fits = examples.every(({ circumstances }) => fill(parts, circumstances) === decoded)
        return parts.length > 1 && fits ? [{ kind: 'text', parts, coding: 'base64' } as const] : []
      })
      if (texts.length > 0) return { kind: 'agreeing', of: [{ kind: 'constant', node }, ...texts] }
    }
    if (/^\d+$/.test(text)) {
      const values = [...counts].flatMap(name => named(examples, name) ?? [])
      if (values.length > 0) return { kind: 'agreeing', of: [{ kind: 'constant', node }, ...values] }
    }
  }
  return { kind: 'constant', node }
}

/** Of these a number around the records may well be one that just did not change yet. */
const counts = new Set([
  'total',
  'n',
  'limit',
  'start',
  'page',
  'page0',
  'pages',
  'lastPage0',
  'end',
  'nextPage',
  'nextPage0',
  'previousPage',
  'previousPage0',
  'nextStart',
  'previousStart',
])

function varies(examples: readonly Example[], name: string): boolean {
  return new Set(examples.map(({ circumstances }) => circumstances.values.get(name))).size > 1
}

function deriveObject(examples: readonly Example[], sparse: boolean): Derivation {
  const names: string[] = []
  for (const { node } of examples)
    if (node.kind === 'object')
      node.entries.slice(0, MAX_MEMBERS * 2).forEach(([name], i) => {
        if (!names.includes(name)) names.splice(Math.min(i, names.length), 0, name)
      })
  const members: (readonly [string, Derivation, readonly Condition[]])[] = []
  for (const name of names.slice(0, MAX_MEMBERS)) {
    const having = examples.flatMap(example => {
      const node = memberOf(example.node, name)
      return node === undefined ? [] : [{ ...example, node }]
    })
    if (sparse || having.length === examples.length) members.push([name, derive(having, sparse), []])
    else {
      const when = [...conditions, ...negations].filter(condition =>
        examples.every(
          example => holds(condition, example.circumstances) === (memberOf(example.node, name) !== undefined),
        ),
      )
      if (when.length > 0) members.push([name, derive(having), when])
      else if (having.length > examples.length * 0.8) members.push([name, guessed(derive(having)), []])
    }
  }
  return { kind: 'object', members }
}

/** Not all examples had it. */
function guessed(derivation: Derivation): Derivation {
  return derivation.kind === 'constant'
    ? { ...derivation, isGuess: true }
    : { kind: 'agreeing', of: [derivation, unknown] }
}

function deriveColumns(examples: readonly Example[]): Derivation | undefined {
  const fits = examples.every(
    ({ node, circumstances: { columns } }) =>
      node.kind === 'array' &&
      columns.length > 0 &&
      node.items.length === columns.length &&
      node.items.every((item, i) => item.kind === 'string' && item.value === columns[i]),
  )
  return fits ? { kind: 'columns' } : undefined
}

function deriveArray(examples: readonly Example[]): Derivation {
  const columns = deriveColumns(examples)
  if (columns !== undefined) return columns
  const [first] = examples
  for (const name of first!.circumstances.values.keys()) {
    if (!name.startsWith('in:')) continue
    const echoes = examples.every(({ node, circumstances }) => {
      const value = circumstances.values.get(name)
      return (
        node.kind === 'array' &&
        value !== undefined &&
        node.items.every(isScalar) &&
        node.items.map(scalarText).join(SEPARATOR) === value
      )
    })
    if (echoes) return { kind: 'list', of: name }
  }
  const length = first!.node.kind === 'array' ? first!.node.items.length : 0
  if (length <= 32 && examples.every(({ node }) => node.kind === 'array' && node.items.length === length)) {
    const items = Array.from({ length }, (_, i) =>
      derive(
        examples.map(example => ({ ...example, node: (example.node as { items: readonly JsonNode[] }).items[i]! })),
      ),
    )
    return items.some(({ kind }) => kind === 'unknown') ? mostly(examples) : { kind: 'array', items }
  }
  return eitherOf(examples) ?? mostly(examples)
}

/** A value that nearly all examples have, where nothing tells when it is another. */
function mostly(examples: readonly Example[]): Derivation {
  const groups: { node: JsonNode; count: number }[] = []
  for (const { node } of examples) {
    const group = groups.find(known => sameNode(known.node, node))
    if (group === undefined) groups.push({ node, count: 1 })
    else group.count += 1
    if (groups.length > 8) return unknown
  }
  groups.sort((a, b) => b.count - a.count)
  return groups[0]!.count >= examples.length * 0.8 && examples.length >= 5
    ? { kind: 'constant', node: groups[0]!.node, isGuess: true }
    : unknown
}

/** By every condition that tells the examples apart. */
function eitherOf(examples: readonly Example[]): Derivation | undefined {
  const found = conditions.flatMap(condition => deriveEither(examples, condition) ?? [])
  return found.length > 1 ? { kind: 'agreeing', of: found } : found[0]
}

function deriveEither(examples: readonly Example[], condition: Condition): Derivation | undefined {
  const yes: Example[] = []
  const no: Example[] = []
  for (const example of examples) {
    const state = holds(condition, example.circumstances)
    if (state === undefined) return undefined
    ;(state ? yes : no).push(example)
  }
  if (yes.length === 0 || no.length === 0) return undefined
  const whenYes = derive(yes)
  const whenNo = derive(no)
  if (whenYes.kind === 'unknown' || whenNo.kind === 'unknown' || isEither(whenYes) || isEither(whenNo)) return undefined
  return { kind: 'either', condition, yes: whenYes, no: whenNo }
}

function isEither({ kind }: Derivation): boolean {
  return kind === 'either' || kind === 'agreeing'
}

function deriveScalar(examples: readonly Example[]): Derivation {
  const [first] = examples
  if (first!.node.kind === 'literal' && first!.node.raw !== 'null') {
    const flags = [...conditions, ...negations].filter(condition =>
      examples.every(
        ({ node, circumstances }) => node.kind === 'literal' && node.raw === String(holds(condition, circumstances)),
      ),
    )
    if (flags.length > 0) return { kind: 'agreeing', of: flags.map(condition => ({ kind: 'flag', condition })) }
  }
  if (examples.some(({ node }) => isNull(node))) return unknown
  for (const name of first!.circumstances.values.keys()) {
    const found = named(examples, name)
    if (found !== undefined) return found
  }
  if (examples.every(({ node }) => node.kind === 'string')) {
    const url = deriveSelfUrl(examples)
    if (url !== undefined) return url
    const text = deriveText(examples)
    if (text !== undefined) return text
  }
  return unknown
}

function named(examples: readonly Example[], name: string): Derivation | undefined {
  const kind = examples[0]!.node.kind
  const fits = examples.every(
    ({ node, circumstances }) => node.kind === kind && circumstances.values.get(name) === scalarText(node),
  )
  return fits ? { kind: 'value', name, as: kind as 'string' | 'number' | 'literal' } : undefined
}

/** The question's own address, with some parameters changed. */
function deriveSelfUrl(examples: readonly Example[]): Derivation | undefined {
  const names = new Set<string>()
  let origin: string | undefined
  const parsed: Map<string, string>[] = []
  for (const { node, circumstances } of examples) {
    const text = (node as { value: string }).value
    const { path: place, query = '' } = splitTarget(text)
    if (!place.endsWith(circumstances.path)) return undefined
    const before = place.slice(0, place.length - circumstances.path.length)
    if (origin !== undefined && origin !== before) return undefined
    origin = before
    const pairs = new Map(new URLSearchParams(query))
    parsed.push(pairs)
    const own = new Map(circumstances.pairs)
    for (const [name, value] of pairs) if (own.get(name) !== value) names.add(name)
    for (const name of own.keys()) if (!pairs.has(name)) names.add(name)
  }
  if (origin === undefined || names.size > 3) return undefined
  const overrides: { name: string; value: Derivation; unless?: string }[] = []
  for (const name of names) {
    const having = examples.flatMap((example, i) => {
      const value = parsed[i]!.get(name)
      return value === undefined ? [] : [{ ...example, node: { kind: 'string', value } as JsonNode }]
    })
    const value = derive(having)
    if (value.kind === 'unknown') return undefined
    if (having.length === examples.length) {
      overrides.push({ name, value })
      continue
    }
    // `?page=1` is left out where the first page goes without saying.
    const left = new Set(
      examples.flatMap(({ circumstances }, i) => (parsed[i]!.has(name) ? [] : textOf(value, circumstances))),
    )
    const [unless] = left
    if (left.size !== 1 || having.some(({ node }) => scalarText(node) === unless)) return undefined
    overrides.push({ name, value, unless: unless! })
  }
  for (const form of urlForms) {
    const derivation: Derivation = { kind: 'self-url', origin, overrides, form }
    const fits = examples.every(
      ({ node, circumstances }) => textOf(derivation, circumstances)[0] === (node as { value: string }).value,
    )
    if (fits) return derivation
  }
  return undefined
}

function textOf(derivation: Derivation, circumstances: Circumstances): string[] {
  const node = composed(derivation, circumstances, noTally())
  return node === undefined ? [] : [scalarText(node)]
}

function selfUrl(
  { origin, overrides, form }: Extract<Derivation, { kind: 'self-url' }>,
  circumstances: Circumstances,
  tally: Tally,
): string | undefined {
  let pairs = circumstances.pairs.map(([name, value]) => [name, value] as [string, string])
  for (const { name, value, unless } of overrides) {
    const node = composed(value, circumstances, tally)
    if (node === undefined) return undefined
    const text = scalarText(node)
    const pair = pairs.find(([own]) => own === name)
    if (text === unless) pairs = pairs.filter(([own]) => own !== name)
    else if (pair !== undefined && form.order === 'kept') pair[1] = text
    else pairs = [...pairs.filter(([own]) => own !== name), [name, text]]
  }
  if (form.order === 'sorted') pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const coded = pairs.map(pair => pair.map(part => (form.coding === 'none' ? part : percentEncoded(part))))
  if (coded.some(pair => pair.includes(undefined))) return undefined
  const query =
    form.coding === 'form' ? new URLSearchParams(pairs).toString() : coded.map(pair => pair.join('=')).join('&')
  return `${origin}${circumstances.path}${query === '' ? '' : `?${query}`}`
}

/** Text with values in it; also where the whole is base64, as global identifiers are. */
function deriveText(examples: readonly Example[]): Derivation | undefined {
  const plain = textWith(
    examples.map(({ node, circumstances }) => ({ text: (node as { value: string }).value, circumstances })),
  )
  if (plain !== undefined) return { kind: 'text', parts: plain }
  const decoded = examples.map(({ node, circumstances }) => ({
    text: fromBase64((node as { value: string }).value),
    circumstances,
  }))
  if (decoded.some(({ text }) => text === undefined)) return undefined
  const parts = textWith(decoded as { text: string; circumstances: Circumstances }[])
  return parts === undefined ? undefined : { kind: 'text', parts, coding: 'base64' }
}

const MAX_ATTEMPTS = 100

type Parts = readonly (string | { readonly name: string })[]

function textWith(texts: readonly { text: string; circumstances: Circumstances }[]): Parts | undefined {
  const [first] = texts
  const names = [...first!.circumstances.values].filter(
    ([name, value]) =>
      value !== '' &&
      first!.text.includes(value) &&
      texts.some(({ circumstances }) => circumstances.values.get(name) !== value) &&
      // What stands in one of them for this value stands in all of them for theirs.
      texts.every(({ text, circumstances }) => {
        const own = circumstances.values.get(name)
        return own !== undefined && text.includes(own)
      }),
  )
  // Longest first; each attempt puts one value in, the rest follows from it.
  names.sort((a, b) => b[1].length - a[1].length)
  // Of a text in which much may be put and nothing fits, not everything is tried.
  let budget = MAX_ATTEMPTS
  const attempt = (parts: Parts, left: readonly (readonly [string, string])[], depth: number): Parts | undefined => {
    if (
      parts.some(part => typeof part !== 'string') &&
      texts.every(({ text, circumstances }) => fill(parts, circumstances) === text)
    )
      return parts
    if (depth > 3 || budget-- <= 0) return undefined
    for (let i = 0; i < Math.min(left.length, 12); i++) {
      const [name, value] = left[i]!
      const next = parts.flatMap(part => (typeof part === 'string' ? put(part, name, value) : [part]))
      if (next.length === parts.length) continue
      const found = attempt(next, left.slice(i + 1), depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  return attempt([first!.text], names, 0)
}

function put(text: string, name: string, value: string): (string | { name: string })[] {
  const at = text.indexOf(value)
  if (at < 0) return [text]
  return [text.slice(0, at), { name }, text.slice(at + value.length)].filter(part => part !== '')
}

function fill(parts: Parts, { values }: Circumstances): string | undefined {
  let text = ''
  for (const part of parts) {
    const piece = typeof part === 'string' ? part : values.get(part.name)
    if (piece === undefined) return undefined
    text += piece
  }
  return text
}

/** Is all that was composed in the truth as well? What was left out does not count. */
export function agrees(said: JsonNode, truth: JsonNode): boolean {
  if (said.kind === 'object') return truth.kind === 'object' && hasMembers(truth, said, agrees)
  if (said.kind === 'array')
    return (
      truth.kind === 'array' &&
      said.items.length === truth.items.length &&
      said.items.every((item, i) => agrees(item, truth.items[i]!))
    )
  return sameNode(said, truth)
}

// ── composing ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Counts leaves that are put together, and what had to be left out. */
export interface Tally {
  known: number
  missing: number
  /** Of those known: not so in all examples. */
  guessed: number
}

export const noTally = (): Tally => ({ known: 0, missing: 0, guessed: 0 })

/** The node; undefined: not known, to be left out. */
export function compose(derivation: Derivation, circumstances: Circumstances, tally: Tally): JsonNode | undefined {
  const node = composed(derivation, circumstances, tally)
  if (derivation.kind !== 'object' && derivation.kind !== 'array') {
    if (node === undefined) tally.missing += 1
    // Names of columns and the like are one derivation, and many leaves; the records are counted by whoever puts them there.
    else if (node.kind !== 'string' || node.value !== RECORDS) tally.known += leafCount(node)
  }
  return node
}

function composed(derivation: Derivation, circumstances: Circumstances, tally: Tally): JsonNode | undefined {
  switch (derivation.kind) {
    case 'constant':
      if (derivation.isGuess) tally.guessed += 1
      return derivation.node
    case 'value': {
      const value = circumstances.values.get(derivation.name)
      if (value === undefined) return undefined
      if (derivation.as === 'string') return { kind: 'string', value }
      if (derivation.as === 'number') return /^-?\d+(\.\d+)?$/.test(value) ? { kind: 'number', raw: value } : undefined
      return value === 'true' || value === 'false' || value === 'null' ? { kind: 'literal', raw: value } : undefined
    }
    case 'flag': {
      const state = holds(derivation.condition, circumstances)
      return state === undefined ? undefined : { kind: 'literal', raw: state ? 'true' : 'false' }
    }
    case 'either': {
      const state = holds(derivation.condition, circumstances)
      return state === undefined ? undefined : composed(state ? derivation.yes : derivation.no, circumstances, tally)
    }
    case 'text': {
      const text = fill(derivation.parts, circumstances)
      if (text === undefined || (derivation.coding === 'base64' && !isPrintable(text))) return undefined
      return {
        kind: 'string',
        value: derivation.coding === 'base64' ? Buffer.from(text, 'latin1').toString('base64') : text,
      }
    }
    case 'agreeing': {
      const nodes = derivation.of.map(one => composed(one, circumstances, tally))
      const [node] = nodes
      return node !== undefined && nodes.every(other => other !== undefined && sameNode(other, node)) ? node : undefined
    }
    case 'self-url': {
      const value = selfUrl(derivation, circumstances, tally)
      return value === undefined ? undefined : { kind: 'string', value }
    }
    case 'columns':
      return { kind: 'array', items: circumstances.columns.map(value => ({ kind: 'string', value })) }
    case 'list': {
      const value = circumstances.values.get(derivation.of)
      return value === undefined
        ? undefined
        : { kind: 'array', items: value.split(SEPARATOR).map(item => ({ kind: 'string', value: item })) }
    }
    case 'object': {
      const entries: (readonly [string, JsonNode])[] = []
      for (const [name, child, condition] of derivation.members) {
        const states = new Set(condition.map(one => holds(one, circumstances)))
        if (states.has(false) && states.size === 1) continue
        if (states.size > 1) {
          tally.missing += 1
          continue
        }
        const node = compose(child, circumstances, tally)
        if (node !== undefined) entries.push([name, node])
      }
      return { kind: 'object', entries }
    }
    case 'array': {
      const items = derivation.items.map(item => compose(item, circumstances, tally))
      return items.some(item => item === undefined) ? undefined : { kind: 'array', items: items as JsonNode[] }
    }
    case 'unknown':
      return undefined
  }
}
