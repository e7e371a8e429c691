// thread: main
import type { Role } from '../contract/roles.js'

export interface AdminReply {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whom a login let in. */
  readonly letIn?: { readonly role: Role; readonly via: 'open' | 'session' }
}

/** Indented: most who read it are people with curl. */
export function jsonReply(value: unknown, status = 200): AdminReply {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value, null, 2)}\n` }
}

/** RFC 9457. `field`: which part of the request is wrong. */
export function problem(
  status: number,
  title: string,
  detail: string,
  field?: string,
  headers?: Readonly<Record<string, string>>,
): AdminReply {
  const body = { type: 'about:blank', title, status, detail, ...(field === undefined ? {} : { field }) }
  return {
    status,
    contentType: 'application/problem+json',
    body: `${JSON.stringify(body, null, 2)}\n`,
    ...(headers === undefined ? {} : { headers }),
  }
}
