// thread: shared
// What this instance knows and the shelf does not: after Redis lost it, after this instance could not reach it, and where one
// joins that has learned alone before.
import { saysNoStore } from '../contract/cache-control.js'
import type { Exchange } from '../contract/exchange.js'
import { packExchanges } from '../contract/exchange-wire.js'
import { exchangeOfExemplar, exchangeOfTombstone } from '../contract/exemplar-exchange.js'
import type { Exemplar, Tombstone } from '../contract/memory.js'

export interface RefillParts {
  /** Exemplars and tombstones behind a key. */
  readonly after: (
    key: string,
    limit: number,
  ) => readonly { readonly key: string; readonly stored: Exemplar | Tombstone }[]
  /** When each of these was seen that stands on the shelf. */
  readonly seen: (keys: readonly string[]) => Promise<readonly (number | undefined)[]>
  /** Seen before this need not be looked at, epoch ms. */
  readonly since: number
}

export interface RefillBatch {
  readonly bytes: ArrayBuffer
  readonly count: number
}

const LOOKED_AT = 64
const MAX_BATCH_BYTES = 1 << 20

export async function* refill({ after, seen, since }: RefillParts): AsyncGenerator<RefillBatch> {
  let key = ''
  /** One write buries many. */
  const told = new Set<string>()
  for (;;) {
    const found = after(key, LOOKED_AT)
    const last = found.at(-1)
    if (last === undefined) return
    key = last.key
    const exchanges = found.flatMap(({ stored }) => exchangeOf(stored, since, told) ?? [])
    if (exchanges.length === 0) continue
    const known = await seen(exchanges.map(({ key }) => key))
    const missing = exchanges.filter(({ completedAt }, i) => (known[i] ?? 0) < completedAt)
    for (const batch of batched(missing)) yield { bytes: packExchanges(batch), count: batch.length }
  }
}

function exchangeOf(stored: Exemplar | Tombstone, since: number, told: Set<string>): Exchange | undefined {
  if ('gone' in stored) {
    const name = `${stored.at} ${stored.because}`
    if (stored.at < since || told.has(name)) return undefined
    told.add(name)
    return exchangeOfTombstone(stored)
  }
  // It shows something as it was before a write, and an exchange does not say so.
  if (stored.lastSeenAt < since || stored.staleAt !== undefined) return undefined
  if (saysNoStore(stored.headers)) return undefined
  return exchangeOfExemplar(stored)
}

function* batched(exchanges: readonly Exchange[]): Generator<Exchange[]> {
  let batch: Exchange[] = []
  let bytes = 0
  for (const exchange of exchanges) {
    const size = exchange.body.length + exchange.requestBody.length
    if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(exchange)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
