// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { jsonReply, problem } from './reply.js'

const FORM = 'the body must be {"upstreams": ["http://…", …]}'

export function upstreamEndpoints(sources: AdminSources): Endpoint[] {
  return [
    { method: 'GET', path: '/api/upstreams', handle: () => jsonReply(sources.upstreams()) },
    {
      method: 'PUT',
      path: '/api/upstreams',
      handle: async ({ body }) => {
        const urls = urlsIn(body)
        if (urls === undefined) return problem(400, 'not a list of upstreams', FORM, 'upstreams')
        const problems = await sources.setUpstreams(urls)
        if (problems.length > 0) return problem(400, 'not a list of upstreams', problems.join('; '), 'upstreams')
        return jsonReply(sources.upstreams())
      },
    },
  ]
}

/** Undefined where the body is anything but a list of texts under `upstreams`, and nothing else. */
function urlsIn(body: string): string[] | undefined {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof given !== 'object' || given === null || Object.keys(given).some(name => name !== 'upstreams'))
    return undefined
  const { upstreams } = given as { upstreams?: unknown }
  if (!Array.isArray(upstreams) || !upstreams.every(url => typeof url === 'string')) return undefined
  return upstreams.map(url => url.trim())
}
