// thread: main
// Who asks, and what they may: tokens, sessions, and the limit on guessing.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Role } from '../contract/roles.js'
import { isOwnPage } from './foreign-page.js'
import { LoginLimit } from './login-limit.js'
import { Sessions, sessionIn } from './sessions.js'

export interface Tokens {
  /** '' asks for none: everybody who reaches the port may operate. */
  readonly operate: string
  /** '': there is none. */
  readonly view: string
}

export interface Who {
  readonly role: Role
  /** `open`: no token is set. */
  readonly via: 'open' | 'token' | 'session'
  readonly address: string
}

export interface NotAdmitted {
  readonly refused: 'no-token' | 'wrong-token' | 'too-many'
  /** For `too-many`; else 0. */
  readonly waitS: number
}

export type Admission = { readonly who: Who } | NotAdmitted

export interface Asking {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly address: string
}

export class Access {
  readonly #tokens: Tokens
  readonly #limit: LoginLimit
  readonly #sessions: Sessions

  /** `now`: ms of a steady clock. */
  constructor(tokens: Tokens, now: () => number) {
    this.#tokens = tokens
    this.#limit = new LoginLimit(now)
    this.#sessions = new Sessions(now)
  }

  get isOpen(): boolean {
    return this.#tokens.operate === ''
  }

  admit({ method, headers, address }: Asking): Admission {
    if (this.isOpen) return { who: { role: 'operate', via: 'open', address } }
    const given = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]
    if (given !== undefined) {
      const tried = this.#try(given, address)
      return 'role' in tried ? { who: { role: tried.role, via: 'token', address } } : tried
    }
    const role = this.#sessions.roleOf(sessionIn(headers.cookie, headers.host))
    // SameSite keeps a cookie from other sites, not from another port of this machine: a change must come from a page of ours.
    if (role !== undefined && (method === 'GET' || isOwnPage(headers)))
      return { who: { role, via: 'session', address } }
    return { refused: 'no-token', waitS: 0 }
  }

  /** A WebSocket: the token stands in its first message, or '' where the session shall do. Asked again now and then. */
  admitWatcher(token: string, headers: IncomingHttpHeaders, address: string): (() => boolean) | undefined {
    if (this.isOpen) return () => true
    if (token !== '') return 'role' in this.#try(token, address) ? () => true : undefined
    const id = sessionIn(headers.cookie, headers.host)
    const lasts = (): boolean => this.#sessions.roleOf(id) !== undefined
    return isOwnPage(headers) && lasts() ? lasts : undefined
  }

  /** `session`: its id; '' where nobody needs one. */
  logIn(token: string, address: string): { readonly role: Role; readonly session: string } | NotAdmitted {
    if (this.isOpen) return { role: 'operate', session: '' }
    const tried = this.#try(token, address)
    return 'role' in tried ? { role: tried.role, session: this.#sessions.begin(tried.role) } : tried
  }

  logOut(headers: IncomingHttpHeaders): void {
    this.#sessions.end(sessionIn(headers.cookie, headers.host))
  }

  #try(token: string, address: string): { readonly role: Role } | NotAdmitted {
    const waitS = this.#limit.waitS(address)
    if (waitS > 0) return { refused: 'too-many', waitS }
    const { operate, view } = this.#tokens
    // Both are compared, whichever it is.
    const isOperate = isToken(token, operate)
    const isView = view !== '' && isToken(token, view)
    if (isOperate || isView) return { role: isOperate ? 'operate' : 'view' }
    this.#limit.failed(address)
    return { refused: 'wrong-token', waitS: 0 }
  }
}

/** Compared as hashes of one length: neither the token nor its length shows in the time. */
function isToken(given: string, token: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest())
}
