import t from 'tap'
import { printJson } from '../../../core/contract/json.js'
import { questionName, questionOf, routeMethod, routePath, settledQuestion } from '../../../core/contract/question.js'

const of = (method: string, target: string, body?: string, contentType: string | undefined = 'application/json') => {
  const [path, query] = target.split('?') as [string, string | undefined]
  const bytes = body === undefined ? undefined : Buffer.from(body)
  return questionOf({ method, path, query, contentType, body: bytes })
}
const name = (...asked: Parameters<typeof of>) => {
  const [path, query] = asked[1].split('?') as [string, string | undefined]
  return questionName(of(...asked), asked[0], path, query)
}
const form = 'application/x-www-form-urlencoded'
const graph = (query: string, more: object = {}) => JSON.stringify({ query, ...more })
const rpc = (method: string, more: object = {}) => JSON.stringify({ jsonrpc: '2.0', method, id: 1, ...more })

t.test('GET and HEAD are plain, unless GET asks GraphQL', async t => {
  t.equal(of('GET', '/users?query={a}').kind, 'plain')
  t.equal(of('HEAD', '/graphql?query={a}').kind, 'plain')
  t.equal(of('GET', '/graphql').kind, 'plain')
  t.equal(of('GET', '/graphql?query={broken').kind, 'plain')
  t.equal(of('GET', '/graphql?query=%7Ba%7D').kind, 'graphql')
  t.equal(of('GET', '/graphql?query=mutation{a}').kind, 'write')
  t.equal(of('GET', '/graphql?query=mutation{broken').kind, 'write')
  t.equal(of('GET', '/graphql?query={a}&query={b}').kind, 'write')
})

t.test('a GraphQL query has one name, however it comes', async t => {
  const names = [
    name('GET', '/graphql?query=%7Bfilm(id:1)%7Btitle%7D%7D&tenant=7'),
    name('GET', '/graphql?tenant=7&query=query($i:Int){film(id:$i){title}}&variables={"i":1}'),
    name('POST', '/graphql?tenant=7', graph('query N { film(id: 1) { title } }', { operationName: 'N' })),
    name(
      'POST',
      '/graphql?tenant=7',
      graph('query($i: Int) {film(id: $i) {title}}', { variables: { i: 1 }, extensions: {} }),
    ),
    name('POST', '/graphql?tenant=7', '{ film(id: 1) { title } }', 'application/graphql; charset=utf-8'),
  ]
  t.ok(names[0])
  t.equal(new Set(names).size, 1)
  for (const other of [
    name('POST', '/graphql?tenant=8', graph('{film(id:1){title}}')),
    name('POST', '/graphql?tenant=7', graph('{film(id:2){title}}')),
    name('POST', '/graphql?tenant=7', graph('{film(id:1){title}}', { doc: 'x' })),
    name('POST', '/v2/graphql?tenant=7', graph('{film(id:1){title}}')),
  ])
    t.not(other, names[0])
})

t.test('what GraphQL does not only ask is a write', async t => {
  for (const body of [
    graph('mutation{a}'),
    graph('subscription{a}'),
    '{"id":"persisted"}',
    `[${graph('{a}')}]`,
    '{"query":"{',
  ])
    t.same(of('POST', '/graphql', body), { kind: 'write', within: 'graphql' }, body)
  t.same(of('POST', '/api', graph('mutation{a}')), { kind: 'write', within: 'graphql' })
  t.equal(of('POST', '/auth/graphql', graph('{a}')).kind, 'write')
  t.equal(of('POST', '/graphql', graph('{a}'), 'text/plain').kind, 'write')
  t.equal(of('PUT', '/graphql', graph('{a}')).kind, 'write')
  t.same(of('POST', '/items', graph('{a} not graphql')), { kind: 'write' })
})

t.test('JSON-RPC asks where the name of its method begins with a reading verb', async t => {
  for (const method of [
    'getUser',
    'get_user',
    'users.list',
    'eth_getBalance',
    'tools/list',
    'isOpen',
    'Account.FindById',
    'has',
  ])
    t.equal(of('POST', '/rpc', rpc(method)).kind, 'json-rpc', method)
  for (const method of [
    'setUser',
    'user',
    'getter',
    'mark_read',
    'mark_as_read',
    'user.update',
    'get_and_delete',
    'auth.get',
    'getSession',
    'readAndPay',
    'list.add',
    'eth_sendTransaction',
    'research',
    '',
    'isolate',
  ])
    t.same(of('POST', '/rpc', rpc(method)), { kind: 'write', within: 'json-rpc' }, method)
  t.equal(of('POST', '/rpc', rpc('getUser', { id: undefined })).kind, 'write', 'a notification')
  t.equal(of('POST', '/rpc', rpc('getUser', { jsonrpc: '1.0' })).kind, 'write')
  t.equal(of('POST', '/rpc', `[${rpc('getUser')}]`).kind, 'write', 'several at once')
  t.equal(
    name('POST', '/rpc', '{"jsonrpc":"2.0","id":1,"method":"getUser","params":{"a":1,"b":2}}'),
    name('POST', '/rpc', '{ "method":"getUser", "params":{"b":2, "a":1}, "id":"x", "jsonrpc":"2.0" }'),
    'neither the id nor the order counts',
  )
  t.not(name('POST', '/rpc', rpc('getUser', { params: [1] })), name('POST', '/rpc', rpc('getUser', { params: [2] })))
})

