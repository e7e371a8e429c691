// thread: edge
// May this answer be learned? Pure; the rules are those of RFC 9111 §3 as far as the operator asks for them, and `no-store`
// unless the operator has it ignored where the answer can be kept for its own credentials.
import type { CacheControl, Honour } from '../contract/cache-control.js'

/** `credentialed`: the request carried credentials (RFC 9111 §3.5). */
export function isStorable(
  request: CacheControl,
  response: CacheControl,
  credentialed: boolean,
  honour: Honour,
): boolean {
  // Of a request it is the client's own wish.
  if (request.has('no-store')) return false
  // Without credentials it would be everybody's.
  if (response.has('no-store')) return honour === 'ignore-no-store' && credentialed
  if (honour !== 'rfc9111') return true
  if (response.has('private')) return false
  if (credentialed) return response.has('public') || response.has('must-revalidate') || response.has('s-maxage')
  return true
}

/** The answer may be given to other credentials than those it was given to. */
export function isShared(response: CacheControl): boolean {
  if (response.has('private') || response.has('no-store')) return false
  return response.has('public') || response.has('s-maxage')
}
