// thread: learner
// What an API says when there is nothing, or nothing for this client: not found, unauthorised, forbidden. Learned by kinds of
// cases, so that each kind earns its own confidence: `an id above all that were ever seen`, `somebody without credentials`.
import { withoutFieldsOfOneAnswer } from '../../core/contract/body-fields.js'
import { type JsonNode, printJson } from '../../core/contract/json.js'
import { sharedFields } from '../learn/shared-fields.js'
import { circumstancesOf } from './circumstances.js'
import { endpointOf } from './graph.js'
import type { Inputs } from './inputs.js'
import { numberIn, type RecordType } from './records.js'
import { type Circumstances, compose, derive, type Example, noTally } from './surroundings.js'
import { leafCount } from './tree.js'
import type { Question, WorldAnswer } from './world.js'

export interface Facts {
  readonly type: RecordType | undefined
  /** Identifier of the record that the request names. */
  readonly id: string | undefined
  /** Credentials that were answered well on this route. */
  readonly routeScopes: ReadonlySet<string> | undefined
  readonly scope: string
  readonly inputs: Inputs | undefined
  /** That identifier as the request has it, and what the things of the route may be called; see kind-words.ts. */
  readonly words: ReadonlyMap<string, string>
  /** No new route was found lately. */
  readonly isSettled: boolean
}

type Said = Example & {
  readonly scope: string
  readonly body: JsonNode | undefined
  readonly headers: readonly string[]
  /** Undefined: written by a version that did not note it, or of no route. */
  readonly routeId?: string
  /** Undefined: written by a version that did not note it. */
  readonly path?: string
}

interface Case {
  readonly examples: Said[]
  status: number
  seenAt: number
  /** How often it came out so, and how often some other way. */
  said: number
  other: number
  isText: boolean
}

const MAX_EXAMPLES = 8
const MAX_CASES = 2000
/** What says no is short, and so is what it says it of. */
const MAX_LEAVES = 500
const MAX_QUERY_CHARS = 4096
/** So often the same words are what is always said. */
const ALWAYS = 3
/** Numbers and addresses may be somebody's. */
const NAMES_SOMEBODY = /[\d@]/
/** Where hardly anything new was shown lately, what is not known most likely is not there. */
const FAMILIAR = 0.02

/** As it is written down; fit for structured clone. */
export interface SavedAbsences {
  readonly cases: ReadonlyMap<string, Case>
  readonly good: ReadonlySet<string>
}

export class Absences {
  readonly #cases = new Map<string, Case>()
  /** Credentials that were answered well anywhere. */
  readonly #good = new Set<string>()
  isSaved = true

