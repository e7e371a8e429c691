// thread: main
import type { SwitchRefusal } from '../contract/route-switches.js'
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

export function switchEndpoints({ switches }: AdminSources): Endpoint[] {
  return [
    { method: 'GET', path: '/api/switches', handle: () => jsonReply(switches.report()) },
    { method: 'PUT', path: '/api/switches', handle: async ({ body }) => told(await switches.set(body)) },
    { method: 'DELETE', path: '/api/switches', handle: async () => told(await switches.clearAll()) },
    {
      method: 'DELETE',
      path: '/api/switches/{id}',
      handle: async ({ id }) => {
        const said = await switches.clear(id)
        // It stands in the path, not in a body.
        return told('refused' in said ? { ...said, field: 'id' } : said)
      },
    },
  ]
}

const refusals: Readonly<Record<SwitchRefusal['refused'], { readonly status: number; readonly title: string }>> = {
  malformed: { status: 400, title: 'not a switch' },
  'unknown-route': { status: 404, title: 'no such route' },
  'no-path': { status: 409, title: 'it has no path of its own' },
  'no-journal': { status: 409, title: 'there is no journal' },
  'too-many': { status: 409, title: 'too many switches' },
  'not-written': { status: 503, title: 'it could not be kept' },
  'handing-over': { status: 503, title: 'not just now' },
}

function told(said: object | SwitchRefusal): AdminReply {
  if (!('refused' in said)) return jsonReply(said)
  const { status, title } = refusals[said.refused]
  return problem(status, title, said.detail, said.field)
}
