// thread: edge
// What ghosts of this edge answer because the upstream fails: counted by route, and each question once with its answer. Main
// is told in batches and never waited for. Where nothing fails nothing here is ever called.
import { Buffer } from 'node:buffer'
import { contentCoding } from '../contract/content-coding.js'
import type { FaultCode } from '../contract/faults.js'
import { fieldOf } from '../contract/fields.js'
import type { GhostAnswer, Refusal } from '../contract/ghost.js'
import type { LessonRoute } from '../contract/lesson.js'
import {
  askedAgainWith,
  type GivenBatch,
  type GivenQuestion,
  type KeptAnswer,
  type Unaskable,
} from '../contract/outages.js'

/** The request of a ghost, with its name. */
export interface GhostedRequest {
  readonly method: string
  /** As it came: it may hold secrets, and does not leave the edge. */
  readonly target: string
  readonly path: string
  /** Flat, lower-case names. */
  readonly headers: readonly string[]
}

/** What is asked, redacted. */
export interface GhostedIdentity {
  readonly path: string
  readonly query: string | undefined
  readonly scope: string
}

type Route = Pick<LessonRoute, 'method' | 'pattern'> | undefined

export interface GivenLimits {
  /** Different questions in one outage. */
  readonly questions: number
  /** Octets of them and their answers. */
  readonly bytes: number
  /** Octets of the body of one answer. */
  readonly bodyBytes: number
}

export const givenLimits: GivenLimits = { questions: 2000, bytes: 8 << 20, bodyBytes: 64 << 10 }

const MAX_TARGET_LENGTH = 2048
const MAX_FIELD_LENGTH = 512
/** Routes that are told apart in one batch. */
const MAX_ROUTES = 1000
/** What a question weighs beside its texts and its body. */
const QUESTION_BYTES = 300

/** Faults for which ghosts are asked although the upstream is there. */
const notOfOutages: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'CHAOS_ERR_UPSTREAM_SLOW',
  'CHAOS_ERR_UPSTREAM_RECOVERING',
  'CHAOS_ERR_UPSTREAM_BYPASSED',
  'CHAOS_ERR_UPSTREAM_WRITES_WAIT',
])

/** A write is no question: what becomes of those the journal tells. */
const ofWrites: ReadonlySet<Refusal> = new Set<Refusal>([
  'unsafe-method',
  'maybe-done',
  'body-not-kept',
  'journal-full',
  'journal-failed',
])

interface Known {
  readonly key: string
  readonly route: string
  readonly method: string
  readonly target: string
  readonly scope: string
  readonly fields: readonly string[]
  readonly unaskable: Unaskable | ''
  times: number
  firstAt: number
  lastAt: number
  /** Until main has it. */
  answer: KeptAnswer | undefined
}

interface OnRoute {
  ghosts: number
  refused: number
  confidence: number
}

export class GivenAnswers {
  readonly #send: (batch: GivenBatch) => void
  readonly #limits: GivenLimits
  /** All of this outage, by the target as it came. */
  readonly #known = new Map<string, Known[]>()
  #size = 0
  #bytes = 0
  /** Those that main has to be told of. */
  #untold: Known[] = []
  readonly #routes = new Map<Route, OnRoute>()
  #since = 0
  #beyond = 0

  constructor(send: (batch: GivenBatch) => void, limits: GivenLimits = givenLimits) {
    this.#send = send
    this.#limits = limits
  }

  /** A ghost answered. `now`: epoch ms. */
  given(
    because: FaultCode,
    request: GhostedRequest,
    identity: GhostedIdentity,
    route: Route,
    answer: GhostAnswer,
    now: number,
  ): void {
    if (notOfOutages.has(because)) return
    const onRoute = this.#onRoute(route, now)
    onRoute.ghosts += 1
    onRoute.confidence += answer.confidence
    // By POST a question may be read, but that it is harmless to put it again nobody can promise.
    if (request.method !== 'GET' && request.method !== 'HEAD') return
    // What a client itself wrote the API has yet to hear: to hold that against it would say nothing.
    if (answer.pending !== undefined) return
    const known = this.#find(request, identity.scope) ?? this.#add(request, identity, route, answer, now)
    if (known === undefined) {
      this.#beyond += 1
      return
    }
    if (known.times === 0) {
      known.firstAt = now
      this.#untold.push(known)
    }
    known.times += 1
    known.lastAt = now
  }

  /** No ghost answered. */
  silent(because: FaultCode, refused: Refusal, route: Route, now: number): void {
    // What is only odd goes to the client as it is where no ghost knows better.
    if (notOfOutages.has(because) || because === 'CHAOS_ERR_UPSTREAM_SOFT_FAILURE' || ofWrites.has(refused)) return
    this.#onRoute(route, now).refused += 1
  }

