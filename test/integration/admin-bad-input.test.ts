// What is wrong, missing, huge or hostile, on every endpoint of the admin port of the real program: refused with a problem that
// names the field, with nothing changed by it. Driven by the OpenAPI document that the proxy tells of itself.
import { Agent, request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { OpenApi, OpenApiOperation } from '../../core/admin/openapi.js'
import type { Schema } from '../../core/admin/operations.js'
import { startChildOrigin } from '../support/child-origin.js'
import { startProxy } from '../support/proxy.js'
import { seededRandom } from '../support/random.js'

const program = fileURLToPath(new URL('../support/origin-process.js', import.meta.url))

interface Case {
  readonly method: string
  readonly target: string
  readonly body?: string
  readonly headers?: Record<string, string>
  /** Any of these fields is the one that is wrong; empty: whatever is said, it is no fault of ours and changes nothing. */
  readonly fields: readonly string[]
  readonly status?: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 })
/** Beyond any answer of a proxy that does not hang, on a crowded machine too. */
const HANGS_MS = 60_000

function ask(port: number, { method, target, body = '', headers = {} }: Case) {
  return new Promise<{ status: number; type: string; text: string; allow: string }>((resolve, reject) => {
    const asked = httpRequest(
      {
        ...{ host: '127.0.0.1', port, method, path: target, agent, timeout: HANGS_MS },
        // Node leaves it out where a method usually has no body.
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            type: response.headers['content-type'] ?? '',
            allow: response.headers.allow ?? '',
            text,
          }),
        )
      },
    )
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${target.slice(0, 80)} hangs`)))
    asked.on('error', reject)
    asked.end(body)
  })
}

const hostileTexts = [
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "' OR 1=1; DROP TABLE exchanges; --",
  '<script>alert(1)</script>',
  '\u0000',
  'a\r\nx-evil: 1',
  '\ud800',
  '👻',
  '{{7*7}}',
  '%s%n%zz',
  'x'.repeat(5000),
]

/** JSON values that a schema does not allow. */
function wrongFor(schema: Schema): unknown[] {
  if (schema.anyOf !== undefined)
    return [null, 7, true, { a: 1 }, [], [7], 'no such thing'].filter(value => !fits(value, schema))
  const any: unknown[] = [null, true, 7.5, -1, 'no such thing', '', [], ['x'], {}, { a: 1 }, 'y'.repeat(5000)]
  return [...any, ...limitsOf(schema)].filter(value => !fits(value, schema))
}

function limitsOf({ minimum, maximum, maxLength, type }: Schema): unknown[] {
  return [
    ...(minimum === undefined ? [] : [minimum - 1, String(minimum)]),
    ...(maximum === undefined ? [] : [maximum + 1, 1e300]),
    ...(maxLength === undefined ? [] : ['/'.repeat(maxLength + 1)]),
    ...(type === 'array' ? [[null], [[]], [{}], ['nonsense'], ['ftp://a'], [7]] : []),
  ]
}

function fits(value: unknown, schema: Schema): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some(one => fits(value, one))
  if (schema.const !== undefined) return value === schema.const
  if (schema.enum !== undefined) return schema.enum.some(one => one === value)
  switch (schema.type) {
    case 'string':
      return (
        typeof value === 'string' &&
        value.length <= (schema.maxLength ?? Number.POSITIVE_INFINITY) &&
        (schema.pattern === undefined || new RegExp(schema.pattern, 's').test(value))
      )
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' &&
        (schema.type === 'number' || Number.isInteger(value)) &&
        value >= (schema.minimum ?? value) &&
        value <= (schema.maximum ?? value)
      )
    case 'boolean':
      return typeof value === 'boolean'
    case 'array':
      return (
        Array.isArray(value) &&
        value.length >= (schema.minItems ?? 0) &&
        value.every(one => fits(one, schema.items ?? {}))
      )
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
      const { additionalProperties: further } = schema
      return Object.values(value).every(one =>
        further === undefined || further === true
          ? true
          : typeof further === 'object' && (further.anyOf ?? [further]).some(allowed => fits(one, allowed)),
      )
    }
    default:
      return true
  }
}

/** One that the schema allows. */
function rightFor(schema: Schema): unknown {
  const { anyOf, const: only, enum: values, minimum, pattern, type } = schema
  if (anyOf !== undefined) return rightFor(anyOf[0]!)
  if (only !== undefined) return only
  if (values !== undefined) return values[0]
  if (type === 'integer' || type === 'number') return minimum ?? 1
  if (type === 'boolean') return false
  if (type === 'array') return [rightFor(schema.items ?? {})]
  if (type === 'object') return {}
  return pattern?.startsWith('^/') ? '/x' : pattern?.includes('https?') ? 'http://127.0.0.1:1' : 'GET'
}

function bodyCases(method: string, target: string, schema: Schema): Case[] {
  const of = (body: string, fields: string[], status?: number): Case => ({
    method,
    target,
    body,
    fields,
    headers: { 'content-type': 'application/json' },
    ...(status === undefined ? {} : { status }),
  })
  const properties = Object.entries(schema.properties ?? {})
  const names = properties.map(([name]) => name)
  const required = schema.required ?? []
  const right = Object.fromEntries(
    properties.filter(([name]) => required.includes(name)).map(([name, one]) => [name, rightFor(one)]),
  )
  // Which of the wrong fields is named first is up to the endpoint.
  const anyField = ['body', ...names]
  const cases = [
    '',
    '{',
    'nonsense',
    'null',
    '7',
    'true',
    '"text"',
    '[]',
    '{}}',
    "{'a':1}",
    '[[[[',
    '['.repeat(100_000),
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    '\u0000',
    '\ufeff{',
  ].map(text => of(text, [...anyField, 'a']))
  if (required.length > 0) cases.push(of('{}', anyField))
  cases.push(of(`{"x":"${'x'.repeat(1 << 20)}"}`, ['body'], 413))
  for (const name of required) {
    const { [name]: _left, ...rest } = right
    cases.push(of(JSON.stringify(rest), [name, 'body']))
  }
  for (const [name, one] of properties)
    for (const wrong of wrongFor(one)) {
      const fields = one.type === 'object' ? [name, 'headers'] : [name]
      cases.push(of(JSON.stringify({ ...right, [name]: wrong }), fields))
    }
  for (const extra of ['no_such_member', '__proto__', 'x'.repeat(300)])
    cases.push(
      of(`${JSON.stringify(right).slice(0, -1)},${JSON.stringify(extra)}:1}`, [
        ...anyField,
        extra,
        extra.slice(0, 100),
      ]),
    )
  return cases
}

function queryCases(target: string, { parameters, 'x-strict': isStrict }: OpenApiOperation): Case[] {
  const inQuery = parameters.filter(one => one.in === 'query')
  const right = inQuery.filter(({ required }) => required).map(({ name, schema }) => `${name}=${rightFor(schema)}`)
  const asked = (name: string, value: string): string =>
    `${target}?${[...right.filter(pair => !pair.startsWith(`${name}=`)), `${name}=${value}`].join('&')}`
  const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
  const cases: Case[] = []
  for (const { name, schema } of inQuery) {
    const texts = [...hostileTexts, '-1', '0', '1.5', '99999999999999999999', 'NaN', 'no such thing', '1e9', ' 1']
    for (const text of texts) {
      const value = schema.type === 'integer' && /^\d{1,15}$/.test(text) ? Number(text) : text
      const isFree = schema.type === 'string' && schema.enum === undefined && schema.pattern === undefined
      const isRight = isFree || fits(value, schema)
      cases.push({ method: 'GET', target: asked(name, encoded(text)), fields: isRight ? [] : [name] })
    }
    cases.push({ method: 'GET', target: asked(name, '%zz%ff%'), fields: [] })
  }
  if (right.length > 0) cases.push({ method: 'GET', target, fields: inQuery.map(({ name }) => name) })
  if (isStrict === true)
    for (const name of ['no_such', '__proto__', 'FROM'])
      cases.push({ method: 'GET', target: asked(name, '1'), fields: [name] })
  else cases.push({ method: 'GET', target: `${target}?no_such=1&__proto__=2&${'a=1&'.repeat(2000)}`, fields: [] })
  return cases
}

function idCases(method: string, path: string): Case[] {
  const ids = [...hostileTexts.map(text => text.replace(/\p{Surrogate}/gu, '\ufffd')), '0', '-1', '%', '{id}'].map(
    encodeURIComponent,
  )
  return [...ids, '%zz', '%ff', '%2e%2e%2f', '..', '.'].map(id => ({
    method,
    target: path.replace('{id}', id),
    fields: ['id'],
    status: 404,
  }))
}

function casesOf(path: string, operations: Readonly<Record<string, OpenApiOperation>>): Case[] {
  const offered = Object.keys(operations).map(method => method.toUpperCase())
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'QUERY']
  const target = path.replace('{id}', 'x')
  const cases: Case[] = methods
    .filter(method => !offered.includes(method))
    .map(method => ({ method, target, body: '{}', fields: ['method'], status: 405 }))
  for (const [name, operation] of Object.entries(operations)) {
    const method = name.toUpperCase()
    const body = operation.requestBody?.content['application/json']?.schema
    if (path.includes('{id}')) cases.push(...idCases(method, path))
    else if (method === 'GET') cases.push(...queryCases(path, operation))
    const mayBeId = path.includes('{id}') ? ['id'] : []
    for (const one of body === undefined ? [] : bodyCases(method, target, body))
      cases.push({ ...one, fields: [...one.fields, ...mayBeId] })
  }
  return cases
}

/** Bodies made by chance out of what the schemas name: whatever is answered, it is no fault of ours. */
function randomBodies(api: OpenApi, seed: number, count: number): Case[] {
  const random = seededRandom(seed)
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const withBody = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      requestBody === undefined ? [] : [{ path, method, schema: requestBody.content['application/json']!.schema }],
    ),
  )
  return Array.from({ length: count }, () => {
    const { path, method, schema } = one(withBody)
    const members = Object.entries(schema.properties ?? {}).filter(() => random() < 0.7)
    const value = Object.fromEntries(members.map(([name, of]) => [name, one(wrongFor(of))]))
    const text = JSON.stringify({ ...value, nothing: one(hostileTexts) })
    const cut = random() < 0.3 ? text.slice(0, Math.floor(random() * text.length)) : text
    const fields = [
      ...Object.keys(schema.properties ?? {}),
      'body',
      'nothing',
      ...(path.includes('{id}') ? ['id'] : []),
    ]
    return { method: method.toUpperCase(), target: path, body: cut, fields }
  })
}

t.test('every endpoint refuses what is wrong, and nothing is changed by it', { timeout: 280_000 }, async t => {
  const origin = await startChildOrigin(t, program)
  const proxy = await startProxy(t, origin.url, {
    CHAOS_DRILLS: 'on',
    CHAOS_GHOST_WRITES: 'journal',
    // Or nothing of a replay is looked at but its target.
    CHAOS_REPLAY_TARGETS: origin.url,
  })
  for (const id of [1, 2, 3]) await proxy.get(`/users/${id}`)
  await proxy.settled()
  const api = await proxy.admin<OpenApi>('/openapi.json')
  const state = async (): Promise<string> => {
    const all = await Promise.all(
      [
        '/api/mode',
        '/api/drills',
        '/api/journal',
        '/api/settings',
        '/api/outages',
        '/api/replays',
        '/api/switches',
      ].map(path => proxy.adminText(path)),
    )
    const { upstreams } = await proxy.admin<{ upstreams: { url: string }[] }>('/api/upstreams')
    return [...all, ...upstreams.map(({ url }) => url)].join('\n')
  }
  const before = await state()
  const cases = [
    ...Object.entries(api.paths).flatMap(([path, operations]) => casesOf(path, operations)),
    ...randomBodies(api, 20_26, 150),
    { method: 'GET', target: '/api/no/such/thing', fields: ['path'], status: 404 },
    { method: 'GET', target: `/api/${'x'.repeat(10_000)}`, fields: ['path'], status: 404 },
  ]
  t.ok(cases.length > 500 && cases.length < 3000, `${cases.length} cases`)
  let refused = 0
  const wrong: string[] = []
  for (const one of cases) {
    const { status, type, text, allow } = await ask(proxy.adminPort, one)
    const say = (what: string): void => {
      wrong.push(
        `${one.method} ${one.target.slice(0, 120)} ${one.body?.slice(0, 120) ?? ''}: ${what}; ${status} ${text.replace(/\s+/g, ' ').slice(0, 200)}`,
      )
    }
    if (status >= 500) say('is a fault of ours')
    if (one.fields.length === 0) continue
    refused += 1
    if (status < 400) say('is let through')
    if (one.status !== undefined && status !== one.status) say(`should be ${one.status}`)
    if (status === 405 && allow === '') say('does not say what is allowed')
    if (type !== 'application/problem+json') say('is no problem document')
    else {
      const told = JSON.parse(text) as Record<string, unknown>
      if (told.status !== status || typeof told.title !== 'string' || !told.detail)
        say('is not told as RFC 9457 wants it')
      // Of a list the member that is wrong may be named: `exchanges[0].status`.
      const field = String(told.field).replace(/\[.*/s, '')
      if (!one.fields.includes(field)) say(`names «${told.field}», not ${one.fields.join(' or ')}`)
    }
  }
  t.same(wrong.slice(0, 30), [], `${wrong.length} of ${cases.length}`)
  t.ok(refused > 400, `${refused} had to be refused`)
  t.equal(await state(), before)
  t.notMatch(proxy.output(), /an admin request failed inside the proxy|"level":50/)
  t.equal((await proxy.get('/users/1')).status, 200)
})
