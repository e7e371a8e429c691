// Facts of made-up exchanges, laid out as an edge tells them.
import {
  type Answerer,
  answerers,
  FACT_BYTES,
  FACT_CELLS,
  type FactBatch,
  factCell,
  factFaults,
  factMethods,
  packOutcome,
} from '../../core/contract/facts.js'
import { RoutePlaces } from './route-places.js'

export interface MadeFact {
  readonly at: number
  /** `GET /users/{id}`; undefined: no route is learned for it. */
  readonly route: string | undefined
  readonly method: string
  readonly target: string
  readonly status: number
  readonly totalMs: number
  readonly scope: string
  /** Where it came from; undefined: it is not known. */
  readonly client?: string | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  readonly by?: Answerer
}

export class FactWriter {
  readonly #routes = new RoutePlaces()
  #batch = 0
  #seq = 0

  /** What ended since the last one. */
  batch(facts: readonly MadeFact[]): FactBatch {
    const cells = new ArrayBuffer(facts.length * FACT_BYTES)
    const whole = new Uint32Array(cells)
    const real = new Float32Array(cells)
    const targets = ['']
    const scopes = ['']
    const scopeAt = new Map([['', 0]])
    const places = new Uint16Array(facts.length)
    const names = ['']
    const nameAt = new Map([['', 0]])
    const sinceAt = facts.reduce((least, { at }) => Math.min(least, at), facts[0]?.at ?? 0)
    facts.forEach((fact, i) => {
      const from = i * FACT_CELLS
      whole[from + factCell.at] = fact.at - sinceAt
      whole[from + factCell.seq] = this.#seq++
      const [by, method] = [answerers.indexOf(fact.by ?? 'upstream'), factMethods.indexOf(fact.method as 'GET')]
      whole[from + factCell.outcome] = packOutcome(fact.status, by, method, 0)
      whole[from + factCell.route] = this.#routes.of(fact.route)
      whole[from + factCell.target] = targets.push(fact.target) - 1
      let scope = scopeAt.get(fact.scope)
      if (scope === undefined) {
        scope = scopes.push(fact.scope) - 1
        scopeAt.set(fact.scope, scope)
      }
      whole[from + factCell.scope] = scope
      const client = fact.client ?? ''
      if (!nameAt.has(client)) nameAt.set(client, names.push(client) - 1)
      places[i] = nameAt.get(client)!
      whole[from + factCell.bytesIn] = fact.bytesIn
      whole[from + factCell.bytesOut] = fact.bytesOut
      real[from + factCell.totalMs] = fact.totalMs
      for (const cell of [
        factCell.connectMs,
        factCell.waitMs,
        factCell.receiveMs,
        factCell.ghostMs,
        factCell.confidence,
      ])
        real[from + cell] = -1
    })
    this.#batch += 1
    return {
      ...{ run: 1, batch: this.#batch, sinceAt, rows: facts.length, cells, faults: factFaults },
      ...{ routes: this.#routes.names, targets, scopes, clients: { places, names } },
    }
  }
}
