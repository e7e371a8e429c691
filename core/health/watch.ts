// thread: main
// Moves the circuit on the board. `look` is called by a timer and at the first sign of a fault; it holds no timer itself.
import type { Clock } from '../clock/clock.js'
import type { Log } from '../log/log.js'
import type { Board } from './board.js'
import { type Circuit, type CircuitRules, closedCircuit, nextCircuit, nextProbeAt } from './circuit.js'

export class CircuitWatch {
  #circuit: Circuit
  readonly #board: Board
  readonly #rules: CircuitRules
  readonly #clock: Clock
  readonly #log: Log
  #opened = 0

  constructor(board: Board, rules: CircuitRules, clock: Clock, log: Log) {
    this.#board = board
    this.#rules = rules
    this.#clock = clock
    this.#log = log
    this.#circuit = closedCircuit(clock.now())
  }

  /** Counts are read, the state follows from them and from the clock. */
  look(): void {
    const now = this.#clock.now()
    const next = nextCircuit(
      this.#circuit,
      this.#board.outcomes(now, this.#circuit.sinceAt),
      this.#board.probes(),
      this.#rules,
      now,
    )
    if (next === this.#circuit) return
    this.#circuit = next
    this.#board.setCircuit(next.state, next.state === 'half-open' ? this.#rules.probes : 0)
    if (next.state === 'open') this.#opened += 1
    // Half-open comes and goes every few seconds of an outage: not worth a line.
    const line = { circuit: next.state, because: next.because }
    if (next.state === 'half-open') this.#log.debug(line, 'circuit')
    else this.#log.info(line, 'circuit')
  }

  /** For people: state, reason, and when the upstream is asked again. */
  status(): { state: string; since: string; because: string; nextProbeAt: string | null; opened: number } {
    const probeAt = nextProbeAt(this.#circuit, this.#rules)
    return {
      state: this.#circuit.state,
      since: new Date(this.#circuit.sinceAt).toISOString(),
      because: this.#circuit.because,
      nextProbeAt: probeAt === undefined ? null : new Date(probeAt).toISOString(),
      opened: this.#opened,
    }
  }
}