  /** Tells main; called several times a second. */
  flush(): void {
    if (this.#routes.size === 0) return
    const questions: GivenQuestion[] = []
    for (const known of this.#untold) {
      const { scope: _, ...question } = known
      questions.push(question)
      known.answer = undefined
      known.times = 0
    }
    const routes = [...this.#routes].map(([route, counts]) => ({ route: nameOf(route), ...counts }))
    this.#send({ since: this.#since, routes, questions, beyond: this.#beyond })
    this.#untold = []
    this.#routes.clear()
    this.#beyond = 0
  }

  /** What is given from now on belongs to another one. */
  outageOver(): void {
    this.flush()
    this.#known.clear()
    this.#size = 0
    this.#bytes = 0
  }

  #find({ method, target, headers }: GhostedRequest, scope: string): Known | undefined {
    const candidates = this.#known.get(target)
    if (candidates === undefined) return undefined
    for (const known of candidates)
      if (known.method === method && known.scope === scope && hasFields(headers, known.fields)) return known
    return undefined
  }

  /** Undefined: there are too many, or it is too long. */
  #add(
    request: GhostedRequest,
    identity: GhostedIdentity,
    route: Route,
    answer: GhostAnswer,
    now: number,
  ): Known | undefined {
    const { questions, bytes, bodyBytes } = this.#limits
    const { method, headers } = request
    const { scope } = identity
    if (request.target.length > MAX_TARGET_LENGTH || this.#size >= questions) return undefined
    const fields = fieldsOf(headers)
    const unaskable = unaskableOf(request, identity, fields, answer, bodyBytes)
    const target = ownText(targetOf(identity))
    const key = ownText(`${method} ${scope} ${target}\n${fields.join('\n')}`)
    const weight = QUESTION_BYTES + request.target.length + 3 * key.length + (unaskable === '' ? answer.body.length : 0)
    if (this.#bytes + weight > bytes) return undefined
    this.#size += 1
    this.#bytes += weight
    const known = {
      ...{ key, route: nameOf(route), method, target, scope, fields, unaskable, times: 0, firstAt: now, lastAt: now },
      answer: unaskable === '' ? keptOf(answer) : undefined,
    }
    const others = this.#known.get(request.target)
    if (others === undefined) this.#known.set(ownText(request.target), [known])
    else others.push(known)
    return known
  }

  #onRoute(route: Route, now: number): OnRoute {
    if (this.#routes.size === 0) this.#since = now
    const named = this.#routes.size < MAX_ROUTES || this.#routes.has(route) ? route : undefined
    let counts = this.#routes.get(named)
    if (counts === undefined) {
      counts = { ghosts: 0, refused: 0, confidence: 0 }
      this.#routes.set(named, counts)
    }
    return counts
  }
}

function nameOf(route: Route): string {
  return route === undefined ? '' : `${route.method} ${route.pattern}`
}

/** A copy: what stands in a request may be a view on the whole head, which would live as long as it. */
function ownText(text: string): string {
  return Buffer.from(text).toString()
}

/** Has the request just these of the fields that are sent again? */
function hasFields(headers: readonly string[], fields: readonly string[]): boolean {
  for (const name of askedAgainWith) if (fieldOf(headers, name) !== fieldOf(fields, name)) return false
  return true
}

function targetOf({ path, query }: GhostedIdentity): string {
  return query === undefined ? path : `${path}?${query}`
}

function fieldsOf(headers: readonly string[]): string[] {
  return askedAgainWith.flatMap(name => {
    const value = fieldOf(headers, name)
    return value === undefined ? [] : [name, ownText(value)]
  })
}

function unaskableOf(
  { headers, path }: GhostedRequest,
  identity: GhostedIdentity,
  fields: readonly string[],
  answer: GhostAnswer,
  bodyBytes: number,
): Unaskable | '' {
  // A secret in the query is a credential, too.
  if (identity.scope !== '') return 'credentials'
  if (identity.path !== path) return 'secret-in-path'
  if (answer.body.length > bodyBytes || fields.some(value => value.length > MAX_FIELD_LENGTH)) return 'too-long'
  return isSelectedOtherwise(headers, answer.headers) ? 'selected-otherwise' : ''
}

/** The answer varies by a field that the request has, and that is not kept (RFC 9110 §12.5.5). */
function isSelectedOtherwise(asked: readonly string[], answered: readonly string[]): boolean {
  const kept: readonly string[] = ['', 'accept-encoding', ...askedAgainWith]
  for (let i = 0; i < answered.length; i += 2) {
    if (answered[i] !== 'vary') continue
    for (const element of answered[i + 1]!.split(',')) {
      const name = element.trim().toLowerCase()
      if (name === '*' || (!kept.includes(name) && fieldOf(asked, name) !== undefined)) return true
    }
  }
  return false
}

function keptOf({ status, headers, body }: GhostAnswer): KeptAnswer {
  // A copy of its own: a message would take along all of the memory that a view stands on.
  return { status, coding: contentCoding(headers), body: Uint8Array.from(body) }
}
