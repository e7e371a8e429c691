// thread: main
import { type Mode, modes } from '../contract/ghost.js'
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { jsonReply, problem } from './reply.js'

export function statusEndpoints(sources: AdminSources): Endpoint[] {
  return [
    { method: 'GET', path: '/api/status', handle: () => jsonReply(sources.status()) },
    { method: 'GET', path: '/api/learning', handle: () => jsonReply(sources.learning()) },
    { method: 'GET', path: '/api/routes', handle: () => jsonReply({ routes: withSwitches(sources) }) },
    {
      method: 'GET',
      path: '/api/routes/{id}',
      handle: ({ id }) => {
        const route = sources.routes().find(candidate => candidate.id === id)
        return route === undefined
          ? problem(404, 'no such route', `no learned route has the id «${id}»; GET /api/routes lists them`, 'id')
          : jsonReply({ ...route, policy: sources.switches.look(route.method, route.pattern) ?? null })
      },
    },
    {
      method: 'GET',
      path: '/api/readiness',
      handle: async () => {
        const report = await sources.readiness()
        return report === undefined
          ? problem(503, 'not known', 'the learner does not answer; it is started again, try once more')
          : jsonReply(report)
      },
    },
    { method: 'GET', path: '/api/mode', handle: () => jsonReply({ mode: sources.mode() }) },
    {
      method: 'PUT',
      path: '/api/mode',
      handle: ({ body }) => {
        const mode = modeIn(body)
        if (mode === undefined)
          return problem(400, 'not a mode', `the body must be {"mode": "${modes.join('" | "')}"}`, 'mode')
        sources.setMode(mode)
        return jsonReply({ mode: sources.mode() })
      },
    },
  ]
}

/** Those that somebody has switched say how. */
function withSwitches(sources: AdminSources): object[] {
  const set = new Map(sources.switches.list().map(one => [one.route, one]))
  return sources.routes().map(route => ({ ...route, switch: set.get(`${route.method} ${route.pattern}`) }))
}

function modeIn(body: string): Mode | undefined {
  try {
    const given: unknown = JSON.parse(body)
    if (typeof given !== 'object' || given === null || Object.keys(given).some(name => name !== 'mode'))
      return undefined
    const { mode: wanted } = given as { mode?: unknown }
    return modes.find(mode => mode === wanted)
  } catch {
    return undefined
  }
}
