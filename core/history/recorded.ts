// thread: history
// What is to be written, and how captured exchanges are told apart that belong to no row.
import type { Exchange } from '../contract/exchange.js'
import { unpackExchanges } from '../contract/exchange-wire.js'
import type { ExchangeId, FactBatch } from '../contract/facts.js'
import type { CapturedExchange, NotedReadiness, PastOutage } from '../contract/history.js'
import { splitTarget } from '../contract/target.js'

export interface CapturedRow {
  readonly id: ExchangeId
  readonly exchange: CapturedExchange
  /** What the learner is told beside; undefined: it is not kept. */
  readonly learned?: LearnedBeside
  /** What it takes of the budget. */
  readonly size: number
}

/** With the columns of a captured exchange, all of what the learner was told. */
export type LearnedBeside = Pick<
  Exchange,
  'completedAt' | 'firstByteMs' | 'shared' | 'baseKey' | 'key' | 'vary' | 'selected' | 'redactions' | 'repeats'
>

export interface Batch {
  readonly facts: readonly FactBatch[]
  readonly captures: readonly CapturedRow[]
  readonly outages: readonly PastOutage[]
  readonly readiness?: readonly NotedReadiness[]
}

/** What a row takes beside its texts and bodies. */
const ROW_BYTES = 400

/** Those that have a row of facts: one that stands for many writes has none. */
export function capturedIn(bytes: ArrayBuffer): CapturedRow[] {
  return unpackExchanges(bytes).flatMap(exchange => {
    const { noted } = exchange
    if (noted === undefined) return []
    const [run, seq] = noted
    const captured = capturedOf(exchange)
    const id = { at: exchange.startedAt, run, seq }
    return [{ id, exchange: captured, learned: besideOf(exchange), size: sizeOf(captured) }]
  })
}

function capturedOf(exchange: Exchange): CapturedExchange {
  const { method, path, query, scope, status, requestHeaders, requestBody, headers, body } = exchange
  const target = query === '' ? path : `${path}?${query}`
  return { method, target, scope, status, requestHeaders, requestBody, headers, body }
}

function besideOf(exchange: Exchange): LearnedBeside {
  const { completedAt, firstByteMs, shared, baseKey, key, vary, selected, redactions, repeats } = exchange
  const beside = { completedAt, firstByteMs, shared, baseKey, key, vary, redactions, repeats }
  return selected === undefined ? beside : { ...beside, selected }
}

/** The exchange as the learner was told of it. */
export function exchangeOf({ id, exchange: { target, ...same }, learned }: Required<CapturedRow>): Exchange {
  const { path, query = '' } = splitTarget(target)
  return {
    ...same,
    ...learned,
    startedAt: id.at,
    path,
    query,
    noted: [id.run, id.seq],
  }
}

function sizeOf({ target, requestHeaders, requestBody, headers, body }: CapturedExchange): number {
  const ofFields = (fields: readonly string[]): number => fields.reduce((sum, text) => sum + text.length + 4, 0)
  return ROW_BYTES + target.length + ofFields(requestHeaders) + requestBody.length + ofFields(headers) + body.length
}
