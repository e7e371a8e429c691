// thread: main
// What happened between two looks at the proxy.
import type { LiveEvent, LiveEventKind, LiveState } from '../contract/live.js'

/** In the order in which people think of them: the circuit first, what follows from it behind. */
export function eventsBetween(before: LiveState, after: LiveState, at: number): LiveEvent[] {
  const events: LiveEvent[] = []
  const say = (kind: LiveEventKind, detail: string): number => events.push({ at, kind, detail })
  if (before.circuit.state !== after.circuit.state || before.circuit.opened < after.circuit.opened) {
    // It may have opened and closed again since: one that opened is told of.
    if (before.circuit.opened < after.circuit.opened && after.circuit.state !== 'open')
      say('circuit-opened', 'the circuit of the upstream opened')
    if (after.circuit.state === 'open') say('circuit-opened', after.circuit.because)
    else if (after.circuit.state === 'half-open') say('circuit-half-open', after.circuit.because)
    else say('circuit-closed', after.circuit.because)
  }
  const wasOpen = new Set(openRoutes(before))
  const isOpen = new Set(openRoutes(after))
  for (const { route, because } of after.routeCircuits)
    if (isOpen.has(route) && !wasOpen.has(route)) say('route-circuit-opened', `${route}: ${because}`)
  for (const route of wasOpen) if (!isOpen.has(route)) say('route-circuit-closed', route)
  if (before.outage?.id !== after.outage?.id) {
    if (before.outage !== null) say('outage-ended', before.outage.id)
    if (after.outage !== null) say('outage-began', after.outage.because)
  }
  for (const { id, kind } of after.drills)
    if (!before.drills.some(drill => drill.id === id)) say('drill-began', `${kind} ${id}`)
  for (const { id, kind } of before.drills)
    if (!after.drills.some(drill => drill.id === id)) say('drill-ended', `${kind} ${id}`)
  for (const { id, kind, says } of after.anomalies)
    if (!before.anomalies.some(anomaly => anomaly.id === id)) say('anomaly-began', `${kind}: ${says}`)
  for (const { id, kind, says } of before.anomalies)
    if (!after.anomalies.some(anomaly => anomaly.id === id)) say('anomaly-ended', `${kind}: ${says}`)
  if (before.mode !== after.mode) say('mode-changed', `${before.mode} → ${after.mode}`)
  if (after.edgeRestarts > before.edgeRestarts) say('edge-restarted', `${after.edgesRunning} run`)
  if (after.learnerRestarts > before.learnerRestarts) say('learner-restarted', '')
  return events
}

function openRoutes({ routeCircuits }: LiveState): string[] {
  return routeCircuits.filter(({ state }) => state !== 'closed').map(({ route }) => route)
}
