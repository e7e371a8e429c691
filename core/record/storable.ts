// thread: edge
// May this answer be learned? Pure; the rules are those of RFC 9111 §3 as far as the operator asks for them, and always
// `no-store`.
import type { CacheControl } from '../contract/cache-control.js'

export type Honour = 'no-store' | 'rfc9111'

/** `credentialed`: the request carried credentials (RFC 9111 §3.5). */
export function isStorable(
  request: CacheControl,
  response: CacheControl,
  credentialed: boolean,
  honour: Honour,
): boolean {
  if (request.has('no-store') || response.has('no-store')) return false
  if (honour === 'no-store') return true
  if (response.has('private')) return false
  if (credentialed) return response.has('public') || response.has('must-revalidate') || response.has('s-maxage')
  return true
}

/** The answer may be given to other credentials than those it was given to. */
export function isShared(response: CacheControl): boolean {
  return !response.has('private') && (response.has('public') || response.has('s-maxage'))
}
