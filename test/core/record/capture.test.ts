import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type Honour, honours } from '../../../core/contract/cache-control.js'
import type { Exchange } from '../../../core/contract/exchange.js'
import type { Capture, CaptureParts, LiveExchange } from '../../../core/record/capture.js'
import { openCapture } from '../../support/capture.js'

/** Functions are called in their turn. */
type Live = Partial<LiveExchange> | ((capture: Capture) => unknown)

function shippedUnder(
  { honour, mayShare }: { honour: Honour; mayShare: CaptureParts['mayShare'] },
  lives: readonly Live[],
): Exchange[] {
  const { capture, exchanges } = openCapture({ honour, mayShare })
  const take = (over: Partial<LiveExchange>) =>
    capture.take({
      startedAt: 1,
      completedAt: 2,
      firstByteAt: 2,
      method: 'GET',
      target: '/a',
      path: '/a',
      query: undefined,
      requestHeaders: [],
      requestHasBody: false,
      requestBody: undefined,
      status: 200,
      headers: ['content-type', 'application/json'],
      body: Buffer.from('{"password":"hidden","name":"n"}'),
      ...over,
    })
  for (const live of lives) typeof live === 'function' ? live(capture) : take(live)
  capture.flush()
  return exchanges
}

const shippedBy = (honour: Honour, ...lives: Live[]): Exchange[] =>
  shippedUnder({ honour, mayShare: () => true }, lives)

const shippedWhere = (mayShare: CaptureParts['mayShare'], ...lives: Live[]): Exchange[] =>
  shippedUnder({ honour: 'no-store', mayShare }, lives)

const shipped = (...lives: Live[]): Exchange[] => shippedBy('no-store', ...lives)

t.test('of what may not be kept it is told how often it came, and nothing else', async t => {
  const told: unknown[] = []
  const take = (capture: Capture) => told.push(capture.takeUnshipped())
  const secret = { target: '/a?of=hidden', query: 'of=hidden', headers: ['cache-control', 'no-store'] }
  const exchanges = shipped(
    secret,
    secret,
    { headers: ['vary', '*'] },
    { status: 500 },
    take,
    take,
    {},
    {},
    secret,
    take,
  )
  t.equal(exchanges.length, 1)
  t.same(told, [{ repeats: [], unstorable: 3 }, undefined, { repeats: [[exchanges[0]!.key, 1]], unstorable: 1 }])
})

t.test('a secret is found in whatever coding its body stands', async t => {
  const secret = '{"password":"hidden","name":"n"}'
  for (const [coding, body] of [
    ['identity', Buffer.from(secret)],
    ['Identity', Buffer.from(secret)],
    ['gzip', gzipSync(secret)],
  ] as const) {
    const [exchange] = shipped({ headers: ['content-encoding', coding], body })
    t.equal(exchange?.redactions, 1, coding)
    t.notMatch(Buffer.from(exchange!.body).toString('latin1'), /hidden/, coding)
  }
  const [clean] = shipped({ headers: ['content-encoding', 'gzip'], body: gzipSync('{"name":"n"}') })
  t.same(Buffer.from(clean!.body), gzipSync('{"name":"n"}'), 'without a secret it stays octet for octet')
})

t.test('nothing that names a person or a moment is stored', async t => {
  const [exchange] = shipped({
    requestHeaders: ['authorization', 'Bearer hidden', 'accept', 'application/json', 'x-other', 'hidden'],
    headers: ['set-cookie', 'a=hidden', 'date', 'now', 'x-auth-token', 'hidden', 'etag', '"1"'],
  })
  t.same(exchange?.headers, ['etag', '"1"'])
  t.same(exchange?.requestHeaders, ['accept', 'application/json'])
  t.notMatch(JSON.stringify(exchange), /hidden/)
})

