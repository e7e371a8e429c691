// Facts of made-up exchanges as a busy edge tells them: those that are alike above a rate together.
import type { FactBatch } from '../../core/contract/facts.js'
import { splitTarget } from '../../core/contract/target.js'
import type { ClientNames } from '../../core/record/client-names.js'
import { ExchangeFacts } from '../../core/record/exchange-facts.js'
import type { Redactor } from '../../core/record/redact.js'
import type { Scopes } from '../../core/record/scope.js'
import type { MadeFact } from './fact-writer.js'
import { RoutePlaces } from './route-places.js'

const FLUSHES_PER_S = 4

/** Made up without secrets, and with names for callers. */
const asItIs = {
  redactor: { text: (text: string) => text, query: (query: string) => ({ query, secrets: '' }) } as unknown as Redactor,
  scopes: { of: (headers: readonly string[]) => headers[1] ?? '', generation: 0 } as unknown as Scopes,
  clients: {
    addressOf: ({ remoteAddress }: { readonly remoteAddress: string }) => remoteAddress,
    nameOf: (address: string) => address,
  } as unknown as ClientNames,
}

export class EdgeFacts {
  readonly #routes = new RoutePlaces()
  readonly #facts: ExchangeFacts
  #told: FactBatch[] = []

  /** `perSecond`: so many are told one by one, see CHAOS_HISTORY_RATE. */
  constructor(perSecond: number) {
    const send = (batch: FactBatch): void => void this.#told.push(batch)
    this.#facts = new ExchangeFacts({ ...asItIs, run: 1, routes: this.#routes.names, perSecond, send })
  }

  /** What ended in the second that begins then (epoch ms). */
  batches(facts: readonly MadeFact[], at: number): readonly FactBatch[] {
    this.#told = []
    for (let part = 0; part < FLUSHES_PER_S; part++) {
      const [from, to] = [part, part + 1].map(edge => at + (1000 * edge) / FLUSHES_PER_S) as [number, number]
      for (const fact of facts) {
        const isLate = part === FLUSHES_PER_S - 1 && fact.at >= to
        const isEarly = part === 0 && fact.at < from
        if ((fact.at >= from && fact.at < to) || isLate || isEarly) this.#note(fact)
      }
      this.#facts.flush(to)
    }
    return this.#told
  }

  #note({ at, route, method, target, status, totalMs, scope, client = '', bytesIn, bytesOut, by }: MadeFact): void {
    const { path, query } = splitTarget(target)
    const headers = scope === '' ? [] : ['authorization', scope]
    this.#facts.note(
      { method, target, path, query, headers, remoteAddress: client },
      undefined,
      {
        ...{ seq: this.#facts.next(), startedAt: at, status, fault: undefined, bytesIn, bytesOut, kept: 'unknown' },
        ...{ connectMs: -1, waitMs: -1, receiveMs: -1, ghostMs: -1, confidence: -1 },
      },
      this.#routes.of(route),
      by ?? 'upstream',
      totalMs,
    )
  }
}
