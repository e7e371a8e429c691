import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { unpackExchanges } from '../../../core/contract/exchange-wire.js'
import { Capture, type LiveExchange } from '../../../core/record/capture.js'
import { Outbox } from '../../../core/record/outbox.js'
import { RecentAnswers } from '../../../core/record/recent.js'
import { Redactor } from '../../../core/record/redact.js'
import { Sampler } from '../../../core/record/sampler.js'
import { Scopes } from '../../../core/record/scope.js'

function shipped(over: Partial<LiveExchange>): Exchange[] {
  const exchanges: Exchange[] = []
  const scopes = new Scopes(Buffer.alloc(32, 1), ['authorization'])
  const capture = new Capture({
    scopes,
    redactor: new Redactor([], secret => scopes.hash(secret)),
    recent: new RecentAnswers(10_000, 1000),
    sampler: new Sampler(() => 100, 1e6),
    outbox: new Outbox(bytes => exchanges.push(...unpackExchanges(bytes))),
    honour: 'no-store',
    patternOf: () => undefined,
  })
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
    status: 200,
    headers: ['content-type', 'application/json'],
    body: Buffer.from('{"password":"hidden","name":"n"}'),
    ...over,
  })
  capture.flush()
  return exchanges
}

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
  for (const status of [206, 304, 400, 429, 500, 503]) t.same(shipped({ status }), [], String(status))
  t.same(shipped({ headers: ['cache-control', 'no-store'] }), [])
  t.same(shipped({ headers: ['vary', '*'] }), [])
  t.same(shipped({ method: 'PUT', status: 409 }), [])
  t.same(shipped({ method: 'OPTIONS' }), [])
  t.match(shipped({ method: 'PUT', headers: ['location', '/b'] }), [{ method: 'PUT', headers: ['location', '/b'] }])
})
