// thread: main
// Who has logged in by the page. In memory alone: a session ends with the process, and can be ended before.
import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '../contract/roles.js'

const LENGTH_MS = 12 * 3_600_000
const MAX_SESSIONS = 256
const ID_BYTES = 32

interface Session {
  readonly role: Role
  readonly endsAt: number
}

export class Sessions {
  /** By the hash of their ids: what is looked up tells nothing by the time it takes. */
  readonly #sessions = new Map<string, Session>()
  readonly #now: () => number

  /** `now`: ms of a steady clock. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Its id, which nobody can guess. The oldest goes where there are too many. */
  begin(role: Role): string {
    const id = randomBytes(ID_BYTES).toString('base64url')
    if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!)
    this.#sessions.set(hash(id), { role, endsAt: this.#now() + LENGTH_MS })
    return id
  }

  /** Undefined: there is no such session, or it is over. */
  roleOf(id: string): Role | undefined {
    const key = hash(id)
    const session = this.#sessions.get(key)
    if (session === undefined) return undefined
    if (this.#now() < session.endsAt) return session.role
    this.#sessions.delete(key)
    return undefined
  }

  end(id: string): void {
    this.#sessions.delete(hash(id))
  }
}

function hash(id: string): string {
  return createHash('sha256').update(id).digest('base64')
}

/**
 * Cookies know no ports (RFC 6265 §8.5): the port that the browser sees is in the name, or two proxies on one machine would log
 * each other out.
 */
export function sessionCookieName(host: string | undefined): string {
  return `chaos-proxy-${/:(\d{1,5})$/.exec(host ?? '')?.[1] ?? 'default'}`
}

/** '' where there is none. */
export function sessionIn(cookies: string | undefined, host: string | undefined): string {
  const name = `${sessionCookieName(host)}=`
  for (const pair of (cookies ?? '').split(';')) {
    const text = pair.trim()
    if (text.startsWith(name)) return text.slice(name.length)
  }
  return ''
}

/** Set-Cookie for `id`; '' ends it. Not `Secure`: this port speaks plain HTTP, and the browser would not keep it. */
export function sessionCookie(id: string, host: string | undefined): string {
  const maxAgeS = id === '' ? 0 : LENGTH_MS / 1000
  return `${sessionCookieName(host)}=${id}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict`
}
