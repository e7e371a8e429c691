// thread: any
// The shape of a JSON document: which members its objects have and of which kind values are, whatever they say. Pure.
import type { JsonNode } from '../contract/json.js'
import type { Difference } from '../contract/json-differences.js'
import { ITEM_STEP, memberStep } from '../contract/volatile.js'

interface Place {
  /** `object`, `array`, `string`, `number`, `boolean`; null is of every kind. */
  readonly kinds: Set<string>
  /** How often it was there, and how often it could have been. */
  seen: number
  objects: number
  /** Some objects at its place have it, and others do not. */
  isOptional: boolean
}

/** Places that are told. */
const MAX_PLACES = 20

/** Members that are gone or new, and values that are of another kind. A row more or less is none, nor is null for a value. */
export function shapeDifferences(recorded: JsonNode, replayed: JsonNode): Difference[] {
  const was = placesOf(recorded)
  const is = placesOf(replayed)
  const found: Difference[] = []
  for (const [at, place] of was) {
    const other = is.get(at)
    if (other !== undefined) {
      if (place.kinds.size > 0 && other.kinds.size > 0 && !sameKinds(place, other))
        found.push({ at, given: kindsOf(place), truth: kindsOf(other) })
    } else if (!place.isOptional && hadChance(at, is)) found.push({ at, given: kindsOf(place), truth: null })
  }
  for (const [at, place] of is)
    if (!was.has(at) && !place.isOptional && hadChance(at, was)) found.push({ at, given: null, truth: kindsOf(place) })
  return outermost(found).slice(0, MAX_PLACES)
}

function placesOf(root: JsonNode): Map<string, Place> {
  const places = new Map<string, Place>()
  const note = (at: string, node: JsonNode): void => {
    const place = placeAt(places, at)
    place.seen += 1
    const kind = kindOf(node)
    if (kind !== undefined) place.kinds.add(kind)
    if (node.kind === 'object') {
      place.objects += 1
      for (const [name, child] of node.entries) note(at + memberStep(name), child)
    } else if (node.kind === 'array') for (const item of node.items) note(at + ITEM_STEP, item)
  }
  note('', root)
  for (const [at, place] of places) {
    // An item of a list could be there any number of times: whether it is says nothing.
    const above = at.endsWith(ITEM_STEP) ? undefined : places.get(at.slice(0, Math.max(0, at.lastIndexOf('/'))))
    place.isOptional = above !== undefined && at !== '' && place.seen < above.objects
  }
  return places
}

/** Was there an object that could have had this member? */
function hadChance(at: string, places: ReadonlyMap<string, Place>): boolean {
  if (at === '' || at.endsWith(ITEM_STEP)) return false
  return (places.get(at.slice(0, at.lastIndexOf('/')))?.objects ?? 0) > 0
}

function placeAt(places: Map<string, Place>, at: string): Place {
  let place = places.get(at)
  if (place === undefined) {
    place = { kinds: new Set(), seen: 0, objects: 0, isOptional: false }
    places.set(at, place)
  }
  return place
}

function kindOf(node: JsonNode): string | undefined {
  if (node.kind !== 'literal') return node.kind
  return node.raw === 'null' ? undefined : 'boolean'
}

function kindsOf({ kinds }: Place): string {
  return kinds.size === 0 ? 'null' : [...kinds].sort().join(' or ')
}

/** Where one side had several kinds, each of the other one is fine that was among them. */
function sameKinds(a: Place, b: Place): boolean {
  const [few, many] = a.kinds.size <= b.kinds.size ? [a.kinds, b.kinds] : [b.kinds, a.kinds]
  for (const kind of few) if (!many.has(kind)) return false
  return true
}

/** What is below a place that is told already says nothing more. */
function outermost(found: readonly Difference[]): Difference[] {
  const places = new Set(found.map(({ at }) => at))
  return found.filter(({ at }) => {
    for (let end = at.lastIndexOf('/'); end >= 0; end = at.lastIndexOf('/', end - 1)) {
      if (places.has(at.slice(0, end))) return false
      if (end === 0) break
    }
    return true
  })
}
