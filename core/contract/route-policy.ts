// thread: any
// What an operator wants to be otherwise on some routes: entries of CHAOS_ROUTES_FILE, and switches that are set while the
// proxy runs.

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
  /**
   * `public`: what an answer says is for everybody (RFC 9111 §5.2.2.9) is given to everybody. `own`: to the very credentials
   * that it was given to, whatever it says. Nothing makes more public than the answer allows.
   */
  readonly sharing?: 'public' | 'own' | undefined
  /** What is answered to a journalled write that makes something: 202, or what the API was seen to answer, with a temporary id. */
  readonly answer?: 'accepted' | 'learned' | undefined
  /** `off`: a journalled write is sent whatever stands there by then, not only where the client knows what it is about to change. */
  readonly preconditions?: 'seen' | 'off' | undefined
}

/** What may be switched while the proxy runs, in the order in which people are told. */
export const switchFields = ['ghost', 'minConfidence', 'maxAgeS', 'hedgeMs', 'writes', 'sharing'] as const
export type SwitchField = (typeof switchFields)[number]

/**
 * Set for a learned route while the proxy runs; goes before the file. Members that are not set are not there. Writes are no routes
 * that are learned: `writes` of a GET route is about what is written to its path, by whatever method.
 */
export type RouteSwitch = Pick<RoutePolicy, 'route' | SwitchField>

/** All that is to be otherwise on some routes, as edges are told. */
export interface RouteRules {
  /** Grows with each change. */
  readonly version: number
  /** Of CHAOS_ROUTES_FILE, in its order: the first that speaks of a request counts. */
  readonly entries: readonly RoutePolicy[]
  readonly switches: readonly RouteSwitch[]
}

/** What speaks of a request. */
export interface Speaking {
  readonly entry: RoutePolicy | undefined
  readonly flipped: RouteSwitch | undefined
}

/** A method or `*`, a blank, a path whose segments are words, `{name}` or `*`; `**` at its end stands for any rest. */
export const routeSyntax = /^(\*|[A-Z]+) (\/|(\/(\*|\{[^/{}\s]*\}|[^/{}*\s]+))*(\/\*\*)?\/?)$/

const MAX_REMEMBERED = 4096

interface Pattern<Policy> {
  readonly policy: Policy
  readonly method: string
  /** Undefined: any segment that is not empty. */
  readonly segments: readonly (string | undefined)[]
  readonly isOpen: boolean
}

export class RoutePolicies {
  readonly #entries: readonly Pattern<RoutePolicy>[]
  readonly #switches: readonly Pattern<RouteSwitch>[]
  readonly #found = new Map<string, RoutePolicy | undefined>()
  /** Switches laid over entries, each pair once. */
  readonly #laid = new Map<RouteSwitch, Map<RoutePolicy | undefined, RoutePolicy>>()

  constructor({ entries, switches }: Pick<RouteRules, 'entries' | 'switches'>) {
    this.#entries = entries.map(patternOf)
    this.#switches = [...switches.map(patternOf), ...switches.flatMap(patternForWrites)].sort(wordsFirst)
  }

  /**
   * What holds for such a request: what its switch says, and what that leaves open as the first entry says. `path`: as it stands
   * in the request, octet for octet. Undefined: as everywhere.
   */
  of(method: string, path: string): RoutePolicy | undefined {
    const key = `${method} ${path}`
    const known = this.#found.get(key)
    if (known !== undefined || this.#found.has(key)) return known
    const { entry, flipped } = this.speakingOf(method, path)
    const policy = flipped === undefined ? entry : this.#laidOver(flipped, entry)
    if (this.#found.size >= MAX_REMEMBERED) this.#found.clear()
    this.#found.set(key, policy)
    return policy
  }

  /** The same, told apart; not remembered. */
  speakingOf(method: string, path: string): Speaking {
    const segments = path.split('/').slice(1)
    return {
      entry: this.#entries.find(pattern => speaksOf(pattern, method, segments))?.policy,
      flipped: this.#switches.find(pattern => speaksOf(pattern, method, segments))?.policy,
    }
  }

  #laidOver(flipped: RouteSwitch, entry: RoutePolicy | undefined): RoutePolicy {
    let laid = this.#laid.get(flipped)
    if (laid === undefined) {
      laid = new Map()
      this.#laid.set(flipped, laid)
    }
    let policy = laid.get(entry)
    if (policy === undefined) {
      policy = { ...entry, ...flipped }
      laid.set(entry, policy)
    }
    return policy
  }
}

/** For the path of requests: undefined where all routes are treated alike, so that nothing is looked up. */
export function routePoliciesOf(rules: RouteRules): RoutePolicies | undefined {
  return rules.entries.length === 0 && rules.switches.length === 0 ? undefined : new RoutePolicies(rules)
}

/** Writes of some route go into the journal, whatever CHAOS_GHOST_WRITES says. */
export function wantsJournal({ entries, switches }: Pick<RouteRules, 'entries' | 'switches'>): boolean {
  return [...entries, ...switches].some(({ writes }) => writes === 'journal')
}

/** What a switch says of writes to its path. */
function patternForWrites({ route, writes }: RouteSwitch): Pattern<RouteSwitch>[] {
  if (!route.startsWith('GET ')) return []
  return [{ ...patternOf({ route, ...(writes === undefined ? {} : { writes }) }), method: '*' }]
}

function patternOf<Policy extends { readonly route: string }>(policy: Policy): Pattern<Policy> {
  const [method = '', path = ''] = policy.route.split(' ')
  const isOpen = path.endsWith('/**')
  const words = (isOpen ? path.slice(0, -'/**'.length) : path).split('/').slice(1)
  const segments = words.map(word => (word === '*' || word.startsWith('{') ? undefined : word))
  return { policy, method, segments, isOpen }
}

/** As learned routes are found (see RouteMatcher): `/users/me` before `/users/{id}`; and what was meant for HEAD before GET, for one method before all. */
function wordsFirst(a: Pattern<RouteSwitch>, b: Pattern<RouteSwitch>): number {
  // They never speak of the same request.
  if (a.segments.length !== b.segments.length) return a.segments.length - b.segments.length
  for (let i = 0; i < a.segments.length; i++) {
    const [isWordA, isWordB] = [a.segments[i] !== undefined, b.segments[i] !== undefined]
    if (isWordA !== isWordB) return isWordA ? -1 : 1
  }
  return rankOf(a) - rankOf(b)
}

function rankOf({ method }: Pattern<unknown>): number {
  return method === 'HEAD' ? 0 : method === '*' ? 2 : 1
}

function speaksOf(
  { method: wanted, segments, isOpen }: Pattern<unknown>,
  method: string,
  given: readonly string[],
): boolean {
  if (wanted !== '*' && wanted !== method && !(wanted === 'GET' && method === 'HEAD')) return false
  if (isOpen ? given.length < segments.length : given.length !== segments.length) return false
  return segments.every((segment, i) => (segment === undefined ? given[i] !== '' : segment === given[i]))
}
