// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { jsonReply, problem } from './reply.js'
import { readWhatIfQuery } from './whatif-query.js'

/** What an outage would have looked like that began then. */
export function whatIfEndpoints(sources: AdminSources): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/whatif',
      handle: async ({ query }) => {
        const asked = readWhatIfQuery(query, Date.now())
        if ('detail' in asked) return problem(400, 'not a question', `${asked.field} ${asked.detail}`, asked.field)
        const { whatIf } = sources
        if (whatIf === undefined)
          return problem(503, 'no history', 'it is worked out from the history, which is off; set CHAOS_HISTORY=on')
        const reply = await whatIf.ask(asked)
        if (reply === 'busy')
          return problem(409, 'another report is being made', 'one at a time; ask again when it is done')
        return 'unanswered' in reply ? problem(503, 'no report', reply.unanswered) : jsonReply(reply)
      },
    },
  ]
}
