// thread: main
// What was recorded elsewhere goes the way of what an edge sees: the same redaction, the same names, the same rules of what may be
// kept; and then to the learner as what another instance saw, which may come late, out of order and twice.
import type { Honour } from '../contract/cache-control.js'
import type { RecordedExchange, RecordedReport } from '../contract/recorded.js'
import { splitTarget } from '../contract/target.js'
import { Capture } from './capture.js'
import { Outbox } from './outbox.js'
import { RecentAnswers } from './recent.js'
import type { Redactor } from './redact.js'
import { Sampler } from './sampler.js'
import type { Scopes } from './scope.js'

export interface RecordedParts {
  readonly scopes: Scopes
  readonly redactor: Redactor
  readonly honour: Honour
  /** Pattern of the route where it is learned, else undefined. */
  readonly patternOf: (method: string, path: string) => string | undefined
  /** See `CaptureParts`. */
  readonly mayShare: (method: string, path: string) => boolean
  /** The buffer is moved. Resolves with how many were learned. */
  readonly learn: (bytes: ArrayBuffer, count: number) => Promise<number>
  /** Longer ones are not kept. */
  readonly maxBodyBytes: number
}

/** Nobody waits for these, and whoever asks has a bound for one request. */
const UNLIMITED = 1e12
const RECENT_BYTES = 1 << 20

/** A ghost is no truth, and neither is what a drill made up. */
const madeUp = new Set(['x-ghost', 'x-chaos-drill'])

export async function learnRecorded(
  exchanges: readonly RecordedExchange[],
  parts: RecordedParts,
): Promise<RecordedReport> {
  const batches: { bytes: ArrayBuffer; count: number }[] = []
  const { learn, maxBodyBytes, ...how } = parts
  const capture = new Capture({
    ...how,
    // Of each request on its own: what came in an earlier one may have been forgotten since.
    recent: new RecentAnswers(RECENT_BYTES, 0),
    sampler: new Sampler(() => UNLIMITED, UNLIMITED),
    outbox: new Outbox((bytes, count) => batches.push({ bytes, count })),
  })
  for (const exchange of exchanges) {
    const { startedAt, completedAt, method, target, requestHeaders, status, headers } = exchange
    if (headers.some((name, i) => i % 2 === 0 && madeUp.has(name.toLowerCase()))) continue
    const requestBody = Buffer.from(exchange.requestBody, exchange.requestBodyEncoding ?? 'utf8')
    const body = Buffer.from(exchange.body, exchange.bodyEncoding ?? 'utf8')
    capture.take({
      ...{ startedAt, completedAt, firstByteAt: completedAt, method, target, status },
      ...splitTarget(target),
      requestHeaders: lowered(requestHeaders),
      requestHasBody: requestBody.length > 0,
      requestBody: requestBody.length > 0 ? requestBody : undefined,
      headers: lowered(headers),
      body: body.length > maxBodyBytes ? undefined : body,
    })
  }
  capture.flush()
  let learned = 0
  for (const { bytes, count } of batches) learned += await learn(bytes, count)
  return { learned, leftOut: exchanges.length - learned }
}

function lowered(headers: readonly string[]): string[] {
  return headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
}
