// thread: main
// The phase times of all edges since the start, as Prometheus asks for them.
import {
  MAX_TIMED_ROUTES,
  OTHER,
  PHASE_CELLS,
  type PhaseCounts,
  phaseBoundsMs,
  phases,
  ROUTE_CELLS,
  UNLEARNED,
} from '../contract/phases.js'
import type { MetricFamily, MetricSample } from '../contract/status.js'

const BUCKETS = phaseBoundsMs.length
const boundsS = [...phaseBoundsMs.map(ms => String(ms / 1000)), '+Inf']

export class PhaseTotals {
  readonly #routes = new Map<string, Float64Array>([
    [UNLEARNED, new Float64Array(ROUTE_CELLS)],
    [OTHER, new Float64Array(ROUTE_CELLS)],
  ])

  add({ routes, counts }: PhaseCounts): void {
    routes.forEach((route, i) => {
      const sums = this.#sumsOf(route)
      for (let cell = 0; cell < ROUTE_CELLS; cell++) sums[cell]! += counts[i * ROUTE_CELLS + cell]!
    })
  }

  /** Phases that no request of a route went through are left out. */
  family(): MetricFamily {
    const samples: MetricSample[] = []
    for (const [route, sums] of this.#routes)
      phases.forEach((phase, i) => {
        addSamples(samples, { phase, route }, sums.subarray(i * PHASE_CELLS, (i + 1) * PHASE_CELLS))
      })
    return {
      name: 'chaos_phase_duration_seconds',
      help: 'Time of the phases of requests, by route.',
      type: 'histogram',
      samples,
    }
  }

  /** Two edges may have met other routes first: together they stay within the bound, too. */
  #sumsOf(route: string): Float64Array {
    let sums = this.#routes.get(route)
    if (sums === undefined) {
      if (this.#routes.size - 2 >= MAX_TIMED_ROUTES) return this.#routes.get(OTHER)!
      sums = new Float64Array(ROUTE_CELLS)
      this.#routes.set(route, sums)
    }
    return sums
  }
}

function addSamples(samples: MetricSample[], labels: Readonly<Record<string, string>>, cells: Float64Array): void {
  let count = 0
  for (let bucket = 0; bucket <= BUCKETS; bucket++) count += cells[bucket]!
  if (count === 0) return
  let running = 0
  for (let bucket = 0; bucket <= BUCKETS; bucket++) {
    running += cells[bucket]!
    samples.push({ suffix: '_bucket', labels: { ...labels, le: boundsS[bucket]! }, value: running })
  }
  samples.push({ suffix: '_sum', labels, value: cells[BUCKETS + 1]! / 1000 })
  samples.push({ suffix: '_count', labels, value: count })
}
