// thread: learner
// Looks at captured exchanges: what is strange about the bodies that are sent, about answers, and about what is asked in words. The
// queries of all requests are looked at by the history, which knows those as well that are not captured; without a history here.
import type { AnomalyExample, AnomalyName, AnomalySignal } from '../../../core/contract/anomalies.js'
import type { SoftSign } from '../../../core/contract/baseline.js'
import type { Exchange } from '../../../core/contract/exchange.js'
import { type JsonNode, textOfScalar } from '../../../core/contract/json.js'
import { queryParams } from '../../../core/contract/query-params.js'
import { AnswerShapes, type ObservedAnswer, type SavedAnswerShapes } from './answer-shapes.js'
import { Distances, type SavedDistances } from './distances.js'
import { told } from './example.js'
import { NOVEL_CHANCE } from './novelty.js'
import { RequestShapes, type SavedRequestShapes, strengthOf } from './request-shapes.js'
import { Signals } from './signals.js'
import { SoftFailures } from './soft-failures.js'
import { type SeenValue, seenValue } from './value-traits.js'

export interface ExchangeWatchOptions {
  /** Nobody else looks at them. */
  readonly watchesQueries: boolean
}

export interface SavedExchangeWatch {
  readonly answers: SavedAnswerShapes
  readonly bodies: SavedRequestShapes
  readonly queries: SavedRequestShapes
  readonly distances: SavedDistances
}

type Asked = Pick<Exchange, 'method' | 'path' | 'query' | 'status' | 'scope' | 'startedAt'>

const signWords: Readonly<Record<SoftSign, string>> = {
  'empty-body': 'without a body',
  'foreign-type': 'of another kind of content',
  error: 'that say of themselves that they failed',
  empty: 'with nothing in them',
  shape: 'of another shape',
}

export class ExchangeWatch {
  readonly #options: ExchangeWatchOptions
  readonly #signals = new Signals()
  readonly #answers: AnswerShapes
  readonly #bodies: RequestShapes
  readonly #queries: RequestShapes
  readonly #distances: Distances
  readonly #softFailures = new SoftFailures()

  constructor(options: ExchangeWatchOptions, saved?: SavedExchangeWatch) {
    this.#options = options
    this.#answers = new AnswerShapes(saved?.answers)
    this.#bodies = new RequestShapes('member', saved?.bodies)
    this.#queries = new RequestShapes('parameter', saved?.queries)
    this.#distances = new Distances(saved?.distances)
  }

  /** An answer that its route may give. `route`: `GET /users/{id}`. */
  answer(route: string, exchange: Asked, answer: ObservedAnswer): void {
    this.#addAll(this.#answers.observe(route, answer, () => exampleOf(exchange), exchange.startedAt))
  }

  query(route: string, exchange: Asked): void {
    if (!this.#options.watchesQueries) return
    const values = queryParams(exchange.query).map(([name, value]) => [name, seenValue(value)] as const)
    this.#addAll(this.#queries.observe(route, values, () => exampleOf(exchange), exchange.startedAt))
  }

  /** A body that was sent. */
  body(route: string, exchange: Asked, json: JsonNode): void {
    if (json.kind !== 'object') return
    const values = membersOf(json)
    this.#addAll(this.#bodies.observe(route, values, () => exampleOf(exchange), exchange.startedAt))
  }

  /** The learner found that its route never answers so. */
  softFailure(route: string, exchange: Asked, sign: SoftSign): void {
    const at = exchange.startedAt
    const found = this.#softFailures.observe(route, exchange.path, sign, at)
    if (found === undefined) return
    this.#signals.add({
      ...{ kind: 'soft-failure', subject: route, detail: sign, severity: 'high', at, count: 1 },
      ...{ strength: found.count / 3, unit: 'requests', example: exampleOf(exchange) },
      says: `${found.count} answers with status 200 ${signWords[sign]}, within ${told((at - found.since) / 1000)} s; the route never answered so`,
      evidence: { sign, answers: found.count, seconds: Math.round((at - found.since) / 1000) },
      falseAlarms: 'told from the third one within ten minutes on',
    })
  }

  /** A new text, and its cosine to the nearest one that was known. */
  distance(route: string, exchange: Asked, similarity: number): void {
    const far = this.#distances.observe(route, similarity)
    if (far === undefined) return
    const { novelty, normal } = far
    this.#signals.add({
      ...{ kind: 'distant-request', subject: route, detail: '', severity: 'low', at: exchange.startedAt, count: 1 },
      ...{ strength: strengthOf(novelty), unit: 'similarity', example: exampleOf(exchange) },
      says: `what is asked is unlike all that was asked before: a similarity of ${told(similarity)} to the nearest, where 99 of 100 had at least ${told(normal)}; ${novelty.hits} of the last ${novelty.since}`,
      evidence: { similarity, normal, hits: novelty.hits, since: novelty.since, chance: novelty.chance },
      falseAlarms: `by chance alone with a probability below ${NOVEL_CHANCE} for each route`,
      points: [{ at: exchange.startedAt, value: similarity, normal }],
    })
  }

  /** A person said that it is normal. */
  expect({ kind, subject, detail }: AnomalyName): void {
    if (kind === 'shape-drift') this.#answers.expect(subject, detail)
    else if (kind === 'distant-request') this.#distances.expect(subject)
    else if (kind === 'unseen-parameter' || kind === 'parameter-break') {
      this.#bodies.expect(subject, detail)
      this.#queries.expect(subject, detail)
    }
  }

  move(from: string, to: string): void {
    this.#answers.move(from, to)
  }

  get hasSignals(): boolean {
    return !this.#signals.isEmpty
  }

  /** Since the last time. */
  signals(): AnomalySignal[] {
    return this.#signals.take()
  }

  toJSON(): SavedExchangeWatch {
    return {
      answers: this.#answers.toJSON(),
      bodies: this.#bodies.toJSON(),
      queries: this.#queries.toJSON(),
      distances: this.#distances.toJSON(),
    }
  }

  #addAll(signals: readonly AnomalySignal[]): void {
    for (const signal of signals) this.#signals.add(signal)
  }
}

function exampleOf({ method, path, query, status, scope, startedAt }: Asked): AnomalyExample {
  return { at: startedAt, method, target: query === '' ? path : `${path}?${query}`, status, scope }
}

/** Names and values of a body, those of objects within it with both names: `address.city`. */
function membersOf(json: JsonNode & { readonly kind: 'object' }): [string, SeenValue][] {
  const seen = (value: JsonNode): SeenValue => seenValue(textOfScalar(value) ?? value.kind)
  return json.entries.flatMap(([name, value]): [string, SeenValue][] =>
    value.kind === 'object'
      ? value.entries.map(([inner, one]) => [`${name}.${inner}`, seen(one)])
      : [[name, seen(value)]],
  )
}
