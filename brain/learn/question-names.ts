// thread: learner
// What tells the questions of a route from each other, by evidence: which parameters change nothing, and which fields choose the
// form of an answer. Where that is known better, what was kept gets other names, and the model reads its questions anew.
import { essenceOf } from '../../core/contract/baseline.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { fieldOf } from '../../core/contract/fields.js'
import type { JsonNode } from '../../core/contract/json.js'
import { isMistake } from '../../core/contract/learnable.js'
import type { LessonRoute } from '../../core/contract/lesson.js'
import type { Exemplar, MemoryWriter, Tombstone } from '../../core/contract/memory.js'
import { isNegotiating } from '../../core/contract/negotiation.js'
import { type Question, routeMethod, routePath } from '../../core/contract/question.js'
import { withoutParams } from '../../core/contract/request-key.js'
import type { VolatileMap } from '../../core/contract/volatile.js'
import type { Reading } from '../world/route-world.js'
import { type ComparedAnswer, comparedOf, fingerprintOf, skeletonOf } from './fingerprint.js'
import { InertParams, type SavedInertParams } from './inert-params.js'
import { standing } from './learned-exchange.js'
import {
  fieldsIn,
  type Identities,
  identified,
  isBelieved,
  type LearnedExchange,
  negotiatedBy,
  negotiatingIn,
} from './learned-identity.js'
import { Negotiation, type SavedNegotiation, type SeenForm } from './negotiation.js'
import type { RouteTable } from './route-table.js'

/** RFC 9110 §15.5.7. */
const NOT_ACCEPTABLE = 406
/** Exemplars of a route that follow when its questions get other names. */
const RENAMED_PER_ROUTE = 2000

export interface QuestionNamesParts {
  readonly memory: MemoryWriter
  readonly routes: () => RouteTable
  /** What is new in each answer of a route; undefined: nothing that is known. */
  readonly volatileOf: (routeId: string) => VolatileMap | undefined
  /** When the last write went through, epoch ms. */
  readonly writtenAt: () => number
  /** Questions of a route are read otherwise from now on. */
  readonly reread: (routeId: string, reading: Reading) => void
  /** What it was learned from may be of other questions than they looked like. */
  readonly forgetTemplate: (routeId: string) => void
}

export class QuestionNames {
  readonly #parts: QuestionNamesParts
  #params = new InertParams()
  #negotiation = new Negotiation()

  constructor(parts: QuestionNamesParts) {
    this.#parts = parts
  }

  // ── what it knows ──────────────────────────────────────────────────────────────────────────────────────────────────

