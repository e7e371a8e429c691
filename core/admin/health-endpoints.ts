// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { renderMetrics } from './prometheus.js'
import { jsonReply } from './reply.js'

export function healthEndpoints(sources: AdminSources): Endpoint[] {
  return [
    { method: 'GET', path: '/healthz', open: true, handle: () => jsonReply({ alive: true }) },
    {
      method: 'GET',
      path: '/readyz',
      open: true,
      handle: () => {
        const readiness = sources.ready()
        return jsonReply(readiness, readiness.ready ? 200 : 503)
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      handle: () => ({
        status: 200,
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        body: renderMetrics(sources.metrics()),
      }),
    },
  ]
}
