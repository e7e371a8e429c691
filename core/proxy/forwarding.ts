// thread: edge
// What a request is told to say to which upstream: `Host` and the path before its target follow from where it goes.
import type { Settings } from '../contract/settings.js'
import type { UpstreamAddress } from '../upstream/client.js'
import type { ForwardingRules } from './headers.js'

export interface Forwarding {
  /** Of the first upstream; of all of them where `rulesOf` is missing. */
  readonly rules: ForwardingRules
  /** Set where upstreams differ: the head is made when one is chosen. */
  readonly rulesOf: ((upstream: UpstreamAddress) => ForwardingRules) | undefined
}

export function forwardingTo(
  upstreams: readonly UpstreamAddress[],
  forwardHost: Settings['forwardHost'],
  common: Omit<ForwardingRules, 'host' | 'pathPrefix'>,
): Forwarding {
  // Made once for each: request-notes.ts remembers a head by the rules that made it.
  const made = new WeakMap<UpstreamAddress, ForwardingRules>()
  const rulesOf = (upstream: UpstreamAddress): ForwardingRules => {
    let rules = made.get(upstream)
    if (rules === undefined) {
      const host = keepsHost(forwardHost, upstream) ? undefined : upstream.authority
      rules = { ...common, host, pathPrefix: upstream.pathPrefix }
      made.set(upstream, rules)
    }
    return rules
  }
  const rules = rulesOf(upstreams[0]!)
  return { rules, rulesOf: upstreams.every(upstream => areAlike(rulesOf(upstream), rules)) ? undefined : rulesOf }
}

/** A head that was made by the one is right by the other. */
export function headsStay(before: Forwarding, after: Forwarding): boolean {
  return before.rulesOf === undefined && after.rulesOf === undefined && areAlike(before.rules, after.rules)
}

function areAlike(one: ForwardingRules, other: ForwardingRules): boolean {
  return one.host === other.host && one.pathPrefix === other.pathPrefix
}

function keepsHost(forwardHost: Settings['forwardHost'], { tls }: UpstreamAddress): boolean {
  // A name-based server behind TLS knows only its own name; in plain HTTP the client's keeps links in answers alive.
  return forwardHost === 'keep' || (forwardHost === 'auto' && !tls)
}
