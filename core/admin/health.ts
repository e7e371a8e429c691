// thread: main
import { type Endpoint, jsonReply } from './endpoint.js'
import { prometheusType, renderMetrics } from './prometheus.js'

/** For orchestrators and for Prometheus. */
export const healthEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/healthz', open: true, answer: () => jsonReply({ status: 'alive' }) },
  {
    method: 'GET',
    path: '/readyz',
    open: true,
    answer: (_, sources) => {
      const readiness = sources.ready()
      return jsonReply(readiness, readiness.ready ? 200 : 503)
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    answer: (_, sources) => ({
      status: 200,
      headers: { 'content-type': prometheusType },
      body: renderMetrics(sources.metrics()),
    }),
  },
]
