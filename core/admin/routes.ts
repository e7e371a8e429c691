// thread: main
import { type Endpoint, jsonReply, problemReply } from './endpoint.js'

/** What was learned. */
export const routeEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/api/routes', answer: async (_, sources) => jsonReply({ routes: await sources.routes() }) },
  {
    method: 'GET',
    path: '/api/routes/{id}',
    answer: async ({ params }, sources) => {
      const route = await sources.route(params.id!)
      if (route !== undefined) return jsonReply(route)
      return problemReply(404, 'no such route', `no route has the id «${params.id}»; see /api/routes`, { field: 'id' })
    },
  },
]
