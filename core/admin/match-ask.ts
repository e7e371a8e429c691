// thread: main
// From a query string or a JSON body to the request that somebody wants explained. Everything is checked here.
import type { MatchAsk } from '../contract/status.js'
import { type AdminReply, badField } from './endpoint.js'
import { isObject, unknownName } from './json-object.js'

export type ReadMatchAsk =
  | { readonly ok: true; readonly ask: MatchAsk }
  | { readonly ok: false; readonly reply: AdminReply }

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const isControl = (char: string): boolean => char < ' ' || char === '\x7f'
const MAX_METHOD_CHARS = 32
const MAX_TARGET_CHARS = 65_536

/** `method=GET&path=/users/7&header=Accept: text/html&header=…` */
export function matchAskOfQuery(query: URLSearchParams): ReadMatchAsk {
  for (const name of query.keys()) {
    if (!['method', 'path', 'header', 'body'].includes(name)) {
      return no(name, 'is not known here; a query in path must be percent-encoded (& as %26)')
    }
    if (name !== 'header' && query.getAll(name).length > 1) return no(name, 'is given more than once')
  }
  const headers: [string, unknown][] = []
  for (const field of query.getAll('header')) {
    const colon = field.indexOf(':')
    if (colon < 1) return no('header', `must look like «Accept: text/html», not «${field}»`)
    headers.push([field.slice(0, colon), field.slice(colon + 1)])
  }
  return checked(
    query.get('method') ?? 'GET',
    query.get('path') ?? undefined,
    headers,
    query.get('body') ?? '',
    'header',
  )
}

/** `{ "method": "GET", "path": "/users/7", "headers": { "accept": "text/html" }, "body": "" }` */
export function matchAskOfBody(body: unknown): ReadMatchAsk {
  if (!isObject(body)) return no('body', 'must be an object such as {"method": "GET", "path": "/users/7"}')
  const unknown = unknownName(body, ['method', 'path', 'headers', 'body'])
  if (unknown !== undefined) return no(unknown, 'is not known here; there are method, path, headers and body')
  const { method = 'GET', path, headers = {}, body: content = '' } = body
  if (!isObject(headers)) return no('headers', 'must be an object such as {"accept": "text/html"}')
  const fields = Object.entries(headers).flatMap(([name, value]): [string, unknown][] =>
    Array.isArray(value) ? value.map(one => [name, one]) : [[name, value]],
  )
  return checked(method, path, fields, content, 'headers')
}

function checked(
  method: unknown,
  path: unknown,
  fields: readonly [string, unknown][],
  body: unknown,
  fieldsName: string,
): ReadMatchAsk {
  if (typeof method !== 'string' || !token.test(method) || method.length > MAX_METHOD_CHARS) {
    return no('method', 'must be an HTTP method such as GET')
  }
  if (path === undefined) return no('path', 'is missing: say which path is meant, such as /users/7')
  if (typeof path !== 'string' || !path.startsWith('/')) return no('path', 'must be text that begins with /')
  if (path.length > MAX_TARGET_CHARS) return no('path', `is longer than ${MAX_TARGET_CHARS} characters`)
  if ([...path].some(isControl)) return no('path', 'has a control character in it')
  if (path.includes('#')) return no('path', 'has a fragment (#…), which a client never sends')
  if (typeof body !== 'string') return no('body', 'must be text')
  const headers: string[] = []
  for (const [name, value] of fields) {
    if (!token.test(name)) return no(fieldsName, `has «${name}», which is not a field name`)
    if (typeof value !== 'string') return no(`${fieldsName}.${name}`, 'must be text or a list of texts')
    if ([...value].some(char => isControl(char) && char !== '\t'))
      return no(`${fieldsName}.${name}`, 'has a control character in it')
    headers.push(name.toLowerCase(), value.trim())
  }
  return { ok: true, ask: { method, target: asTarget(path), headers, body } }
}

/** A space or a letter beyond ASCII cannot stand in a request line: written as a client would write it. The rest stays. */
function asTarget(path: string): string {
  return path.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent)
}

function no(field: string, detail: string): ReadMatchAsk & { ok: false } {
  return { ok: false, reply: badField(field, detail) }
}
