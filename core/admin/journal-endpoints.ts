// thread: main
import { type JournalState, journalStates } from '../contract/journal.js'
import type { AdminSources, JournalRefusal } from '../contract/status.js'
import type { AdminRequest, Endpoint } from './endpoint.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

const PAGE = 100
const MAX_PAGE = 1000

/** Neither fields nor bodies of requests are told: they hold credentials. */
export function journalEndpoints(sources: AdminSources): Endpoint[] {
  return [
    { method: 'GET', path: '/api/journal', handle: request => page(sources, request) },
    {
      method: 'GET',
      path: '/api/journal/{id}',
      handle: ({ id }) => {
        const entry = sources.journal.look(id)
        return entry === undefined ? refused('unknown', id) : jsonReply(entry)
      },
    },
    {
      method: 'POST',
      path: '/api/journal/{id}/retry',
      handle: async ({ id }) => handled(sources, id, await sources.journal.retry(id)),
    },
    {
      method: 'POST',
      path: '/api/journal/{id}/discard',
      handle: async ({ id }) => handled(sources, id, await sources.journal.discard(id)),
    },
  ]
}

function page(sources: AdminSources, { query }: AdminRequest): AdminReply {
  const state = query.get('state') ?? ''
  if (state !== '' && !isState(state))
    return problem(400, 'not a state', `state=${state} must be one of ${journalStates.join(', ')}`, 'state')
  const limit = wholeOf(query, 'limit', PAGE)
  if (limit === undefined || limit < 1 || limit > MAX_PAGE)
    return problem(400, 'not a limit', `limit=${query.get('limit')} must be from 1 to ${MAX_PAGE}`, 'limit')
  const after = wholeOf(query, 'after', 0)
  if (after === undefined)
    return problem(400, 'not a place', `after=${query.get('after')} must be the \`next\` of the page before`, 'after')
  return jsonReply(sources.journal.page(state === '' ? undefined : state, after, limit))
}

function isState(text: string): text is JournalState {
  return journalStates.some(state => state === text)
}

function wholeOf(query: URLSearchParams, name: string, fallback: number): number | undefined {
  const text = query.get(name)
  if (text === null) return fallback
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function handled(sources: AdminSources, id: string, because: JournalRefusal | undefined): AdminReply {
  if (because !== undefined) return refused(because, id)
  const entry = sources.journal.look(id)
  return entry === undefined ? { status: 204, contentType: 'application/json', body: '' } : jsonReply(entry)
}

function refused(because: JournalRefusal, id: string): AdminReply {
  switch (because) {
    case 'unknown':
      return problem(
        404,
        'no such entry',
        `no journalled write has the id «${id.slice(0, 100)}»; GET /api/journal lists them`,
        'id',
      )
    case 'not-parked':
      return problem(
        409,
        'not parked',
        'only a parked write can be tried again or given up; others are sent by themselves',
        'id',
      )
    case 'unreadable':
      return problem(
        409,
        'not readable',
        'this version cannot read it; start the version that wrote it, or discard it',
        'id',
      )
    case 'failed':
      return problem(503, 'not written', 'the disk did not take it; the log says why', undefined, {
        'retry-after': '1',
      })
  }
}
