// thread: main
// What an endpoint is: a method, a path, and a function from what was asked to what is answered.
import type { AdminSources } from '../contract/status.js'

export interface AdminRequest {
  /** Values of the `{name}` segments of the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed JSON body; undefined for methods that take none. */
  readonly body: unknown
}

export interface AdminReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Endpoint {
  /** GET answers HEAD too. POST and PUT take a JSON body. */
  readonly method: 'GET' | 'POST' | 'PUT'
  /** `/api/routes/{id}` */
  readonly path: string
  /** Answers without the token: for the health checks of an orchestrator. */
  readonly open?: boolean
  readonly answer: (request: AdminRequest, sources: AdminSources) => AdminReply | Promise<AdminReply>
}

export function jsonReply(value: unknown, status = 200): AdminReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value, undefined, 2)}\n`,
  }
}

/** RFC 9457. `field`: the part of the request that is wrong. */
export function problemReply(
  status: number,
  title: string,
  detail: string,
  more: { readonly field?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): AdminReply {
  const problem = {
    type: 'about:blank',
    title,
    status,
    detail,
    ...(more.field === undefined ? {} : { field: more.field }),
  }
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...more.headers },
    body: `${JSON.stringify(problem, undefined, 2)}\n`,
  }
}

/** `field`: as the person wrote it, `path` or `headers.x-id`. */
export function badField(field: string, detail: string): AdminReply {
  return problemReply(400, 'the request is not valid', `${field} ${detail}`, { field })
}
