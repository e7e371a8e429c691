// thread: any
// What is settled before any tier is asked, and what an exemplar must pass before it may speak. Pure.
import { essenceOf } from '../contract/baseline.js'
import { ageLimitS, type CacheControl, cacheControlOf } from '../contract/cache-control.js'
import { fieldOf } from '../contract/fields.js'
import type { Mode, Refusal } from '../contract/ghost.js'
import { isRead } from '../contract/learnable.js'
import type { LessonRoute } from '../contract/lesson.js'
import type { Exemplar } from '../contract/memory.js'
import { isWanted } from '../contract/negotiation.js'
import type { RoutePolicy } from '../contract/route-policy.js'
import type { GhostAsk, GhostRules } from './tier.js'

/** What holds on a route of which the operator wants something else. */
export function rulesOn({ minConfidence, maxAgeS, sharing }: RoutePolicy, rules: GhostRules): GhostRules {
  return {
    minConfidence: minConfidence ?? rules.minConfidence,
    maxAgeS: maxAgeS ?? rules.maxAgeS,
    honour: rules.honour,
    sharing: sharing ?? 'public',
  }
}

/** Why no tier needs to be asked, or undefined. */
export function refuseAtOnce(ask: GhostAsk, mode: Mode): Refusal | undefined {
  if (mode === 'off') return 'mode-off'
  // An unsafe request is never answered as if it had been done. What a GET means that has a body nobody knows.
  if (ask.question.kind === 'write' || (isRead(ask.method) && ask.hasBody)) return 'unsafe-method'
  return cacheControlOf(ask.headers).has('no-store') ? 'request-no-store' : undefined
}

/** What was asked with parameters that were left out answers this only as long as they are taken to change nothing. */
export function isBelieved({ ignored }: Exemplar, route: LessonRoute | undefined): boolean {
  return ignored === undefined || ignored.every(left => route?.ignored?.some(({ name }) => name === left) === true)
}

/** Of a route that answers in several forms: why an answer with these fields, not made for this very request, is in none that it asks for. */
export function refuseForm(headers: readonly string[], ask: GhostAsk): string | undefined {
  const differsBy = ask.route?.differsBy
  if (differsBy !== undefined) return `what its route answers depends on ${differsBy.join(' and ')}`
  const offered = ask.route?.offered
  const type = essenceOf(fieldOf(headers, 'content-type'))
  if (offered === undefined || isWanted(fieldOf(ask.headers, 'accept'), type, offered)) return undefined
  return `it asks for another form than ${type}, of ${offered.types.join(' and ')}`
}

/** Why this exemplar may not be used now, epoch ms, or undefined. */
export function refuseExemplar(exemplar: Exemplar, now: number, rules: GhostRules): Refusal | undefined {
  const ageS = Math.max(0, (now - exemplar.lastSeenAt) / 1000)
  if (rules.maxAgeS > 0 && ageS > rules.maxAgeS) return 'too-old'
  if (rules.honour === 'ignore-no-store') return undefined
  const control = cacheControlOf(exemplar.headers)
  // It was kept when that was ignored.
  if (control.has('no-store')) return 'freshness-rules'
  return rules.honour === 'rfc9111' && freshnessForbids(control, exemplar, ageS) ? 'freshness-rules' : undefined
}

/** RFC 9111 §4.2.4 and §5.2.2: when a shared cache may not serve what is stale; RFC 5861 §4: for how long it may. */
function freshnessForbids(control: CacheControl, exemplar: Exemplar, ageS: number): boolean {
  if (control.has('no-cache') || control.has('private')) return true
  const lifetimeS = control.seconds('s-maxage') ?? control.seconds('max-age') ?? expiresLifetimeS(exemplar) ?? 0
  const staleForS = ageS - lifetimeS
  if (staleForS <= 0) return false
  if (control.has('must-revalidate') || control.has('proxy-revalidate') || control.has('s-maxage')) return true
  const limitS = ageLimitS(control)
  return limitS !== undefined && staleForS > limitS
}

/** RFC 9111 §5.3. An invalid date, `0` above all, means: already stale. */
function expiresLifetimeS(exemplar: Exemplar): number | undefined {
  const expires = fieldOf(exemplar.headers, 'expires')
  if (expires === undefined) return undefined
  const at = Date.parse(expires)
  return Number.isNaN(at) ? 0 : (at - exemplar.lastSeenAt) / 1000
}
