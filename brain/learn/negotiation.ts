// thread: learner
// Which routes answer the same question in several forms, by Accept or Accept-Language, though no `Vary` says so: the data show
// it. Where an answer may be a translation of the other the two are told apart, for one that was not asked for is worse than none.
import {
  isNegotiating,
  isUndecided,
  type NegotiatingField,
  negotiatingFields,
  type OfferedForms,
} from '../../core/contract/negotiation.js'
import type { VolatileMap } from '../../core/contract/volatile.js'

/** An answer, and what of the request may have chosen its form. */
export interface SeenForm {
  /** In one spelling, or a digest of that. */
  readonly accept: string
  readonly acceptLanguage: string
  readonly status: number
  /** Media type without parameters; '' for none. */
  readonly type: string
  /** Content-Language; '' for none. */
  readonly language: string
  /** Of what is not made anew in each answer, by `mask`. */
  readonly hash: string
  /** Of what is said in other words in a translation as well; '' where that cannot be told. */
  readonly skeleton: string
  readonly mask: VolatileMap | undefined
  readonly startedAt: number
  readonly completedAt: number
}

interface RouteForms {
  /** Taken for part of the identity of every request of the route. */
  readonly proven: Set<NegotiatingField>
  /** Of these, those with which it also differs what is said, in one media type. */
  readonly differs: Set<NegotiatingField>
  /** Questions whose answers differed with the field, and of these how many came to be the same. */
  readonly differing: Map<NegotiatingField, number>
  readonly equal: Map<NegotiatingField, number>
  readonly types: Set<string>
  byDefault: string | undefined
  /** What all that ask it have in these fields; undefined: they do not have the same. */
  allAsk: string | undefined
}

export interface AskedForm {
  /** What the API says itself. */
  readonly vary: readonly string[]
  /** As it was sent. */
  readonly accept: string | undefined
  /** What the request has in the negotiating fields, in one text. */
  readonly by: string
  readonly status: number
  readonly type: string
  /** When anything was written last. */
  readonly writtenAt: number
  /** Worked out where it is needed: most clients of most routes ask for the same. */
  seen(): SeenForm
  /** The answer that is kept of this question. */
  before(): SeenForm | undefined
}

interface QuestionForms {
  forms: SeenForm[]
  /** Fields that its answers are told apart by, for want of another reason why they differed. */
  readonly by: Set<NegotiatingField>
  /** Its answers differed with Accept, in one media type. */
  isVersioned: boolean
}

export type SavedNegotiation = readonly (readonly [
  routeId: string,
  proven: readonly NegotiatingField[],
  differs: readonly NegotiatingField[],
  differing: readonly (readonly [NegotiatingField, number])[],
  equal: readonly (readonly [NegotiatingField, number])[],
  types: readonly string[],
  byDefault: string | null,
  allAsk: string | null,
])[]

/** What another answer changed: the fields that a question, or every question of its route, is named by. */
export type Renamed = 'nothing' | 'question' | 'route'

const NOT_ACCEPTABLE = 406
const MAX_ROUTES = 4096
const MAX_QUESTIONS = 4096
/** Whoever asks makes up values as he likes. */
const MAX_FORMS = 8
const MAX_TYPES = 8
/** Questions that differed with a field before all of the route are told apart by it, where none of them came to be the same. */
const ENOUGH_QUESTIONS = 3
/** Questions that came to be the same, after which a difference alone is not believed any more. */
const MAX_EQUAL = 3

export class Negotiation {
  readonly #routes = new Map<string, RouteForms>()
  /** Seen longest ago first. */
  readonly #questions = new Map<string, QuestionForms>()

