// thread: history
// What is to be written, and how captured exchanges are told apart that belong to no row.
import type { Exchange } from '../contract/exchange.js'
import { unpackExchanges } from '../contract/exchange-wire.js'
import type { ExchangeId, FactBatch } from '../contract/facts.js'
import type { CapturedExchange, PastOutage } from '../contract/history.js'

export interface CapturedRow {
  readonly id: ExchangeId
  readonly exchange: CapturedExchange
  /** What it takes of the budget. */
  readonly size: number
}

export interface Batch {
  readonly facts: readonly FactBatch[]
  readonly captures: readonly CapturedRow[]
  readonly outages: readonly PastOutage[]
}

/** What a row takes beside its texts and bodies. */
const ROW_BYTES = 200

/** Those that have a row of facts: one that stands for many writes has none. */
export function capturedIn(bytes: ArrayBuffer): CapturedRow[] {
  return unpackExchanges(bytes).flatMap(exchange => {
    const { noted } = exchange
    if (noted === undefined) return []
    const [run, seq] = noted
    const captured = capturedOf(exchange)
    return [{ id: { at: exchange.startedAt, run, seq }, exchange: captured, size: sizeOf(captured) }]
  })
}

function capturedOf(exchange: Exchange): CapturedExchange {
  const { method, path, query, scope, status, requestHeaders, requestBody, headers, body } = exchange
  const target = query === '' ? path : `${path}?${query}`
  return { method, target, scope, status, requestHeaders, requestBody, headers, body }
}

function sizeOf({ target, requestHeaders, requestBody, headers, body }: CapturedExchange): number {
  const ofFields = (fields: readonly string[]): number => fields.reduce((sum, text) => sum + text.length + 4, 0)
  return ROW_BYTES + target.length + ofFields(requestHeaders) + requestBody.length + ofFields(headers) + body.length
}
