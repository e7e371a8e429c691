// thread: learner
// What the learner does with an exchange, in order: bury what a write made untrue, find the route, grade what a ghost
// would have said (test, then train), store the exemplar, learn the template, name the text to embed.
import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { AnomalyName } from '../core/contract/anomalies.js'
import type { AnswerForm, SoftSign } from '../core/contract/baseline.js'
import type { EmbeddedText, LearnerCounts, LearnReply, SearchReply, TextToEmbed } from '../core/contract/brain-tasks.js'
import { saysNoStore } from '../core/contract/cache-control.js'
import { contentCoding } from '../core/contract/content-coding.js'
import { hasElapsed } from '../core/contract/elapsed.js'
import type { Exchange } from '../core/contract/exchange.js'
import { typeOfQuestion } from '../core/contract/exemplar-exchange.js'
import { fieldOf } from '../core/contract/fields.js'
import type { Tier } from '../core/contract/ghost.js'
import { type JsonNode, printJson } from '../core/contract/json.js'
import { isAcceptedWrite, isLearnedStatus, isMistake } from '../core/contract/learnable.js'
import type { Lesson, LessonRoute, Segment, TierGrade } from '../core/contract/lesson.js'
import type { Exemplar, MemoryWriter, Tombstone } from '../core/contract/memory.js'
import type { ComposeQuestion, ComposeReply, UnshippedDemand } from '../core/contract/messages.js'
import {
  questionOf as askedOf,
  bodyKind,
  type Question,
  routeMethod,
  routePath,
  settledQuestion,
} from '../core/contract/question.js'
import type { ReadinessReport } from '../core/contract/readiness.js'
import { segmentType } from '../core/contract/segment-type.js'
import { SHARED_POSITION } from '../core/contract/shared.js'
import { similarity } from '../core/contract/similarity.js'
import type { Template } from '../core/contract/template.js'
import { STANDS_AT, type VolatileMap } from '../core/contract/volatile.js'
import { ApiModel, NO_ROUTE, NOWHERE_GRADED, REPEATS_GRADED, selectsMore } from './api-model.js'
import { GradeBudget } from './grade/budget.js'
import type { SavedKinds } from './grade/kinds.js'
import {
  addEvidence,
  addGrade,
  type Evidence,
  type GradedMatch,
  gradeOf,
  matchGrade,
  noEvidence,
  priorOf,
  stalePrior,
} from './grade/posterior.js'
import { Readiness, type SavedReadiness } from './grade/readiness.js'
import { gradedKinds, type RouteGrades, type SharedGrades, sharedGrades, surer } from './grade/shared-grades.js'
import { exactSpeaks, type TierSays, wouldSay } from './grade/whole-ghost.js'
import type { Neighbour, VectorIndex } from './index/vector-index.js'
import { ExchangeWatch, type SavedExchangeWatch } from './learn/anomalies/exchange-watch.js'
import { formOf } from './learn/answer-form.js'
import { Baseline, type SavedBaseline, type SeenAnswer } from './learn/baseline.js'
import { CallEffects, type SavedEffects } from './learn/call-effects.js'
import { Creations, type SavedCreations } from './learn/creations.js'
import { doneCalls, unknownCall } from './learn/done-calls.js'
import { EndpointAnswers } from './learn/endpoint-answers.js'
import { comparedOf } from './learn/fingerprint.js'
import { exchangeQuestion, isForAll, namedPaths, standing } from './learn/learned-exchange.js'
import { fieldsIn } from './learn/learned-identity.js'
import { QuestionNames } from './learn/question-names.js'
import { decodedBody, jsonOf } from './learn/readable-body.js'
import { type LearnedRoute, type MovedRoute, RouteTable } from './learn/route-table.js'
import { shapeOf } from './learn/shape.js'
import type { NewEachTime } from './learn/stand-ins.js'
import { learnTemplate, type TemplateExample } from './learn/template.js'
import { type SavedVolatile, VolatileLeaves } from './learn/volatile.js'
import { type Comparable, Meanings } from './meanings.js'
import { gapsByDemand, readinessReport } from './readiness-report.js'
import { type WarmTarget, warmTargets } from './warm-targets.js'
import { namesItself } from './world/named.js'
import { Trace } from './world/trace.js'
import type { Place } from './world/world.js'
import { WorldMemory } from './world/world-memory.js'

/** How ghosts put answers together; handed in, so that grading judges exactly what clients would get. */
export interface GhostWays {
  fillTemplate(
    template: Template,
    request: { params: readonly string[]; query: string },
  ): { body: Uint8Array } | undefined
  /** What is new in each answer made anew; see core/ghost/regenerate.ts. */
  regenerate<Answer extends { readonly headers: readonly string[]; readonly body: Uint8Array }>(
    answer: Answer,
    map: VolatileMap | undefined,
    by: { readonly now: number; readonly seenAt: number; readonly random: (size: number) => Uint8Array },
  ): Answer
  reparameterise(body: Uint8Array, from: { query: string }, to: { query: string }): Uint8Array
  /** Rules of age and caching forbid it. `now`: epoch ms. */
  refuses(exemplar: Exemplar, now: number): boolean
}

/** What a ghost must be to speak, as operators set it. */
export interface Serving {
  readonly minConfidence: number
  /** 0: any age. */
  readonly maxAgeS: number
}

export interface LearnerParts {
  readonly memory: MemoryWriter
  readonly openIndex: () => VectorIndex
  readonly ghosts: GhostWays
  readonly now: () => number
  /** Share of one core that grading what was put together may take, 0…1; 0: it is not graded. */
  readonly gradeShare: number
  readonly serving: Serving
  /** False: what a route never answered before is learned like all else. */
  readonly softFailures?: boolean
  /** What says no-store may be kept, see CHAOS_GHOST_HONOUR; what was kept by such a setting before is forgotten without it. */
  readonly keepsNoStore?: boolean
  /** What is strange is looked for; undefined: it is not. */
  readonly anomalies?: { readonly watchesQueries: boolean } | undefined
}

/** Written down while what says no-store may be kept. */
const KEPT_NO_STORE = 'keeps-no-store'
const EXAMPLES_PER_ROUTE = 16
const GRADED_MATCHES_PER_ROUTE = 64
const MAX_TEMPLATE_BYTES = 64 * 1024
const SAVE_MS = 1000
/** Exemplars from which the model of the API is put together again at a start. */
const REMODELLED_PER_ROUTE = 2000
const REMODELLED = 20_000
/** Things of the API that are known at most, of all credentials together. */
const MAX_RECORDS = 100_000
/** Exemplars of earlier runs that are looked at in one go. */
const SHOWN_AT_ONCE = 200
const LESSON_MS = 200
/** Targets named to be fetched before an outage; when so many were, it is enough. */
const MAX_OFFERED = 100_000
/** Writes remembered, so that an answer that was under way when they went through is not learned. */
const REMEMBERED_WRITES = 10_000
const REMEMBERED_REPEATS = 10_000

/** Answers that were seen so long after a write of another instance know of it, however long they were under way. */
const LATE_MS = 5000

/** Paths at which everything is asked and written. */
const MAX_ENDPOINTS = 1000

type Within = (Question & { kind: 'write' })['within']

