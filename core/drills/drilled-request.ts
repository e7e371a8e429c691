// thread: edge
// A request on the routes of a drill that runs: whether it is hit, and what becomes of it.
import type { GhostAnswer } from '../contract/ghost.js'
import type { VolatileMap } from '../contract/volatile.js'
import type { EdgeDrill } from './edge-drill.js'
import type { Requester } from './imitation.js'
import { ShadowAnswer, type ShadowDesk } from './shadow.js'

/** Names of counters of the board that say how a request ended. */
type Ending = string

export class DrilledRequest {
  readonly #drill: EdgeDrill
  readonly #shadows: ShadowDesk
  readonly #method: string
  readonly #pattern: string | undefined
  /** It was drawn: if it is sent, then by the drill. */
  readonly isDrawn: boolean
  #isHit = false

  constructor(drill: EdgeDrill, shadows: ShadowDesk, method: string, pattern: string | undefined, isDrawn: boolean) {
    this.#drill = drill
    this.#shadows = shadows
    this.#method = method
    this.#pattern = pattern
    this.isDrawn = isDrawn
  }

  /** Its drill, for a field of its answer. */
  get id(): string {
    return this.#drill.id
  }

  /** It is sent just now: by what, or undefined where the fault is not for it. A circuit may have kept it from that. */
  sentBy(): Requester | undefined {
    this.#isHit = this.isDrawn
    return this.#isHit ? this.#drill.imitation : undefined
  }

  /** It met the fault. */
  get isHit(): boolean {
    return this.#isHit
  }

  /** The answer to it is to be taken for nobody's. */
  get isMadeUp(): boolean {
    return this.#isHit && this.#drill.imitation.isMadeUp
  }

  /** It is over. */
  ended(how: Ending): void {
    const counts = this.#drill.countsOf(this.#method, this.#pattern)
    counts.requests += 1
    if (this.#isHit) counts.hit += 1
    const tier = tierOf(how)
    if (tier !== undefined) counts.ghosts[tier] = (counts.ghosts[tier] ?? 0) + 1
    else if (how === 'live') {
      if (this.#isHit && this.#drill.imitation.answers) counts.faulty += 1
      else counts.live += 1
    } else if (how === 'journalled') counts.journalled += 1
    else if (how === 'refusedAnswers') counts.refused += 1
    else counts.unfinished += 1
  }

  /**
   * A ghost answered it, and the upstream, which is not gone really, may be asked what it would have said: the sink for that.
   * Undefined: it is not to be asked. `target`: path and query.
   */
  shadow(target: string, answer: GhostAnswer, volatile: VolatileMap | undefined): ShadowAnswer | undefined {
    const isSafe = this.#method === 'GET' || this.#method === 'HEAD'
    if (!isSafe || !this.#drill.asksTruth || !this.#shadows.take()) return undefined
    return new ShadowAnswer(this.#shadows, { method: this.#method, target, answer, volatile }, found =>
      this.#drill.compared(found, this.#pattern),
    )
  }
}

const endings: Readonly<Record<Ending, GhostAnswer['tier']>> = {
  ghostExact: 'exact',
  ghostEntity: 'entity',
  ghostQuery: 'query',
  ghostTemplate: 'template',
  ghostSemantic: 'semantic',
}

function tierOf(how: Ending): GhostAnswer['tier'] | undefined {
  return endings[how]
}
