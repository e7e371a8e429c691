// thread: main
// The circuits, as Prometheus asks for them. Routes appear when their circuit opens for the first time, and stay.
import type { CircuitStatus, MetricFamily, MetricSample, RouteCircuitStatus } from '../contract/status.js'
import { circuitStates } from './circuit.js'
import type { CircuitWatch } from './watch.js'

export function circuitMetrics(watch: Pick<CircuitWatch, 'status' | 'everOpened' | 'late'>): MetricFamily[] {
  const upstream = watch.status()
  const routes = watch.everOpened()
  const both = (name: string, type: 'counter' | 'gauge', help: string, read: (one: CircuitStatus) => number) => [
    family(`circuit_${name}`, type, help, [plain(read(upstream))]),
    family(`route_circuit_${name}`, type, `Of a route that failed: ${help}`, byRoute(routes, read)),
  ]
  return [
    ...both('state', 'gauge', '0 closed, 1 open, 2 half-open.', one => circuitStates.indexOf(one.state)),
    ...both('opened_total', 'counter', 'Times that the circuit opened.', one => one.opened),
    ...both('share', 'gauge', 'Part of the traffic that may go to the upstream, 0–1.', one => one.sharePercent / 100),
    family(
      'circuit_probes_total',
      'counter',
      'Requests that tried a half-open circuit, of the upstream and of routes.',
      [
        labelled(
          { outcome: 'ok' },
          sum([upstream, ...routes], one => one.probesOk),
        ),
        labelled(
          { outcome: 'failed' },
          sum([upstream, ...routes], one => one.probesFailed),
        ),
      ],
    ),
    family('circuit_watch_late_total', 'counter', 'Times that nobody looked at the circuits for seconds.', [
      plain(watch.late),
    ]),
  ]
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: MetricSample[]): MetricFamily {
  return { name: `chaos_${name}`, help, type, samples }
}

function plain(value: number): MetricSample {
  return labelled({}, value)
}

function labelled(labels: Readonly<Record<string, string>>, value: number): MetricSample {
  return { suffix: '', labels, value }
}

function byRoute(routes: readonly RouteCircuitStatus[], read: (one: CircuitStatus) => number): MetricSample[] {
  return routes.map(one => labelled({ route: one.route }, read(one)))
}

function sum(circuits: readonly CircuitStatus[], read: (one: CircuitStatus) => number): number {
  return circuits.reduce((total, one) => total + read(one), 0)
}