t.test('a search is told by whole words of the last constant segment', async t => {
  for (const path of [
    '/search',
    '/users/search',
    '/users/search/7',
    '/_search',
    '/idx/_count',
    '/searchUsers',
    '/users:search',
    '/find-by-name',
    '/user-lookup',
    '/products/query',
    '/orders/search',
    '/users/list',
  ])
    t.equal(of('POST', path, '{"q":"x"}').kind, 'search', path)
  for (const path of [
    '/',
    '/users',
    '/research',
    '/search/users',
    '/search-settings',
    '/saved-search',
    '/login/search',
    '/sign-in/search',
    '/session/find',
    '/order/search',
    '/search/create',
    '/playlist',
    '/searchIndex',
    '/update-list',
    '/findings',
    '/shopping-list',
  ])
    t.equal(of('POST', path, '{"q":"x"}').kind, 'write', path)
  t.equal(of('PUT', '/search', '{"q":"x"}').kind, 'write')
  t.equal(of('DELETE', '/search', '{"q":"x"}').kind, 'write')
  t.equal(of('QUERY', '/users', '{"q":"x"}').kind, 'search')
})

t.test('a search is its body, however that is written', async t => {
  t.equal(name('POST', '/search', '{"a":1,"b":[1,2]}'), name('POST', '/search', ' { "b": [1, 2],\n "a": 1 } '))
  t.equal(name('POST', '/search', 'a=1&b=x+y', form), name('POST', '/search', 'b=x%20y&a=1', form))
  t.not(name('POST', '/search', 'a=1&a=2', form), name('POST', '/search', 'a=2&a=1', form))
  t.not(name('POST', '/search', '{"a":1}'), name('POST', '/search', '{"a":1.0}'))
  t.not(name('POST', '/search', '{"a":"1"}'), name('POST', '/search', 'a=1', form))
  t.not(name('POST', '/search?page=1', '{}'), name('POST', '/search?page=2', '{}'))
  const found = of('POST', '/search', 'a=1&b=2&b=3', form)
  t.equal(found.kind === 'search' && printJson(found.body), '{"a":"1","b":["2","3"]}')
  for (const [body, type] of [
    [undefined, undefined],
    ['', undefined],
    ['"text"', undefined],
    ['1', undefined],
    ['{', undefined],
    ['{"a":1,"a":2}', undefined],
    ['a=1', 'text/plain'],
    ['{}', 'multipart/form-data'],
    [`{"q":"${'x'.repeat(70_000)}"}`, undefined],
  ] as const)
    t.equal(of('POST', '/search', body, type).kind, 'write', `${type} ${body?.slice(0, 20)}`)
  const broken = questionOf({
    method: 'POST',
    path: '/search',
    query: undefined,
    contentType: form,
    body: Buffer.from([0xff]),
  })
  t.equal(broken.kind, 'write', 'octets that are no text')
})

t.test('an answer that tells of something made says that it was a write', async t => {
  const search = of('POST', '/search', '{}')
  t.equal(settledQuestion(search, 200, []), search)
  t.equal(settledQuestion(search, 404, []), search)
  for (const status of [201, 202, 204, 303]) t.same(settledQuestion(search, status, []), { kind: 'write' })
  t.same(settledQuestion(search, 200, ['location', '/search/7']), { kind: 'write' })
  t.same(settledQuestion(of('POST', '/rpc', rpc('getUser')), 201, []), { kind: 'write', within: 'json-rpc' })
  const plain = of('GET', '/users')
  t.equal(settledQuestion(plain, 301, ['location', '/']), plain)
})

t.test('each kind of question to a place has a route of its own', async t => {
  const route = (method: string, path: string, body?: string, type?: string) => {
    const question = of(method, path, body, type)
    return `${routeMethod(question, method)} ${routePath(question, path.split('?')[0]!)}`
  }
  t.equal(route('GET', '/graphql?query={b a c:a}'), 'POST /graphql/#query.a,b')
  t.equal(route('POST', '/graphql', graph('{a(x:1) b}')), 'POST /graphql/#query.a,b')
  t.equal(route('POST', '/rpc', rpc('tools/list')), 'POST /rpc/#rpc.tools%2Flist')
  t.equal(route('POST', '/search', '{"size":1,"q":"x"}'), 'POST /search/#search.q,size')
  t.equal(route('POST', '/search', '[1]'), 'POST /search/#search[]')
  t.equal(route('HEAD', '/users'), 'GET /users')
  const long = route(
    'POST',
    '/search',
    JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`/n${i}`, 1]))),
  )
  t.ok(long.length < 300)
  t.equal(long.split('/').length, 3)
})