interface RouteKnowledge {
  exact: Evidence
  /** Of exact answers that a write had made stale. */
  stale: Evidence
  template: Evidence
  matches: GradedMatch[]
  templateVersion: number
  /** What the template takes for new each time; not kept between runs. */
  templateFresh: NewEachTime | undefined
  volatile: VolatileLeaves
  baseline: Baseline
  /** Newest last; not kept between runs. */
  examples: TemplateExample[]
  /** Examples seen, for deciding when learning again is worth it. */
  exampleCount: number
}

const ungraded: RouteGrades = { exact: noEvidence, stale: noEvidence, template: noEvidence, matches: [] }

interface SavedKnowledge {
  readonly exact: Evidence
  readonly stale?: Evidence
  readonly template: Evidence
  readonly matches: GradedMatch[]
  readonly templateVersion: number
  readonly volatile?: SavedVolatile
  readonly baseline?: SavedBaseline
}

export class Learner {
  readonly #memory: MemoryWriter
  readonly #ghosts: GhostWays
  readonly #now: () => number
  readonly #meanings: Meanings
  readonly #budget: GradeBudget
  readonly #model: ApiModel
  readonly #worldMemory: WorldMemory
  readonly #names: QuestionNames
  readonly #serving: Serving
  readonly #refusesSoftFailures: boolean
  readonly #keepsNoStore: boolean
  readonly #watch: ExchangeWatch | undefined
  #readiness = new Readiness()
  /** Named to be fetched, once; and of these what has not come yet. */
  readonly #offered = new Set<string>()
  readonly #expected = new Set<string>()
  #routes = new RouteTable()
  readonly #known = new Map<string, RouteKnowledge>()
  /** What others have graded, of routes that may not be known here yet. */
  #others: ReadonlyMap<string, RouteGrades> = new Map()
  readonly #writtenAt = new Map<string, number>()
  readonly #endpointAnswers = new EndpointAnswers()
  /** Paths of which the exemplars of earlier runs are noted there as well. */
  readonly #endpointsKnown = new Set<string>()
  #effects = new CallEffects()
  /** How often answers that say no came again and were only counted, by the key of their exemplars. */
  readonly #countedAgain = new Map<string, number>()
  #creations = new Creations()
  #lastWriteAt = 0
  /** Other instances tell what they saw. */
  #isShared = false
  /** Exemplars of earlier runs of which it is not noted yet what they show. */
  #unshown: Iterator<void> | undefined
  #version = 0
  /** Something the next lesson must say. */
  #changed = false
  /** Something that is not written down yet. */
  #unsaved = false
  #lessonAt = 0
  #savedAt = 0