  constructor(saved: SavedNegotiation = []) {
    for (const [id, proven, differs, differing, equal, types, byDefault, allAsk] of saved)
      this.#routes.set(id, {
        proven: new Set(proven),
        differs: new Set(differs),
        differing: new Map(differing),
        equal: new Map(equal),
        types: new Set(types),
        byDefault: byDefault ?? undefined,
        allAsk: allAsk ?? undefined,
      })
  }

  get isEmpty(): boolean {
    return this.#routes.size === 0
  }

  /** Fields that every question of this route is named by. */
  fieldsOf(routeId: string): ReadonlySet<NegotiatingField> {
    return this.#routes.get(routeId)?.proven ?? none
  }

  /** Fields of which it depends what answers say: what is put together of several would be a mixture. */
  differsBy(routeId: string): ReadonlySet<NegotiatingField> {
    return this.#routes.get(routeId)?.differs ?? none
  }

  /** Undefined: it is not known to answer in several media types. */
  offeredBy(routeId: string): OfferedForms | undefined {
    const route = this.#routes.get(routeId)
    if (route === undefined || !route.proven.has('accept') || route.types.size < 2) return undefined
    return { types: [...route.types], ...(route.byDefault === undefined ? {} : { byDefault: route.byDefault }) }
  }

  /** Fields that this question is named by, beside those of its route. */
  fieldsOfQuestion(question: string): ReadonlySet<NegotiatingField> {
    return this.#questions.get(question)?.by ?? none
  }

  /** An answer to a question, which is named by all but negotiation. */
  observe(routeId: string, question: string, asked: AskedForm): Renamed {
    const { vary, accept, status, type, writtenAt } = asked
    const route = this.#routeOf(routeId, asked.by)
    const provenBefore = route.proven.size
    for (const field of vary) if (isNegotiating(field)) route.proven.add(field)
    if (route.proven.has('accept-language')) route.differs.add('accept-language')
    if (status === 200 && type !== '' && (route.types.has(type) || route.types.size < MAX_TYPES)) {
      route.types.add(type)
      if (isUndecided(accept, [...route.types])) route.byDefault = type
    }
    if (route.allAsk !== asked.by) route.allAsk = undefined
    if (route.allAsk !== undefined) return route.proven.size === provenBefore ? 'nothing' : 'route'
    const of = this.#questionOf(question)
    const before = [...of.by].join()
    const seen = asked.seen()
    if (of.forms.length === 0) of.forms = [asked.before() ?? []].flat()
    const others = of.forms.filter(
      form =>
        form.startedAt > writtenAt && (form.accept !== seen.accept || form.acceptLanguage !== seen.acceptLanguage),
    )
    const own = of.forms.find(
      ({ accept, acceptLanguage }) => accept === seen.accept && acceptLanguage === seen.acceptLanguage,
    )
    const changedByItself =
      own !== undefined && own.startedAt > writtenAt && own.mask === seen.mask && own.hash !== seen.hash
    for (const other of others) this.#compare(route, of, { other, own, seen, changedByItself })
    if (route.proven.has('accept-language')) route.differs.add('accept-language')
    // What was said to others before it changed is not what they would be told now.
    of.forms = [...(changedByItself ? [] : others), seen].slice(-MAX_FORMS)
    if (route.proven.size !== provenBefore) return 'route'
    return before === [...of.by].join() ? 'nothing' : 'question'
  }

  /** `from` became part of `to`. */
  move(from: string, to: string): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    this.#routes.delete(from)
    const into = this.#routeOf(to, old.allAsk)
    if (into.allAsk !== old.allAsk) into.allAsk = undefined
    for (const field of old.proven) into.proven.add(field)
    for (const field of old.differs) into.differs.add(field)
    for (const type of old.types) if (into.types.size < MAX_TYPES) into.types.add(type)
    into.byDefault ??= old.byDefault
    for (const field of negotiatingFields) {
      into.differing.set(field, (into.differing.get(field) ?? 0) + (old.differing.get(field) ?? 0))
      into.equal.set(field, (into.equal.get(field) ?? 0) + (old.equal.get(field) ?? 0))
    }
  }

  /** A part of `from` is a route of its own. */
  split(from: string, to: string): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    const { proven, differs, types, byDefault, allAsk } = old
    this.#routes.set(to, {
      proven: new Set(proven),
      differs: new Set(differs),
      differing: new Map(),
      equal: new Map(),
      types: new Set(types),
      byDefault,
      allAsk,
    })
  }

  toJSON(): SavedNegotiation {
    return [...this.#routes]
      .filter(([, { proven, types }]) => proven.size > 0 || types.size > 0)
      .map(([id, { proven, differs, differing, equal, types, byDefault, allAsk }]) => [
        id,
        [...proven],
        [...differs],
        [...differing],
        [...equal],
        [...types],
        byDefault ?? null,
        allAsk ?? null,
      ])
  }

  #compare(
    route: RouteForms,
    of: QuestionForms,
    pair: { other: SeenForm; own: SeenForm | undefined; seen: SeenForm; changedByItself: boolean },
  ): void {
    const { other, own, seen, changedByItself } = pair
    const fields = negotiatingFields.filter(field =>
      field === 'accept' ? other.accept !== seen.accept : other.acceptLanguage !== seen.acceptLanguage,
    )
    if (fields.includes('accept') && hasOtherType(other, seen)) route.proven.add('accept')
    else if (fields.includes('accept-language') && hasOtherLanguage(other, seen)) route.proven.add('accept-language')
    else if (other.status === 200 && seen.status === 200 && other.mask === seen.mask) {
      if (other.hash === seen.hash) {
        for (const field of fields) if (of.by.delete(field)) count(route.equal, field)
        // Pages without words are equal in all languages, but an answer is not one version and the other.
        if (fields.includes('accept')) count(route.equal, 'accept')
        return
      }
      if (changedByItself || seen.startedAt < other.completedAt) return
      // The one, the other, and the one again.
      const [only] = fields
      const isBack =
        own !== undefined && own.mask === seen.mask && own.hash === seen.hash && other.completedAt > own.completedAt
      if (isBack && only !== undefined && fields.length === 1) {
        route.proven.add(only)
        route.differs.add(only)
      }
      if (only === 'accept' && fields.length === 1 && !of.isVersioned) {
        of.isVersioned = true
        if (count(route.differing, only) >= ENOUGH_QUESTIONS && (route.equal.get(only) ?? 0) === 0) {
          route.proven.add(only)
          route.differs.add(only)
        }
      }
      // Far more often data has changed; but then not in words alone.
      if (!fields.includes('accept-language') || other.skeleton !== seen.skeleton) return
      const equal = route.equal.get('accept-language') ?? 0
      if (of.by.has('accept-language') || equal >= MAX_EQUAL) return
      of.by.add('accept-language')
      if (count(route.differing, 'accept-language') >= ENOUGH_QUESTIONS && equal === 0)
        route.proven.add('accept-language')
    }
  }

  #routeOf(routeId: string, allAsk: string | undefined): RouteForms {
    let route = this.#routes.get(routeId)
    if (route === undefined) {
      route = {
        proven: new Set(),
        differs: new Set(),
        differing: new Map(),
        equal: new Map(),
        types: new Set(),
        byDefault: undefined,
        allAsk,
      }
      if (this.#routes.size >= MAX_ROUTES) this.#routes.delete(this.#routes.keys().next().value!)
      this.#routes.set(routeId, route)
    }
    return route
  }

  #questionOf(question: string): QuestionForms {
    const of = this.#questions.get(question) ?? { forms: [], by: new Set(), isVersioned: false }
    this.#questions.delete(question)
    this.#questions.set(question, of)
    if (this.#questions.size > MAX_QUESTIONS) this.#questions.delete(this.#questions.keys().next().value!)
    return of
  }
}

const none: ReadonlySet<NegotiatingField> = new Set()

/** §15.5.7: an answer that says so is about Accept, and means that there is none in such a form. */
function hasOtherType(a: SeenForm, b: SeenForm): boolean {
  if (a.status === NOT_ACCEPTABLE || b.status === NOT_ACCEPTABLE) return a.status !== b.status
  return a.status === 200 && b.status === 200 && a.type !== b.type && a.type !== '' && b.type !== ''
}

function hasOtherLanguage(a: SeenForm, b: SeenForm): boolean {
  return a.language !== '' && b.language !== '' && a.language !== b.language
}

function count(counts: Map<NegotiatingField, number>, field: NegotiatingField): number {
  const times = (counts.get(field) ?? 0) + 1
  counts.set(field, times)
  return times
}
