// thread: main
import { isFieldName, isFieldValue, type RecordedExchange } from '../contract/recorded.js'
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { jsonReply, problem } from './reply.js'

/** Exchanges that were recorded elsewhere are learned: all of a request, or, where anything in it is wrong, none. */
export function recordedEndpoints(sources: AdminSources): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/api/exchanges',
      // As it was recorded, secrets and all.
      told: [],
      handle: async ({ body }) => {
        const read = readRecorded(body, Date.now())
        if ('field' in read) return problem(400, 'not recorded exchanges', read.detail, read.field)
        return jsonReply(await sources.learnRecorded(read.exchanges))
      },
    },
  ]
}

const MAX_EXCHANGES = 10_000
const MAX_TARGET_CHARS = 16_384

/** Pure. `now`: epoch ms; what was recorded later would be newer than all that comes. */
export function readRecorded(
  text: string,
  now: number,
): { readonly exchanges: readonly RecordedExchange[] } | { readonly field: string; readonly detail: string } {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    given = undefined
  }
  const unknown = Object.keys(Object(given)).find(name => name !== 'exchanges')
  const list = (given as { exchanges?: unknown } | null | undefined)?.exchanges
  if (Array.isArray(list) && unknown !== undefined)
    return { field: unknown.slice(0, 100), detail: `«${unknown.slice(0, 100)}» is no member; there is exchanges` }
  if (!Array.isArray(list) || list.length > MAX_EXCHANGES)
    return { field: 'exchanges', detail: `the body must be {"exchanges": […]}, at most ${MAX_EXCHANGES} of them` }
  for (const [i, one] of list.entries()) {
    const wrong = wrongIn(one, now)
    if (wrong !== undefined)
      return { field: `exchanges[${i}].${wrong[0]}`, detail: `exchanges[${i}].${wrong[0]} ${wrong[1]}` }
  }
  return { exchanges: list as RecordedExchange[] }
}

function wrongIn(one: unknown, now: number): [field: string, detail: string] | undefined {
  const exchange = (typeof one === 'object' && one !== null ? one : {}) as Record<keyof RecordedExchange, unknown>
  const { startedAt, completedAt, method, target, status } = exchange
  for (const [field, moment] of [
    ['startedAt', startedAt],
    ['completedAt', completedAt],
  ] as const)
    if (typeof moment !== 'number' || !(moment >= 0 && moment <= now))
      return [field, 'must be a moment in epoch ms that is over']
  if ((startedAt as number) > (completedAt as number)) return ['completedAt', 'must not be before startedAt']
  if (typeof method !== 'string' || !isFieldName(method)) return ['method', 'must be the name of an HTTP method']
  if (typeof target !== 'string' || !/^\/[\x21\x22\x24-\x7e]*$/.test(target) || target.length > MAX_TARGET_CHARS)
    return ['target', `must be path and query as they stand in a request, at most ${MAX_TARGET_CHARS} characters`]
  if (!Number.isInteger(status) || (status as number) < 100 || (status as number) > 599)
    return ['status', 'must be a whole number from 100 to 599']
  for (const field of ['requestHeaders', 'headers'] as const)
    if (!isFlatList(exchange[field])) return [field, 'must be a list of names and values in turn']
  for (const field of ['requestBody', 'body'] as const) {
    if (typeof exchange[field] !== 'string') return [field, 'must be a string']
    const encoding = exchange[`${field}Encoding`]
    if (encoding !== undefined && encoding !== 'utf8' && encoding !== 'base64')
      return [`${field}Encoding`, 'must be utf8 or base64']
  }
  return undefined
}

function isFlatList(list: unknown): boolean {
  if (!Array.isArray(list) || list.length % 2 !== 0) return false
  return list.every((text, i) => typeof text === 'string' && (i % 2 === 0 ? isFieldName(text) : isFieldValue(text)))
}
