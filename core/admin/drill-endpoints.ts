// thread: main
import type { AdminSources, DrillSources } from '../contract/status.js'
import type { AdminRequest, Endpoint } from './endpoint.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

export function drillEndpoints(sources: AdminSources): Endpoint[] {
  const allowed =
    (handle: (drills: DrillSources, request: AdminRequest) => AdminReply) =>
    (request: AdminRequest): AdminReply =>
      sources.drills === undefined ? off : handle(sources.drills, request)
  return [
    { method: 'POST', path: '/api/drills', handle: allowed(begin) },
    { method: 'GET', path: '/api/drills', handle: allowed(drills => jsonReply({ drills: drills.reports() })) },
    {
      method: 'GET',
      path: '/api/drills/{id}',
      handle: allowed((drills, { id }) => told(drills.look(id), id)),
    },
    {
      method: 'DELETE',
      path: '/api/drills/{id}',
      handle: allowed((drills, { id }) => told(drills.end(id), id)),
    },
    {
      method: 'DELETE',
      path: '/api/drills',
      handle: allowed(drills => {
        for (const { id, state } of drills.reports()) if (state === 'running') drills.end(id)
        return jsonReply({ drills: drills.reports() })
      }),
    },
  ]
}

const off = problem(403, 'drills are off', 'start the proxy with CHAOS_DRILLS=on to allow faults to be imitated')

function begin(drills: DrillSources, { body }: AdminRequest): AdminReply {
  const begun = drills.begin(body)
  if (begun === 'busy')
    return problem(
      409,
      'another drill runs',
      'one drill runs at a time; wait for it, DELETE it, or say "concurrent": true',
      'concurrent',
    )
  if (begun === 'full') return problem(409, 'too many drills', 'as many drills run as may; DELETE one', 'concurrent')
  if ('problem' in begun) return problem(400, 'not a drill', begun.problem.detail, begun.problem.field)
  const reply = jsonReply(begun, 201)
  return { ...reply, headers: { location: `/api/drills/${begun.id}` } }
}

function told(report: object | undefined, id: string): AdminReply {
  if (report !== undefined) return jsonReply(report)
  return problem(
    404,
    'no such drill',
    `no drill has the id «${id.slice(0, 100)}»; GET /api/drills lists the last ones`,
    'id',
  )
}