  constructor(parts: LearnerParts) {
    this.#memory = parts.memory
    this.#ghosts = parts.ghosts
    this.#serving = parts.serving
    this.#now = parts.now
    this.#refusesSoftFailures = parts.softFailures !== false
    this.#keepsNoStore = parts.keepsNoStore === true
    this.#budget = new GradeBudget(parts.gradeShare, () => performance.now())
    const watched = parts.memory.state('anomalies')
    this.#watch =
      parts.anomalies &&
      new ExchangeWatch(
        parts.anomalies,
        watched === undefined ? undefined : (JSON.parse(watched) as SavedExchangeWatch),
      )
    this.#meanings = new Meanings({
      ...parts,
      compare: pair => this.#budget.spend(() => this.#gradeMatch(pair)),
      distance: (exemplar, similarity) => this.#watchDistance(exemplar, similarity),
    })
    this.#model = new ApiModel(this.#budget)
    this.#worldMemory = new WorldMemory(this.#model.world, parts.memory, MAX_RECORDS)
    this.#names = new QuestionNames({
      memory: parts.memory,
      routes: () => this.#routes,
      volatileOf: routeId => this.#known.get(routeId)?.volatile.map,
      writtenAt: () => this.#lastWriteAt,
      reread: (routeId, reading) => this.#model.reread(routeId, reading),
      forgetTemplate: routeId => this.#forgetTemplate(routeId),
    })
    this.#load()
  }

  // ── learn ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * `shared`: what other instances saw, which may come late, out of order and more than once; `position` is written down with it:
   * up to where their exchanges are learned.
   */
  async learn(exchanges: readonly Exchange[], shared?: { readonly position: string | undefined }): Promise<LearnReply> {
    this.#unsaved = true
    if (shared !== undefined) this.#isShared = true
    const toEmbed: TextToEmbed[] = []
    let learned = 0
    let failure: string | undefined
    await this.#memory.batch(() => {
      if (shared?.position !== undefined) this.#memory.putState(SHARED_POSITION, shared.position)
      for (const exchange of exchanges) {
        try {
          this.#learnOne(exchange, toEmbed, shared !== undefined)
          learned += 1
        } catch (error) {
          // One exchange that trips over a bug of ours must not cost the others of its batch.
          failure ??= error instanceof Error ? (error.stack ?? error.message) : String(error)
        }
      }
      this.#save(false)
    })
    const reply = { ...this.#reply(this.#lessonIfDue(false)), learned, toEmbed }
    return failure === undefined ? reply : { ...reply, failure }
  }

  #learnOne(exchange: Exchange, toEmbed: TextToEmbed[], isOthers: boolean): void {
    // Before anything of it is read: one that catches up is told much that it knows.
    if (isOthers && this.#isKnownAnswer(exchange)) return
    const question = settledQuestion(exchangeQuestion(exchange), exchange.status, exchange.headers)
    // Other instances tell of what they saw themselves.
    if (!isOthers) this.#watchRequest(exchange, question)
    if (question.kind !== 'write') {
      if (isLearnedStatus(exchange.status)) this.#learnAnswer(exchange, question, toEmbed, isOthers)
    } else if (isAcceptedWrite(exchange) && !(isOthers && this.#isKnownWrite(exchange)))
      this.#learnWrite(exchange, question.within, isOthers ? exchange.completedAt + LATE_MS : Number.POSITIVE_INFINITY)
  }

  #isKnownAnswer({ key, completedAt }: Exchange): boolean {
    return (standing(this.#memory.exemplar(key))?.lastSeenAt ?? 0) >= completedAt
  }

  /** It came before, or a later one to the same place. */
  #isKnownWrite({ path, completedAt }: Exchange): boolean {
    return completedAt <= (this.#writtenAt.get(path) ?? 0)
  }

  /**
   * RFC 9111 §4.4: a write that was accepted makes stored answers of its target, and of the places it names, untrue. `seenUntil`:
   * but not those that were seen later than this.
   */
  #learnWrite(exchange: Exchange, within: Within, seenUntil: number): void {
    this.#showUnshown(Number.POSITIVE_INFINITY)
    const plain = decodedBody(exchange)
    const answered = plain === undefined ? undefined : jsonOf(plain, exchange.headers)
    const named = namedPaths(exchange)
    const { path, completedAt } = exchange
    this.#lastWriteAt = Math.max(this.#lastWriteAt, completedAt)
    // Where its body was not kept, questions that were answered there tell that its path says nothing.
    const isEndpoint = within !== undefined || (exchange.requestBody.length === 0 && this.#routes.isEndpoint(path))
    const place = isEndpoint ? undefined : this.#placeOf(path)
    if (place === undefined) {
      if (!isEndpoint)
        this.#learnCreation(exchange, jsonOf(Buffer.from(exchange.requestBody), exchange.requestHeaders), answered)
      this.#learnCalls(exchange, within, isEndpoint, answered)
    } else {
      const made = named.find(other => other !== path)
      const asked = jsonOf(Buffer.from(exchange.requestBody), exchange.requestHeaders)
      const madeAt = made === undefined ? undefined : this.#placeOf(made)
      this.#learnCreation(exchange, asked, answered, place)
      for (const key of this.#model.learnWrite(exchange, place, asked, answered, madeAt))
        if (this.#isSeenUntil(key, seenUntil)) this.#memory.stale(key, completedAt)
    }
    const because = `${exchange.method} ${path}`
    for (const target of new Set([path, ...named])) {
      // A POST appends: what it was sent to is another thing now, but the pages and filters of a long list are for the most
      // part what they were, and their grades tell how much. Everything else replaces the resource, in all its views.
      const { method, query: sent } = exchange
      const query = method === 'POST' && target === path ? this.#names.withoutIgnored(target, sent) : undefined
      // Everything is asked and written at one path there: which answers are untrue now it does not say.
      if (!isEndpoint || target !== path)
        this.#memory.bury(target, { gone: true, at: completedAt, because }, query, seenUntil)
      if (this.#writtenAt.size >= REMEMBERED_WRITES) this.#writtenAt.delete(this.#writtenAt.keys().next().value!)
      this.#writtenAt.set(target, Math.max(completedAt, this.#writtenAt.get(target) ?? 0))
    }
  }

  #isSeenUntil(key: string, seenUntil: number): boolean {
    const stored = seenUntil === Number.POSITIVE_INFINITY ? undefined : standing(this.#memory.exemplar(key))
    return stored === undefined || stored.lastSeenAt <= seenUntil
  }

  #learnCreation(
    { method, path, status, headers, scope, completedAt: at, requestBody }: Exchange,
    sent: JsonNode | undefined,
    answered: JsonNode | undefined,
    place?: Place,
  ): void {
    if (method !== 'POST') return
    const shows = place === undefined ? undefined : this.#model.showsOf(place.routeId)
    const idMember = shows?.kind === 'many' ? shows.idMember : undefined
    // As record/redact.ts writes them.
    const hasSecrets = /"~[\w-]{22}"/.test(Buffer.from(requestBody).toString('latin1'))
    const made = { path, status, headers, scope, at, sent, answered, idMember, hasSecrets }
    if (this.#creations.learn(made)) this.#changed = true
  }

  /** Writes of which no path says what they touched: their arguments and their answers may. */
  #learnCalls(exchange: Exchange, within: Within, isEndpoint: boolean, answered: JsonNode | undefined): void {
    const { method, path, requestBody, requestHeaders, completedAt } = exchange
    const text = Buffer.from(requestBody)
    const isDocument = bodyKind(fieldOf(requestHeaders, 'content-type')) === 'graphql'
    const asked = isDocument ? text.toString() : jsonOf(text, requestHeaders)
    const calls =
      isEndpoint && within === undefined ? [unknownCall] : doneCalls(within, { method, path, asked, answered })
    for (const call of calls) {
      const isHarmless = this.#effects.isHarmless(call.doer)
      const subject = isEndpoint ? undefined : this.#placeAbove(path)
      const { changed, doubted, isKnown } = this.#model.learnCall(exchange, call, subject, isHarmless)
      for (const key of changed) this.#memory.stale(key, completedAt)
      const inDoubt = isKnown || isHarmless || !isEndpoint ? doubted : this.#doubtEndpoint(exchange)
      for (const key of inDoubt) this.#memory.stale(key, completedAt)
      this.#effects.doubt(
        call.doer,
        inDoubt.filter(key => this.#memory.exemplar(key) !== undefined),
      )
    }
  }

  /** `/orders/7/cancel`: nobody reads there, but the order is another one now. */
  #placeAbove(path: string): Place | undefined {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = this.#placeOf(path.slice(0, end))
      if (above !== undefined) return above
    }
    return undefined
  }

  /** What was answered there may be another now. Keys of the exemplars that this credential may be given. */
  #doubtEndpoint(exchange: Exchange): readonly string[] {
    const { path, scope } = exchange
    this.#model.doubtEndpoint(exchange)
    if (!this.#endpointsKnown.has(path)) {
      // Those of earlier runs.
      if (this.#endpointsKnown.size < MAX_ENDPOINTS) this.#endpointsKnown.add(path)
      for (const exemplar of this.#memory.exemplarsAt(path))
        if (exemplar.staleAt === undefined) this.#endpointAnswers.note(path, exemplar.scope, exemplar.key)
    }
    return this.#endpointAnswers.take(path, scope)
  }

  #learnAnswer(sent: Exchange, question: Question, toEmbed: TextToEmbed[], isOthers: boolean): void {
    const plain = decodedBody(sent)
    const json = plain === undefined ? undefined : jsonOf(plain, sent.headers)
    const form = isJudged(sent, question) ? formOf(sent, plain, json) : undefined
    const first = this.#names.named(sent, question)
    const kept = this.#names.stored(first)
    // The question was put before the write was done: its answer may be from before as well. The tombstone remembers the
    // write after a restart, too.
    const writtenAt = kept !== undefined && 'gone' in kept ? kept.at : 0
    if (sent.startedAt <= Math.max(writtenAt, this.#writtenAt.get(sent.path) ?? 0)) return
    // Among several instances what comes later is not always newer, and some comes twice.
    if (this.#isShared && (standing(kept)?.lastSeenAt ?? 0) >= sent.completedAt) return
    const verdict = form === undefined ? undefined : this.#judge(first, form, standing(kept))
    if (!isOthers) this.#watchAnswer(sent, form === undefined ? undefined : json, verdict, standing(kept))
    if (typeof verdict === 'object') return
    const isRenamed = this.#names.weigh(sent, first, question, { plain, json }, standing(kept))
    const exchange = isRenamed ? this.#names.named(sent, question) : first
    const old = isRenamed ? this.#names.stored(exchange) : kept
    const before = standing(old)
    if (before !== undefined && before.status < 400 && isMistake(exchange.status)) return
    const found = this.#routeOf(exchange, question, json)
    const known = found === undefined ? undefined : this.#knowledgeOf(found.route.id)
    if (found !== undefined && known !== undefined && form !== undefined && verdict === 'good')
      known.baseline.add(seenAnswer(exchange, form, found.params), exchange.completedAt)
    // Templates and meanings are of what a target says.
    const place = found === undefined ? undefined : placeOf(found)
    const isMixed = place !== undefined && this.#names.isMixed(place.routeId)
    const isPlain = question.kind === 'plain' && !isMixed && !selectsMore(exchange.vary)
    const text = textOf(exchange, plain, json)
    const oldestAt = this.#serving.maxAgeS > 0 ? exchange.completedAt - this.#serving.maxAgeS * 1000 : 0
    const exact = before === undefined ? undefined : this.#exactSays(known, before, exchange, plain, json)
    const instead =
      exact === undefined || isMixed || exactSpeaks(exact, this.#serving.minConfidence)
        ? undefined
        : this.#budget.spend(() => this.#model.wouldSay(exchange, question, place, json, text, oldestAt))
    // The answer to a question that was put before a write was done is older than the write, whenever it came.
    const told = exchange.startedAt <= this.#lastWriteAt ? { ...exchange, completedAt: exchange.startedAt } : exchange
    if (before?.staleAt !== undefined && exchange.startedAt > before.staleAt)
      this.#effects.seen(exchange.key, exact?.score === 1 && before.status === exchange.status)
    const composed = this.#model.learn(told, question, place, json, seenBefore(old), text, oldestAt)

    const likeBefore = known === undefined || exchange.method === 'HEAD' ? undefined : exact?.score
    if (known !== undefined && likeBefore !== undefined)
      this.#gradeExact(known, exchange, likeBefore, exact?.stale === true)
    if (known !== undefined && before !== undefined) this.#learnVolatile(known, before, exchange, json)
    if (found !== undefined && known !== undefined && question.kind !== 'graphql')
      this.#model.renew(found.route.id, known.volatile.newEachTime)
    const template =
      isPlain && found !== undefined && known !== undefined && plain !== undefined
        ? this.#budget.spend(() => this.#gradeTemplate(found, known, exchange, plain, json, oldestAt))
        : undefined
    if (exchange.method !== 'HEAD' && !this.#isWarmUp(exchange)) {
      const heard = exact === undefined || exactSpeaks(exact, this.#serving.minConfidence) ? composed : instead
      const gone = old !== undefined && 'gone' in old
      this.#readiness.add(
        place?.routeId ?? NO_ROUTE,
        heard && wouldSay({ exact, gone, composed: heard, template }, this.#serving.minConfidence),
        old !== undefined,
      )
    }

    if (exchange.vary.length > 0) this.#memory.putVary(exchange.baseKey, exchange.vary)
    const same =
      before !== undefined &&
      before.status === exchange.status &&
      (likeBefore === 1 || Buffer.from(before.body).equals(exchange.body))
    this.#memory.putExemplar({
      key: exchange.key,
      baseKey: exchange.baseKey,
      method: exchange.method,
      path: exchange.path,
      query: exchange.query,
      // The same answer came without them as well.
      ...(exchange.ignored === undefined || (same && before.ignored === undefined)
        ? {}
        : { ignored: exchange.ignored }),
      ...(exchange.selected === undefined ? {} : { selected: exchange.selected }),
      negotiated: exchange.negotiated,
      requestBody: exchange.requestBody,
      scope: exchange.scope,
      shared: exchange.shared,
      routeId: found?.route.id ?? '',
      status: exchange.status,
      headers: exchange.headers,
      capturedAt: same ? before.capturedAt : exchange.completedAt,
      lastSeenAt: exchange.completedAt,
      ...(before?.staleAt !== undefined && exchange.startedAt <= before.staleAt ? { staleAt: before.staleAt } : {}),
      seen: (before?.seen ?? 0) + 1 + exchange.repeats,
      redactions: exchange.redactions,
      body: exchange.body,
    })
    if (!isPlain && question.kind !== 'search') this.#endpointAnswers.note(exchange.path, exchange.scope, exchange.key)
    this.#changed = true
    if (found === undefined || known === undefined) return
    found.route.seen += exchange.repeats
    if (before === undefined) found.route.exemplars += 1
    if (!isPlain) return
    if (plain !== undefined && json !== undefined) this.#learnTemplate(found, known, exchange, plain, json)
    const said = this.#meanings.hear(exchange, found.route.pattern, before === undefined)
    if (said !== undefined) toEmbed.push(said)
  }

  /** What it was learned from may be of other questions than they look like. */
  #forgetTemplate(routeId: string): void {
    const known = this.#known.get(routeId)
    if (known === undefined) return
    known.examples = []
    known.exampleCount = 0
    known.templateVersion = 0
    this.#memory.removeTemplate(routeId)
  }

  /** The last lock on the door: what its route never answered is not learned, until it persists. */
  #judge(
    exchange: Exchange,
    form: AnswerForm,
    before: Exemplar | undefined,
  ): 'good' | 'unlike' | { readonly wrong: SoftSign } {
    const found = this.#refusesSoftFailures ? this.#routes.match(exchange.method, exchange.path) : undefined
    const baseline = found === undefined ? undefined : this.#known.get(found.route.id)?.baseline
    if (found === undefined || baseline === undefined) return 'good'
    const answer = seenAnswer(exchange, form, found.params)
    const at = exchange.completedAt
    const verdict = baseline.judge(answer, at)
    if (verdict === undefined) return 'good'
    // Learned like a 404, and no more than that how good answers look.
    if (verdict === 'refusal') return 'unlike'
    const wasGood = before?.status === 200 && baseline.judge({ ...answer, form: storedForm(before) }, at) === undefined
    if (baseline.persists(verdict, answer, at, wasGood)) return 'unlike'
    // A word that was taken for a parameter (`/users/me`) has a form of its own, which the table of routes must see.
    const isWord = found.params.some(value => segmentType(value) === undefined)
    return verdict === 'shape' && !wasGood && isWord ? 'unlike' : { wrong: verdict }
  }

  /** Only good answers make routes: a scanner's misses must not. */
  #routeOf(
    exchange: Exchange,
    question: Question,
    json: JsonNode | undefined,
  ): { route: LearnedRoute; params: readonly string[] } | undefined {
    const method = routeMethod(question, exchange.method)
    const path = routePath(question, exchange.path)
    if (exchange.method === 'HEAD' || exchange.status >= 400) return this.#routes.match(method, path)
    const shape = shapeOf(json, fieldOf(exchange.headers, 'content-type') ?? '')
    const isNamed = json !== undefined && question.kind === 'plain' && namesItself(exchange.path, json)
    const { route, params, moved, split } = this.#routes.observe(method, path, shape, exchange.completedAt, isNamed)
    for (const move of moved) this.#move(move)
    if (split !== undefined) this.#split(split)
    return route === undefined ? undefined : { route, params }
  }

  /** Constants became a parameter: what was learned of each is evidence for the new route; its template is learned anew. */
  #move({ from, to }: MovedRoute): void {
    const old = this.#known.get(from)
    const into = this.#knowledgeOf(to)
    const route = this.#routes.route(to)
    if (route !== undefined) {
      this.#worldMemory.forgetRoute(from)
      this.#model.move(from, { routeId: to, pattern: route.pattern, params: [] }, path => this.#paramsAt(route, path))
    }
    this.#known.delete(from)
    this.#watch?.move(from, to)
    this.#names.move(from, to)
    this.#readiness.move(from, to)
    this.#memory.removeTemplate(from)
    if (old !== undefined) {
      into.exact = addEvidence(into.exact, old.exact)
      into.stale = addEvidence(into.stale, old.stale)
      into.matches = [...into.matches, ...old.matches].slice(-GRADED_MATCHES_PER_ROUTE)
      if (into.volatile.isEmpty) into.volatile = old.volatile
      into.baseline.merge(old.baseline)
    }
    for (const exemplar of this.#memory.exemplarsOf(from, REMODELLED_PER_ROUTE)) {
      this.#memory.putExemplar({ ...exemplar, routeId: to })
      if (into.examples.length >= EXAMPLES_PER_ROUTE * 2) continue
      const example = this.#exampleOf(exemplar)
      if (example !== undefined) into.examples.push(example)
    }
    into.examples = into.examples.slice(-EXAMPLES_PER_ROUTE)
    into.exampleCount = into.examples.length
  }

  /** A value of a parameter is a constant after all: the exemplars of the new route, and what the model saw, go there. */
  #split({ from, to }: MovedRoute): void {
    const old = this.#routes.route(from)
    const route = this.#routes.route(to)
    if (old === undefined || route === undefined) return
    this.#names.split(from, to)
    const moved = new Set<string>()
    for (const exemplar of this.#memory.exemplarsOf(from, REMODELLED_PER_ROUTE)) {
      if (this.#paramsAt(route, exemplar.path) === undefined) continue
      this.#memory.putExemplar({ ...exemplar, routeId: to })
      moved.add(exemplar.key)
      old.exemplars = Math.max(0, old.exemplars - 1)
      route.exemplars += 1
    }
    const known = this.#known.get(from)
    if (known !== undefined) known.examples = known.examples.filter(({ key }) => !moved.has(key))
    const place = { routeId: to, pattern: route.pattern, params: [] }
    this.#model.split(from, place, path => this.#paramsAt(route, path))
  }

  /** Parameters of a path, where it is one of this route; else undefined. */
  #paramsAt({ id, method, segments }: LearnedRoute, path: string): readonly string[] | undefined {
    // What tells questions to one place apart is no part of the paths that they were put to.
    const last = segments.at(-1)
    const question = last?.kind === 'constant' && last.text.startsWith('#') ? `/${last.text}` : ''
    const found = this.#routes.match(method, path + question)
    return found?.route.id === id ? found.params : undefined
  }

  #placeOf(path: string): Place | undefined {
    const found = this.#routes.match('GET', path)
    return found === undefined ? undefined : placeOf(found)
  }

  /** An answer put together from what is known of the API. */
  compose({ method, path, query, scope, contentType, body, explain, gone }: ComposeQuestion): ComposeReply {
    const trace = explain === true ? new Trace() : undefined
    const asked = askedOf({ method, path, query, contentType, body: Buffer.from(body) })
    if (asked.kind === 'write') return { kind: 'none', refused: 'unsafe-method', because: 'this request writes' }
    const place = this.#placeOfQuestion(asked, method, path)
    trace?.note('read the request', place === undefined ? 'no route is known' : `${asked.kind}, ${place.pattern}`)
    if (place !== undefined && this.#names.isMixed(place.routeId))
      return {
        kind: 'none',
        refused: 'not-derivable',
        because: 'what the route answers depends on the form that is asked for',
      }
    const rest = asked.kind === 'plain' ? this.#names.withoutIgnored(path, query) : query
    const reply = this.#model.compose({ path, query: rest, scope }, asked, place, trace, gone)
    const fresh = place === undefined ? undefined : this.#model.freshOf(place.routeId)
    if (reply.kind === 'none' || fresh === undefined) return reply
    return this.#ghosts.regenerate(reply, fresh, { now: this.#now(), seenAt: STANDS_AT, random: randomBytes })
  }

  #placeOfQuestion(question: Question, method: string, path: string): Place | undefined {
    const found = this.#routes.match(routeMethod(question, method), routePath(question, path))
    return found === undefined ? undefined : placeOf(found)
  }

  // ── grade ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #exactSays(
    known: RouteKnowledge | undefined,
    before: Exemplar,
    exchange: Exchange,
    plain: Buffer | undefined,
    json: JsonNode | undefined,
  ): TierSays {
    const stale = before.staleAt !== undefined
    const { lowerBound } = stale
      ? gradeOf(stalePrior, known?.stale ?? noEvidence)
      : gradeOf(priorOf('exact'), known?.exact ?? noEvidence)
    const score = exchange.method === 'HEAD' ? 1 : this.#similarity(before, exchange, plain, json, known?.volatile.map)
    return { tier: 'exact', lowerBound, score, refused: this.#ghosts.refuses(before, exchange.completedAt), stale }
  }

  #gradeExact(known: RouteKnowledge, exchange: Exchange, score: number, stale: boolean): void {
    if (stale) known.stale = addGrade(known.stale, score)
    else known.exact = addGrade(known.exact, score)
    // Repeats that the edge counted were the same as the answer before.
    if (exchange.repeats > 0) known.exact = addGrade(known.exact, 1)
  }

  /** Compares what the answers say, not how they are coded: one client may have asked for gzip and the other not. */
  #similarity(
    before: Exemplar,
    exchange: Exchange,
    plain: Buffer | undefined,
    json: JsonNode | undefined,
    volatile: VolatileMap | undefined,
  ): number {
    if (before.status === exchange.status && Buffer.from(before.body).equals(exchange.body)) return 1
    return similarity(
      { status: before.status, body: decodedBody(before) ?? before.body },
      { status: exchange.status, body: plain ?? exchange.body },
      json,
      volatile,
    )
  }

  /** What is made anew with each answer shows where the same request is answered again. */
  #learnVolatile(known: RouteKnowledge, before: Exemplar, exchange: Exchange, json: JsonNode | undefined): void {
    // What changed because of a write is data.
    if (before.staleAt !== undefined) return
    if (exchange.method === 'HEAD' || before.status !== exchange.status || !known.volatile.takesRepeat()) return
    const unchanged = Buffer.from(before.body).equals(exchange.body)
    const plain = unchanged ? undefined : decodedBody(before)
    const old = unchanged ? json : plain === undefined ? undefined : jsonOf(plain, before.headers)
    const { startedAt, completedAt, headers, repeats } = exchange
    known.volatile.observe({
      old: { headers: before.headers, json: old },
      now: { headers, json },
      times: { seenAt: before.lastSeenAt, startedAt, completedAt },
      unchanged: repeats,
    })
  }

  #gradeTemplate(
    found: { route: LearnedRoute; params: readonly string[] },
    known: RouteKnowledge,
    exchange: Exchange,
    plain: Buffer,
    json: JsonNode | undefined,
    oldestAt: number,
  ): TierSays | undefined {
    if (known.templateVersion === 0 || !isForAll(exchange) || exchange.method !== 'GET') return
    // A request that the template was learned from proves nothing.
    if (known.examples.some(({ key }) => key === exchange.key)) return
    const template = this.#memory.template(found.route.id)
    if (template === undefined) return
    const filled = this.#ghosts.fillTemplate(template, { params: found.params, query: exchange.query })
    if (filled === undefined) return
    const { lowerBound } = gradeOf(priorOf('template'), known.template)
    const { status, capturedAt } = template
    const truth = { status: exchange.status, body: plain }
    const score = similarity({ status, body: filled.body }, truth, json, known.volatile.map)
    known.template = addGrade(known.template, score)
    return { tier: 'template', lowerBound, score, refused: capturedAt < oldestAt }
  }

  /** Requests that edges answered live and counted: their answers were the last ones, or may not be kept. */
  unshipped({ repeats, unstorable }: UnshippedDemand): LearnReply {
    // Without grading nothing is known of all other requests.
    if (this.#budget.isOff) return this.#reply(undefined)
    if (unstorable > 0) {
      this.#readiness.addUnstorable(unstorable)
      this.#unsaved = true
    }
    const taught = new Map<Baseline, string | undefined>()
    for (const [key, times] of repeats) {
      const exemplar = this.#memory.exemplar(key)
      if (exemplar === undefined || 'gone' in exemplar || exemplar.method === 'HEAD') continue
      const routeId = this.#routeNow(exemplar)
      const known = routeId === undefined ? undefined : this.#known.get(routeId)
      if (routeId !== undefined && exemplar.method === 'GET') this.#names.repeated(routeId, exemplar.query, times)
      const { lowerBound } = gradeOf(priorOf('exact'), known?.exact ?? noEvidence)
      const refused = this.#ghosts.refuses(exemplar, exemplar.lastSeenAt)
      const trusted = exactSpeaks({ lowerBound, refused }, this.#serving.minConfidence)
      this.#readiness.addRepeats(routeId ?? NO_ROUTE, times, trusted)
      const isBare = exemplar.query === '' && this.#routes.route(routeId ?? '')?.segments.every(isConstant) === true
      if (known !== undefined && exemplar.method === 'GET' && exemplar.status === 200) {
        const { baseline } = known
        if (!taught.has(baseline)) taught.set(baseline, JSON.stringify(baseline.taught))
        baseline.again(times, isBare, this.#now())
      }
      if (exemplar.status >= 400 && !isMistake(exemplar.status)) this.#gradeAgain(exemplar, times)
      this.#unsaved = true
    }
    // Steady traffic must not cost a lesson each time.
    for (const [baseline, before] of taught) this.#changed ||= JSON.stringify(baseline.taught) !== before
    return this.#reply(undefined)
  }

  /** That what is not there still is not, shows as well where edges only count it. */
  #gradeAgain(exemplar: Exemplar, times: number): void {
    const { key, method, path, query, requestBody } = exemplar
    const counted = this.#countedAgain.get(key) ?? 0
    if (exemplar.seen + counted >= NOWHERE_GRADED || selectsMore(fieldsIn(exemplar.selected))) return
    if (this.#countedAgain.size >= REMEMBERED_REPEATS)
      this.#countedAgain.delete(this.#countedAgain.keys().next().value!)
    this.#countedAgain.set(key, counted + times)
    const plain = decodedBody(exemplar)
    const json = plain === undefined ? undefined : jsonOf(plain, exemplar.headers)
    const asked = askedOf({ method, path, query, contentType: typeOfQuestion(requestBody), body: requestBody })
    const place = this.#placeOfQuestion(asked, method, path)
    const said = { json, text: textOf(exemplar, plain, json) }
    const most = Math.min(place === undefined ? NOWHERE_GRADED : REPEATS_GRADED, exemplar.seen + counted + times)
    for (let seen = exemplar.seen + counted; seen < most; seen++) this.#model.again(exemplar, asked, place, said, seen)
    // Edges ask about such paths only where something may be sure of them.
    if (place === undefined) this.#changed = true
  }

  /** The route that it belongs to now; the one it was stored under may have become part of another. */
  #routeNow({ routeId, method, path, query, requestBody }: Exemplar): string | undefined {
    if (routeId === '' || this.#routes.route(routeId) !== undefined) return routeId || undefined
    const asked = askedOf({ method, path, query, contentType: typeOfQuestion(requestBody), body: requestBody })
    return this.#placeOfQuestion(asked, method, path)?.routeId
  }

  readiness(): ReadinessReport {
    return readinessReport(
      this.#readiness,
      this.#model.world,
      id => this.#routes.route(id),
      this.#serving.minConfidence,
    )
  }

  warmTargets(limit: number): WarmTarget[] {
    if (this.#offered.size >= MAX_OFFERED) return []
    const gaps = gapsByDemand(this.#readiness, this.#model.world, id => this.#routes.route(id))
    const targets = warmTargets(gaps, id => this.#model.world.route(id))
      .filter(({ target }) => !this.#offered.has(target))
      .slice(0, limit)
    for (const { target } of targets) {
      this.#offered.add(target)
      this.#expected.add(target)
    }
    return targets
  }

  /** What the proxy itself asked for is no demand. */
  #isWarmUp({ method, scope, path, query }: Exchange): boolean {
    if (this.#expected.size === 0 || method !== 'GET' || scope !== '') return false
    return this.#expected.delete(query === '' ? path : `${path}?${query}`)
  }

  /** Would the answer to another request that means the same have been right? */
  #gradeMatch({ known: other, truth, similarity: near, difference }: Comparable): void {
    // Not the route it was stored under: that may have become part of another since.
    const route = this.#routes.match('GET', truth.path)?.route
    if (route === undefined) return
    const { matches } = this.#knowledgeOf(route.id)
    const { status, headers } = other
    const body = this.#ghosts.reparameterise(other.body, other, truth)
    const score = similarity(
      { status, body: decodedBody({ body, headers }) ?? body },
      { status: truth.status, body: decodedBody(truth) ?? truth.body },
    )
    matches.push({ similarity: near, difference, score })
    if (matches.length > GRADED_MATCHES_PER_ROUTE) matches.shift()
    this.#changed = true
  }

  // ── what is strange ────────────────────────────────────────────────────────────────────────────────────────────────

  /** What was asked in a query or sent in a body. */
  #watchRequest(exchange: Exchange, question: Question): void {
    if (this.#watch === undefined) return
    const place = this.#placeOf(exchange.path)
    if (question.kind === 'plain') {
      if (place !== undefined) this.#watch.query(`${exchange.method} ${place.pattern}`, exchange)
    } else if (question.kind !== 'graphql' && exchange.requestBody.length > 0) {
      const json = jsonOf(Buffer.from(exchange.requestBody), exchange.requestHeaders)
      if (json !== undefined) this.#watch.body(`${exchange.method} ${place?.pattern ?? exchange.path}`, exchange, json)
    }
  }

  #watchAnswer(
    exchange: Exchange,
    json: JsonNode | undefined,
    verdict: 'good' | 'unlike' | { readonly wrong: SoftSign } | undefined,
    before: Exemplar | undefined,
  ): void {
    const found = this.#watch === undefined ? undefined : this.#routes.match(exchange.method, exchange.path)
    if (this.#watch === undefined || found === undefined || verdict === undefined) return
    const route = `${exchange.method} ${found.route.pattern}`
    if (typeof verdict === 'object') this.#watch.softFailure(route, exchange, verdict.wrong)
    else if (json !== undefined)
      this.#watch.answer(route, exchange, {
        json,
        isPlain: exchange.query === '',
        before: () => (before?.status === 200 ? comparedOf(before).json : undefined),
      })
  }

  #watchDistance({ method, path, query, status, scope, lastSeenAt }: Exemplar, similarity: number): void {
    const found = this.#watch === undefined ? undefined : this.#routes.match(method, path)
    if (found === undefined) return
    const asked = { method, path, query, status, scope, startedAt: lastSeenAt }
    this.#watch?.distance(`${method} ${found.route.pattern}`, asked, similarity)
  }

  /** A person said that it is normal. */
  expectAnomaly(name: AnomalyName): LearnReply {
    this.#watch?.expect(name)
    this.#unsaved = true
    return this.#reply(undefined)
  }

  // ── templates ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #learnTemplate(
    found: { route: LearnedRoute; params: readonly string[] },
    known: RouteKnowledge,
    exchange: Exchange,
    plain: Buffer,
    json: JsonNode,
  ): void {
    // What one credential saw would stand in the template as if it were true for all.
    if (
      !isForAll(exchange) ||
      exchange.method !== 'GET' ||
      exchange.status !== 200 ||
      exchange.redactions > 0 ||
      plain.length > MAX_TEMPLATE_BYTES
    )
      return
    const at = known.examples.findIndex(({ key }) => key === exchange.key)
    const old = at < 0 ? undefined : known.examples.splice(at, 1)[0]
    known.examples.push({
      key: exchange.key,
      params: found.params,
      query: exchange.query,
      status: exchange.status,
      headers: exchange.headers,
      body: json,
      capturedAt: exchange.completedAt,
    })
    if (known.examples.length > EXAMPLES_PER_ROUTE) known.examples.shift()
    if (old !== undefined && printJson(old.body) === printJson(json)) return
    known.exampleCount += 1
    // Each new example may refute a constant while there are few; later a look now and then is enough.
    const fresh = known.volatile.newEachTime
    const isSettled = known.exampleCount > EXAMPLES_PER_ROUTE && known.exampleCount % EXAMPLES_PER_ROUTE !== 0
    if (isSettled && known.templateFresh === fresh) return
    known.templateFresh = fresh
    const template = learnTemplate(found.route.id, known.templateVersion + 1, known.examples, fresh)
    if (template !== undefined) {
      known.templateVersion += 1
      this.#memory.putTemplate(template)
    } else if (known.templateVersion > 0) {
      known.templateVersion = 0
      this.#memory.removeTemplate(found.route.id)
    }
  }

  // ── meaning ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async index(embedder: string, items: readonly EmbeddedText[]): Promise<LearnReply> {
    this.#unsaved = true
    await this.#memory.batch(() => {
      this.#meanings.index(embedder, items)
      this.#save(false)
    })
    return this.#reply(this.#lessonIfDue(false))
  }

  search(
    embedder: string,
    route: string,
    partition: string,
    text: string,
    vector: Float32Array,
    neighbours?: readonly Neighbour[],
  ): SearchReply {
    const matches = this.#known.get(route)?.matches ?? []
    return this.#meanings.search(embedder, matches, partition, text, vector, neighbours)
  }

  unembedded(embedder: string, limit: number): TextToEmbed[] {
    return this.#meanings.unembedded(embedder, limit)
  }

  forget(textKeys: readonly string[]): void {
    this.#meanings.forget(textKeys)
  }

  // ── lessons ────────────────────────────────────────────────────────────────────────────────────────────────────────

  lesson(): Lesson {
    this.#changed = false
    this.#lessonAt = this.#now()
    this.#version += 1
    const creations = this.#creations.taught
    return {
      version: this.#version,
      routes: [...this.#routes.routes()].map(route => this.#lessonRoute(route)),
      nowhere: this.#model.nowhere(),
      ...(creations.length === 0 ? {} : { creations }),
    }
  }

  counts(): LearnerCounts {
    return { routes: this.#routes.size, ...this.#memory.counts(), untaught: this.#changed }
  }

  /** The first lesson, of what earlier runs learned. */
  async boot(): Promise<LearnReply> {
    const lesson = this.lesson()
    // Its version at once: a learner that starts again and again must not say the same one twice.
    await this.#memory.batch(() => {
      if (this.#forgetsNoStore) this.#forgetNoStore()
      this.#save(true)
    })
    return this.#reply(lesson)
  }

  /** Time has passed: what was held back, for being too soon after the last one, is said and written down. */
  async tick(): Promise<LearnReply> {
    this.#showUnshown(SHOWN_AT_ONCE)
    if (this.#isUnsaved && this.#isSaveDue()) await this.#memory.batch(() => this.#save(false))
    return this.#reply(this.#lessonIfDue(false))
  }

  /** Writes down what is only here, and says the newest lesson. */
  async flush(): Promise<LearnReply> {
    if (this.#isUnsaved) await this.#memory.batch(() => this.#save(true))
    return this.#reply(this.#lessonIfDue(true))
  }

  #reply(lesson: Lesson | undefined): LearnReply {
    const anomalies = this.#watch?.hasSignals === true ? { anomalies: this.#watch.signals() } : {}
    return { kind: 'learned', learned: 0, lesson, toEmbed: [], counts: this.counts(), ...anomalies }
  }

  #lessonIfDue(now: boolean): Lesson | undefined {
    // A lesson costs what its routes cost, in every edge.
    const dueMs = Math.max(LESSON_MS, this.#routes.size / 5)
    return this.#changed && (now || hasElapsed(this.#lessonAt, this.#now(), dueMs)) ? this.lesson() : undefined
  }

  #lessonRoute(route: LearnedRoute): LessonRoute {
    const known = this.#known.get(route.id)
    const baseline = this.#refusesSoftFailures ? known?.baseline.taught : undefined
    const shows = route.method === 'GET' ? this.#model.showsOf(route.id) : undefined
    const grades: Partial<Record<Tier, TierGrade>> = {
      exact: gradeOf(priorOf('exact'), known?.exact ?? noEvidence),
      entity: this.#model.tierGrade(route.id, 'entity'),
      query: this.#model.tierGrade(route.id, 'query'),
      template: gradeOf(priorOf('template'), known?.template ?? noEvidence),
      // What a perfect match would be worth; each match has a grade of its own.
      semantic: matchGrade(known?.matches ?? [], 1, 'none'),
    }
    const { id, method, pattern, segments, seen, exemplars, lastSeenAt } = route
    return {
      id,
      method,
      pattern,
      segments,
      grades,
      staleGrade: gradeOf(stalePrior, known?.stale ?? noEvidence),
      seen,
      exemplars,
      templateVersion: known?.templateVersion ?? 0,
      lastSeenAt,
      ...(known?.volatile.map === undefined ? {} : { volatile: known.volatile.map }),
      ...this.#names.taught(id),
      ...(baseline === undefined ? {} : { baseline }),
      ...(shows === undefined ? {} : { shows }),
    }
  }

  // ── what grading has shown, among instances ────────────────────────────────────────────────────────────────────────

  grades(): SharedGrades {
    return sharedGrades(this.#known, this.#model.savedGrades())
  }

  /** Where others have graded more. */
  adopt(grades: SharedGrades): void {
    this.#others = new Map(grades.routes)
    for (const [id, known] of this.#known) Object.assign(known, surer(known, this.#others.get(id)))
    if (gradedKinds(grades.kinds) > gradedKinds(this.#model.savedGrades())) this.#model.restoreGrades(grades.kinds)
    this.#changed = true
    this.#unsaved = true
  }

  #knowledgeOf(routeId: string): RouteKnowledge {
    let known = this.#known.get(routeId)
    if (known === undefined) {
      known = {
        ...surer(ungraded, this.#others.get(routeId)),
        templateVersion: 0,
        templateFresh: undefined,
        volatile: new VolatileLeaves(),
        baseline: new Baseline(),
        examples: [],
        exampleCount: 0,
      }
      this.#known.set(routeId, known)
    }
    return known
  }

  // ── between runs ───────────────────────────────────────────────────────────────────────────────────────────────────

  #save(now: boolean): void {
    this.#meanings.tidy()
    if (!now && !this.#isSaveDue()) return
    this.#savedAt = this.#now()
    this.#unsaved = false
    this.#memory.putState('routes', JSON.stringify(this.#routes))
    const saved = [...this.#known].map(
      ([id, { volatile, baseline, examples: _, exampleCount: __, templateFresh: ___, ...known }]) => [
        id,
        { ...known, ...(volatile.isEmpty ? {} : { volatile }), ...(baseline.isEmpty ? {} : { baseline }) },
      ],
    )
    this.#memory.putState('knowledge', JSON.stringify(saved))
    this.#names.save()
    this.#worldMemory.save(this.#savedAt, now)
    this.#memory.putState('model-grades', JSON.stringify(this.#model.savedGrades()))
    if (!this.#effects.isEmpty) this.#memory.putState('call-effects', JSON.stringify(this.#effects))
    if (!this.#creations.isEmpty) this.#memory.putState('creations', JSON.stringify(this.#creations))
    this.#memory.putState('readiness', JSON.stringify(this.#readiness))
    if (this.#watch !== undefined) this.#memory.putState('anomalies', JSON.stringify(this.#watch))
    this.#memory.putState('lesson-version', String(this.#version))
    if (this.#keepsNoStore) this.#memory.putState(KEPT_NO_STORE, 'true')
  }

  get #isUnsaved(): boolean {
    return this.#unsaved || this.#worldMemory.isUnsaved
  }

  #isSaveDue(): boolean {
    return hasElapsed(this.#savedAt, this.#now(), Math.max(SAVE_MS, this.#routes.size))
  }

  #load(): void {
    const routes = this.#memory.state('routes')
    if (routes !== undefined) this.#routes = RouteTable.fromJSON(JSON.parse(routes))
    for (const [id, saved] of JSON.parse(this.#memory.state('knowledge') ?? '[]') as [string, SavedKnowledge][]) {
      this.#known.set(id, {
        ...saved,
        stale: saved.stale ?? noEvidence,
        templateFresh: undefined,
        volatile: new VolatileLeaves(saved.volatile),
        baseline: new Baseline(saved.baseline),
        examples: this.#examplesOf(id),
        exampleCount: EXAMPLES_PER_ROUTE,
      })
    }
    this.#names.load()
    const grades = this.#memory.state('model-grades')
    if (grades !== undefined) this.#model.restoreGrades(JSON.parse(grades) as SavedKinds)
    const readiness = this.#memory.state('readiness')
    if (readiness !== undefined) this.#readiness = Readiness.fromJSON(JSON.parse(readiness) as SavedReadiness)
    const creations = this.#memory.state('creations')
    if (creations !== undefined) this.#creations = new Creations(JSON.parse(creations) as SavedCreations)
    const effects = this.#memory.state('call-effects')
    if (effects !== undefined) this.#effects = new CallEffects(JSON.parse(effects) as SavedEffects)
    if (!this.#forgetsNoStore && this.#worldMemory.load()) this.#unshown = this.#showAgain()
    else this.#remodel()
    for (const [id, { volatile }] of this.#known) this.#model.renew(id, volatile.newEachTime)
    // A gap, so that edges which outlived the last learner take the new lessons for newer.
    this.#version = Number(this.#memory.state('lesson-version') ?? 0) + 1000
  }

  /** The setting that let it be kept was taken back. */
  get #forgetsNoStore(): boolean {
    return !this.#keepsNoStore && this.#memory.state(KEPT_NO_STORE) !== undefined
  }

  /** The model was put together anew without it, see remodel; what is written down goes, too. */
  #forgetNoStore(): void {
    for (const { id } of this.#routes.routes())
      for (const { key, headers } of this.#memory.exemplarsOf(id, Number.POSITIVE_INFINITY))
        if (saysNoStore(headers)) this.#memory.remove(key)
    this.#worldMemory.erase()
    this.#memory.removeState(KEPT_NO_STORE)
  }

  /** The model of the API is what its exemplars say, in the order in which they were seen. */
  #remodel(): void {
    const exemplars = [...this.#routes.routes()].flatMap(({ id }) => this.#memory.exemplarsOf(id, REMODELLED_PER_ROUTE))
    exemplars.sort((a, b) => a.lastSeenAt - b.lastSeenAt)
    for (const exemplar of exemplars.slice(-REMODELLED)) {
      const plain = decodedBody(exemplar)
      const json = plain === undefined ? undefined : jsonOf(plain, exemplar.headers)
      const { method, path, query, requestBody, lastSeenAt } = exemplar
      const asked = askedOf({ method, path, query, contentType: typeOfQuestion(requestBody), body: requestBody })
      const place = this.#placeOfQuestion(asked, method, path)
      // It shows something as it was before a write.
      if (exemplar.staleAt !== undefined || !this.#names.isBelieved(exemplar)) continue
      if (!this.#keepsNoStore && saysNoStore(exemplar.headers)) continue
      this.#model.learn(
        { ...exemplar, completedAt: lastSeenAt },
        asked,
        place,
        json,
        Number.POSITIVE_INFINITY,
        textOf(exemplar, plain, json),
      )
    }
  }

  #showUnshown(count: number): void {
    for (let i = 0; i < count && this.#unshown !== undefined; i++)
      if (this.#unshown.next().done === true) this.#unshown = undefined
  }

  /** The model was written down, but not where each of its things stands: that follows from the exemplars. One at a step. */
  *#showAgain(): Generator<void> {
    for (const { id } of [...this.#routes.routes()])
      for (const exemplar of this.#memory.exemplarsOf(id, REMODELLED_PER_ROUTE)) {
        const plain = decodedBody(exemplar)
        const json = plain === undefined ? undefined : jsonOf(plain, exemplar.headers)
        const { method, path, query, requestBody, lastSeenAt } = exemplar
        if (json === undefined || exemplar.staleAt !== undefined || !this.#names.isBelieved(exemplar)) continue
        const asked = askedOf({ method, path, query, contentType: typeOfQuestion(requestBody), body: requestBody })
        const place = this.#placeOfQuestion(asked, method, path)
        this.#model.show({ ...exemplar, completedAt: lastSeenAt }, asked, place, json)
        yield
      }
  }

  #examplesOf(routeId: string): TemplateExample[] {
    return this.#memory.exemplarsOf(routeId, EXAMPLES_PER_ROUTE).flatMap(exemplar => this.#exampleOf(exemplar) ?? [])
  }

  #exampleOf(exemplar: Exemplar): TemplateExample | undefined {
    const { key, method, path, query, status, headers, redactions, lastSeenAt } = exemplar
    if (!isForAll(exemplar) || method !== 'GET' || status !== 200 || redactions > 0) return undefined
    const plain = decodedBody(exemplar)
    const body = plain === undefined || plain.length > MAX_TEMPLATE_BYTES ? undefined : jsonOf(plain, headers)
    const params = this.#routes.match('GET', path)?.params
    if (body === undefined || params === undefined) return undefined
    return { key, params, query, status, headers, body, capturedAt: lastSeenAt }
  }
}

function storedForm(exemplar: Exemplar): AnswerForm {
  const plain = decodedBody(exemplar)
  return formOf(exemplar, plain, plain === undefined ? undefined : jsonOf(plain, exemplar.headers))
}

function isConstant({ kind }: Segment): boolean {
  return kind === 'constant'
}

/** Other protocols than a plain GET have ways of their own to say no with a 200. */
function isJudged({ method, status }: Exchange, { kind }: Question): boolean {
  return method === 'GET' && status === 200 && kind === 'plain'
}

function seenAnswer(exchange: Exchange, form: AnswerForm, params: readonly string[]): SeenAnswer {
  const { key, query, body, headers, requestHeaders, redactions } = exchange
  return {
    form,
    // What stands in the place of a secret may be longer: then every answer would look too short.
    bytes: redactions > 0 ? 0 : body.length,
    coded: contentCoding(headers) !== '',
    key,
    bare: query === '' && params.length === 0,
    accept: fieldOf(requestHeaders, 'accept'),
  }
}

function placeOf({ route, params }: { route: LearnedRoute; params: readonly string[] }): Place {
  return { routeId: route.id, pattern: route.pattern, params }
}

/** After a write the old answer proves nothing. */
function seenBefore(old: Exemplar | Tombstone | undefined): number {
  return old === undefined || 'gone' in old ? 0 : old.seen
}

const MAX_REFUSAL_BYTES = 16 * 1024

/** What an answer that says no says, where it is no JSON. */
function textOf(
  { status }: { status: number },
  plain: Buffer | undefined,
  json: JsonNode | undefined,
): string | undefined {
  if (status < 400 || json !== undefined || plain === undefined) return undefined
  return plain.length <= MAX_REFUSAL_BYTES && isUtf8(plain) ? plain.toString() : undefined
}
