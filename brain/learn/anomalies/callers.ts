// thread: any
// Callers that look for what there is: identifiers in order, identifiers that are not there, paths that are not there, and
// credentials that are refused. What is too many follows from the most that was normal, with a floor under it.
//
// A caller is known by its credential, and beside it by the address that it comes from: one without credentials, or with ever new
// ones, is seen there. What is normal for one address is learned apart: behind some of them stand many people.
import type { AnomalySignal } from '../../../core/contract/anomalies.js'
import type { FactReader } from '../../../core/contract/facts.js'
import { exampleOf, told } from './example.js'
import { Peak, type SavedPeak } from './peak.js'
import { RecentCounts } from './recent-counts.js'
import { Walks } from './walks.js'

/** Nothing is told before so much was seen, over so long. */
const MIN_REQUESTS = 2000
/** Twice as long as it takes until what was seen is believed to be normal. */
const MIN_AGE_MS = 1_800_000
const FLOORS = { walk: 40, 'missing-ids': 25, 'missing-paths': 25, refused: 20 } as const
const FACTORS = { walk: 2, 'missing-ids': 4, 'missing-paths': 4, refused: 5 } as const
type Looking = keyof typeof FLOORS
/** Nobody and everybody: those who have no credentials, and those who change them. */
const EVERYBODY = '*'
const MAX_CALLERS = 2000
/** Of addresses, and of what each of them asked for in a minute. */
const MAX_ADDRESSES = 1000
const MAX_NAMES_OF_ADDRESS = 64
/** Tells what one address did from what one credential, or everybody, did. One group a subject, however many addresses there are. */
export const ONE_ADDRESS = 'one address'
/** In each of two generations. */
const MAX_GOOD_SCOPES = 5000
const MAX_PEAKS = 1000
/** Different credentials refused in a minute: somebody tries them. */
const TRIED_SCOPES = 10
/** So often without credentials it was let in where it is refused now: what is in the body lets in. */
const LET_IN = 5

export interface SavedCallers {
  readonly since: number
  readonly requests: number
  readonly peaks: readonly (readonly [string, SavedPeak])[]
  readonly letIn: readonly (readonly [string, number])[]
  /** Since addresses are told, epoch ms, and of how many requests. */
  readonly addresses?: Watching
}

/** How long, and how much, was watched. */
interface Watching {
  since: number
  requests: number
}

/** What one request came to, for who sent it. */
interface Many {
  /** Of its credential, or of all who have none; undefined: nothing. */
  readonly ofCaller: number | undefined
  readonly ofAddress: number | undefined
}

interface TooMany {
  readonly many: number
  readonly strength: number
  readonly limit: number
  readonly isAddress: boolean
}

/** What one request shows; undefined: nothing strange. */
export class Callers {
  readonly #walks = new Walks(MAX_CALLERS)
  readonly #missing = new RecentCounts(MAX_CALLERS)
  readonly #refused = new RecentCounts(MAX_CALLERS)
  readonly #triedScopes = new RecentCounts(MAX_CALLERS)
  readonly #walksOfAddresses = new Walks(MAX_ADDRESSES)
  readonly #missingOfAddresses = new RecentCounts(MAX_ADDRESSES, MAX_NAMES_OF_ADDRESS)
  readonly #refusedOfAddresses = new RecentCounts(MAX_ADDRESSES, MAX_NAMES_OF_ADDRESS)
  readonly #triedByAddresses = new RecentCounts(MAX_ADDRESSES, MAX_NAMES_OF_ADDRESS)
  readonly #peaks = new Map<string, Peak>()
  /** By route: how often a write without credentials went through. */
  readonly #letIn: Map<string, number>
  /** Credentials that were not refused lately, and those of before. */
  #good = new Set<string>()
  #goodBefore = new Set<string>()
  readonly #judgesNobody: boolean
  readonly #watched: Watching
  readonly #watchedAddresses: Watching

