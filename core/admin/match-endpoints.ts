// thread: main
import type { AdminSources, MatchQuestionByHand } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

const methodName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/

export function matchEndpoints(sources: AdminSources): Endpoint[] {
  const answer = async (read: MatchQuestionByHand | AdminReply): Promise<AdminReply> =>
    'contentType' in read ? read : jsonReply(await sources.match(read))
  return [
    { method: 'GET', path: '/api/debug/match', handle: ({ query }) => answer(fromQuery(query)) },
    { method: 'POST', path: '/api/debug/match', handle: ({ body }) => answer(fromBody(body)) },
  ]
}

/** `?method=GET&path=/users/7&header=Accept: text/html` */
function fromQuery(query: URLSearchParams): MatchQuestionByHand | AdminReply {
  const headers: Record<string, string> = {}
  for (const line of query.getAll('header')) {
    const colon = line.indexOf(':')
    if (colon < 1) return problem(400, 'not a header', `header=${line} is not of the form Name: value`, 'header')
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim()
  }
  return check(query.get('method') ?? 'GET', query.get('path'), headers, query.get('body') ?? '')
}

function fromBody(body: string): MatchQuestionByHand | AdminReply {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return problem(
      400,
      'not JSON',
      'the body must be JSON: {"method": "GET", "path": "/users/7", "headers": {}, "body": ""}',
      'body',
    )
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return problem(400, 'not an object', 'the body must be a JSON object', 'body')
  const { method = 'GET', path, headers = {}, body: text = '' } = given as Record<string, unknown>
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return problem(400, 'not headers', 'headers must be an object of strings', 'headers')
  for (const [name, value] of Object.entries(headers))
    if (typeof value !== 'string') return problem(400, 'not a header', `headers.${name} must be a string`, 'headers')
  return check(method, path, headers as Record<string, string>, text)
}

function check(
  method: unknown,
  path: unknown,
  headers: Record<string, string>,
  body: unknown,
): MatchQuestionByHand | AdminReply {
  if (typeof method !== 'string' || !methodName.test(method))
    return problem(400, 'not a method', 'method must be the name of an HTTP method, such as GET', 'method')
  if (typeof path !== 'string')
    return problem(400, 'no path', 'path is missing: say which request is meant, path=/users/7', 'path')
  if (!path.startsWith('/') || /[\s#\u0000-\u0020\u007f-\uffff]/.test(path))
    return problem(
      400,
      'not a path',
      'path must begin with / and be written as in a request line: no spaces, no fragment, ASCII only',
      'path',
    )
  if (path.length > 16_384)
    return problem(400, 'path too long', `path has ${path.length} characters, at most 16384 are allowed`, 'path')
  if (typeof body !== 'string') return problem(400, 'not a body', 'body must be a string', 'body')
  return { method, path, headers, body }
}
