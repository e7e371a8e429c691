// thread: main
// The endpoint table of the admin port. A new group is one file and one line here.
import type { Endpoint } from './endpoint.js'
import { healthEndpoints } from './health.js'
import { matchEndpoints } from './match.js'
import { modeEndpoints } from './mode.js'
import { routeEndpoints } from './routes.js'
import { statusEndpoints } from './status.js'

const endpoints: readonly Endpoint[] = [
  ...healthEndpoints,
  ...statusEndpoints,
  ...routeEndpoints,
  ...matchEndpoints,
  ...modeEndpoints,
]

export type Found =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'no-path' }
  /** `allow`: what may be asked of this path. */
  | { readonly kind: 'no-method'; readonly allow: readonly string[] }
  | { readonly kind: 'bad-escape'; readonly name: string }

/** `path`: without query. HEAD finds what GET finds. */
export function findEndpoint(method: string, path: string): Found {
  const allow = new Set<string>()
  for (const endpoint of endpoints) {
    const raw = paramsOf(endpoint.path, path)
    if (raw === undefined) continue
    if (endpoint.method !== (method === 'HEAD' ? 'GET' : method)) {
      allow.add(endpoint.method)
      if (endpoint.method === 'GET') allow.add('HEAD')
      continue
    }
    const params: Record<string, string> = {}
    for (const [name, value] of raw) {
      try {
        params[name] = decodeURIComponent(value)
      } catch {
        return { kind: 'bad-escape', name }
      }
    }
    return { kind: 'endpoint', endpoint, params }
  }
  return allow.size > 0 ? { kind: 'no-method', allow: [...allow] } : { kind: 'no-path' }
}

function paramsOf(pattern: string, path: string): [string, string][] | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: [string, string][] = []
  for (const [i, segment] of wanted.entries()) {
    if (segment.startsWith('{') && given[i] !== '') params.push([segment.slice(1, -1), given[i]!])
    else if (segment !== given[i]) return undefined
  }
  return params
}
