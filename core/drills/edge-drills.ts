// thread: edge
// All drills at one edge. While none runs the request path does not come here.
import type { DrillNews, RunningDrill } from '../contract/drills.js'
import { DrilledRequest } from './drilled-request.js'
import { EdgeDrill, type EdgeDrillParts } from './edge-drill.js'
import { ShadowDesk, type ShadowParts } from './shadow.js'

export interface EdgeDrillsParts extends EdgeDrillParts, ShadowParts {
  readonly tell: (news: DrillNews) => void
}

/** For requests that outlive their drill to be counted, ms. */
const REMEMBERED_MS = 60_000

export class EdgeDrills {
  readonly #parts: EdgeDrillsParts
  readonly #shadows: ShadowDesk
  #running: readonly EdgeDrill[] = []
  /** Over, with requests that may be under way; and when that was. */
  #over: (readonly [drill: EdgeDrill, at: number])[] = []

  constructor(parts: EdgeDrillsParts) {
    this.#parts = parts
    this.#shadows = new ShadowDesk(parts)
  }

  /** Main said which there are. Those that run already run on. */
  follow(list: readonly RunningDrill[]): void {
    const before = new Map(this.#running.map(drill => [drill.id, drill]))
    this.#running = list.map(drill => {
      const known = before.get(drill.id)
      before.delete(drill.id)
      return known ?? new EdgeDrill(drill, this.#parts)
    })
    for (const drill of before.values()) this.#end(drill)
  }

  /** False: no request is to come here. */
  get any(): boolean {
    return this.#running.length > 0
  }

  /** Undefined: no drill covers the request. Where several do, the first one that hits it has it. */
  of(method: string, pattern: string | undefined): DrilledRequest | undefined {
    let first: DrilledRequest | undefined
    for (const drill of this.#running) {
      if (drill.timeLeftMs === 0 || !drill.covers(method, pattern)) continue
      const isHit = drill.draw(method)
      if (!isHit && first !== undefined) continue
      const request = new DrilledRequest(drill, this.#shadows, method, pattern, isHit)
      if (isHit) return request
      first = request
    }
    return first
  }

  /** Ends what is over by the clock and tells main what happened. To be called from time to time. */
  sweep(): void {
    const over = this.#running.filter(({ timeLeftMs }) => timeLeftMs === 0)
    if (over.length > 0) this.#running = this.#running.filter(drill => !over.includes(drill))
    for (const drill of over) this.#end(drill)
    for (const drill of [...this.#running, ...this.#over.map(([drill]) => drill)]) {
      const news = drill.takeNews()
      if (news !== undefined) this.#parts.tell(news)
    }
    const now = this.#parts.steady.now()
    this.#over = this.#over.filter(([, at]) => now - at < REMEMBERED_MS)
  }

  #end(drill: EdgeDrill): void {
    drill.imitation.end()
    this.#over.push([drill, this.#parts.steady.now()])
  }
}