t.test('errors, parts, no-store and refused writes are not stored; an accepted write is', async t => {
  for (const status of [206, 304, 408, 409, 425, 429, 500, 503]) t.same(shipped({ status }), [], String(status))
  for (const status of [400, 405, 406, 410, 415, 422]) t.match(shipped({ status }), [{ status }], String(status))
  t.same(shipped({ headers: ['cache-control', 'no-store'] }), [])
  t.same(shipped({ headers: ['cache-control', 'private', 'cache-control', 'No-Store'] }), [], 'on a second line')
  t.same(shipped({ requestHeaders: ['cache-control', 'max-age=0', 'cache-control', 'no-store'] }), [])
  t.same(shipped({ headers: ['vary', '*'] }), [])
  t.same(shipped({ method: 'PUT', status: 409 }), [])
  t.same(shipped({ method: 'OPTIONS' }), [])
  t.same(shipped({ method: 'QUERY' }), [], 'QUERY is safe')
  t.match(shipped({ method: 'PUT', headers: ['location', '/b'] }), [{ method: 'PUT', headers: ['location', '/b'] }])
})

t.test(
  'no-store is ignored where the operator says so and the request has credentials: then it is of these alone',
  async t => {
    const own = { requestHeaders: ['authorization', 'Bearer hidden'] }
    for (const control of ['no-store', 'no-store, public, s-maxage=60', 'private, no-store']) {
      const asked = { ...own, headers: ['cache-control', control] }
      t.same(shipped(asked), [], `${control}: not by default`)
      t.same(shippedBy('rfc9111', asked), [], `${control}: not by the rules of a shared cache`)
      const [exchange] = shippedBy('ignore-no-store', asked)
      t.match(exchange, { shared: false, scope: /^[\w-]{22}$/, redactions: 1 }, control)
      t.notMatch(Buffer.from(exchange!.body).toString(), /hidden/)
      const [other] = shippedBy('ignore-no-store', { ...asked, requestHeaders: ['authorization', 'Bearer other'] })
      t.not(other?.key, exchange?.key)
    }
    const forAll = { headers: ['cache-control', 'no-store'] }
    t.same(shippedBy('ignore-no-store', forAll), [], 'without credentials it would be everybody’s')
    const wish = { ...own, requestHeaders: [...own.requestHeaders, 'cache-control', 'no-store'] }
    t.same(shippedBy('ignore-no-store', wish), [], 'a client’s own wish stands')
    t.match(shippedBy('ignore-no-store', { ...own, headers: ['cache-control', 'public'] }), [
      { shared: true, scope: '' },
    ])
  },
)

t.test(
  'of a write that says no-store, or whose answer does, it is told that it was done, and nothing of what it said',
  async t => {
    const json = ['content-type', 'application/json']
    const put: Partial<LiveExchange> = {
      ...{ method: 'PUT', target: '/users/1', path: '/users/1', requestHasBody: true },
      ...{ requestBody: Buffer.from('{"name":"hidden"}'), body: Buffer.from('{"id":1,"name":"hidden"}') },
      ...{ requestHeaders: json, headers: json },
    }
    t.match(JSON.stringify(shipped(put).map(({ body }) => Buffer.from(body).toString())), /hidden/, 'else it is')
    for (const said of [
      { headers: [...json, 'cache-control', 'no-store'] },
      { requestHeaders: [...json, 'cache-control', 'no-store'] },
    ])
      for (const honour of honours) {
        const [write] = shippedBy(honour, { ...put, ...said })
        t.match(write, { method: 'PUT', path: '/users/1', status: 200 }, honour)
        t.same([write!.body.length, write!.requestBody.length], [0, 0], honour)
      }
  },
)

const asking = (body: string, over: Partial<LiveExchange> = {}): Partial<LiveExchange> => ({
  method: 'POST',
  target: '/graphql',
  path: '/graphql',
  requestHeaders: ['content-type', 'application/json'],
  requestHasBody: true,
  requestBody: Buffer.from(body),
  ...over,
})
const search = (body: string, over: Partial<LiveExchange> = {}) =>
  asking(body, { target: '/search', path: '/search', ...over })

