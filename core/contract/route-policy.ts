// thread: any
// What an operator wants to be otherwise on some routes, from CHAOS_ROUTES_FILE.

export interface RoutePolicy {
  /** As it was written: `GET /users/{id}`, `* /reports/**`. */
  readonly route: string
  /** `off`: no ghost answers here. */
  readonly ghost?: 'auto' | 'off' | undefined
  /** In place of CHAOS_GHOST_MIN_CONFIDENCE. */
  readonly minConfidence?: number | undefined
  /** In place of CHAOS_GHOST_MAX_AGE_S; 0: any age. */
  readonly maxAgeS?: number | undefined
  /** In place of CHAOS_GHOST_HEDGE_MS; 0: the upstream is waited for. */
  readonly hedgeMs?: number | undefined
  /** In place of CHAOS_BREAKER_SLOW_MS; 0: nothing is slow. */
  readonly slowMs?: number | undefined
  /** In place of CHAOS_GHOST_WRITES. */
  readonly writes?: 'refuse' | 'journal' | undefined
  /** What is answered to a journalled write that makes something: 202, or what the API was seen to answer, with a temporary id. */
  readonly answer?: 'accepted' | 'learned' | undefined
  /** `off`: a journalled write is sent whatever stands there by then, not only where the client knows what it is about to change. */
  readonly preconditions?: 'seen' | 'off' | undefined
}

/** A method or `*`, a blank, a path whose segments are words, `{name}` or `*`; `**` at its end stands for any rest. */
export const routeSyntax = /^(\*|[A-Z]+) (\/|(\/(\*|\{[^/{}\s]*\}|[^/{}*\s]+))*(\/\*\*)?\/?)$/

const MAX_REMEMBERED = 4096

interface Pattern {
  readonly policy: RoutePolicy
  readonly method: string
  /** Undefined: any segment that is not empty. */
  readonly segments: readonly (string | undefined)[]
  readonly isOpen: boolean
}

export class RoutePolicies {
  readonly #patterns: readonly Pattern[]
  readonly #found = new Map<string, RoutePolicy | undefined>()

  constructor(policies: readonly RoutePolicy[]) {
    this.#patterns = policies.map(patternOf)
  }

  /** The first one that speaks of such a request. `path`: as it stands in the request, octet for octet. */
  of(method: string, path: string): RoutePolicy | undefined {
    const key = `${method} ${path}`
    const known = this.#found.get(key)
    if (known !== undefined || this.#found.has(key)) return known
    const segments = path.split('/').slice(1)
    const policy = this.#patterns.find(pattern => speaksOf(pattern, method, segments))?.policy
    if (this.#found.size >= MAX_REMEMBERED) this.#found.clear()
    this.#found.set(key, policy)
    return policy
  }
}

function patternOf(policy: RoutePolicy): Pattern {
  const [method = '', path = ''] = policy.route.split(' ')
  const isOpen = path.endsWith('/**')
  const words = (isOpen ? path.slice(0, -'/**'.length) : path).split('/').slice(1)
  const segments = words.map(word => (word === '*' || word.startsWith('{') ? undefined : word))
  return { policy, method, segments, isOpen }
}

function speaksOf({ method: wanted, segments, isOpen }: Pattern, method: string, given: readonly string[]): boolean {
  if (wanted !== '*' && wanted !== method && !(wanted === 'GET' && method === 'HEAD')) return false
  if (isOpen ? given.length < segments.length : given.length !== segments.length) return false
  return segments.every((segment, i) => (segment === undefined ? given[i] !== '' : segment === given[i]))
}
