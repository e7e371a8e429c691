// thread: main
// What routes say of the upstream as a whole. One that fails says that it fails; only where most of them do is it the upstream.
// And a request that never worked says nothing: what is wrong may be wrong with it.
import { CIRCUITS, SHAPE_CIRCUITS } from '../contract/circuits.js'
import type { CircuitRules, CircuitState, Window } from './circuit.js'

const UNHEARD = 0
const WELL = 1
const FAILING = 2

export class Verdicts {
  readonly #rules: CircuitRules
  /** The last word of each circuit, since the start: a route that was well an hour ago still speaks for the upstream. */
  readonly #words = new Uint8Array(CIRCUITS)
  #shapesSince = 0
  #heard = 0
  #failing = 0
  #calls = 0
  #failed = 0
  #slow = 0

  constructor(rules: CircuitRules) {
    this.#rules = rules
  }

  /** What shapes did before this is not to be heard. */
  shapesSince(now: number): number {
    // The clock may have gone back.
    this.#shapesSince = Math.min(this.#shapesSince, now)
    return this.#shapesSince
  }

  forget(circuit: number): void {
    this.#words[circuit] = UNHEARD
  }

  forgetShapes(now: number): void {
    this.#shapesSince = now
    this.#words.fill(UNHEARD, 1, 1 + SHAPE_CIRCUITS)
  }

  /** Its probes succeeded. */
  absolve(circuit: number): void {
    if (this.#words[circuit] === FAILING) this.#words[circuit] = WELL
  }

  /** Before the first `hear` of a look. */
  begin(): void {
    this.#heard = 0
    this.#failing = 0
    this.#calls = 0
    this.#failed = 0
    this.#slow = 0
  }

  hear(circuit: number, state: CircuitState, window: Window): void {
    const { calls, failed, slow } = window
    const isLearned = circuit > SHAPE_CIRCUITS
    if (!isLearned && this.#words[circuit] === UNHEARD && failed === calls) return
    if (state !== 'closed') this.#words[circuit] = FAILING
    else if (calls > 0) this.#words[circuit] = this.#isFailing(window) ? FAILING : WELL
    if (this.#words[circuit] === UNHEARD) return
    this.#heard += 1
    if (this.#words[circuit] === FAILING) this.#failing += 1
    this.#calls += calls
    this.#failed += failed
    this.#slow += slow
  }

  #isFailing({ calls, failed, slow }: Window): boolean {
    const { errorPercent, slowPercent } = this.#rules
    return (failed > 0 && failed * 100 >= calls * errorPercent) || (slow > 0 && slow * 100 >= calls * slowPercent)
  }

  /** What the circuit of the upstream has to judge by. `lost`: calls that never reached it. */
  ofUpstream(lost: Window): { readonly window: Window; readonly unreached: boolean } {
    const most = this.#failing * 2 > this.#heard
    const failed = most ? this.#failed : 0
    return {
      window: {
        calls: this.#calls + lost.failed,
        failed: lost.failed + failed,
        slow: most ? this.#slow : 0,
        inARow: lost.inARow,
      },
      unreached: lost.failed > failed,
    }
  }
}