t.test('a question in a body is stored with it, under one name however it is put', async t => {
  const [posted] = shipped(asking('{"query":"query A { film(id: 1) { title } }","operationName":"A"}'))
  t.match(posted, { method: 'POST', path: '/graphql', requestHeaders: ['content-type', 'application/json'] })
  t.match(Buffer.from(posted!.requestBody).toString(), /film/)
  const query = `query=${encodeURIComponent('{film(id:1){title}}')}`
  const [got] = shipped({ target: `/graphql?${query}`, path: '/graphql', query })
  t.equal(got?.key, posted!.key)
  t.not(shipped(asking('{"query":"{film(id:2){title}}"}'))[0]!.key, posted!.key)
  t.not(
    shipped(
      asking('{"query":"{film(id:1){title}}"}', {
        requestHeaders: ['content-type', 'application/json', 'authorization', 'x'],
      }),
    )[0]!.key,
    posted!.key,
  )
  t.equal(shipped(search('{"a":1,"b":2}'))[0]!.key, shipped(search('{ "b":2, "a":1 }'))[0]!.key)
})

t.test('the same question with the same answer is counted, not shipped again', async t => {
  const live = search('{"q":"x"}')
  t.equal(shipped(live, live, search('{"q":"y"}')).length, 2)
  t.equal(shipped(live, search('{"q":"x"}', { body: Buffer.from('other') })).length, 2)
})

t.test('secrets in questions and writes are hashed, and tell one asker from another', async t => {
  const hidden = [
    search('{"q":"x","token":"hidden-1"}'),
    search('{"q":"x","token":"hidden-2"}'),
    search('{"q":"x","nested":{"api_key" : "hidden-3"}}'),
    search('q=x&token=hidden-4', { requestHeaders: ['content-type', 'application/x-www-form-urlencoded'] }),
    asking('{"query":"{me(token: \\"hidden-5 \\\\\\" hidden\\"){id}}"}'),
    asking('{"query":"query($t: String){me(t:$t){id}}","variables":{"t":"x","password":"hidden-6"}}'),
    asking('{me(password: "hidden-7"){id}}', { requestHeaders: ['content-type', 'application/graphql'] }),
    asking('{"name":"n","password":"hidden-8"}', { method: 'PUT', target: '/users/1', path: '/users/1' }),
  ].flatMap(live => shipped(live))
  t.equal(hidden.length, 8)
  for (const exchange of hidden) {
    const text = Buffer.from(exchange.requestBody).toString()
    t.notMatch(`${text} ${JSON.stringify(exchange)}`, /hidden/)
    t.match(text, /~[\w-]{22}/)
    t.not(exchange.scope, '', 'a secret is a credential')
  }
  t.equal(new Set(hidden.map(({ key }) => key)).size, 8)
  const query = `query=${encodeURIComponent('{me(token:"hidden"){id}}')}&variables=${encodeURIComponent('{"pin":"hidden"}')}`
  const [got] = shipped({ target: `/graphql?${query}`, path: '/graphql', query })
  t.notMatch(decodeURIComponent(JSON.stringify(got)), /hidden/)
})

t.test('what is no question is no exemplar', async t => {
  const notRead = [
    search('{"q":"x"}', { status: 500 }),
    search('{"q":"x"}', { headers: ['cache-control', 'no-store'] }),
    search('{"q":"x"}', { body: undefined }),
    { method: 'GET', requestHasBody: true, requestBody: Buffer.from('{}') },
    { target: '/graphql?query=mutation{a}', path: '/graphql', query: 'query=mutation{a}' },
  ]
  for (const live of notRead) t.same(shipped(live), [], JSON.stringify(live))
  const coded = ['content-type', 'application/json', 'content-encoding', 'gzip']
  const [unread] = shipped(search('{"q":"x"}', { requestHeaders: coded }))
  t.equal(unread?.requestBody.length, 0, 'not read, so it may be a write')
})

