// thread: learner
// Two answers to the same request, leaf beside leaf: what is volatile shows in nothing else.
import type { JsonNode } from '../../core/contract/json.js'
import { readTime } from '../../core/contract/time-format.js'
import { fieldPlace, ITEM_STEP, memberStep } from '../../core/contract/volatile.js'

/** An answer as learning sees it. `json`: undefined where the body cannot be read. */
export interface SeenAnswer {
  readonly headers: readonly string[]
  readonly json: JsonNode | undefined
}

/** A string or number that stands in the same place of both answers. */
export interface LeafPair {
  readonly old: string
  readonly now: string
  readonly isNumber: boolean
  readonly around: Surroundings
}

/** The object that a leaf stands in. */
export interface Surroundings {
  /** Words in it have changed as well: this may be another thing, and its id data. */
  isOther: boolean
}

export interface RepeatLeaves {
  /** By place, see VolatileLeaf.at; several where the place is in a list. */
  readonly pairs: Map<string, LeafPair[]>
  /** Every text of the old and of the new answer: what merely moved is not new. */
  readonly oldTexts: Set<string>
  readonly nowTexts: Set<string>
}

const MAX_LEAVES = 4096
const MAX_INSTANCES = 64
const MAX_PLACE_LENGTH = 256

/** They follow from the body, or say how it is framed or kept; never made anew by themselves. */
const derivedFields = new Set([
  'etag',
  'content-length',
  'content-encoding',
  'content-type',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'cache-control',
  'vary',
])

/** The leaves whose place is tracked already, and those that differ. */
export function repeatLeaves(old: SeenAnswer, now: SeenAnswer, isTracked: (place: string) => boolean): RepeatLeaves {
  const walk = new Walk(isTracked)
  walk.fields(old.headers, now.headers)
  if (old.json !== undefined && now.json !== undefined) walk.body(old.json, now.json)
  return walk
}

class Walk implements RepeatLeaves {
  readonly pairs = new Map<string, LeafPair[]>()
  readonly oldTexts = new Set<string>()
  readonly nowTexts = new Set<string>()
  readonly #isTracked: (place: string) => boolean
  #leaves = 0

  constructor(isTracked: (place: string) => boolean) {
    this.#isTracked = isTracked
  }

  fields(old: readonly string[], now: readonly string[]): void {
    const around: Surroundings = { isOther: false }
    for (let i = 0; i < now.length; i += 2) {
      const name = now[i]!
      if (derivedFields.has(name)) continue
      const values = valuesOf(now, name)
      const before = valuesOf(old, name)
      // A field that is repeated has no one place.
      if (values.length === 1 && before.length === 1)
        this.#leaf(before[0]!, values[0]!, false, fieldPlace(name), around)
    }
  }

  body(old: JsonNode, now: JsonNode): void {
    this.#walk(old, now, '', { isOther: false })
  }

  #walk(old: JsonNode, now: JsonNode, place: string, around: Surroundings): void {
    if (old.kind !== now.kind || this.#leaves >= MAX_LEAVES || place.length > MAX_PLACE_LENGTH) return
    if (old.kind === 'object' && now.kind === 'object') this.#object(old, now, place, around)
    else if (old.kind === 'array' && now.kind === 'array') {
      // Positions of lists of different lengths do not correspond.
      if (old.items.length !== now.items.length) return
      for (let i = 0; i < now.items.length; i++)
        this.#walk(old.items[i]!, now.items[i]!, place + ITEM_STEP, { isOther: false })
    } else if (old.kind === 'string' && now.kind === 'string') this.#leaf(old.value, now.value, false, place, around)
    else if (old.kind === 'number' && now.kind === 'number') this.#leaf(old.raw, now.raw, true, place, around)
  }

  #object(
    old: JsonNode & { kind: 'object' },
    now: JsonNode & { kind: 'object' },
    place: string,
    around: Surroundings,
  ): void {
    const own: Surroundings = { isOther: false }
    const before = new Map(old.entries)
    for (const [name, value] of now.entries) {
      const other = before.get(name)
      if (other !== undefined) this.#walk(other, value, place + memberStep(name), own)
    }
    // `{"id": …, "attributes": {"name": …}}`: the id is that of the thing with the name.
    if (own.isOther) around.isOther = true
  }

  #leaf(old: string, now: string, isNumber: boolean, place: string, around: Surroundings): void {
    this.#leaves += 1
    this.oldTexts.add(old)
    this.nowTexts.add(now)
    if (old === now && !this.#isTracked(place)) return
    if (old !== now && !isNumber && (isWords(old) || isWords(now))) around.isOther = true
    const pairs = this.pairs.get(place)
    if (pairs === undefined) this.pairs.set(place, [{ old, now, isNumber, around }])
    else if (pairs.length < MAX_INSTANCES) pairs.push({ old, now, isNumber, around })
  }
}

/** What people read: not a moment, and not one long word with digits in it, as ids, links and signatures are. */
function isWords(text: string): boolean {
  if (text.length >= 12 && /\d/.test(text) && !/\s/.test(text)) return false
  return readTime(text) === undefined
}

function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) values.push(headers[i + 1]!)
  return values
}
