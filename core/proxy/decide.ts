// thread: edge
import type { FaultCode } from '../contract/faults.js'
import type { Mode } from '../contract/ghost.js'
import type { Gate, Probe } from '../health/gate.js'

export type Verdict =
  | { readonly forward: true; readonly probe: Probe | undefined }
  /** `held`: it goes to the upstream all the same where no ghost answers. */
  | { readonly forward: false; readonly because: FaultCode; readonly held: boolean }

/** Whether a request goes to the upstream. `circuit`: of its route. `mayWait`: a ghost could do without its body. */
export function decide(gate: Pick<Gate, 'admit'>, circuit: number, mode: Mode, mayWait: boolean): Verdict {
  if (mode === 'forced') return bypassed
  // Without ghosts the circuit would turn slow failures into fast ones at best: an operator who switched ghosts off
  // still wants the upstream to be spared, so the circuit holds in every mode.
  const admission = gate.admit(circuit)
  switch (admission) {
    case 'pass':
      return forwarded
    case 'shut':
      return refused
    case 'held':
      return mayWait && mode === 'auto' ? held : forwarded
    default:
      return { forward: true, probe: admission }
  }
}

const forwarded: Verdict = { forward: true, probe: undefined }
const bypassed: Verdict = { forward: false, because: 'CHAOS_ERR_UPSTREAM_BYPASSED', held: false }
const refused: Verdict = { forward: false, because: 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN', held: false }
const held: Verdict = { forward: false, because: 'CHAOS_ERR_UPSTREAM_RECOVERING', held: true }
