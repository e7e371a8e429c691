// thread: any
// A replayed answer held against the recorded one: status, the fields that matter, shape, values. What an API makes anew with each
// answer (learned volatile leaves, ids of things made again, the moment of the answer) is no difference. Pure; what it is given is
// redacted already.
import { essenceOf } from '../contract/baseline.js'
import { fieldOf } from '../contract/fields.js'
import { type JsonNode, parseJson, printJson, textOfScalar } from '../contract/json.js'
import { type Difference, shortened } from '../contract/json-differences.js'
import type { ReplayParting } from '../contract/replays.js'
import { readTime } from '../contract/time-format.js'
import { fieldPlace, ITEM_STEP, memberStep, type VolatileMap } from '../contract/volatile.js'
import { withoutVolatile } from '../contract/without-volatile.js'
import { shapeDifferences } from './shape.js'

export interface ComparedAnswer {
  readonly status: number
  /** Flat. */
  readonly headers: readonly string[]
  /** Without its coding; undefined: it is not known, or cannot be read. */
  readonly body: Buffer | undefined
  /** When the request was sent and the answer complete, epoch ms. */
  readonly at: number
  readonly endedAt: number
}

export interface ComparisonRules {
  /** Lower case. */
  readonly fields: readonly string[]
  /** Only those fields were kept that say what was made where: that another one is not there says nothing. */
  readonly fewFieldsKept: boolean
  readonly volatile: VolatileMap | undefined
  /** Did this id become that one? */
  readonly isPair: (was: string, is: string) => boolean
  /** A Location as it would be with what its ids became. */
  readonly target: (recorded: string) => string
}

export interface Compared {
  readonly partings: readonly ReplayParting[]
  readonly differences: readonly Difference[]
}

/** What tells a client how to go on, and what the body is. Not: moments, tags and ids of one answer, and what servers add. */
export const usualFields: readonly string[] = [
  'content-type',
  'content-language',
  'content-disposition',
  'location',
  'content-location',
  'link',
  'allow',
  'vary',
  'cache-control',
  'www-authenticate',
  'retry-after',
  'access-control-allow-origin',
  'access-control-allow-credentials',
]

const MAX_DIFFERENCES = 20
/** How far from the answer a moment may be and still be that of the answer. */
const MOMENT_MS = 5000

const asRecorded: Compared = { partings: [], differences: [] }

export function compareAnswers(recorded: ComparedAnswer, replayed: ComparedAnswer, rules: ComparisonRules): Compared {
  if (recorded.status !== replayed.status) {
    // Another answer: in which fields it differs as well says nothing more.
    const differences = [{ at: 'status', given: String(recorded.status), truth: String(replayed.status) }]
    return { partings: ['status'], differences }
  }
  const partings: ReplayParting[] = []
  const fields = fieldDifferences(recorded.headers, replayed.headers, rules)
  if (fields.length > 0) partings.push('fields')
  const bodies = bodyDifferences(recorded, replayed, rules)
  partings.push(...bodies.partings)
  if (partings.length === 0) return asRecorded
  return { partings, differences: [...fields, ...bodies.differences].slice(0, MAX_DIFFERENCES) }
}

function fieldDifferences(
  recorded: readonly string[],
  replayed: readonly string[],
  { fields, fewFieldsKept, target, volatile }: ComparisonRules,
): Difference[] {
  const found: Difference[] = []
  for (const name of fields) {
    const at = fieldPlace(name)
    if (volatile?.leaves.some(leaf => leaf.at === at)) continue
    const was = fieldOf(recorded, name)
    const is = fieldOf(replayed, name)
    if (was === is || (was === undefined && fewFieldsKept)) continue
    if (
      was !== undefined &&
      is !== undefined &&
      spelled(name, target(ofOrigin(name, was))) === spelled(name, ofOrigin(name, is))
    )
      continue
    found.push({ at, given: told(was), truth: told(is) })
  }
  return found
}

/** A place within the same origin is the same place at the target. */
function ofOrigin(name: string, value: string): string {
  if (name !== 'location' && name !== 'content-location') return value
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return value
  const { pathname, search, hash } = new URL(value)
  return pathname + search + hash
}

/** Case and blanks that mean nothing. */
function spelled(name: string, value: string): string {
  if (name === 'content-type') return value.toLowerCase().replace(/\s*;\s*/g, ';')
  if (name === 'vary' || name === 'allow' || name === 'cache-control')
    return value
      .toLowerCase()
      .split(',')
      .map(part => part.trim())
      .sort()
      .join()
  return value
}

function told(value: string | undefined): string | null {
  return value === undefined ? null : shortened(value)
}

function bodyDifferences(recorded: ComparedAnswer, replayed: ComparedAnswer, rules: ComparisonRules): Compared {
  const [was, is] = [recorded.body, replayed.body]
  if (was === undefined || is === undefined || was.equals(is)) return asRecorded
  const [said, says] = [jsonIn(recorded.headers, was), jsonIn(replayed.headers, is)]
  if (said === undefined || says === undefined) {
    const octets = ({ length }: Buffer): string => `${length} octets`
    const isOther = (said === undefined) !== (says === undefined)
    return {
      partings: [isOther ? 'shape' : 'values'],
      differences: [{ at: 'body', given: octets(was), truth: octets(is) }],
    }
  }
  const [left, right] = [withoutVolatile(said, rules.volatile), withoutVolatile(says, rules.volatile)]
  const shape = shapeDifferences(left, right)
  const walk = new ValueWalk(rules.isPair, recorded, replayed)
  const values = walk.differences(left, right)
  const partings: ReplayParting[] = []
  if (shape.length > 0) partings.push('shape')
  // What the shape says is not said again as a value.
  const alone = values.filter(({ at }) => !shape.some(one => at === one.at || at.startsWith(`${one.at}/`)))
  if (alone.length > 0) partings.push('values')
  return { partings, differences: [...shape, ...alone] }
}

