// thread: learner
// The model of the API with what its answers have proven to be worth: test, then train. Every exchange that was never seen
// before is first answered from what was known until then, and that answer held against the truth.
import type { Exchange } from '../core/contract/exchange.js'
import type { ComposeExplanation, GradeTally } from '../core/contract/explanation.js'
import type { Tier } from '../core/contract/ghost.js'
import type { GraphRequest } from '../core/contract/graphql-request.js'
import { type JsonNode, printJson } from '../core/contract/json.js'
import { isMistake } from '../core/contract/learnable.js'
import type { Nowhere, TierGrade } from '../core/contract/lesson.js'
import type { ComposeReply } from '../core/contract/messages.js'
import type { Question as Asked } from '../core/contract/question.js'
import type { RouteShows } from '../core/contract/route-shows.js'
import { nodeSimilarity } from '../core/contract/similarity.js'
import type { VolatileMap } from '../core/contract/volatile.js'
import { withoutVolatile } from '../core/contract/without-volatile.js'
import type { GradeBudget } from './grade/budget.js'
import { KindGrades, type SavedKinds } from './grade/kinds.js'
import { addEvidence, type Evidence, gradeOf, noEvidence, priorOf } from './grade/posterior.js'
import type { TierSays } from './grade/whole-ghost.js'
import type { DoneCall } from './learn/done-calls.js'
import type { NewEachTime } from './learn/stand-ins.js'
import type { CallEffect } from './world/calls.js'
import { explainInputs, nearestRequest } from './world/explanation.js'
import { inputsOf } from './world/inputs.js'
import { isLearnable } from './world/learnable-body.js'
import { showsOf } from './world/route-shows.js'
import type { Reading } from './world/route-world.js'
import type { Trace } from './world/trace.js'
import { graphQuestion, type Place, type Question, World, type WorldAnswer, type WorldRefusal } from './world/world.js'

/** Stands for the route of requests that none is known for. */
export const NO_ROUTE = '-'
/** Fields of `Vary` that are the credentials themselves, or say how and to which page an answer is given, not what it says. */
const harmless = new Set(['authorization', 'cookie', 'x-api-key', 'origin', 'accept', 'accept-encoding'])
/** Repeats of one request say less and less of others. */
export const REPEATS_GRADED = 3
/** Of a place that is none so many are looked at: what is known of its like changes. */
export const NOWHERE_GRADED = 8
/** Ways to say no, each with a path that it was graded by. */
const MAX_GRADED_PATHS = 10_000
/** After so many further answers one is asked for again. */
const LOOKED_BACK = 64
const nothing: JsonNode = { kind: 'literal', raw: 'null' }

/** The answer depends on more of the request than the model, a template or another request with the same meaning knows. */
export function selectsMore(vary: readonly string[]): boolean {
  return vary.some(field => !harmless.has(field))
}

/** What the model would have said, before it was told; see grade/whole-ghost.ts. */
export type Composed = TierSays | { readonly because: string }

/** What the model looks at of an exchange, or of one that was stored. */
export type Answered = Pick<
  Exchange,
  'method' | 'path' | 'query' | 'scope' | 'status' | 'headers' | 'redactions' | 'completedAt'
> & {
  readonly vary?: readonly string[]
  /** Parameters that were left out of the query, see Exemplar.ignored. */
  readonly ignored?: readonly string[]
  /** Of the exemplar that keeps it; undefined: none does. */
  readonly key?: string
}

export class ApiModel {
  readonly world = new World()
  readonly #budget: GradeBudget
  readonly #toLookBackOn: { readonly question: Question; readonly json: JsonNode }[] = []
  #grades = new KindGrades()
  /** Ways to say no, each with a path that it was graded by; not kept between runs. */
  readonly #gradedPaths = new Set<string>()

  constructor(budget: GradeBudget) {
    this.#budget = budget
  }

