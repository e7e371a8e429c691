// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { questionOfBody, questionOfQuery, type ReadQuestion } from './match-question.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

/** What would the ghost say to this request, and why? Nothing is sent to the upstream. */
export function matchEndpoints(sources: AdminSources): Endpoint[] {
  const explain = async (read: ReadQuestion): Promise<AdminReply> =>
    read.ok ? jsonReply(await sources.match(read.question)) : read.reply
  /** Beside what the upstream says: asked only here, because somebody wants it. */
  const beside = async (read: ReadQuestion): Promise<AdminReply> => {
    if (!read.ok) return read.reply
    const told = await sources.beside(read.question)
    if (told !== 'not-safe') return jsonReply(told)
    const detail =
      'the upstream is asked only what changes nothing: a GET or HEAD without a body that asks and does not write'
    return problem(400, 'not safe', detail, 'method')
  }
  return [
    // Fields and query may hold credentials.
    { method: 'POST', path: '/api/debug/live', told: ['method'], handle: ({ body }) => beside(questionOfBody(body)) },
    { method: 'GET', path: '/api/debug/match', handle: ({ query }) => explain(questionOfQuery(query)) },
    { method: 'POST', path: '/api/debug/match', role: 'view', handle: ({ body }) => explain(questionOfBody(body)) },
  ]
}
