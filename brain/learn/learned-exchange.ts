// thread: learner
// What of an exchange may be learned from at all. The edges send nothing else; this is the last lock on the door.
import type { Exchange } from '../../core/contract/exchange.js'
import { fieldOf } from '../../core/contract/fields.js'

/** Asks, and changes nothing (RFC 9110 §9.2.1); of the safe methods only these have answers that are kept. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Went through, and may have changed what is at its target. */
export function isAcceptedWrite({ method, status }: Exchange): boolean {
  return status < 400 && !isRead(method) && method !== 'OPTIONS' && method !== 'TRACE'
}

/** The answer may be given to anybody. */
export function isForAll({ scope, shared }: { readonly scope: string; readonly shared: boolean }): boolean {
  return scope === '' || shared
}

/** Besides 2xx and 3xx, an observed refusal or absence: it outlives an older 200. Never an error, or a part of an answer. */
export function isLearnedStatus(status: number): boolean {
  if (status >= 400) return status === 401 || status === 403 || status === 404 || status === 410
  return status >= 200 && status !== 206 && status !== 304
}

/** Paths that Location and Content-Location name, relative ones as seen from the target; without query. */
export function namedPaths({ path, headers }: Exchange): string[] {
  const paths: string[] = []
  const from = URL.canParse(path, 'http://same') ? new URL(path, 'http://same').href : 'http://same'
  for (const name of ['location', 'content-location']) {
    const value = fieldOf(headers, name)
    if (value !== undefined && URL.canParse(value, from)) paths.push(new URL(value, from).pathname)
  }
  return paths
}
