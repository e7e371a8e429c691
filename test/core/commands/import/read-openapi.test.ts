import t from 'tap'
import { readOpenApi } from '../../../../core/commands/import/read-openapi.js'

const json = (example: unknown) => ({ 200: { content: { 'application/json': { example } } } })
const read = (paths: object, more: object = {}, prefix?: string) =>
  readOpenApi({ openapi: '3.0.0', paths, ...more }, prefix)!
const targets = (paths: object, more: object = {}, prefix?: string): unknown[] =>
  read(paths, more, prefix).exchanges.map(({ target, body }) => [target, JSON.parse(body)])

t.test('examples wherever they may stand', async t => {
  const id = (place: object) => [{ in: 'path', name: 'id', required: true, ...place }]
  const paths = {
    '/a/{id}': { parameters: id({ example: 'x/y' }), get: { responses: json({ id: 1 }) } },
    '/b/{id}': { parameters: id({}), get: { parameters: id({ schema: { example: 7 } }), responses: json([1]) } },
    '/c': {
      get: {
        parameters: [
          { in: 'query', name: 'q', required: true, examples: { one: { value: 'a b' } } },
          { in: 'query', name: 'optional', example: 1 },
        ],
        responses: { 200: { $ref: '#/components/responses/C' } },
      },
    },
  }
  const components = {
    responses: { C: { content: { 'application/hal+json': { schema: { $ref: '#/components/schemas/C~1' } } } } },
    schemas: { 'C/': { example: { c: true } } },
  }
  t.same(targets(paths, { components }), [
    ['/a/x%2Fy', { id: 1 }],
    ['/b/7', [1]],
    ['/c?q=a%20b', { c: true }],
  ])
})

t.test('where its paths begin', async t => {
  const paths = { '/a': { get: { responses: json(1) } } }
  t.same(targets(paths, { servers: [{ url: 'https://h/v1/' }] }), [['/v1/a', 1]])
  t.same(targets(paths, { servers: [{ url: '/v2' }] }), [['/v2/a', 1]])
  t.same(targets(paths, { servers: [{ url: '/v2' }] }, '/p/'), [['/p/a', 1]])
  const swagger = {
    swagger: '2.0',
    basePath: '/v3',
    paths: { '/a': { get: { responses: { 200: { examples: { 'application/json': [2] } } } } } },
  }
  t.match(readOpenApi(swagger, undefined), {
    exchanges: [{ target: '/v3/a', body: '[2]', completedAt: 946_684_800_000 }],
  })
})

t.test('what is not taken, and why', async t => {
  const get = (operation: object) => read({ '/a/{id}': { get: { responses: json(1), ...operation } } }).leftOut
  t.same(get({}), { 'a parameter without an example': 1 })
  t.same(get({ parameters: [{ in: 'header', name: 'x', required: true, example: 1 }] }), {
    'a parameter without an example': 1,
  })
  t.same(get({ security: [{ key: [] }] }), { 'needs credentials': 1 })
  t.same(get({ responses: { 200: { content: { 'text/html': { example: 'x' } } } } }), {
    'no example of its 200 in JSON': 1,
  })
  t.same(read({ '/a': { post: {}, delete: {} } }).leftOut, { 'no GET': 2 })
  t.same(targets({ '/a': { get: { responses: json(1), security: [{ key: [] }, {}] } } }), [['/a', 1]])
  const loop = { components: { responses: { A: { $ref: '#/components/responses/A' } } } }
  t.same(read({ '/a': { get: { responses: { 200: { $ref: '#/components/responses/A' } } } } }, loop).leftOut, {
    'no example of its 200 in JSON': 1,
  })
  for (const document of [null, [], { paths: {} }, 'x']) t.equal(readOpenApi(document, undefined), undefined)
  t.same(readOpenApi({ openapi: '3.0.0' }, undefined), { exchanges: [], leftOut: {} })
})
