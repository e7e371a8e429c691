// thread: any
// The traffic of one route, or of all together: how long answers take, how many are errors, whether requests still come.
import {
  ALL_ROUTES,
  type AnomalyExample,
  type AnomalyPoint,
  type AnomalySignal,
  type Severity,
} from '../../../core/contract/anomalies.js'
import type { FactReader } from '../../../core/contract/facts.js'
import type { SavedProfile } from './day-profile.js'
import { DropWatch, type SavedDrop } from './drop-watch.js'
import { RUN_LENGTH } from './e-detector.js'
import { exampleOf, percent, told, toldBytes } from './example.js'
import { type SavedShare, ShareWatch } from './share-watch.js'
import { type SavedSizes, SizeWatch } from './size-watch.js'
import { SlowWatch } from './slow-watch.js'

/** Length of the spans that are looked at. */
export const SPAN_MS = 10_000
/** Spans that are kept for the picture. */
const KEPT_POINTS = 30

const falseAlarms = `by chance alone at most once in ${RUN_LENGTH.toExponential(0)} spans of ${SPAN_MS / 1000} s on average`

export interface SavedRoute {
  readonly name: string
  /** Epoch ms of its first request, and of its last one. */
  readonly bornAt: number
  readonly seenAt: number
  readonly slow: SavedProfile
  readonly errors: SavedShare
  readonly clientErrors: SavedShare
  readonly drop: SavedDrop
  readonly received: SavedSizes
  readonly sent: SavedSizes
}

interface Span {
  requests: number
  answered: number
  errors: number
  clientErrors: number
  slowExample: AnomalyExample | undefined
  errorExample: AnomalyExample | undefined
  clientErrorExample: AnomalyExample | undefined
}

const emptySpan = (): Span => ({
  ...{ requests: 0, answered: 0, errors: 0, clientErrors: 0 },
  ...{ slowExample: undefined, errorExample: undefined, clientErrorExample: undefined },
})

export class RouteTraffic {
  readonly name: string
  readonly bornAt: number
  seenAt: number
  readonly #slow: SlowWatch
  readonly #errors: ShareWatch
  readonly #clientErrors: ShareWatch
  readonly #drop: DropWatch
  readonly #received: SizeWatch
  readonly #sent: SizeWatch
  #span = emptySpan()
  /** By what they are of. */
  readonly #points = new Map<string, AnomalyPoint[]>()
  /** Somebody tries credentials or identifiers: what is refused is told as that. */
  attackedUntil = 0

  constructor(name: string, bornAt: number, saved?: SavedRoute) {
    this.name = name
    this.bornAt = saved?.bornAt ?? bornAt
    this.seenAt = saved?.seenAt ?? bornAt
    this.#slow = new SlowWatch(saved?.slow)
    this.#errors = new ShareWatch({ floor: 0.03, factor: 2, slack: 0.01, minRequests: 5 }, saved?.errors)
    this.#clientErrors = new ShareWatch({ floor: 0.2, factor: 3, slack: 0.05, minRequests: 6 }, saved?.clientErrors)
    this.#drop = new DropWatch(saved?.drop)
    this.#received = new SizeWatch(saved?.received)
    this.#sent = new SizeWatch(saved?.sent)
  }

  get requests(): number {
    return this.#span.requests
  }

  get isDropping(): boolean {
    return this.#drop.isSuspicious
  }

