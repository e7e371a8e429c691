// thread: main
// From a query string or a JSON body to the request that somebody wants explained. Everything is checked here.
import type { MatchQuestionByHand } from '../contract/status.js'
import { type AdminReply, problem } from './reply.js'

export type ReadQuestion =
  | { readonly ok: true; readonly question: MatchQuestionByHand }
  | { readonly ok: false; readonly reply: AdminReply }

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/
const MAX_TARGET_CHARS = 16_384

/** `?method=GET&path=/users/7&header=Accept: text/html&header=…`; `headers` may be a JSON object instead. */
export function questionOfQuery(query: URLSearchParams): ReadQuestion {
  const known = ['method', 'path', 'header', 'headers', 'body']
  for (const name of query.keys()) {
    if (!known.includes(name)) return no(name, `${name} is not known here; a & inside path must be written as %26`)
    if (name !== 'header' && query.getAll(name).length > 1) return no(name, `${name} is given more than once`)
  }
  let headers: unknown = {}
  try {
    headers = JSON.parse(query.get('headers') ?? '{}')
  } catch {
    return no('headers', 'headers must be a JSON object of strings')
  }
  const fields = fieldsOf(headers)
  if (fields === undefined) return no('headers', 'headers must be a JSON object of strings')
  for (const line of query.getAll('header')) {
    const colon = line.indexOf(':')
    if (colon < 1) return no('header', `header=${line} is not of the form Name: value`)
    fields.push([line.slice(0, colon), line.slice(colon + 1)])
  }
  return checked(query.get('method') ?? 'GET', query.get('path') ?? undefined, fields, query.get('body') ?? '')
}

/** `{ "method": "GET", "path": "/users/7", "headers": { "accept": "text/html" }, "body": "" }` */
export function questionOfBody(body: string): ReadQuestion {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return no('body', 'the body must be JSON: {"method": "GET", "path": "/users/7", "headers": {}, "body": ""}')
  }
  if (!isObject(given)) return no('body', 'the body must be a JSON object')
  const unknown = Object.keys(given).find(name => !['method', 'path', 'headers', 'body'].includes(name))
  if (unknown !== undefined) {
    return no(unknown, `${unknown} is not known here; there are method, path, headers and body`)
  }
  const { method = 'GET', path, headers = {}, body: sent = '' } = given
  const fields = fieldsOf(headers)
  if (fields === undefined) return no('headers', 'headers must be an object of strings')
  return checked(method, path, fields, sent)
}

/** A value may be a list: a field that is repeated. */
function fieldsOf(headers: unknown): [string, unknown][] | undefined {
  if (!isObject(headers)) return undefined
  return Object.entries(headers).flatMap(([name, value]): [string, unknown][] =>
    Array.isArray(value) ? value.map(one => [name, one]) : [[name, value]],
  )
}

function checked(
  method: unknown,
  path: unknown,
  fields: readonly (readonly [string, unknown])[],
  body: unknown,
): ReadQuestion {
  if (typeof method !== 'string' || !token.test(method)) {
    return no('method', 'method must be the name of an HTTP method, such as GET')
  }
  if (path === undefined) return no('path', 'path is missing: say which request is meant, path=/users/7')
  if (typeof path !== 'string' || !path.startsWith('/')) return no('path', 'path must be text that begins with /')
  if (path.includes('#')) return no('path', 'path has a fragment (#…), which a client never sends')
  if (/[\0-\x1f\x7f]/.test(path)) return no('path', 'path has a control character in it')
  if (path.length > MAX_TARGET_CHARS) {
    return no('path', `path has ${path.length} characters, at most ${MAX_TARGET_CHARS} are allowed`)
  }
  if (typeof body !== 'string') return no('body', 'body must be a string')
  const headers = new Map<string, string>()
  for (const [name, value] of fields) {
    if (!token.test(name)) return no('headers', `«${name}» is not the name of a header`)
    if (typeof value !== 'string') return no('headers', `headers.${name} must be a string or a list of strings`)
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) return no('headers', `headers.${name} has a control character in it`)
    const lower = name.toLowerCase()
    const before = headers.get(lower)
    // RFC 9110 §5.3, and RFC 9113 §8.2.3 for cookies.
    const joint = lower === 'cookie' ? '; ' : ', '
    headers.set(lower, before === undefined ? value.trim() : before + joint + value.trim())
  }
  return { ok: true, question: { method, path: asTarget(path), headers: Object.fromEntries(headers), body } }
}

/** A space or a letter beyond ASCII cannot stand in a request line: written as a client would. The rest stays as it is. */
function asTarget(path: string): string {
  return path.replace(/[^\x21-\x7e]+/gu, text => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function no(field: string, detail: string): ReadQuestion {
  return { ok: false, reply: problem(400, 'not a valid question', detail, field) }
}