/** JSON by its name, or by its looks where it has none. */
function jsonIn(headers: readonly string[], body: Buffer): JsonNode | undefined {
  const type = essenceOf(fieldOf(headers, 'content-type'))
  if (type !== '' && !type.endsWith('json')) return undefined
  return parsedBody(body)
}

const parsed = new WeakMap<Buffer, JsonNode | undefined>()

/** A body is looked at for its ids and for its differences: it is parsed once. */
export function parsedBody(body: Buffer): JsonNode | undefined {
  if (parsed.has(body)) return parsed.get(body)
  const node = parseJson(body.toString('utf8'))
  parsed.set(body, node)
  return node
}

type Moments = Pick<ComparedAnswer, 'at' | 'endedAt'>

/** One example of each place. */
class ValueWalk {
  readonly #isPair: ComparisonRules['isPair']
  readonly #recorded: Moments
  readonly #replayed: Moments
  readonly #found = new Map<string, Difference>()

  constructor(isPair: ComparisonRules['isPair'], recorded: Moments, replayed: Moments) {
    this.#isPair = isPair
    this.#recorded = recorded
    this.#replayed = replayed
  }

  differences(recorded: JsonNode, replayed: JsonNode): Difference[] {
    this.#compare('', recorded, replayed)
    return [...this.#found.values()]
  }

  #compare(at: string, was: JsonNode, is: JsonNode): void {
    if (this.#found.size >= MAX_DIFFERENCES) return
    if (was.kind === 'object' && is.kind === 'object') {
      const members = new Map(is.entries)
      for (const [name, child] of was.entries) {
        const other = members.get(name)
        members.delete(name)
        if (other === undefined) this.#note(at + memberStep(name), child, undefined)
        else this.#compare(at + memberStep(name), child, other)
      }
      for (const [name, child] of members) this.#note(at + memberStep(name), undefined, child)
    } else if (was.kind === 'array' && is.kind === 'array') this.#compareLists(at, was.items, is.items)
    else if (!this.#isSameScalar(was, is)) this.#note(at, was, is)
  }

  /** What is equal at both ends stands aside, so that a row that came or went does not move all others. */
  #compareLists(at: string, was: readonly JsonNode[], is: readonly JsonNode[]): void {
    let start = 0
    while (start < was.length && start < is.length && this.#isSame(was[start]!, is[start]!)) start += 1
    let end = 0
    while (end < Math.min(was.length, is.length) - start && this.#isSame(was.at(-1 - end)!, is.at(-1 - end)!)) end += 1
    const places = Math.max(was.length, is.length) - end
    for (let i = start; i < places; i++) {
      const one = i < was.length - end ? was[i] : undefined
      const other = i < is.length - end ? is[i] : undefined
      if (one !== undefined && other !== undefined) this.#compare(at + ITEM_STEP, one, other)
      else this.#note(at + ITEM_STEP, one, other)
    }
  }

  #isSame(was: JsonNode, is: JsonNode): boolean {
    if (was.kind === 'object' && is.kind === 'object') {
      if (was.entries.length !== is.entries.length) return false
      const members = new Map(is.entries)
      return was.entries.every(([name, child]) => {
        const other = members.get(name)
        return other !== undefined && this.#isSame(child, other)
      })
    }
    if (was.kind === 'array' && is.kind === 'array')
      return was.items.length === is.items.length && was.items.every((child, i) => this.#isSame(child, is.items[i]!))
    return this.#isSameScalar(was, is)
  }

  #isSameScalar(was: JsonNode, is: JsonNode): boolean {
    const [before, now] = [textOfScalar(was), textOfScalar(is)]
    if (before === undefined || now === undefined) return false
    if (was.kind === is.kind && before === now) return true
    return this.#isPair(before, now) || (was.kind === is.kind && this.#areMoments(before, now))
  }

  /** Each says when it was answered. */
  #areMoments(was: string, is: string): boolean {
    const [before, now] = [readTime(was), readTime(is)]
    if (before === undefined || now === undefined || before.format.style !== now.format.style) return false
    return isWithin(before.at, this.#recorded) && isWithin(now.at, this.#replayed)
  }

  #note(at: string, was: JsonNode | undefined, is: JsonNode | undefined): void {
    if (this.#found.has(at) || this.#found.size >= MAX_DIFFERENCES) return
    this.#found.set(at, { at, given: printed(was), truth: printed(is) })
  }
}

function isWithin(moment: number, { at, endedAt }: Moments): boolean {
  return moment >= at - MOMENT_MS && moment <= endedAt + MOMENT_MS
}

function printed(node: JsonNode | undefined): string | null {
  return node === undefined ? null : shortened(printJson(node))
}
