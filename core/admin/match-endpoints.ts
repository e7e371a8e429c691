// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { questionOfBody, questionOfQuery, type ReadQuestion } from './match-question.js'
import { type AdminReply, jsonReply } from './reply.js'

/** What would the ghost say to this request, and why? Nothing is sent to the upstream. */
export function matchEndpoints(sources: AdminSources): Endpoint[] {
  const explain = async (read: ReadQuestion): Promise<AdminReply> =>
    read.ok ? jsonReply(await sources.match(read.question)) : read.reply
  return [
    { method: 'GET', path: '/api/debug/match', handle: ({ query }) => explain(questionOfQuery(query)) },
    { method: 'POST', path: '/api/debug/match', role: 'view', handle: ({ body }) => explain(questionOfBody(body)) },
  ]
}