  /**
   * A good answer, or one that says no. `asked`: what kind of question it answers; `seen`: how often this very request was
   * answered before, Infinity: not to be graded; `text`: the body of an answer that says no and is no JSON; `oldestAt`: what
   * is older may not be said. What it would have said itself; undefined: there was no time to find out.
   */
  learn(
    exchange: Answered,
    asked: Asked,
    place: Place | undefined,
    json: JsonNode | undefined,
    seen: number,
    text?: string,
    oldestAt = 0,
  ): Composed | undefined {
    if (asked.kind === 'write' || exchange.method === 'HEAD') return { because: 'nothing is told of this' }
    if (exchange.redactions > 0) return { because: 'it holds secrets' }
    // What depends on more than credentials and media type is another thing to each who asks: exact ghosts know it, we do not.
    if (selectsMore(exchange.vary ?? [])) return { because: 'it varies by more than credentials' }
    const question = questionOf(exchange, asked, place)
    const said = asked.kind === 'json-rpc' && json !== undefined ? withoutId(json) : json
    const would =
      seen === Number.POSITIVE_INFINITY
        ? undefined
        : this.#budget.spend(() =>
            this.#grade(asked, question, exchange.status, said ?? textNode(text), seen, oldestAt),
          )
    this.#tell(exchange, asked, question, said, text)
    return would
  }

  /** An exemplar of an earlier run: notes what it shows, so that writes find it. */
  show(exemplar: Answered & { readonly key: string }, asked: Asked, place: Place | undefined, json: JsonNode): void {
    const { key, path, query, scope, completedAt: at, status, headers } = exemplar
    if (asked.kind === 'write' || status !== 200) return
    if (asked.kind === 'graphql') {
      this.world.showGraph(path, asked.request, json, { key, scope, at, status, headers })
      return
    }
    if (place === undefined) return
    const question = questionOf(exemplar, asked, place)
    const { params } = place
    this.world.show(place, { key, path, query, params, asked: question.asked, scope, at, status, headers, body: json })
  }

  #tell(
    exchange: Answered,
    asked: Asked,
    question: Question,
    json: JsonNode | undefined,
    text: string | undefined,
  ): void {
    const { key, path, query, ignored, scope, completedAt: at, status, headers } = exchange
    const kept = { ...(key === undefined ? {} : { key }), ...(ignored === undefined ? {} : { ignored }) }
    // A mistake says nothing of what there is; that the model would have answered it, it has just been graded by.
    if (isMistake(status) || (json !== undefined && !isLearnable(json))) return
    if (asked.kind === 'graphql') {
      if (json !== undefined && status === 200)
        this.world.learnGraph(path, asked.request, json, {
          ...(key === undefined ? {} : { key }),
          scope,
          at,
          status,
          headers,
        })
    } else if (status >= 400)
      this.world.learnAbsence(question, status, headers, json ?? textNode(text), at, json === undefined)
    else if (status === 200 && json !== undefined && question.place !== undefined) {
      const { place } = question
      if (this.#toLookBackOn.length < LOOKED_BACK * 2) this.#toLookBackOn.push({ question, json })
      this.world.learn(place, {
        ...kept,
        path,
        query,
        params: place.params,
        asked: question.asked,
        scope,
        at,
        status,
        headers,
        body: json,
      })
    }
  }

  /**
   * A write that went through, at a place that is read as well. `asked`, `answered`: bodies where they are JSON. `madeAt`: the
   * place that the answer names. Keys of exemplars that show what it touched.
   */
  learnWrite(
    exchange: Exchange,
    place: Place,
    asked: JsonNode | undefined,
    answered: JsonNode | undefined,
    madeAt: Place | undefined,
  ): readonly string[] {
    const { path, query, scope, completedAt: at, status, headers } = exchange
    const { params } = place
    const body = readable(answered) ?? nothing
    const observation = { path, query, params, asked: readable(asked), scope, at, status, headers, body }
    return this.world.learnWrite(exchange.method, place, observation, madeAt)
  }

  /** A call that went through; see done-calls.ts. `subject`: the place above it that is read (`/orders/7` of `/orders/7/cancel`). */
  learnCall(
    { scope, completedAt: at, redactions }: Exchange,
    { doer, named, shown }: DoneCall,
    subject: Place | undefined,
    isHarmless: boolean,
  ): CallEffect {
    const call = {
      ...{ doer, scope, at, isHarmless, named: readable(named) },
      // What stands in the place of a secret is no value.
      shown: redactions > 0 ? undefined : readable(shown),
    }
    return this.world.learnCall(call, subject)
  }

  /** Something that nobody knows of was written at an endpoint. */
  doubtEndpoint({ path, scope, completedAt }: Exchange): void {
    this.world.doubtEndpoint(pattern => isAskedAt(pattern, path), scope, completedAt)
  }

  /** Other parameters than before change nothing on this route. */
  reread(routeId: string, reading: Reading): void {
    this.world.reread(routeId, reading)
  }

  /** What is new in each answer of a route is no part of the model. */
  renew(routeId: string, fresh: NewEachTime): void {
    this.world.route(routeId)?.renew(fresh)
  }

  /** Where a route shows records; undefined: it is not known. */
  showsOf(routeId: string): RouteShows | undefined {
    const route = this.world.route(routeId)
    return route === undefined ? undefined : showsOf(route)
  }

  /** Leaves of what was put together for a route that must be made anew. */
  freshOf(routeId: string): VolatileMap | undefined {
    return this.world.route(routeId)?.fresh?.map
  }

  /** What was seen under `from` at such paths is of `to`. */
  split(from: string, to: Place, paramsOf: (path: string) => readonly string[] | undefined): void {
    this.world.split(from, to, paramsOf)
  }

  /** `from` became part of `to`. */
  move(from: string, to: Place, paramsOf: (path: string) => readonly string[] | undefined): void {
    this.world.move(from, to, paramsOf)
    this.#grades.move(from, to.routeId)
  }

  /** `seen`: how often this very request was answered before. */
  #grade(
    asked: Asked,
    question: Question,
    status: number,
    json: JsonNode | undefined,
    seen: number,
    oldestAt: number,
  ): Composed {
    if (seen > 0) {
      this.#gradeRepeat(asked, question, status, json, seen)
      this.#lookBack()
      return { because: 'the request is known' }
    }
    const answer = this.#answer(asked, question, false)
    const would = this.#says(question, answer, status, json, oldestAt)
    this.#note(question, answer, status, json)
    if ('status' in answer && answer.kind.startsWith('absent'))
      this.#noteSiblings(asked, question, answer, status, json)
    if (asked.kind === 'graphql' && json !== undefined && status === 200)
      this.#noteBeside(asked.request, question, json)
    this.#lookBack()
    return would
  }

  /** Totals and the like, as if nothing else had been asked for. */
  #noteBeside(request: GraphRequest, question: Question, json: JsonNode): void {
    const beside = this.world.besideGraph(question.path, request, question.scope, json)
    if (beside !== undefined) this.#note(question, beside.said, 200, beside.truth)
  }

  /** What was seen before proves nothing, but a few times that what is not there still is not. */
  #gradeRepeat(asked: Asked, question: Question, status: number, json: JsonNode | undefined, seen: number): void {
    if (asked.kind === 'graphql') return
    if (seen < REPEATS_GRADED) {
      const said = this.#answer(asked, question, false)
      if ('status' in said && saysNo(said)) this.#note(question, said, status, json)
    }
    // No route will ever be found there: what others like it would have been told is seen here alone.
    if (seen < NOWHERE_GRADED && question.place === undefined) {
      const said = this.#answer(asked, question, true)
      if ('status' in said && saysNo(said)) this.#noteOnce(question, said, status, json)
    }
  }

  #noteOnce(question: Question, answer: WorldAnswer, status: number, json: JsonNode | undefined): void {
    const name = `${answer.kind}\n${question.scope}\n${question.path}`
    if (this.#gradedPaths.has(name)) return
    if (this.#gradedPaths.size >= MAX_GRADED_PATHS) this.#gradedPaths.delete(this.#gradedPaths.values().next().value!)
    this.#gradedPaths.add(name)
    this.#note(question, answer, status, json)
  }

  /** An answer that says no came again, and nobody handed it over: graded as it would have been. `seen`: how often it came before. */
  again(
    exchange: Pick<Answered, 'path' | 'query' | 'scope' | 'status' | 'redactions'>,
    asked: Asked,
    place: Place | undefined,
    said: { readonly json: JsonNode | undefined; readonly text: string | undefined },
    seen: number,
  ): void {
    if (asked.kind === 'write' || exchange.redactions > 0) return
    const json = asked.kind === 'json-rpc' && said.json !== undefined ? withoutId(said.json) : said.json
    this.#budget.spend(() =>
      this.#gradeRepeat(asked, questionOf(exchange, asked, place), exchange.status, json ?? textNode(said.text), seen),
    )
  }

  /** What a route that was never asked for what is not there would have said: each that was stands for one. */
  #noteSiblings(asked: Asked, question: Question, own: WorldAnswer, status: number, json: JsonNode | undefined): void {
    const { path, scope } = question
    const other =
      asked.kind === 'graphql'
        ? this.world.siblingGraph(path, asked.request, scope)
        : this.world.siblingAnswer(question)
    if (other !== undefined && other.kind !== own.kind) this.#note(question, other, status, json)
  }

  /** Back-test: an answer of a while ago, asked for again as if it had never been seen, with what is known by now. */
  #lookBack(): void {
    if (this.#toLookBackOn.length < LOOKED_BACK) return
    const { question, json } = this.#toLookBackOn.shift()!
    const answer = this.world.answer(question, true)
    if ('status' in answer && answer.status === 200) this.#note(question, answer, 200, json)
    const borrowed = this.world.answerByConvention(question)
    if (borrowed !== undefined) this.#note(question, borrowed, 200, json)
  }

  /** What it would say to a request whose exact answer may not be said, though it is known. */
  wouldSay(
    exchange: Answered,
    asked: Asked,
    place: Place | undefined,
    json: JsonNode | undefined,
    text: string | undefined,
    oldestAt: number,
  ): Composed {
    const question = questionOf(exchange, asked, place)
    const said = asked.kind === 'json-rpc' && json !== undefined ? withoutId(json) : json
    return this.#says(question, this.#answer(asked, question, false), exchange.status, said ?? textNode(text), oldestAt)
  }

  #says(
    question: Question,
    answer: WorldAnswer | WorldRefusal,
    status: number,
    json: JsonNode | undefined,
    oldestAt: number,
  ): Composed {
    if (!('status' in answer)) return { because: answer.refused }
    const { lowerBound } = this.gradeOf(question, answer)
    const score = this.#scoreOf(question, answer, status, json)
    return { tier: answer.tier, lowerBound, score, refused: answer.capturedAt < oldestAt }
  }

  #note(question: Question, answer: WorldAnswer | WorldRefusal, status: number, json: JsonNode | undefined): void {
    if (!('status' in answer)) return
    const { atMost = 1 } = answer
    // What is known to be left out is told beforehand, see gradeOf.
    const score = Math.min(1, this.#scoreOf(question, answer, status, json) / atMost)
    this.#grades.add(question.place?.routeId ?? NO_ROUTE, answer.kind, score)
  }

  #scoreOf({ place }: Question, answer: WorldAnswer, status: number, json: JsonNode | undefined): number {
    if (answer.status !== status || json === undefined) return 0
    const fresh = place === undefined ? undefined : this.freshOf(place.routeId)
    return nodeSimilarity(withoutVolatile(answer.body, fresh), withoutVolatile(json, fresh))
  }

  #answer(asked: Asked, question: Question, heldBack: boolean, trace?: Trace): WorldAnswer | WorldRefusal {
    if (asked.kind === 'graphql')
      return this.world.answerGraph(question.path, asked.request, question.scope, heldBack, trace)
    return this.world.answer(question, heldBack, trace)
  }

  /** `place`: its route; undefined where none is known. `trace`: somebody asks why. */
  compose(
    from: { path: string; query: string; scope: string },
    asked: Asked,
    place: Place | undefined,
    trace?: Trace,
    gone = false,
  ): ComposeReply {
    const plain = questionOf(from, asked, place)
    const question = gone ? { ...plain, gone } : plain
    const answer = this.#answer(asked, question, false, trace)
    const grade = 'status' in answer ? this.gradeOf(question, answer) : undefined
    trace?.note('look up what such answers were worth', grade === undefined ? '' : `at least ${grade.lowerBound}`)
    const explained = trace === undefined ? {} : { explained: this.#explain(asked, question, answer, trace) }
    if (!('status' in answer) || grade === undefined)
      return {
        kind: 'none',
        refused: 'not-derivable',
        because: 'refused' in answer ? answer.refused : '',
        ...explained,
      }
    return {
      kind: 'answer',
      tier: answer.tier,
      status: answer.status,
      headers: answer.headers,
      body: Buffer.from(answer.isText && answer.body.kind === 'string' ? answer.body.value : printJson(answer.body)),
      grade,
      capturedAt: answer.capturedAt,
      because: `${answer.because} [${answer.kind}]`,
      ...explained,
    }
  }

  #explain(asked: Asked, question: Question, answer: WorldAnswer | WorldRefusal, trace: Trace): ComposeExplanation {
    const kind = 'status' in answer ? answer.kind : ''
    const { own, all, akin } = this.#grades.evidence(question.place?.routeId ?? NO_ROUTE, kind)
    // Each root field of a GraphQL query is a question of its own; the first stands for them.
    const [field] = asked.kind === 'graphql' ? asked.request.fields : []
    const {
      place,
      asked: body,
      query,
    } = field === undefined ? question : graphQuestion(question.path, field, question.scope)
    const route = place === undefined ? undefined : this.world.route(place.routeId)
    const inputs = place === undefined ? undefined : inputsOf(place.params, query, body)
    return {
      inputs: route === undefined || inputs === undefined ? [] : explainInputs(route, inputs),
      steps: trace.steps,
      evidence: {
        kind,
        onThisRoute: tallyOf(own),
        onAllRoutes: tallyOf(all),
        akin: tallyOf(akin),
        completeness: trace.completeness ?? null,
        source: 'status' in answer ? answer.because : answer.refused,
      },
      nearest: route === undefined || inputs === undefined ? null : nearestRequest(route, inputs, question.scope),
    }
  }

  /** How sure it can be of what is at a path for which no route is known. */
  nowhere(): Nowhere {
    let [nobody, others] = [0, 0]
    for (const kind of this.world.kindsNowhere()) {
      const { lowerBound } = this.#grades.grade(NO_ROUTE, kind)
      if (kind.endsWith(' nobody')) nobody = Math.max(nobody, lowerBound)
      else others = Math.max(others, lowerBound)
    }
    return { nobody, others }
  }

  gradeOf(question: Question, answer: WorldAnswer): TierGrade {
    const grade = this.#grades.grade(question.place?.routeId ?? NO_ROUTE, answer.kind)
    const { atMost = 1 } = answer
    return {
      ...grade,
      confidence: Math.round(grade.confidence * atMost * 1000) / 1000,
      lowerBound: grade.lowerBound * atMost,
    }
  }

  /** What a tier has proven on a route, all its ways together. */
  tierGrade(routeId: string, tier: Tier): TierGrade {
    let evidence = noEvidence
    for (const [kind, of] of this.#grades.of(routeId))
      if (tierOfKind(kind) === tier) evidence = addEvidence(evidence, of)
    return gradeOf(priorOf(tier), evidence)
  }

  savedGrades(): SavedKinds {
    return this.#grades.toJSON()
  }

  restoreGrades(saved: SavedKinds): void {
    this.#grades = KindGrades.fromJSON(saved)
  }
}

