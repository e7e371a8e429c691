// thread: edge
// What the edge is told of a request at its turning points, whatever kind of request it is.
import type { Edge } from './edge.js'

/** The one outcome of a request: for the circuit, or for the probe that it was. To be told once. */
export function tellOutcome(edge: Edge, probe: boolean, ok: boolean): void {
  const { board, id, clock } = edge
  if (probe) board.countProbe(id, ok)
  else board.countOutcome(id, ok, clock.now())
  if (!ok || probe) edge.faultSeen()
}

/** It is under way no more: an edge that drains may be idle now. */
export function leave(edge: Edge): void {
  edge.active -= 1
  if (edge.draining && edge.active === 0) edge.onIdle()
}

/** What a refusal of ours asks clients to wait. */
export function retryAfterS({ settings }: Edge): number {
  return Math.max(1, Math.ceil(settings.breakerOpenMs / 1000))
}