  /** `judgesNobody`: walks of those without credentials; the warm-up of the proxy is one of them. */
  constructor(saved?: SavedCallers, judgesNobody = true) {
    this.#judgesNobody = judgesNobody
    this.#watched = { since: saved?.since ?? 0, requests: saved?.requests ?? 0 }
    this.#watchedAddresses = { since: 0, requests: 0, ...saved?.addresses }
    for (const [name, peak] of saved?.peaks ?? []) this.#peaks.set(name, new Peak(peak))
    this.#letIn = new Map(saved?.letIn)
  }

  /** `route`: its name; `isLearned`: it has one. `id`: number in its target. `at`: epoch ms. */
  observe(
    facts: FactReader,
    route: string,
    isLearned: boolean,
    id: number | undefined,
    at: number,
  ): AnomalySignal | undefined {
    const { status, scope, client } = facts
    countIn(this.#watched, at)
    if (client !== '') countIn(this.#watchedAddresses, at)
    if (status === 401 || status === 403) return this.#onRefusal(facts, route, at)
    if (scope !== '' && status > 0 && status < 400) this.#isGood(scope)
    if (scope === '' && status > 0 && status < 400 && isWrite(facts.method)) this.#lets(route)
    const isMissing = status === 404 || status === 410
    if (isMissing && !isLearned) return this.#onMissingPath(facts, at)
    if (!isLearned || !route.includes('{')) return undefined
    return (isMissing ? this.#onMissingId(facts, route, at) : undefined) ?? this.#onId(facts, route, id, at)
  }

  /** `strength`: how far it was from normal, as it was told; `detail`: of the signal. */
  expect(
    kind: 'enumeration' | 'unknown-routes' | 'credential-stuffing',
    { subject, detail }: { readonly subject: string; readonly detail: string },
    strength: number,
    at: number,
  ): void {
    const looks: readonly Looking[] =
      kind === 'enumeration' ? ['walk', 'missing-ids'] : kind === 'unknown-routes' ? ['missing-paths'] : ['refused']
    for (const looking of looks) {
      const name = peakName(looking, looking === 'missing-paths' ? '' : subject, detail === ONE_ADDRESS)
      this.#peak(name).accept((this.#limit(looking, name, at) * strength) / FACTORS[looking])
    }
  }

  toJSON(): SavedCallers {
    return {
      ...this.#watched,
      peaks: [...this.#peaks].map(([name, peak]) => [name, peak.toJSON()]),
      letIn: [...this.#letIn],
      addresses: this.#watchedAddresses,
    }
  }

  #onMissingPath(facts: FactReader, at: number): AnomalySignal | undefined {
    const { scope, client, target } = facts
    const found = this.#judge('missing-paths', '', scope, at, {
      ofCaller: this.#missing.count(`paths ${scope}`, target, at),
      ofAddress: client === '' ? undefined : this.#missingOfAddresses.count(`paths ${client}`, target, at),
    })
    if (found === undefined) return undefined
    const { many, strength, limit, isAddress } = found
    return {
      ...{ kind: 'unknown-routes', subject: 'unlearned', detail: isAddress ? ONE_ADDRESS : who(scope) },
      ...{ severity: strength >= 4 ? 'high' : 'medium' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${whoSays(facts, isAddress)} asked for ${told(many)} different paths in a minute that are not there and belong to no route; ${told(limit)} are the limit`,
      evidence: {
        ...{ pathsInAMinute: Math.round(many), limit: Math.round(limit) },
        ...(isAddress ? { client } : {}),
      },
      falseAlarms: byPeak('missing-paths'),
    }
  }

  #onMissingId(facts: FactReader, route: string, at: number): AnomalySignal | undefined {
    const { scope, client, target } = facts
    const found = this.#judge('missing-ids', route, scope, at, {
      ofCaller: this.#missing.count(`ids ${scope}\n${route}`, target, at),
      ofAddress: client === '' ? undefined : this.#missingOfAddresses.count(`ids ${client}\n${route}`, target, at),
    })
    if (found === undefined) return undefined
    const { many, strength, limit, isAddress } = found
    return {
      ...{ kind: 'enumeration', subject: route, detail: isAddress ? ONE_ADDRESS : '' },
      ...{ severity: strength >= 4 ? 'high' : 'medium' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${whoSays(facts, isAddress)} asked for ${told(many)} different identifiers in a minute that are not there; ${told(limit)} are the limit`,
      evidence: {
        ...{ missingInAMinute: Math.round(many), limit: Math.round(limit) },
        ...(isAddress ? { client } : { scope }),
      },
      falseAlarms: byPeak('missing-ids'),
    }
  }

  #onId(facts: FactReader, route: string, id: number | undefined, at: number): AnomalySignal | undefined {
    if (id === undefined) return undefined
    const { scope, client } = facts
    // One that has a credential walks under its name, wherever it is.
    const isAddressed = scope === '' && client !== ''
    if (scope === '' && !isAddressed && !this.#judgesNobody) return undefined
    const walk = scope !== '' || this.#judgesNobody ? this.#walks.step(`${scope}\n${route}`, id, at) : undefined
    const ofAddress = isAddressed ? this.#walksOfAddresses.step(`${client}\n${route}`, id, at) : undefined
    if (walk === undefined && ofAddress === undefined) return undefined
    const found = this.#judge('walk', route, scope, at, { ofCaller: walk?.steps, ofAddress: ofAddress?.steps })
    if (found === undefined) return undefined
    const { strength, limit, isAddress } = found
    const { first, last, steps, since } = (isAddress ? ofAddress : walk)!
    return {
      ...{ kind: 'enumeration', subject: route, detail: isAddress ? ONE_ADDRESS : '' },
      ...{ severity: strength >= 4 ? 'high' : 'medium' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${whoSays(facts, isAddress)} walks through the identifiers in order: ${steps} steps from ${first} to ${last} in ${told((at - since) / 1000)} s; ${told(limit)} are the limit`,
      evidence: {
        ...{ steps, first, last, seconds: Math.round((at - since) / 1000) },
        ...(isAddress ? { client } : { scope }),
      },
      falseAlarms: byPeak('walk'),
    }
  }

  #onRefusal(facts: FactReader, route: string, at: number): AnomalySignal | undefined {
    const { scope, client, seq, run } = facts
    // A credential that was good is a session that ended, or a right that somebody has not.
    if (scope !== '' && (this.#good.has(scope) || this.#goodBefore.has(scope))) return undefined
    const letsIn = scope === '' && isWrite(facts.method) && (this.#letIn.get(route) ?? 0) >= LET_IN
    if (scope === '' && !letsIn) return undefined
    const ofAddress = `${client}\n${route}`
    const found = this.#judge(
      'refused',
      route,
      '',
      at,
      letsIn
        ? {
            ofCaller: this.#refused.count(route, `${run} ${seq}`, at),
            ofAddress: client === '' ? undefined : this.#refusedOfAddresses.count(ofAddress, `${run} ${seq}`, at),
          }
        : {
            ofCaller: enough(this.#triedScopes.count(route, scope, at)),
            ofAddress: client === '' ? undefined : enough(this.#triedByAddresses.count(ofAddress, scope, at)),
          },
    )
    if (found === undefined) return undefined
    const { many, strength, limit, isAddress } = found
    const how = letsIn
      ? `without credentials in their fields, where ${told(this.#letIn.get(route)!)} others were let in`
      : `with as many different credentials, none of which was good before`
    const from = isAddress ? ` of one ${addressSays(client)}` : ''
    return {
      ...{ kind: 'credential-stuffing', subject: route, detail: isAddress ? ONE_ADDRESS : '', severity: 'high' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${told(many)} requests${from} in a minute were refused (${facts.status}) ${how}; ${told(limit)} are the limit`,
      evidence: {
        ...{ refusedInAMinute: Math.round(many), limit: Math.round(limit) },
        ...(isAddress ? { client } : {}),
      },
      falseAlarms: byPeak('refused'),
    }
  }

  /** Undefined: all of it is normal, and learned. Where both are too many, the one that names who it is; where none does, the address. */
  #judge(looking: Looking, route: string, scope: string, at: number, many: Many): TooMany | undefined {
    const { ofCaller, ofAddress } = many
    const caller = ofCaller === undefined ? undefined : this.#judgeOne(looking, route, false, ofCaller, at)
    const address = ofAddress === undefined ? undefined : this.#judgeOne(looking, route, true, ofAddress, at)
    // What is strange to one is not normal to the other.
    if (address !== undefined && ofCaller !== undefined) this.#peak(peakName(looking, route, false)).doubt(at)
    if (caller !== undefined && ofAddress !== undefined) this.#peak(peakName(looking, route, true)).doubt(at)
    return scope === '' ? (address ?? caller) : (caller ?? address)
  }

  #judgeOne(looking: Looking, route: string, isAddress: boolean, many: number, at: number): TooMany | undefined {
    // It is below the floor, and as a peak it would leave the limit there: nearly always, and not worth a name.
    if (many * FACTORS[looking] <= FLOORS[looking]) return undefined
    const name = peakName(looking, route, isAddress)
    const limit = this.#limit(looking, name, at)
    const { since, requests } = isAddress ? this.#watchedAddresses : this.#watched
    const isYoung = requests < MIN_REQUESTS || at - since < MIN_AGE_MS
    if (many <= limit || isYoung) {
      this.#peak(name).seen(many, at)
      return undefined
    }
    this.#peak(name).doubt(at)
    return { many, strength: many / limit, limit, isAddress }
  }

  #limit(looking: Looking, name: string, at: number): number {
    return Math.max(FLOORS[looking], FACTORS[looking] * (this.#peaks.get(name)?.valueAt(at) ?? 0))
  }

  #peak(name: string): Peak {
    let peak = this.#peaks.get(name)
    if (peak === undefined) {
      if (this.#peaks.size >= MAX_PEAKS) this.#peaks.delete(this.#peaks.keys().next().value!)
      peak = new Peak()
      this.#peaks.set(name, peak)
    }
    return peak
  }

  #isGood(scope: string): void {
    if (this.#good.has(scope)) return
    if (this.#good.size >= MAX_GOOD_SCOPES) {
      this.#goodBefore = this.#good
      this.#good = new Set()
    }
    this.#good.add(scope)
  }

  #lets(route: string): void {
    if (this.#letIn.size >= MAX_PEAKS && !this.#letIn.has(route)) this.#letIn.delete(this.#letIn.keys().next().value!)
    this.#letIn.set(route, (this.#letIn.get(route) ?? 0) + 1)
  }
}

function isWrite(method: string): boolean {
  return method === 'POST' || method === 'PUT'
}

/** Names the group: one caller, or all of those who have no name. */
function who(scope: string): string {
  return scope === '' ? EVERYBODY : scope
}

function whoSays({ scope, client }: FactReader, isAddress: boolean): string {
  if (isAddress) return `One ${addressSays(client)}`
  return scope === '' ? 'Somebody without credentials' : `The credential ${scope.slice(0, 8)}…`
}

/** Never the address itself: a keyed hash of it. */
function addressSays(client: string): string {
  return `address (${client.slice(0, 8)}…)`
}

function peakName(looking: Looking, route: string, isAddress: boolean): string {
  return `${looking}${isAddress ? '@' : ''} ${route}`
}

/** Few different credentials are people who mistyped. */
function enough(tried: number): number | undefined {
  return tried < TRIED_SCOPES ? undefined : tried
}

function countIn(watching: Watching, at: number): void {
  if (watching.since === 0) watching.since = at
  watching.requests += 1
}

function byPeak(looking: Looking): string {
  return `never below ${FACTORS[looking]} times the most that was normal of late, nor below ${FLOORS[looking]}`
}
