// thread: main
// CHAOS_ROUTES_FILE: a JSON list of routes, each with what is to be otherwise there. All that is wrong is said at once.
import { readFileSync } from 'node:fs'
import type { RoutePolicy } from '../contract/route-policy.js'
import { routePolicies } from './setting-types.js'

export type RoutesFile =
  | { readonly ok: true; readonly policies: readonly RoutePolicy[] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** `path`: '' for none. */
export function readRoutesFile(path: string): RoutesFile {
  if (path === '') return { ok: true, policies: [] }
  try {
    return parseRoutes(path, readFileSync(path, 'utf8'))
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return { ok: false, problems: [`CHAOS_ROUTES_FILE=${path} cannot be read: ${because}`] }
  }
}

export function parseRoutes(path: string, text: string): RoutesFile {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return { ok: false, problems: [`CHAOS_ROUTES_FILE=${path} is no JSON: ${because}`] }
  }
  const read = routePolicies.safeParse(json)
  if (!read.success)
    return {
      ok: false,
      problems: read.error.issues.map(
        issue => `CHAOS_ROUTES_FILE=${path}: ${placeOf(issue.path)}${issue.message}${givenAt(json, issue.path)}`,
      ),
    }
  return { ok: true, policies: read.data }
}

/** `[2].hedgeMs: `, the way a person counts in it. */
function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return ''
  const [index, ...rest] = path
  return `entry ${Number(index) + 1}${rest.map(step => `, ${String(step)}`).join('')}: `
}

/** ` (it is 7)`; '' where there is none, or one that would fill the line. */
export function givenAt(json: unknown, path: readonly PropertyKey[]): string {
  let at: unknown = json
  for (const step of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[step]
  return at === undefined || typeof at === 'object' ? '' : ` (it is ${JSON.stringify(at)})`
}
