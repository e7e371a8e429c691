// thread: main
import type { AdminSources } from '../contract/status.js'
import { type AdminReply, type Endpoint, jsonReply } from './endpoint.js'
import { matchAskOfBody, matchAskOfQuery, type ReadMatchAsk } from './match-ask.js'

/** What would the ghost say to this request, and why? Nothing is sent to the upstream. */
export const matchEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/api/debug/match', answer: ({ query }, sources) => explain(matchAskOfQuery(query), sources) },
  { method: 'POST', path: '/api/debug/match', answer: ({ body }, sources) => explain(matchAskOfBody(body), sources) },
]

async function explain(read: ReadMatchAsk, sources: AdminSources): Promise<AdminReply> {
  return read.ok ? jsonReply(await sources.match(read.ask)) : read.reply
}
