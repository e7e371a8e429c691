// Traffic of the shop as the history thread sees it, in simulated time.

import { type SavedTraffic, TrafficWatch } from '../../brain/learn/anomalies/traffic-watch.js'
import type { AnomalySignal } from '../../core/contract/anomalies.js'
import { EdgeFacts } from './edge-facts.js'
import { FactWriter } from './fact-writer.js'
import { Shop, type Trouble } from './shop.js'

export interface Told {
  readonly at: number
  readonly signal: AnomalySignal
}

export interface Watched {
  readonly requests: number
  readonly told: readonly Told[]
  readonly saved: SavedTraffic
}

/** `troubleFrom`: epoch ms; undefined: all is normal. */
export function watchTraffic(options: {
  readonly seed: number
  readonly from: number
  readonly to: number
  readonly saved?: SavedTraffic | undefined
  readonly trouble?: Trouble
  readonly troubleFrom?: number
  /** So many exchanges are told one by one in a second, those above it together where they are alike; undefined: all of them. */
  readonly toldPerSecond?: number | undefined
  /** Looks at what is told; true: it is enough. */
  readonly until?: (told: Told) => boolean
}): Watched {
  const { seed, from, to, saved, trouble, troubleFrom = Number.POSITIVE_INFINITY, toldPerSecond, until } = options
  const shop = new Shop(seed, trouble)
  const watch = new TrafficWatch({ warmsUp: false }, saved)
  const writer = new FactWriter()
  const edge = toldPerSecond === undefined ? undefined : new EdgeFacts(toldPerSecond)
  const told: Told[] = []
  let requests = 0
  let isEnough = false
  for (let at = from; at < to && !isEnough; at += 1000) {
    const facts = shop.second(at, at >= troubleFrom)
    requests += facts.length
    for (const batch of edge?.batches(facts, at) ?? [writer.batch(facts)]) watch.take(batch, at + 999)
    for (const signal of watch.signals()) {
      told.push({ at: at + 999, signal })
      isEnough ||= until?.(told.at(-1)!) === true
    }
  }
  return { requests, told, saved: structuredClone(JSON.parse(JSON.stringify(watch)) as SavedTraffic) }
}
