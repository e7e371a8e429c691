// thread: edge
// What the edge is told of a request at its turning points, whatever kind of request it is.
import { UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import type { CallOutcome } from '../health/circuit-cells.js'
import type { Probe } from '../health/gate.js'
import type { Edge } from './edge.js'

/** The one outcome of a request: for its circuit, and for the probe that it was. To be told once. */
export function tellOutcome(edge: Edge, circuit: number, probe: Probe | undefined, outcome: CallOutcome): void {
  const { board, id, turn } = edge
  board.circuits.count(id, circuit, outcome, turn.steady.now())
  probe?.settle(outcome)
  if (outcome !== 'ok' || probe !== undefined) edge.faultSeen()
}

/** It is under way no more: an edge that drains may be idle now. */
export function leave(edge: Edge): void {
  edge.active -= 1
  if (edge.draining && edge.active === 0) edge.onIdle()
}

/** What a refusal of ours asks clients to wait: until the next request may try, as far as that is known. */
export function retryAfterS({ board, settings, turn }: Edge, circuit = UPSTREAM_CIRCUIT): number {
  const now = turn.steady.now()
  const waitMs = Math.max(board.circuits.waitMs(UPSTREAM_CIRCUIT, now), board.circuits.waitMs(circuit, now))
  return Math.max(1, Math.ceil((waitMs || settings.breakerOpenMs) / 1000))
}