  #routeIdOf(path: string): string {
    return this.#parts.routes().match('GET', path)?.route.id ?? ''
  }

  /** A query without the parameters that change nothing at this path. */
  withoutIgnored(path: string, query: string): string {
    return query === '' ? query : withoutParams(query, this.#params.ignoredOn(this.#routeIdOf(path)))
  }

  /** What was asked, by the name that it has by now. */
  named(sent: Exchange, question: Question): LearnedExchange {
    const routeId = this.#routeIdOfQuestion(question, sent) ?? ''
    const named = identified(
      { ...sent, negotiated: negotiatedBy(sent.requestHeaders) },
      this.#identitiesOf(routeId, question.kind === 'plain'),
    )
    return named.selected === sent.selected ? named : { ...named, vary: fieldsIn(named.selected) }
  }

  #identitiesOf(routeId: string, isPlain = true): Identities {
    const ofRoute = this.#negotiation.fieldsOf(routeId)
    return {
      ignored: isPlain ? this.#params.ignoredOn(routeId) : new Set(),
      fieldsOf: baseKey => [...ofRoute, ...negotiatingIn(this.#parts.memory.vary(baseKey))],
    }
  }

  /** What is put together there would be in any form, or in several. */
  isMixed(routeId: string): boolean {
    return this.#negotiation.differsBy(routeId).size > 0
  }

  /** What is kept of the question, and may be believed as parameters are read now. */
  stored({ key }: Pick<Exchange, 'key'>): Exemplar | Tombstone | undefined {
    const stored = this.#parts.memory.exemplar(key)
    if (stored === undefined || 'gone' in stored || stored.ignored === undefined) return stored
    return this.isBelieved(stored) ? stored : undefined
  }

  isBelieved(exemplar: Exemplar): boolean {
    return isBelieved(exemplar, this.#params.ignoredOn(this.#routeIdOf(exemplar.path)))
  }

  /** Evidence on what tells this question from others. True: it is named in another way now. */
  weigh(
    sent: Exchange,
    named: LearnedExchange,
    question: Question,
    answer: { plain: Buffer | undefined; json: JsonNode | undefined },
    before: Exemplar | undefined,
  ): boolean {
    const routeId = this.#routeIdOfQuestion(question, sent)
    if (routeId === undefined) return false
    // It may be a mistake for what else this one client said; only that the form is not to be had says something of forms.
    const isSpoiled = before !== undefined && before.status < 400 && isMistake(sent.status)
    if (isSpoiled && sent.status !== NOT_ACCEPTABLE) return false
    const compared = { ...sent, body: answer.plain ?? sent.body, json: answer.json }
    const isRenamed = !isSpoiled && question.kind === 'plain' && this.#weighParams(routeId, sent, named.key, compared)
    return this.#weighForm(routeId, sent, named, compared, before) || isRenamed
  }

  #weighParams(routeId: string, sent: Exchange, key: string, answer: ComparedAnswer): boolean {
    if (sent.method !== 'GET') return false
    const { scope, path, query, startedAt, completedAt, requestHeaders, selected = [] } = sent
    const negotiated = ['accept', 'accept-language'].map(field => fieldOf(requestHeaders, field) ?? '')
    const name = [scope, ...negotiated, ...selected, path].join('\n')
    const before = this.#params.ignoredOn(routeId)
    this.#params.observe(
      routeId,
      { name, query, startedAt, completedAt, answer, key },
      {
        writtenAt: this.#parts.writtenAt(),
        volatile: this.#parts.volatileOf(routeId),
        kept: of => {
          const stored = standing(this.#parts.memory.exemplar(of))
          return stored === undefined ? undefined : comparedOf(stored)
        },
      },
    )
    const now = this.#params.ignoredOn(routeId)
    if (before.size === now.size && [...now].every(name => before.has(name))) return false
    this.#nameAgain(routeId)
    if ([...before].some(name => !now.has(name))) this.#parts.forgetTemplate(routeId)
    return true
  }

  #weighForm(
    routeId: string,
    sent: Exchange,
    named: LearnedExchange,
    answer: ComparedAnswer,
    before: Exemplar | undefined,
  ): boolean {
    const { baseKey, negotiated } = named
    const { startedAt, completedAt, status, headers, vary, requestHeaders } = sent
    const mask = this.#parts.volatileOf(routeId)
    const form = { accept: negotiated[1] ?? '', acceptLanguage: negotiated[3] ?? '' }
    const changed = this.#negotiation.observe(routeId, baseKey, {
      vary,
      accept: fieldOf(requestHeaders, 'accept'),
      by: negotiated.join(),
      status,
      type: essenceOf(fieldOf(headers, 'content-type')),
      writtenAt: this.#parts.writtenAt(),
      seen: () => seenForm(answer, mask, { ...form, startedAt, completedAt }),
      before: () => {
        const [, accept, , acceptLanguage] = before?.negotiated ?? []
        if (before === undefined || accept === undefined || acceptLanguage === undefined) return undefined
        const at = before.lastSeenAt
        return seenForm(comparedOf(before), mask, { accept, acceptLanguage, startedAt: at, completedAt: at })
      },
    })
    if (changed === 'nothing') return false
    if (changed === 'route') {
      this.#nameAgain(routeId)
      if (this.isMixed(routeId)) this.#parts.forgetTemplate(routeId)
      return true
    }
    // As if the API had said `Vary`, for this one question.
    const others = fieldsIn(sent.selected).filter(field => !isNegotiating(field))
    const fields = new Set([
      ...others,
      ...negotiatingIn(vary),
      ...this.#negotiation.fieldsOf(routeId),
      ...this.#negotiation.fieldsOfQuestion(baseKey),
    ])
    this.#parts.memory.putVary(baseKey, [...fields].sort())
    if (before !== undefined) this.#rename([before], this.#identitiesOf(routeId))
    return true
  }

  /** Exemplars and the model follow what is known of the questions of a route. */
  #nameAgain(routeId: string): void {
    const identities = this.#identitiesOf(routeId)
    const keys = this.#rename(this.#parts.memory.exemplarsOf(routeId, RENAMED_PER_ROUTE), identities)
    const route = this.#parts.routes().route(routeId)
    if (route !== undefined) route.exemplars = Math.max(0, route.exemplars - keys.size + new Set(keys.values()).size)
    this.#parts.reread(routeId, { ignored: identities.ignored, keyNow: key => keys.get(key) ?? key })
  }

  /** The keys that they have now, by those that they had. */
  #rename(exemplars: readonly Exemplar[], identities: Identities): ReadonlyMap<string, string> {
    const keys = new Map<string, string>()
    const renamed = new Map<string, Exemplar>()
    for (const exemplar of exemplars) {
      const now = identified(exemplar, identities)
      keys.set(exemplar.key, now.key)
      if (now.key === exemplar.key) continue
      this.#parts.memory.remove(exemplar.key)
      const other = renamed.get(now.key) ?? this.#parts.memory.exemplar(now.key)
      const before = standing(other)
      const seenAt = other === undefined ? 0 : 'gone' in other ? other.at : other.lastSeenAt
      if (seenAt >= now.lastSeenAt) continue
      const { ignored: _, ...bare } = now
      // The same answer came without them as well.
      const isBare = before !== undefined && before.ignored === undefined && Buffer.from(before.body).equals(now.body)
      renamed.set(now.key, isBare ? bare : now)
    }
    for (const exemplar of renamed.values()) {
      this.#parts.memory.putExemplar(exemplar)
      if (exemplar.selected !== undefined) this.#parts.memory.putVary(exemplar.baseKey, fieldsIn(exemplar.selected))
    }
    return keys
  }

  /** A question with this query was answered as before, so many times. */
  repeated(routeId: string, query: string, times: number): void {
    this.#params.repeated(routeId, query, times)
  }

  /** What edges are told of a route. */
  taught(routeId: string): Pick<LessonRoute, 'ignored' | 'offered' | 'differsBy'> {
    const ignored = this.#params.taught(routeId)
    const offered = this.#negotiation.offeredBy(routeId)
    const differsBy = [...this.#negotiation.differsBy(routeId)]
    return {
      ...(ignored === undefined ? {} : { ignored }),
      ...(offered === undefined ? {} : { offered }),
      ...(differsBy.length === 0 ? {} : { differsBy }),
    }
  }

  /** `from` became part of `to`. */
  move(from: string, to: string): void {
    this.#params.move(from, to)
    this.#negotiation.move(from, to)
  }

  /** A part of `from` is `to` from now on. */
  split(from: string, to: string): void {
    this.#params.split(from, to)
    this.#negotiation.split(from, to)
  }

  // ── between runs ───────────────────────────────────────────────────────────────────────────────────────────────────

  save(): void {
    const { memory } = this.#parts
    if (!this.#negotiation.isEmpty) memory.putState('negotiation', JSON.stringify(this.#negotiation))
    if (!this.#params.isEmpty) memory.putState('params', JSON.stringify(this.#params))
  }

  load(): void {
    const { memory } = this.#parts
    const params = memory.state('params')
    if (params !== undefined) this.#params = new InertParams(JSON.parse(params) as SavedInertParams)
    const negotiation = memory.state('negotiation')
    if (negotiation !== undefined) this.#negotiation = new Negotiation(JSON.parse(negotiation) as SavedNegotiation)
  }

  #routeIdOfQuestion(question: Question, { method, path }: Pick<Exchange, 'method' | 'path'>): string | undefined {
    return this.#parts.routes().match(routeMethod(question, method), routePath(question, path))?.route.id
  }
}

function seenForm(
  answer: ComparedAnswer,
  mask: VolatileMap | undefined,
  asked: Pick<SeenForm, 'accept' | 'acceptLanguage' | 'startedAt' | 'completedAt'>,
): SeenForm {
  return {
    ...asked,
    status: answer.status,
    type: essenceOf(fieldOf(answer.headers, 'content-type')),
    language: (fieldOf(answer.headers, 'content-language') ?? '').toLowerCase(),
    hash: fingerprintOf(answer, mask),
    skeleton: skeletonOf(answer, mask),
    mask,
  }
}