function saysNo({ kind }: WorldAnswer): boolean {
  return /^(?:absent|denied)/.test(kind)
}

function tallyOf({ right, wrong }: Evidence): GradeTally {
  const count = right + wrong
  return {
    count: Math.round(count * 10) / 10,
    similarity: count === 0 ? null : Math.round((right / count) * 1000) / 1000,
  }
}

function tierOfKind(kind: string): Tier {
  return /^(?:record|absent|denied)/.test(kind) ? 'entity' : 'query'
}

function questionOf(
  { path, query, scope }: { path: string; query: string; scope: string },
  asked: Asked,
  place: Place | undefined,
): Question {
  const body = asked.kind === 'search' ? asked.body : asked.kind === 'json-rpc' ? asked.params : undefined
  return { path, query, scope, asked: body, place }
}

/** It is the asker's, and put in again for each. */
function withoutId(json: JsonNode): JsonNode {
  if (json.kind !== 'object') return json
  return {
    kind: 'object',
    entries: json.entries.map(([name, node]) => [name, name === 'id' ? nothing : node] as const),
  }
}

/** A body that is not looked at says nothing; that something was written stays true. */
function readable(json: JsonNode | undefined): JsonNode | undefined {
  return json === undefined || !isLearnable(json) ? undefined : json
}

/** Is a route with this pattern one of questions that are put to the path? `/{id}/rpc#rpc.list` asks at `/7/rpc`. */
function isAskedAt(pattern: string, path: string): boolean {
  const place = pattern.split('#', 1)[0]!
  const segments = path.split('/')
  const parts = place.split('/')
  return (
    (pattern.includes('#') || place === path) &&
    parts.length === segments.length &&
    parts.every((part, i) => part === segments[i] || part.startsWith('{'))
  )
}

function textNode(text: string | undefined): JsonNode | undefined {
  return text === undefined ? undefined : { kind: 'string', value: text }
}
