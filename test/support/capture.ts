// A capture that ships all there is, with credentials in one field.
import type { Exchange } from '../../core/contract/exchange.js'
import { unpackExchanges } from '../../core/contract/exchange-wire.js'
import { Capture, type CaptureParts } from '../../core/record/capture.js'
import { Outbox } from '../../core/record/outbox.js'
import { RecentAnswers } from '../../core/record/recent.js'
import { Redactor } from '../../core/record/redact.js'
import { Sampler } from '../../core/record/sampler.js'
import { Scopes } from '../../core/record/scope.js'

export interface OpenCapture {
  readonly capture: Capture
  readonly scopes: Scopes
  /** What it shipped. */
  readonly exchanges: Exchange[]
}

export function openCapture({ honour, mayShare }: Pick<CaptureParts, 'honour' | 'mayShare'>): OpenCapture {
  const exchanges: Exchange[] = []
  const scopes = new Scopes(Buffer.alloc(32, 1), ['authorization'])
  const capture = new Capture({
    scopes,
    redactor: new Redactor([], secret => scopes.hash(secret)),
    recent: new RecentAnswers(10_000, 1000),
    sampler: new Sampler(() => 100, 1e6),
    outbox: new Outbox(bytes => exchanges.push(...unpackExchanges(bytes))),
    honour,
    patternOf: () => undefined,
    mayShare,
  })
  return { capture, scopes, exchanges }
}
