// thread: learner
// The model of the API with what its answers have proven to be worth: test, then train. Every exchange that was never seen
// before is first answered from what was known until then, and that answer held against the truth.
import type { Exchange } from '../core/contract/exchange.js'
import type { Tier } from '../core/contract/ghost.js'
import { type JsonNode, printJson } from '../core/contract/json.js'
import { isMistake } from '../core/contract/learnable.js'
import type { TierGrade } from '../core/contract/lesson.js'
import type { ComposeReply } from '../core/contract/messages.js'
import { KindGrades, type SavedKinds } from './grade/kinds.js'
import { addEvidence, gradeOf, noEvidence, priorOf } from './grade/posterior.js'
import { nodeSimilarity } from './grade/similarity.js'
import { type Place, type Question, World, type WorldAnswer, type WorldRefusal } from './world/world.js'

const NO_ROUTE = '-'
/** Repeats of one request say less and less of others. */
const REPEATS_GRADED = 3
const nothing: JsonNode = { kind: 'literal', raw: 'null' }

export interface ApiModelParts {
  /** Share of the learner's time that grading may take, 0…1. */
  readonly gradeShare: number
  /** A clock that only goes forward, ms. */
  readonly elapsed: () => number
}

/** What the model looks at of an exchange, or of one that was stored. */
export type Answered = Pick<
  Exchange,
  'method' | 'path' | 'query' | 'scope' | 'status' | 'headers' | 'redactions' | 'completedAt'
>

export class ApiModel {
  readonly world = new World()
  readonly #gradeShare: number
  readonly #elapsed: () => number
  #grades = new KindGrades()
  #gradingMs = 0
  #learningMs = 0

  constructor({ gradeShare, elapsed }: ApiModelParts) {
    this.#gradeShare = gradeShare
    this.#elapsed = elapsed
  }

  /** A good answer, or one that says no. `seen`: how often this very request was answered before; Infinity: not to be graded. */
  learn(exchange: Answered, place: Place | undefined, json: JsonNode | undefined, seen: number): void {
    const from = this.#elapsed()
    if (exchange.method === 'GET') {
      const question = questionOf(exchange, place)
      if (exchange.redactions === 0 && seen !== Number.POSITIVE_INFINITY)
        this.#grade(question, exchange.status, json, seen)
      // A mistake says nothing of what there is; that the model would have answered it, it has just been graded by.
      if (exchange.status >= 400 && !isMistake(exchange.status))
        this.world.learnAbsence(question, exchange.status, exchange.headers, json, exchange.completedAt)
      else if (exchange.status === 200 && json !== undefined && place !== undefined && exchange.redactions === 0) {
        const { path, query, scope, completedAt, status, headers } = exchange
        this.world.learn(place, {
          path,
          query,
          params: place.params,
          asked: undefined,
          scope,
          at: completedAt,
          status,
          headers,
          body: json,
        })
      }
    }
    this.#learningMs += this.#elapsed() - from
  }

  /** A write that went through. `asked`, `answered`: bodies where they are JSON. */
  learnWrite(
    exchange: Exchange,
    place: Place | undefined,
    asked: JsonNode | undefined,
    answered: JsonNode | undefined,
  ): void {
    const { path, query, scope, completedAt, status, headers } = exchange
    this.world.learnWrite(exchange.method, place, {
      path,
      query,
      params: place?.params ?? [],
      asked,
      scope,
      at: completedAt,
      status,
      headers,
      body: answered ?? nothing,
    })
  }

  /** `from` became part of `to`. */
  move(from: string, to: Place, paramsOf: (path: string) => readonly string[] | undefined): void {
    this.world.move(from, to, paramsOf)
    this.#grades.move(from, to.routeId)
  }

  /** `seen`: how often this very request was answered before. */
  #grade(question: Question, status: number, json: JsonNode | undefined, seen: number): void {
    if (this.#gradingMs > this.#learningMs * this.#gradeShare + 50) return
    const from = this.#elapsed()
    const answer = seen === 0 ? this.world.answer(question) : undefined
    if (answer !== undefined) this.#note(question, answer, status, json)
    // What was seen before proves nothing, but what follows from other answers alone does: lists narrowed down, and a few
    // times that what is not there still is not.
    const held = this.world.answer(question, true)
    if ('status' in held && held.kind !== (answer !== undefined && 'status' in answer ? answer.kind : '')) {
      if (held.tier === 'query' || (/^(?:absent|denied)/.test(held.kind) && seen > 0 && seen < REPEATS_GRADED))
        this.#note(question, held, status, json)
    }
    this.#gradingMs += this.#elapsed() - from
  }

  #note(question: Question, answer: WorldAnswer | WorldRefusal, status: number, json: JsonNode | undefined): void {
    if (!('status' in answer)) return
    const score = answer.status !== status || json === undefined ? 0 : nodeSimilarity(answer.body, json)
    this.#grades.add(question.place?.routeId ?? NO_ROUTE, answer.kind, score)
  }

  compose(question: Question): ComposeReply {
    const answer = this.world.answer(question)
    if (!('status' in answer)) return { kind: 'none', refused: 'not-derivable', because: answer.refused }
    return {
      kind: 'answer',
      tier: answer.tier,
      status: answer.status,
      headers: answer.headers,
      body: Buffer.from(printJson(answer.body)),
      grade: this.gradeOf(question, answer),
      capturedAt: answer.capturedAt,
      because: `${answer.because} [${answer.kind}]`,
    }
  }

  gradeOf(question: Question, answer: WorldAnswer): TierGrade {
    return this.#grades.grade(question.place?.routeId ?? NO_ROUTE, answer.kind)
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

function tierOfKind(kind: string): Tier {
  return /^(?:record|absent|denied)/.test(kind) ? 'entity' : 'query'
}

export function questionOf(
  { path, query, scope }: { path: string; query: string; scope: string },
  place: Place | undefined,
): Question {
  return { path, query, scope, asked: undefined, place }
}