  saved(): SavedAbsences {
    return { cases: this.#cases, good: this.#good }
  }

  restore({ cases, good }: SavedAbsences): void {
    for (const [key, known] of cases) this.#cases.set(key, known)
    for (const scope of good) this.#good.add(scope)
  }

  present(scope: string): void {
    if (!this.#good.has(scope)) this.isSaved = false
    if (this.#good.size < 100_000) this.#good.add(scope)
  }

  learn(
    question: Question,
    facts: Facts,
    status: number,
    headers: readonly string[],
    body: JsonNode | undefined,
    at: number,
    isText = false,
  ): void {
    if ((body !== undefined && leafCount(body) > MAX_LEAVES) || question.query.length > MAX_QUERY_CHARS) return
    this.isSaved = false
    for (const key of this.#keys(question, facts)) {
      let known = this.#cases.get(key)
      if (known === undefined || known.status !== status || known.isText !== isText) {
        if (known !== undefined && known.said > 2) {
          known.other += 1
          if (known.other * 2 < known.said) continue
        }
        if (this.#cases.size >= MAX_CASES) this.#cases.delete(this.#cases.keys().next().value!)
        known = { examples: [], status, seenAt: at, said: 0, other: 0, isText }
        this.#cases.set(key, known)
      }
      known.said += 1
      known.seenAt = at
      known.examples.push({
        scope: facts.scope,
        body,
        headers,
        ...(question.place === undefined ? {} : { routeId: question.place.routeId }),
        path: question.path,
        node: body ?? { kind: 'literal', raw: 'null' },
        circumstances: circumstancesIn(question, facts),
      })
      if (known.examples.length > MAX_EXAMPLES) known.examples.splice(leastTelling(known.examples), 1)
    }
  }

  /** A refusal that goes before anything that is known: who asks is not let in here. */
  denial(question: Question, facts: Facts): WorldAnswer | undefined {
    if (facts.routeScopes?.has('') || facts.routeScopes?.has(facts.scope)) return undefined
    if (this.#standing(facts.scope) === 'own') return undefined
    return this.#answerOf(question, facts, this.#keys(question, facts), ['401', '403'])
  }

  /** What is said when the record is not known, or the route. `isHeldBack`: as if this very path had never been asked. */
  answer(question: Question, facts: Facts, isHeldBack = false): WorldAnswer | undefined {
    if (question.place !== undefined && facts.id === undefined) return undefined
    const keys = this.#keys(question, facts)
    return this.#answerOf(question, facts, isHeldBack ? keys.filter(isOfOthers) : keys, undefined, isHeldBack)
  }

  /** What other routes say where a record is not known, as if this one had never said it: what that is worth, its answers show. */
  siblingAnswer(question: Question, facts: Facts): WorldAnswer | undefined {
    return this.#answerOf(question, facts, this.#keys(question, facts).filter(isOfSiblings), undefined)
  }

  /** Ways to say that there is nothing at a path for which no route is known, of which any was seen; see {@link Absences.answer}. */
  kindsNowhere(): ReadonlySet<string> {
    const kinds = new Set<string>()
    for (const [key, { status }] of this.#cases) {
      const which = key.slice(key.indexOf(' ') + 1)
      if (/^(?:by-path|no-route|no-route-settled) /.test(which)) kinds.add(`${verdictOf(status)} ${which}`)
    }
    return kinds
  }

  #answerOf(
    question: Question,
    facts: Facts,
    keys: readonly string[],
    only: readonly string[] | undefined,
    isHeldBack = false,
  ): WorldAnswer | undefined {
    for (const key of keys) {
      const known = this.#cases.get(key)
      if (known === undefined || (only !== undefined && !only.includes(String(known.status)))) continue
      const all = isHeldBack ? known.examples.filter(({ path }) => path !== question.path) : known.examples
      const said = isOfSiblings(key) ? ofOtherRoutes(all, question.place?.routeId) : all
      const usable = usableFor(facts.scope, known.status, said)
      if (usable.length === 0) continue
      const body = compose(derive(usable), circumstancesIn(question, facts), noTally())
      if (body === undefined) continue
      return {
        tier: 'entity',
        status: known.status,
        headers: withoutFieldsOfOneAnswer(sharedFields(usable.map(example => example.headers))),
        body,
        isText: known.isText && known.examples.some(({ body: text }) => text !== undefined),
        kind: this.#kind(key, known.status, facts),
        because: `${known.said} such requests got ${known.status}`,
        capturedAt: known.seenAt,
      }
    }
    return undefined
  }

  #standing(scope: string): 'nobody' | 'own' | 'stranger' {
    return scope === '' ? 'nobody' : this.#good.has(scope) ? 'own' : 'stranger'
  }

  /** The cases that a question falls under, the most telling first. */
  #keys({ place, path, gone }: Question, { type, id, scope, routeScopes, isSettled }: Facts): string[] {
    const standing = this.#standing(scope)
    // Where no new place was found for long, one that is not known most likely is none.
    const newness = isSettled ? 'no-route-settled' : 'no-route'
    if (place === undefined)
      return [
        `${path} by-path ${standing}`,
        `${path.split('/')[1] ?? ''} ${newness} ${standing}`,
        `* ${newness} ${standing}`,
      ]
    const isPublic = routeScopes?.has('') === true
    const who = isPublic ? 'public' : standing
    const what = gone === true ? 'gone' : type === undefined || id === undefined ? 'any' : stateOfId(type, scope, id)
    const keys = [`${place.routeId} ${who} ${what}`]
    // Most say of what was taken away what they say of what never was.
    if (gone === true && type !== undefined && id !== undefined) keys.push(`${place.routeId} ${who} unknown`)
    // What those are told who are not let in is most often the same everywhere.
    if (who !== 'own' && !isPublic) keys.push(`${place.routeId} ${who} any`, `* ${who} private`)
    const endpoint = endpointOf(place.routeId)
    if (what === 'unknown' && (endpoint !== undefined || isPublic)) keys.push(`${endpoint ?? '*'} sibling unknown`)
    return keys
  }

  /** The name under which answers of this case are graded. */
  #kind(key: string, status: number, { type, id }: Facts): string {
    const which = key.slice(key.indexOf(' ') + 1)
    return `${verdictOf(status)} ${which.endsWith(' unknown') ? `${which.slice(0, -8)} ${lookOfId(type!, id!)}` : which}`
  }
}

function verdictOf(status: number): 'denied' | 'absent' {
  return status === 401 || status === 403 ? 'denied' : 'absent'
}

function circumstancesIn(question: Question, facts: Facts): Circumstances {
  const of = circumstancesOf(question.path, question.query, facts.inputs ?? new Map(), {
    columns: [],
    rows: [],
    n: undefined,
    slice: undefined,
    total: undefined,
  })
  return { ...of, values: new Map([...of.values, ...facts.words]) }
}

function isOfSiblings(key: string): boolean {
  return key.endsWith(' sibling unknown')
}

/** It rests on more than what was asked at the very path. */
function isOfOthers(key: string): boolean {
  return !key.includes(' by-path ')
}

/** The oldest of the route that has most: each says something that the others do not. */
function leastTelling(examples: readonly Said[]): number {
  const counts = new Map<string | undefined, number>()
  for (const { routeId } of examples) counts.set(routeId, (counts.get(routeId) ?? 0) + 1)
  const most = Math.max(...counts.values())
  return examples.findIndex(({ routeId }) => counts.get(routeId) === most)
}

/** Where only one route said it, and called its things by name, nobody knows how another would. */
function ofOtherRoutes(examples: readonly Said[], routeId: string | undefined): readonly Said[] {
  const others = examples.filter(example => example.routeId !== routeId)
  if (new Set(others.map(example => example.routeId)).size > 1) return others
  return others.filter(({ node, circumstances: { values } }) => {
    const words = printJson(node).toLowerCase()
    return ![...values].some(([name, word]) => name.startsWith('kind:') && words.includes(word.toLowerCase()))
  })
}

/**
 * What was said to another client stands in no answer to this one, but what was said to several: then it is nobody's own. Each
 * of those has one voice, so that no one client outvotes the others. A 401 says that the API knows not who asks (RFC 9110
 * §15.5.2): words that it always gives one such client, and that can hardly name anybody, it gives the next as well.
 */
function usableFor<T extends { readonly scope: string; readonly node: JsonNode }>(
  scope: string,
  status: number,
  examples: readonly T[],
): readonly T[] {
  const own = examples.filter(example => example.scope === '' || example.scope === scope)
  if (own.length > 0) return own
  const newest = new Map(examples.map(example => [example.scope, example]))
  if (newest.size > 1) return [...newest.values()]
  if (status !== 401 || examples.length < ALWAYS) return []
  const words = printJson(examples[0]!.node)
  return NAMES_SOMEBODY.test(words) || examples.some(({ node }) => printJson(node) !== words) ? [] : examples
}

/** Is the record not known at all, gone, or another's? */
function stateOfId(type: RecordType, scope: string, id: string): 'known' | 'gone' | 'foreign' | 'unknown' {
  const record = type.find(scope, id)
  if (record !== undefined) return record.goneAt > 0 ? 'gone' : 'known'
  return scope !== '' && type.isForeign(scope, id) ? 'foreign' : 'unknown'
}

/** How an identifier that is not known looks beside those that are. */
function lookOfId(type: RecordType, id: string): string {
  const value = numberIn(id)
  if (value !== undefined && type.maxInt > 0)
    return value > type.maxInt * 1.5 ? 'far-above' : value > type.maxInt ? 'above' : 'within'
  if (!type.fits(id)) return 'unlike'
  return type.novelty < FAMILIAR ? 'familiar' : 'alike'
}
