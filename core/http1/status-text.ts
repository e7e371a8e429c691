// thread: any
import { STATUS_CODES } from 'node:http'

/** The registered reason phrase of a status, or a phrase that says nothing (RFC 9112 §4: clients ignore it). */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown'
}
