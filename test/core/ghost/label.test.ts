import { gzipSync } from 'node:zlib'
import t from 'tap'
import { fieldOf } from '../../../core/contract/fields.js'
import type { GhostAnswer } from '../../../core/contract/ghost.js'
import { labelGhost, labelRefusal } from '../../../core/ghost/label.js'

const answer = (over: Partial<GhostAnswer> = {}): GhostAnswer => ({
  tier: 'exact',
  status: 200,
  headers: ['content-type', 'text/plain', 'etag', 'W/"1"', 'content-length', '3'],
  body: Buffer.from('abc'),
  confidence: 0.947,
  lowerBound: 0.9,
  capturedAt: 0,
  redactions: 0,
  ...over,
})
const label = (given: GhostAnswer, headers: string[] = [], method = 'GET') =>
  labelGhost(given, method, headers, 'CHAOS_ERR_UPSTREAM_RESET', 9_900)

t.test('a ghost is marked, aged, and says which fault called it', async t => {
  const wire = label(answer())!
  t.same(wire.headers, [
    'content-type',
    'text/plain',
    'etag',
    'W/"1"',
    'x-ghost',
    'exact',
    'x-ghost-confidence',
    '0.95',
    'age',
    '9',
    'cache-status',
    'chaos-proxy; hit; detail=ghost-exact',
    'proxy-status',
    'chaos-proxy; error=connection_terminated; details="CHAOS_ERR_UPSTREAM_RESET"',
  ])
  t.equal(wire.bodyLength, 3)
})

t.test('conditions, HEAD, 204', async t => {
  t.equal(label(answer(), ['if-none-match', '"0", "1"'])?.status, 304)
  t.equal(
    label(answer(), ['if-none-match', '"2"', 'if-modified-since', 'Thu, 01 Jan 2030 00:00:00 GMT'])?.status,
    200,
    'If-None-Match goes first',
  )
  t.equal(
    label(answer({ headers: ['last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT'] }), [
      'if-modified-since',
      'Thu, 01 Jan 2026 00:00:00 GMT',
    ])?.status,
    304,
  )
  t.match(label(answer(), [], 'HEAD'), { body: undefined, bodyLength: 3 })
  t.match(label(answer({ status: 204, body: Buffer.alloc(0) })), { status: 204, body: undefined, bodyLength: -1 })
})

t.test('a coded body goes out as it is, decoded, or not at all', async t => {
  const coded = answer({ headers: ['content-encoding', 'gzip'], body: gzipSync('plain') })
  t.equal(fieldOf(label(coded, ['accept-encoding', 'br, gzip'])!.headers, 'content-encoding'), 'gzip')
  const plain = label(coded, ['accept-encoding', 'gzip;q=0, *'])!
  t.equal(fieldOf(plain.headers, 'content-encoding'), undefined)
  t.equal(plain.body!.toString(), 'plain')
  t.equal(label(answer({ headers: ['content-encoding', 'gzip'], body: Buffer.from('no gzip') })), undefined)
  t.equal(label(answer({ headers: ['content-encoding', 'unheard-of'] })), undefined)
})

t.test('a refusal keeps the status of its fault and says why no ghost spoke', async t => {
  const wire = labelRefusal('CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT', 'low-confidence', 2)
  t.equal(wire.status, 504)
  t.equal(fieldOf(wire.headers, 'retry-after'), '2')
  t.equal(fieldOf(wire.headers, 'x-ghost'), 'none')
  t.match(JSON.parse(wire.body!.toString()), {
    status: 504,
    code: 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT',
    ghost: 'low-confidence',
  })
  t.equal(fieldOf(labelRefusal('CHAOS_ERR_REQUEST_MALFORMED', undefined, 2).headers, 'x-ghost'), undefined)
})
