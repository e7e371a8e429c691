// thread: main
import type { IncomingHttpHeaders } from 'node:http'
import type { Role } from '../contract/roles.js'
import type { Who } from './access.js'
import type { AdminReply } from './reply.js'

export interface AdminRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** Text of the body; '' for none. */
  readonly body: string
  /** What the client takes (RFC 9110 §12.5.1); '' where it does not say. */
  readonly accept: string
  /** What `{id}` in the path of the endpoint stands for, '' where there is none. */
  readonly id: string
  readonly headers: IncomingHttpHeaders
  /** Of the client, as the socket tells it. */
  readonly address: string
  /** Of an open endpoint: `view`, and `open`, whoever it is. */
  readonly who: Who
}

export interface Endpoint {
  /** GET answers HEAD too. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** May have `{id}` in the place of one segment: `/api/routes/{id}`, `/api/journal/{id}/retry`. */
  readonly path: string
  /** Answers without a token: for the health checks of an orchestrator. */
  readonly open?: boolean
  /** Who may; `view` for GET and `operate` for all else where nothing is said. What `operate` may is a change, and goes into the audit log. */
  readonly role?: Role
  /** Members of its body that the audit log may tell, where others may be secret; the whole body where nothing is said. */
  readonly told?: readonly string[]
  /** Longest body that it takes, where that is more than others do. */
  readonly maxBodyBytes?: number
  handle(request: AdminRequest): AdminReply | Promise<AdminReply>
}
