// thread: main
import { type ForgetRequest, routeProblem } from '../contract/forgetting.js'
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

export const MIN_MATCH_CHARS = 4
export const MAX_MATCH_CHARS = 1000

/** Erases what one credential, one route or one text is about. What is said of a person stands in no log. */
export function forgetEndpoints(sources: AdminSources): Endpoint[] {
  return [
    { method: 'POST', path: '/api/forget', told: ['dryRun', 'pending'], handle: ({ body }) => forget(sources, body) },
  ]
}

async function forget({ forget: sources }: AdminSources, body: string): Promise<AdminReply> {
  const read = readForget(body, lines => sources.scopeOf(lines))
  if ('detail' in read) return problem(400, 'not to be forgotten', read.detail, read.field)
  const report = await sources.run(read.request, read)
  if (report === 'busy')
    return problem(409, 'busy', 'something is being forgotten just now: wait until that is done, and ask again')
  return jsonReply(report)
}

interface Wrong {
  readonly field: string
  readonly detail: string
}

const members = ['scope', 'route', 'match', 'dryRun', 'pending'] as const

function readForget(
  body: string,
  scopeOf: (lines: readonly string[]) => string | { readonly problem: string },
): { readonly request: ForgetRequest; readonly dryRun: boolean; readonly pending: boolean } | Wrong {
  const said = objectIn(body)
  if (said === undefined)
    return { field: 'body', detail: 'the body must be a JSON object such as {"match": "a@b.example", "dryRun": true}' }
  const unknown = Object.keys(said).find(name => !members.some(member => member === name))
  if (unknown !== undefined)
    return { field: unknown.slice(0, 100), detail: `there is no such member; there are ${members.join(', ')}` }
  const { scope, route, match, dryRun = false, pending = false } = said
  for (const [field, value] of Object.entries({ dryRun, pending }))
    if (typeof value !== 'boolean') return { field, detail: `${field} must be true or false` }
  for (const [field, value] of Object.entries({ scope, route, match }))
    if (value !== undefined && typeof value !== 'string') return { field, detail: `${field} must be a text` }
  const given = (['scope', 'route', 'match'] as const).filter(name => said[name] !== undefined)
  if (given.length !== 1)
    return { field: given[1] ?? 'match', detail: 'say one of scope, route and match, and no more than one' }
  const how = { dryRun: dryRun === true, pending: pending === true }
  if (typeof match === 'string') {
    if (match.trim().length < MIN_MATCH_CHARS || match.length > MAX_MATCH_CHARS)
      return {
        field: 'match',
        detail: `a text of ${MIN_MATCH_CHARS} to ${MAX_MATCH_CHARS} characters: less would be found everywhere`,
      }
    return { request: { kind: 'match', text: match }, ...how }
  }
  if (typeof route === 'string') {
    const detail = route.length > MAX_MATCH_CHARS ? 'it is too long' : routeProblem(route)
    return detail === undefined ? { request: { kind: 'route', route }, ...how } : { field: 'route', detail }
  }
  const hash = scopeOf(
    String(scope)
      .split(/\r?\n/)
      .filter(line => line.trim() !== ''),
  )
  return typeof hash === 'string'
    ? { request: { kind: 'scope', scope: hash }, ...how }
    : { field: 'scope', detail: hash.problem }
}

function objectIn(body: string): Record<string, unknown> | undefined {
  try {
    const said: unknown = JSON.parse(body)
    return typeof said === 'object' && said !== null && !Array.isArray(said)
      ? (said as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