t.test('a write tells what was sent and what came back, as JSON', async t => {
  const put = asking('{"name":"n"}', { method: 'PUT', target: '/users/1', path: '/users/1' })
  const [written] = shipped({ ...put, headers: ['content-type', 'application/json', 'x-other', 'y', 'etag', '"2"'] })
  t.match(written, { method: 'PUT', requestHeaders: ['content-type', 'application/json'], redactions: 1 })
  t.equal(Buffer.from(written!.requestBody).toString(), '{"name":"n"}')
  t.equal(Buffer.from(written!.body).toString(), '{"password":"[redacted]","name":"n"}')
  t.same(written!.headers, ['content-type', 'application/json', 'etag', '"2"'])
  const [form] = shipped({
    ...put,
    requestHeaders: ['content-type', 'application/x-www-form-urlencoded'],
    headers: ['content-type', 'text/html'],
  })
  t.equal(form!.requestBody.length + form!.body.length, 0)
  t.equal(shipped(asking('{"query":"mutation{a}"}'))[0]?.method, 'POST', 'a mutation is one')
  t.match(shipped(search('{"q":"x"}', { status: 201 })), [{ status: 201 }], 'and so is what made something')
})

t.test('a write that is held keeps its body when the buffer it came in is used again', async t => {
  const put = asking('{"n":1}', { method: 'PUT', target: '/u', path: '/u' })
  const buffer = Buffer.from('{"n":2}')
  const held = { ...put, body: buffer }
  const exchanges = shipped(put, held, () => buffer.fill('x'))
  t.same(exchanges.map(({ body }) => Buffer.from(body).toString()).at(-1), '{"n":2}')
})

t.test('writes over one endpoint are told apart by what they say, however fast they come', async t => {
  const mutation = (n: number) => asking(`{"query":"mutation{a(n:${n})}"}`, { target: '/graphql', path: '/graphql' })
  const sent = (exchanges: Exchange[]) => exchanges.map(({ requestBody }) => Buffer.from(requestBody).toString())
  const bodies = sent(shipped(mutation(1), mutation(2), mutation(2), mutation(3)))
  for (const n of [1, 2, 3]) t.ok(bodies.includes(`{"query":"mutation{a(n:${n})}"}`), String(n))
  t.equal(bodies.length, 4, 'and the last of those that are the same is told at the end')
  const rush = sent(shipped(...Array.from({ length: 100 }, (_, n) => mutation(n))))
  t.equal(rush.length, 34)
  t.same(rush.slice(-2), ['', ''], 'beyond that: that something was written, not what')
  const document = asking('mutation{a}', {
    target: '/graphql',
    path: '/graphql',
    requestHeaders: ['content-type', 'application/graphql'],
  })
  t.same(sent(shipped(document)), ['mutation{a}'])
  const call = (n: number) => asking(`{"id":${n}}`, { target: '/rpc/cancel', path: '/rpc/cancel' })
  t.equal(shipped(call(1), call(2), call(3)).length, 3, 'where nobody reads the path says as little')
  const put = (n: number) => asking(`{"id":${n}}`, { target: '/users/1', path: '/users/1', method: 'PUT' })
  t.equal(shipped(put(1), put(2), put(3)).length, 2)
})

t.test('what is public has no owner; where nothing may be shared, the one that it was answered to', async t => {
  const isPublic = {
    requestHeaders: ['authorization', 'Bearer a'],
    headers: ['content-type', 'application/json', 'cache-control', 'public'],
  }
  const [shared] = shippedWhere(path => path !== '', isPublic)
  t.match(shared, { shared: true, scope: '' })
  const asked: string[] = []
  const [own] = shippedWhere((method, path) => {
    asked.push(`${method} ${path}`)
    return false
  }, isPublic)
  t.match(own, { shared: false, scope: /^.{22}$/ })
  t.not(own?.key, shared?.key)
  t.same(asked, ['GET /a'])
  const [nobodys] = shippedWhere(() => false, { ...isPublic, requestHeaders: [] })
  t.match(nobodys, { shared: false, scope: '' })
  const [theirs] = shippedWhere(() => true, { ...isPublic, headers: ['content-type', 'application/json'] })
  t.match(theirs, { shared: false, scope: own?.scope }, 'nothing makes it more public than it is')
})
