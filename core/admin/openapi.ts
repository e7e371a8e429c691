// thread: main
// The endpoints as an OpenAPI document (3.1). Pure.
import type { Role } from '../contract/roles.js'
import type { Endpoint } from './endpoint.js'
import { type Operation, operations, type Schema } from './operations.js'

export type Described = Pick<Endpoint, 'method' | 'path' | 'open' | 'role'>

export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: object
  readonly security: readonly object[]
}

export interface OpenApiOperation {
  readonly summary: string
  readonly operationId: string
  /** Who may; undefined: everybody. */
  readonly 'x-role'?: Role
  /** Parameters that are not listed are refused. */
  readonly 'x-strict'?: boolean
  readonly parameters: readonly OpenApiParameter[]
  readonly requestBody?: {
    readonly required: true
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>
  }
  readonly responses: Readonly<Record<string, object>>
  readonly security?: readonly object[]
}

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
}

const PROBLEM = { $ref: '#/components/responses/Problem' }

/** Least that a role must be. */
export function roleOf({ method, open, role }: Described): Role | undefined {
  return open === true ? undefined : (role ?? (method === 'GET' ? 'view' : 'operate'))
}

export function openApiOf(endpoints: readonly Described[], version: string): OpenApi {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const endpoint of endpoints) {
    paths[endpoint.path] ??= {}
    paths[endpoint.path]![endpoint.method.toLowerCase()] = operationOf(endpoint)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chaos-Proxy admin API',
      version,
      description:
        'What is wrong is refused with a problem (RFC 9457) that names the field. `GET` answers `HEAD` too. Beside these there is `WS /api/live`, which feeds the dashboard.',
    },
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: '`CHAOS_ADMIN_TOKEN`, or `CHAOS_ADMIN_VIEW_TOKEN` to look.',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'chaos-proxy-9090', description: 'From `POST /api/session`.' },
      },
      responses: {
        Problem: {
          description: 'Refused; `detail` says why and what to do, `field` which part of the request is wrong.',
          content: { 'application/problem+json': { schema: problemSchema } },
        },
      },
    },
    security: [{}, { token: [] }, { session: [] }],
  }
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    field: { type: 'string' },
  },
}

function operationOf(endpoint: Described): OpenApiOperation {
  const { method, path } = endpoint
  const known: Operation = operations[`${method} ${path}`] ?? { summary: '' }
  const { answers = {}, body, isStrict, mediaType = 'application/json', needs = [], query = {}, summary } = known
  const role = roleOf(endpoint)
  const responses: Record<string, object> = {}
  const isTold = Object.keys(answers).some(status => status.startsWith('2'))
  const good = isTold ? answers : { 200: 'Told.', ...answers }
  for (const [status, description] of Object.entries(good))
    responses[status] =
      status === '204'
        ? { description }
        : status.startsWith('2')
          ? { description, content: { [mediaType]: {} } }
          : { description, ...problemContent }
  responses['4XX'] = PROBLEM
  return {
    summary,
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z]+(\w?)/g, (_all, letter: string) => letter.toUpperCase())}`,
    ...(role === undefined ? { security: [{}] } : { 'x-role': role }),
    ...(isStrict === undefined ? {} : { 'x-strict': isStrict }),
    parameters: [
      ...(path.includes('{id}')
        ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } } as const]
        : []),
      ...Object.entries(query).map(
        ([name, { description, ...schema }]): OpenApiParameter => ({
          name,
          in: 'query',
          required: needs.includes(name),
          ...(description === undefined ? {} : { description }),
          schema,
        }),
      ),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses,
  }
}

const problemContent = { content: { 'application/problem+json': {} } }
