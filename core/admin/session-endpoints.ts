// thread: main
import type { Access } from './access.js'
import type { Endpoint } from './endpoint.js'
import { jsonReply, problem } from './reply.js'
import { sessionCookie } from './sessions.js'

/** The page's way in: a token for a cookie that no script can read. */
export function sessionEndpoints(access: Access): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/session',
      handle: ({ who }) => jsonReply({ role: who.role, via: who.via }),
    },
    {
      method: 'POST',
      path: '/api/session',
      open: true,
      role: 'view',
      handle: ({ body, headers, address }) => {
        const token = tokenIn(body)
        if (token === undefined)
          return problem(400, 'no token', 'the body must be {"token": "<the token in CHAOS_ADMIN_TOKEN>"}', 'token')
        const found = access.logIn(token, address)
        if ('refused' in found)
          return found.refused === 'too-many'
            ? tooMany(found.waitS)
            : problem(401, 'not the token', 'this is no token of this admin port', 'token')
        const letIn = { role: found.role, via: found.session === '' ? 'open' : 'session' } as const
        const reply = { ...jsonReply(letIn, 201), letIn }
        return found.session === ''
          ? reply
          : { ...reply, headers: { 'set-cookie': sessionCookie(found.session, headers.host) } }
      },
    },
    {
      method: 'DELETE',
      path: '/api/session',
      role: 'view',
      handle: ({ headers }) => {
        access.logOut(headers)
        return {
          status: 204,
          contentType: 'application/json',
          body: '',
          headers: { 'set-cookie': sessionCookie('', headers.host) },
        }
      },
    },
  ]
}

/** RFC 6585 §4. */
export function tooMany(waitS: number): ReturnType<typeof problem> {
  return problem(
    429,
    'too many wrong tokens',
    `wait ${waitS} s; so many wrong tokens came from this address`,
    'token',
    {
      'retry-after': String(waitS),
    },
  )
}

function tokenIn(body: string): string | undefined {
  try {
    const given: unknown = JSON.parse(body)
    if (typeof given !== 'object' || given === null || Object.keys(given).some(name => name !== 'token'))
      return undefined
    const { token } = given as { token?: unknown }
    return typeof token === 'string' ? token : undefined
  } catch {
    return undefined
  }
}
