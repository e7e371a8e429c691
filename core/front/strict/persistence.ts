// thread: edge
// RFC 9112 §9.3: does the connection stay, and what does the client wait for.
import { listHas } from '../../http1/fields.js'

/** Another request may follow on the connection, as far as the client is concerned. */
export function keepsAlive(version: '1.0' | '1.1', headers: readonly string[]): boolean {
  let keeps = version === '1.1'
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'connection') continue
    const value = headers[i + 1]!
    if (value === 'keep-alive') keeps = true
    else if (listHas(value, 'close')) return false
    else if (listHas(value, 'keep-alive')) keeps = true
  }
  return keeps
}

/** RFC 9110 §10.1.1. */
export function waitsForContinue(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'expect' && listHas(headers[i + 1]!, '100-continue')) return true
  return false
}
