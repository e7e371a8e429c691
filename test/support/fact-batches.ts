// Facts of exchanges as an edge would send them.
import {
  type Answerer,
  answerers,
  FACT_BYTES,
  FACT_CELLS,
  type FactBatch,
  factCell,
  factFaults,
  factMethods,
  type Kept,
  keptForms,
  packOutcome,
} from '../../core/contract/facts.js'
import type { FaultCode } from '../../core/contract/faults.js'

export interface Fact {
  readonly at: number
  readonly seq: number
  readonly route: string
  readonly method?: (typeof factMethods)[number]
  readonly target?: string
  readonly status?: number
  readonly by?: Answerer
  readonly totalMs?: number
  readonly waitMs?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly confidence?: number
  readonly fault?: FaultCode
  readonly scope?: string
  readonly client?: string
  readonly kept?: Kept
}

export function factBatch(run: number, batch: number, facts: readonly Fact[]): FactBatch {
  const cells = new ArrayBuffer(facts.length * FACT_BYTES)
  const whole = new Uint32Array(cells)
  const real = new Float32Array(cells)
  const [routes, targets, scopes] = [['unlearned', 'other'], [''], ['']] as const satisfies string[][]
  const clients = { places: new Uint16Array(facts.length), names: [''] }
  const place = (names: string[], name: string): number => {
    const found = names.indexOf(name)
    return found >= 0 ? found : names.push(name) - 1
  }
  const sinceAt = Math.min(...facts.map(({ at }) => at))
  facts.forEach((fact, i) => {
    const from = i * FACT_CELLS
    whole[from + factCell.at] = fact.at - sinceAt
    whole[from + factCell.seq] = fact.seq
    whole[from + factCell.outcome] = packOutcome(
      fact.status ?? 200,
      answerers.indexOf(fact.by ?? 'upstream'),
      factMethods.indexOf(fact.method ?? 'GET'),
      fact.fault === undefined ? 0 : 1 + factFaults.indexOf(fact.fault),
      keptForms.indexOf(fact.kept ?? 'unknown'),
    )
    whole[from + factCell.route] = place(routes as string[], fact.route)
    whole[from + factCell.target] = place(targets as string[], fact.target ?? '')
    whole[from + factCell.scope] = place(scopes as string[], fact.scope ?? '')
    clients.places[i] = place(clients.names, fact.client ?? '')
    whole[from + factCell.bytesIn] = fact.bytesIn ?? 0
    whole[from + factCell.bytesOut] = fact.bytesOut ?? 100
    real[from + factCell.totalMs] = fact.totalMs ?? 1
    real[from + factCell.connectMs] = -1
    real[from + factCell.waitMs] = fact.waitMs ?? -1
    real[from + factCell.receiveMs] = -1
    real[from + factCell.ghostMs] = -1
    real[from + factCell.confidence] = fact.confidence ?? -1
  })
  return { run, batch, sinceAt, rows: facts.length, cells, routes, targets, scopes, faults: factFaults, clients }
}
