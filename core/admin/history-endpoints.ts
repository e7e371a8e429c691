// thread: main
import { isUtf8 } from 'node:buffer'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import type { CapturedExchange, HistoryQuery, HistoryReply, ToldBody, ToldExchange } from '../contract/history.js'
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { harReply } from './har-export.js'
import {
  readExchangeQuery,
  readHarQuery,
  readReadinessQuery,
  readRoutesQuery,
  readSeriesQuery,
  readWindow,
  type Wrong,
} from './history-query.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

/** Exchanges one by one, and what they come to: over time, by route, and the outages among them. */
export function historyEndpoints({ history, upstreams, live }: AdminSources): Endpoint[] {
  const asked = (path: string, read: (query: URLSearchParams) => HistoryQuery | Wrong): Endpoint => ({
    method: 'GET',
    path,
    handle: async ({ query }) => {
      const asking = read(query)
      if ('detail' in asking) return problem(400, 'not a question', `${asking.field} ${asking.detail}`, asking.field)
      return shown(await answer(asking))
    },
  })
  const answer = (query: HistoryQuery): Promise<HistoryReply> =>
    history === undefined
      ? Promise.resolve({ kind: 'unanswered', because: 'it is switched off; set CHAOS_HISTORY=on' })
      : history.ask(query)
  return [
    asked('/api/exchanges', query => of('exchanges', readExchangeQuery(query, Date.now()))),
    {
      method: 'GET',
      path: '/api/exchanges/{id}',
      handle: async ({ id }) => {
        const reply = await answer({ kind: 'exchange', id })
        if (reply.kind === 'exchange' && reply.detail === null)
          return problem(404, 'no such exchange', `no exchange of the history has the id «${id.slice(0, 100)}»`, 'id')
        return shown(reply)
      },
    },
    {
      method: 'GET',
      path: '/api/exchanges.har',
      handle: async ({ query }) => {
        const asking = readHarQuery(query, Date.now())
        if ('detail' in asking) return problem(400, 'not a question', `${asking.field} ${asking.detail}`, asking.field)
        return harReply(asking, answer, upstreams().upstreams[0]?.url ?? 'http://unknown', live.version)
      },
    },
    asked('/api/history/series', query => of('series', readSeriesQuery(query, Date.now()))),
    asked('/api/history/routes', query => of('routes', readRoutesQuery(query, Date.now()))),
    asked('/api/history/readiness', query => of('readiness', readReadinessQuery(query, Date.now()))),
    asked('/api/history/outages', query => of('outages', readWindow(query, Date.now()))),
  ]
}

function of<Kind extends string, Query extends object>(
  kind: Kind,
  query: Query | Wrong,
): ({ kind: Kind } & Query) | Wrong {
  return 'detail' in query ? query : { kind, ...query }
}

function shown(reply: HistoryReply): AdminReply {
  switch (reply.kind) {
    case 'exchanges':
      return jsonReply({ store: reply.store, ...reply.page })
    case 'exchange': {
      const { facts, captured, capturedAs } = reply.detail!
      return jsonReply({ store: reply.store, ...facts, captured: captured && readable(captured), capturedAs })
    }
    case 'series':
      return jsonReply({ store: reply.store, ...reply.series })
    case 'routes':
      return jsonReply({ store: reply.store, routes: reply.routes })
    case 'outages':
      return jsonReply({ store: reply.store, outages: reply.outages })
    case 'readiness':
      return jsonReply({ store: reply.store, points: reply.points })
    // For parts of the proxy, not for people.
    case 'captures':
    case 'demand':
    case 'forgot':
      return problem(500, 'not for people', 'this part of the history is not told')
    // Only those who send them again, or write them down, ask for recordings.
    case 'recordings':
      return jsonReply({ store: reply.store, next: reply.next })
    case 'unanswered':
      return problem(503, 'no history', `the history does not answer: ${reply.because}`)
  }
}

/** Longer ones are shown as they were sent. */
const MAX_DECODED_BYTES = 4 << 20

function readable({ requestBody, body, ...rest }: CapturedExchange): NonNullable<ToldExchange['captured']> {
  return { ...rest, requestBody: toldBody(requestBody, rest.requestHeaders), body: toldBody(body, rest.headers) }
}

/** Without its coding where that can be undone; text, or base64 where it is not UTF-8. */
function toldBody(octets: Uint8Array, headers: readonly string[]): ToldBody {
  const coding = contentCoding(headers)
  const plain = coding === '' ? undefined : decodeContent(octets, coding, MAX_DECODED_BYTES)
  const bytes = plain ?? Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64'
  return { encoding, text: bytes.toString(encoding), coding: plain === undefined ? '' : coding }
}
