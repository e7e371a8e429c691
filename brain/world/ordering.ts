// thread: learner
// How records are put in order: by which members, in which direction, where nothing stands, how texts compare.
import type { JsonNode } from '../../core/contract/json.js'
import { compareNumbers } from './number-order.js'
import { valuesAt } from './predicate.js'
import { isNull } from './tree.js'

export interface SortKey {
  readonly member: string
  readonly descending: boolean
}

/** `low`: nothing comes before everything (and last when descending); `first`, `last`: in both directions. */
export interface Collation {
  readonly nothing: 'low' | 'high' | 'first' | 'last'
  readonly texts: 'code' | 'fold' | 'locale'
}

export const collations: readonly Collation[] = (['low', 'high', 'last', 'first'] as const).flatMap(nothing =>
  (['code', 'fold', 'locale'] as const).map(texts => ({ nothing, texts })),
)

export const collator = new Intl.Collator('en')

export function compareRows(a: JsonNode, b: JsonNode, keys: readonly SortKey[], collation: Collation): number {
  for (const { member, descending } of keys) {
    const order = compareValues(valuesAt(a, member)[0], valuesAt(b, member)[0], descending, collation)
    if (order !== 0) return order
  }
  return 0
}

export function compareValues(
  a: JsonNode | undefined,
  b: JsonNode | undefined,
  descending: boolean,
  collation: Collation,
): number {
  const noA = isNull(a)
  const noB = isNull(b)
  if (noA || noB) {
    if (noA && noB) return 0
    const { nothing } = collation
    const first = nothing === 'first' || (nothing === 'low' && !descending) || (nothing === 'high' && descending)
    return noA === first ? -1 : 1
  }
  const order = compareScalars(a!, b!, collation)
  return descending ? -order : order
}

function compareScalars(a: JsonNode, b: JsonNode, { texts }: Collation): number {
  if (a.kind === 'number' && b.kind === 'number') return compareNumbers(a.raw, b.raw)
  const textA = a.kind === 'string' ? a.value : a.kind === 'number' || a.kind === 'literal' ? a.raw : ''
  const textB = b.kind === 'string' ? b.value : b.kind === 'number' || b.kind === 'literal' ? b.raw : ''
  if (texts === 'locale') return collator.compare(textA, textB)
  const [foldA, foldB] = texts === 'fold' ? [textA.toLowerCase(), textB.toLowerCase()] : [textA, textB]
  return foldA < foldB ? -1 : foldA > foldB ? 1 : 0
}

export function isSorted(rows: readonly JsonNode[], keys: readonly SortKey[], collation: Collation): boolean {
  for (let i = 1; i < rows.length; i++) if (compareRows(rows[i - 1]!, rows[i]!, keys, collation) > 0) return false
  return true
}

/** How a parameter says what to sort by. */
export interface SortRule {
  readonly input: string
  /** `never` and `always`: the parameter's name decides; `sign`: `-price`; `word`: `price:desc`, `price desc`, `price,desc`. */
  readonly descending: 'never' | 'always' | 'sign' | 'word'
  /** Another parameter that holds `asc` or `desc`. */
  readonly orderInput: string | undefined
  readonly collation: Collation
  /** How rows stand that compare equal, by the direction of the first key. */
  readonly ties: { readonly up: Ties; readonly down: Ties }
}

/** Beside how they stand where no order is asked for; `any`: nothing is known of it; `mixed`: it is not always the same. */
export type Ties = 'same' | 'reversed' | 'any' | 'mixed'
export const noTies: SortRule['ties'] = { up: 'any', down: 'any' }

const word = /^(.*?)[\s:_.-](asc|desc|ascending|descending|1|-1)$/i

/** The members that a value names, with directions; undefined where it names none. `members`: those that records have. */
export function sortKeys(
  value: string,
  order: string | undefined,
  descending: SortRule['descending'],
  members: ReadonlyMap<string, string>,
): SortKey[] | undefined {
  const keys: SortKey[] = []
  const orders = order?.split(',') ?? []
  /** Places of keys that have no direction of their own yet. */
  let open: number[] = []
  for (const [i, part] of value.split(',').entries()) {
    let name = part.trim()
    let down = descending === 'always'
    if (descending === 'sign') {
      down = name.startsWith('-')
      name = name.replace(/^[-+]/, '')
    } else if (descending === 'word') {
      const match = word.exec(name)
      if (match !== null) {
        name = match[1]!
        down = isDown(match[2]!)
      } else if (isDirection(name) && !members.has(plain(name))) {
        // `lastname,firstname,desc`: of all before it that have none.
        if (open.length === 0) return undefined
        for (const at of open) keys[at] = { ...keys[at]!, descending: isDown(name) }
        open = []
        continue
      } else open.push(keys.length)
    }
    if (order !== undefined) down = isDown(orders[i] ?? orders.at(-1) ?? '')
    const member = members.get(plain(name))
    if (member === undefined) return undefined
    keys.push({ member, descending: down })
  }
  return keys
}

export function isDown(text: string): boolean {
  return /^(?:desc|descending|down|-1|reverse|true)$/i.test(text.trim())
}

export const isDirection = (text: string): boolean =>
  /^(?:asc|desc|ascending|descending|up|down|1|-1)(?:,|$)/i.test(text.trim())

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9.]/g, '')

/** Names as they may be spelt in a parameter → members. `price` is `attributes.price` where no other member is named so. */
export function sortableMembers(members: readonly string[]): Map<string, string> {
  const inner = members.map(member => [plain(member.slice(member.lastIndexOf('.') + 1)), member] as const)
  const once = inner.filter(([name], i) => inner.findIndex(([other]) => other === name) === i)
  return new Map([...once, ...members.map(member => [plain(member), member] as const)])
}
