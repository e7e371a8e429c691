// thread: main
// The circuit as a pure function: what was known, what was counted, what time it is → what holds now. Nothing here has a
// timer; time is handed in.
import type { CircuitState, Outcomes } from './board.js'

export interface CircuitRules {
  /** Share of failures in the window that opens the circuit, percent. */
  readonly errorPercent: number
  /** Fewer outcomes than this in the window say nothing. */
  readonly minRequests: number
  /** How long the upstream is left alone, ms. */
  readonly openMs: number
  /** How many requests may try while half-open, and how many must succeed. */
  readonly probes: number
  /** All probes given out for this long without a decision: open again, ms. */
  readonly probeDeadlineMs: number
}

/** Outcomes of half-open requests since the process started, and how many may still try. */
export interface Probing extends Outcomes {
  readonly ticketsLeft: number
}

export interface Circuit {
  readonly state: CircuitState
  /** When the state began, epoch ms. */
  readonly sinceAt: number
  /** A sentence for people. */
  readonly because: string
  /** Probe outcomes counted before this half-open state began. */
  readonly probesBefore: Outcomes
}

export function closedCircuit(now: number): Circuit {
  return { state: 'closed', sinceAt: now, because: 'the upstream answers', probesBefore: { ok: 0, failed: 0 } }
}

/** When an open circuit tries again, epoch ms; undefined where it is not open. */
export function nextProbeAt(circuit: Circuit, rules: CircuitRules): number | undefined {
  return circuit.state === 'open' ? circuit.sinceAt + rules.openMs : undefined
}

/**
 * The circuit one step on. `window` holds outcomes of ordinary requests since the circuit closed, `probes` those of
 * half-open requests since the process started. Returns the same object where nothing changed.
 */
export function nextCircuit(
  circuit: Circuit,
  window: Outcomes,
  probes: Probing,
  rules: CircuitRules,
  now: number,
): Circuit {
  switch (circuit.state) {
    case 'closed': {
      const calls = window.ok + window.failed
      if (calls < rules.minRequests || window.failed * 100 < calls * rules.errorPercent || window.failed === 0)
        return circuit
      return {
        ...circuit,
        state: 'open',
        sinceAt: now,
        because: `${window.failed} of the last ${calls} requests failed`,
      }
    }
    case 'open':
      if (now < circuit.sinceAt + rules.openMs) return circuit
      return {
        state: 'half-open',
        sinceAt: now,
        because: `up to ${rules.probes} requests may try the upstream`,
        probesBefore: { ok: probes.ok, failed: probes.failed },
      }
    case 'half-open': {
      const ok = probes.ok - circuit.probesBefore.ok
      const failed = probes.failed - circuit.probesBefore.failed
      if (failed > 0) return { ...circuit, state: 'open', sinceAt: now, because: 'a probe failed' }
      if (ok >= rules.probes) return { ...closedCircuit(now), because: `${ok} probes succeeded` }
      // Tickets can be lost with a crashed edge: without this the circuit would stay half-open for ever.
      if (probes.ticketsLeft <= 0 && now >= circuit.sinceAt + rules.probeDeadlineMs)
        return { ...circuit, state: 'open', sinceAt: now, because: 'the probes did not end in time' }
      return circuit
    }
  }
}
