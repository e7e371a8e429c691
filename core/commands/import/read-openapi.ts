// thread: main of a process that is no proxy
// The example answers in an OpenAPI file (3.x, or Swagger 2.0) as exchanges to be learned: GETs that need no credentials, whose 200 has an
// example in JSON, and whose parameters have one where they are needed. Pure.
import { member, textIn } from '../../contract/json-members.js'
import type { RecordedExchange } from '../../contract/recorded.js'
import type { Recording } from './recording.js'

/** Nobody ever saw these answers: whatever was seen is newer. */
const EXAMPLES_AT = Date.parse('2000-01-01T00:00:00Z')
const MAX_REFERENCES = 20

/** Undefined: it is no such file. `prefix`: before all paths; undefined: what the file says of its first server. */
export function readOpenApi(document: unknown, prefix: string | undefined): Recording | undefined {
  if (textIn(member(document, 'openapi')) === '' && textIn(member(document, 'swagger')) === '') return undefined
  const base = (prefix ?? prefixIn(document)).replace(/\/+$/, '')
  const leftOut: Record<string, number> = {}
  const exchanges: RecordedExchange[] = []
  for (const [path, item] of Object.entries((member(document, 'paths') as object | undefined) ?? {})) {
    const shared = resolved(document, item)
    for (const method of ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']) {
      const operation = resolved(document, member(shared, method))
      if (operation === undefined) continue
      const read = method === 'get' ? exampleOf(document, base + path, shared, operation) : 'no GET'
      if (typeof read === 'string') leftOut[read] = (leftOut[read] ?? 0) + 1
      else exchanges.push(read)
    }
  }
  return { exchanges, leftOut }
}

function prefixIn(document: unknown): string {
  const [server] = (member(document, 'servers') as unknown[] | undefined) ?? []
  const url = textIn(member(server, 'url'))
  if (url !== '') return URL.canParse(url, 'http://any') ? new URL(url, 'http://any').pathname : ''
  return textIn(member(document, 'basePath'))
}

function exampleOf(document: unknown, path: string, item: unknown, operation: unknown): RecordedExchange | string {
  const security = member(operation, 'security') ?? member(document, 'security')
  // A requirement that is empty says that it goes without.
  if (Array.isArray(security) && security.length > 0 && !security.some(one => Object.keys(one ?? {}).length === 0))
    return 'needs credentials'
  const response = resolved(document, member(member(operation, 'responses'), '200'))
  const answer = answerIn(document, response)
  if (answer === undefined) return 'no example of its 200 in JSON'
  const target = targetOf(document, path, [member(item, 'parameters'), member(operation, 'parameters')])
  if (target === undefined) return 'a parameter without an example'
  return {
    ...{ startedAt: EXAMPLES_AT, completedAt: EXAMPLES_AT, method: 'GET', target, status: 200 },
    ...{ requestHeaders: ['accept', answer.type], requestBody: '', headers: ['content-type', answer.type] },
    body: JSON.stringify(answer.example),
  }
}

function answerIn(document: unknown, response: unknown): { type: string; example: unknown } | undefined {
  const types = member(response, 'content') ?? member(response, 'examples')
  for (const [type, one] of Object.entries((types as object | undefined) ?? {})) {
    if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) continue
    // Swagger 2.0 has the example itself there.
    const example = member(response, 'content') === undefined ? one : exampleIn(document, one)
    if (example !== undefined) return { type, example }
  }
  const swagger = resolved(document, member(response, 'schema'))
  const example = member(swagger, 'example')
  return example === undefined ? undefined : { type: 'application/json', example }
}

/** Of a media type or a parameter. */
function exampleIn(document: unknown, place: unknown): unknown {
  const own = member(place, 'example')
  if (own !== undefined) return own
  const [first] = Object.values((member(place, 'examples') as object | undefined) ?? {})
  const named = member(resolved(document, first), 'value')
  if (named !== undefined) return named
  const schema = resolved(document, member(place, 'schema'))
  const [listed] = (member(schema, 'examples') as unknown[] | undefined) ?? []
  return member(schema, 'example') ?? listed
}

/** Undefined: it cannot be told. */
function targetOf(document: unknown, path: string, lists: readonly unknown[]): string | undefined {
  // Those of the operation take the place of those of its path.
  const parameters = new Map<string, unknown>()
  for (const list of lists)
    for (const one of Array.isArray(list) ? list : []) {
      const parameter = resolved(document, one)
      parameters.set(`${textIn(member(parameter, 'in'))} ${textIn(member(parameter, 'name'))}`, parameter)
    }
  const query: string[] = []
  let target: string | undefined = path
  for (const parameter of parameters.values()) {
    const [place, name] = [textIn(member(parameter, 'in')), textIn(member(parameter, 'name'))]
    const value = scalarOf(exampleIn(document, parameter) ?? member(parameter, 'x-example'))
    if (place === 'path' && value !== undefined) target = target?.replaceAll(`{${name}}`, encodeURIComponent(value))
    else if (member(parameter, 'required') !== true) continue
    else if (place !== 'query' || value === undefined) target = undefined
    else query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  }
  if (target === undefined || /[{}]/.test(target) || !/^\/[\x21\x22\x24-\x7e]*$/.test(target)) return undefined
  return query.length === 0 ? target : `${target}?${query.join('&')}`
}

function scalarOf(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}

/** What a `$ref` within the file stands for (RFC 6901); undefined: nothing, or it goes round. */
function resolved(document: unknown, value: unknown): unknown {
  let found = value
  for (let i = 0; i < MAX_REFERENCES; i++) {
    const reference = member(found, '$ref')
    if (typeof reference !== 'string') return found
    if (!reference.startsWith('#/')) return undefined
    found = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((at, step) => member(at, step.replaceAll('~1', '/').replaceAll('~0', '~')), document)
  }
  return undefined
}
