// thread: learner
// Kinds of answers of one route, each with a few examples, and what stands around the records in them as far as the examples
// tell.
import { situationOf } from './circumstances.js'
import { fieldTree } from './derived-fields.js'
import type { Site } from './sites.js'
import { agrees, compose, type Derivation, derive, type Example, noTally, unknownAt } from './surroundings.js'

const MAX_DERIVED = 64
const EXAMPLES_PER_VARIANT = 16
const MAX_VARIANTS = 64

/** What stands around records. */
export interface Around {
  readonly body: Derivation
  readonly fields: Derivation
  /** Of the examples: what it looks like in another one is not known for certain. */
  readonly situations: ReadonlySet<string>
}

interface Variant {
  readonly examples: (Example & { scope: string; headers: readonly string[]; situation: string })[]
  readonly derived: Map<string, Around>
  added: number
  site: Site | undefined
}

export class AnswerVariants {
  readonly #variants = new Map<string, Variant>()
  readonly #sparse: boolean

  /** `sparse`: each answer shows only what was selected, so that a member that is not there says nothing. */
  constructor(sparse: boolean) {
    this.#sparse = sparse
  }

  /** `key`: tells kinds of answers apart. */
  add(key: string, scope: string, example: Example, headers: readonly string[], site: Site | undefined): void {
    let variant = this.#variants.get(key)
    if (variant === undefined) {
      if (this.#variants.size >= MAX_VARIANTS) this.#variants.delete(this.#variants.keys().next().value!)
      variant = { examples: [], derived: new Map(), site, added: 0 }
      this.#variants.set(key, variant)
    }
    const situation = situationOf(example.circumstances)
    variant.examples.push({ ...example, scope, headers, situation })
    variant.added += 1
    // The oldest of those there are most of: a first page, a last one and an empty one each say what the others do not.
    if (variant.examples.length > EXAMPLES_PER_VARIANT) {
      const counts = new Map<string, number>()
      for (const { situation: of } of variant.examples) counts.set(of, (counts.get(of) ?? 0) + 1)
      const most = Math.max(...counts.values())
      const at = variant.examples.findIndex(({ situation: of }) => counts.get(of) === most)
      variant.examples.splice(at, 1)
    }
    // What is derived stays while it says what the new example says; with few examples it may still get better.
    const { length } = variant.examples
    if (variant.added < 16 && (length & (length - 1)) === 0) variant.derived.clear()
    for (const [of, { body, fields, situations }] of variant.derived) {
      if (of !== scope && scope !== '') continue
      const said = compose(body, example.circumstances, noTally())
      const told = compose(fields, example.circumstances, noTally())
      const holds =
        situations.has(situation) &&
        said !== undefined &&
        agrees(said, example.node) &&
        told !== undefined &&
        agrees(told, fieldTree(headers))
      if (!holds) variant.derived.delete(of)
    }
    variant.site = site ?? variant.site
  }

  /** What stands around the records in such answers; undefined: none was seen. `places`: where what stands is derived from what nobody knows. */
  around(key: string, scope: string, places: readonly string[]): (Around & { site: Site }) | undefined {
    const variant = this.#variants.get(key)
    if (variant?.site === undefined) return undefined
    let derived = variant.derived.get(scope)
    if (derived === undefined) {
      // What one credential saw stands in no answer to another.
      const mine = variant.examples.filter(example => example.scope === '' || example.scope === scope)
      if (mine.length === 0) return undefined
      // Where a page stands in its list is not known of all; those of which it is tell more.
      const placed = mine.filter(({ circumstances }) => circumstances.hasMore !== undefined)
      const telling = placed.length >= 2 ? placed : mine
      derived = {
        body: unknownAt(derive(telling, this.#sparse), places),
        fields: unknownAt(
          surelyOf(derive(mine.map(({ headers, circumstances }) => ({ node: fieldTree(headers), circumstances })))),
          places.flatMap(at => (at.startsWith(':') ? [`/${at.slice(1)}`] : [])),
        ),
        situations: new Set(mine.map(({ situation }) => situation)),
      }
      if (variant.derived.size >= MAX_DERIVED) variant.derived.clear()
      variant.derived.set(scope, derived)
    }
    return { ...derived, site: variant.site }
  }

  clear(): void {
    this.#variants.clear()
  }
}

/** Without fields that not all examples had. */
function surelyOf(fields: Derivation): Derivation {
  if (fields.kind !== 'object') return fields
  const members = fields.members.map(
    ([name, field, when]) => [name, 'isGuess' in field ? { kind: 'unknown' as const } : field, when] as const,
  )
  return { kind: 'object', members }
}