  /** What one row tells of. `bucket`: of its time, see decaying-sketch.ts; undefined where the upstream gave no whole answer. */
  add(facts: FactReader, bucket: number | undefined, isError: boolean): void {
    const span = this.#span
    const { count } = facts
    const isOne = !facts.isTogether
    span.requests += count
    span.answered += count
    if (isError) {
      span.errors += count
      if (isOne) span.errorExample ??= exampleOf(facts)
    } else if (facts.status >= 400) {
      span.clientErrors += count
      if (isOne) span.clientErrorExample ??= exampleOf(facts)
    }
    if (bucket !== undefined && this.#slow.add(facts.totalMs, bucket, count) && isOne)
      span.slowExample ??= exampleOf(facts)
  }

  /** Bodies of one exchange, by route only. `isGood`: the upstream gave a good answer. */
  sizes(facts: FactReader, isGood: boolean, at: number): AnomalySignal | undefined {
    const { bytesIn, bytesOut } = facts
    const isReceived = bytesIn > 0 && this.#received.observe(bytesIn, at)
    const isSent = !isReceived && isGood && bytesOut > 0 && this.#sent.observe(bytesOut, at)
    if (!isReceived && !isSent) return undefined
    const [watch, bytes, what] = isReceived
      ? ([this.#received, bytesIn, 'request'] as const)
      : ([this.#sent, bytesOut, 'answer'] as const)
    const limit = watch.limit!
    const strength = bytes / limit
    return {
      ...{ kind: 'payload-size', subject: this.name, detail: what, severity: strength >= 10 ? 'high' : 'medium' },
      ...{ at, count: 1, strength, unit: 'bytes', example: exampleOf(facts) },
      says: `the ${what} has a body of ${toldBytes(bytes)}; the largest so far had ${toldBytes(watch.largest)}, and by the tail of the sizes ${toldBytes(limit)} are the limit`,
      evidence: { bytes, largest: Math.round(watch.largest), limit: Math.round(limit) },
      falseAlarms:
        'the limit is as far above the largest as the largest is above nine of ten, and at least 4 times the largest',
      points: [{ at, value: bytes, normal: watch.largest }],
    }
  }

  /** The span ends. `whole`: requests of all routes; `isDropWatched`: what is missing here is not missing everywhere. */
  close(at: number, whole: number, isDropWatched: boolean): AnomalySignal[] {
    const span = this.#span
    this.#span = emptySpan()
    const signals = [this.#closeSlow(at, span), this.#closeErrors(at, span)]
    if (at >= this.attackedUntil) signals.push(this.#closeClientErrors(at, span))
    if (isDropWatched) signals.push(this.#closeDrop(at, span, whole))
    return signals.filter(signal => signal !== undefined)
  }

  /** It is normal as it is now. */
  expect(kind: string, detail: string, strength: number): void {
    if (kind === 'slow') this.#slow.adopt()
    else if (kind === 'errors') this.#errors.adopt()
    else if (kind === 'client-errors') this.#clientErrors.adopt()
    else if (kind === 'traffic-drop') this.#drop.adopt()
    else if (kind === 'payload-size') {
      const watch = detail === 'request' ? this.#received : this.#sent
      watch.accept((watch.limit ?? watch.largest) * strength)
    }
  }

  toJSON(): SavedRoute {
    return {
      ...{ name: this.name, bornAt: this.bornAt, seenAt: this.seenAt },
      ...{ slow: this.#slow.toJSON(), errors: this.#errors.toJSON(), clientErrors: this.#clientErrors.toJSON() },
      ...{ drop: this.#drop.toJSON(), received: this.#received.toJSON(), sent: this.#sent.toJSON() },
    }
  }

  #closeSlow(at: number, span: Span): AnomalySignal | undefined {
    const normal = this.#slow.normalMs
    const verdict = this.#slow.close(at)
    const { p95Ms, slow } = this.#slow
    if (span.requests > 0 && normal > 0) this.#point('slow', at, p95Ms, normal)
    if (verdict === 'quiet') return undefined
    const ratio = normal > 0 ? p95Ms / normal : 1
    return this.#signal('slow', verdict === 'over', {
      severity: ratio >= 4 ? 'high' : ratio >= 2 ? 'medium' : 'low',
      ...{ at, count: slow, strength: Math.max(1, ratio), unit: 'ms', example: span.slowExample },
      says: `95 % of answers take up to ${told(p95Ms)} ms; at this time of day ${told(normal)} ms are normal (${told(ratio)} times)`,
      evidence: { p95Ms: round(p95Ms), normalP95Ms: round(normal), slow, requests: span.requests },
    })
  }

  #closeErrors(at: number, span: Span): AnomalySignal | undefined {
    const { normal } = this.#errors
    const verdict = this.#errors.observe(span.answered, span.errors, at)
    const { share, hits } = this.#errors
    if (span.answered > 0) this.#point('errors', at, span.errors / span.answered, normal)
    if (verdict === 'quiet') return undefined
    return this.#signal('errors', verdict === 'over', {
      severity: share >= 0.5 ? 'high' : share >= 0.1 ? 'medium' : 'low',
      ...{
        at,
        count: hits,
        strength: Math.max(1, share / Math.max(0.03, normal)),
        unit: 'share',
        example: span.errorExample,
      },
      says: `${percent(share)} of requests fail; ${percent(normal)} is normal`,
      evidence: { share: round(share), normal: round(normal), requests: span.answered, errors: span.errors },
    })
  }

  #closeClientErrors(at: number, span: Span): AnomalySignal | undefined {
    const { normal } = this.#clientErrors
    const verdict = this.#clientErrors.observe(span.answered, span.clientErrors, at)
    const { share, hits } = this.#clientErrors
    if (span.answered > 0) this.#point('client-errors', at, span.clientErrors / span.answered, normal)
    if (verdict === 'quiet') return undefined
    return this.#signal('client-errors', verdict === 'over', {
      severity: share >= 0.5 ? 'medium' : 'low',
      ...{ at, count: hits, strength: Math.max(1, share / Math.max(0.2, normal)), unit: 'share' },
      example: span.clientErrorExample,
      says: `${percent(share)} of requests are refused with a 4xx; ${percent(normal)} is normal`,
      evidence: { share: round(share), normal: round(normal), requests: span.answered, refused: span.clientErrors },
    })
  }

  #closeDrop(at: number, span: Span, whole: number): AnomalySignal | undefined {
    const verdict = this.#drop.observe(span.requests, whole, at)
    const { expected } = this.#drop
    if (expected > 0) this.#point('traffic-drop', at, span.requests, expected)
    if (verdict === 'quiet') return undefined
    const share = expected > 0 ? span.requests / expected : 1
    const severity: Severity = this.name === ALL_ROUTES && share < 0.2 ? 'high' : 'medium'
    return this.#signal('traffic-drop', verdict === 'over', {
      ...{ severity, at, count: 0, strength: 1 / Math.max(0.01, share), unit: 'requests', example: undefined },
      says: `${told(span.requests)} requests came in ${SPAN_MS / 1000} s; ${told(expected)} should have, by the traffic of late and of this hour on earlier days`,
      evidence: { requests: span.requests, expected: round(expected), share: round(share) },
    })
  }

  #signal(
    kind: 'slow' | 'errors' | 'client-errors' | 'traffic-drop',
    over: boolean,
    what: Omit<AnomalySignal, 'kind' | 'subject' | 'detail' | 'falseAlarms' | 'points' | 'over' | 'example'> & {
      example: AnomalyExample | undefined
    },
  ): AnomalySignal {
    const points = this.#points.get(kind) ?? []
    this.#points.delete(kind)
    const { example, ...rest } = what
    return {
      ...{ kind, subject: this.name, detail: '', falseAlarms, points, ...rest },
      ...(example === undefined ? {} : { example }),
      ...(over ? { over } : {}),
    }
  }

  #point(of: string, at: number, value: number, normal: number): void {
    let points = this.#points.get(of)
    if (points === undefined) {
      points = []
      this.#points.set(of, points)
    }
    points.push({ at, value: round(value), normal: round(normal) })
    if (points.length > KEPT_POINTS) points.shift()
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
