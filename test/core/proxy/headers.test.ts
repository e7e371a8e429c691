import t from 'tap'
import { HeaderSection } from '../../../core/contract/header-section.js'
import type { DownstreamRequest } from '../../../core/front/downstream.js'
import { type ForwardingRules, passResponseHeaders } from '../../../core/proxy/headers.js'
import { composeRequestHead as composeHead, notesOf } from '../../../core/proxy/request-notes.js'
import { trustedPeers } from '../../../core/proxy/trusted.js'

const rules: ForwardingRules = {
  host: undefined,
  pathPrefix: '',
  viaName: 'chaos-proxy-1',
  forwarded: false,
  passesTrailers: false,
  credentials: ['x-tenant-token'],
  trusts: () => false,
}
const request = (headers: string[], target = '/a'): DownstreamRequest => ({
  method: 'GET',
  target,
  path: target,
  query: undefined,
  version: '1.1',
  authority: undefined,
  headers: ['host', 'api.test', ...headers],
  section: new HeaderSection([]),
  remoteAddress: '10.0.0.7',
  secure: false,
})
const composeRequestHead = (of: DownstreamRequest, bodyLength: number, hasLength: boolean, by: ForwardingRules) =>
  composeHead(
    of,
    notesOf(of, { viaName: '-', maxBodyBytes: 0 }),
    { ok: true, bodyLength, hasLength, endsHere: false },
    by,
  )
const lines = (head: string) => head.split('\r\n').slice(1, -2)

t.test('unknown and repeated fields go on in order, nothing is invented', async t => {
  const head = composeRequestHead(request(['x-a', '1', 'x-b', '', 'x-a', '2']), 0, false, rules)
  t.same(lines(head), [
    'host: api.test',
    'x-a: 1',
    'x-b: ',
    'x-a: 2',
    'x-forwarded-for: 10.0.0.7',
    'x-forwarded-proto: http',
    'x-forwarded-host: api.test',
    'via: 1.1 chaos-proxy-1',
  ])
  t.ok(head.startsWith('GET /a HTTP/1.1\r\n') && head.endsWith('\r\n\r\n'))
})

t.test('Connection takes no credentials away, not those that the operator named either', async t => {
  const names = ['authorization', 'cookie', 'x-api-key', 'x-tenant-token']
  const head = composeRequestHead(
    request(['connection', `x-gone, ${names.join(', ')}`, 'x-gone', '1', ...names.flatMap(name => [name, 'v'])]),
    0,
    false,
    rules,
  )
  t.same(
    lines(head).slice(1, 5),
    names.map(name => `${name}: v`),
  )
})

t.test('fields of the connection, and those it names, go no further', async t => {
  const head = composeRequestHead(
    request([
      'connection',
      'x-hop, , keep-alive',
      'x-hop',
      '1',
      'keep-alive',
      'timeout=5',
      'te',
      'trailers',
      'upgrade',
      'h2c',
      'proxy-authorization',
      'x',
      'x-stays',
      '1',
    ]),
    0,
    false,
    rules,
  )
  t.notMatch(head, /x-hop|keep-alive|^te:|upgrade|proxy-authorization|\r\nconnection/i)
  t.match(head, /x-stays: 1/)
})

t.test('Connection cannot take away who the client is', async t => {
  const head = composeRequestHead(
    request([
      'connection',
      'host, authorization, cookie, x-forwarded-for, via, content-length',
      'authorization',
      'B',
      'cookie',
      'c=1',
    ]),
    3,
    true,
    rules,
  )
  t.match(head, /host: api\.test\r\n/)
  t.match(head, /authorization: B\r\n/)
  t.match(head, /cookie: c=1\r\n/)
  t.match(head, /content-length: 3\r\n/)
})

t.test('what a client says of earlier hops is believed of trusted peers only', async t => {
  const claims = [
    'x-forwarded-for',
    '1.2.3.4',
    'x-forwarded-proto',
    'https',
    'x-forwarded-host',
    'evil',
    'forwarded',
    'for=1.2.3.4',
  ]
  t.notMatch(composeRequestHead(request(claims), 0, false, rules), /1\.2\.3\.4|https|evil/)
  const trusting = composeRequestHead(request(claims), 0, false, { ...rules, trusts: trustedPeers(['10.0.0.0/8']) })
  t.match(trusting, /x-forwarded-for: 1\.2\.3\.4, 10\.0\.0\.7\r\nx-forwarded-proto: https\r\nx-forwarded-host: evil/)
})

t.test('one framing, whatever the client sent', async t => {
  t.match(lines(composeRequestHead(request(['transfer-encoding', 'chunked']), -1, false, rules)), [
    'host: api.test',
    'transfer-encoding: chunked',
  ])
  t.match(composeRequestHead(request(['content-length', '0']), 0, true, rules), /content-length: 0/)
})

t.test('Host, prefix and Via chain', async t => {
  const head = composeRequestHead(request(['via', '1.0 other'], '/x?y=%2F'), 0, false, {
    ...rules,
    host: 'backend:81',
    pathPrefix: '/api',
  })
  t.match(head, /^GET \/api\/x\?y=%2F HTTP\/1\.1\r\nhost: backend:81\r\n/)
  t.match(head, /x-forwarded-host: api\.test\r\nvia: 1\.0 other, 1\.1 chaos-proxy-1/)
})

t.test('answers lose framing, date and hop-by-hop fields, and keep each Set-Cookie', async t => {
  t.same(
    passResponseHeaders([
      'connection',
      'x-hop',
      'x-hop',
      '1',
      'date',
      'd',
      'content-length',
      '3',
      'set-cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'transfer-encoding',
      'chunked',
      'etag',
      '"e"',
    ]),
    ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'etag', '"e"'],
  )
})
