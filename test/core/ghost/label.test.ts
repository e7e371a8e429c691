import { brotliCompressSync, gzipSync } from 'node:zlib'
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

t.test('what stands coded says so to caches, and in another coding has another name', async t => {
  const stored = ['etag', '"1"', 'content-digest', 'sha-256=:x:', 'vary', 'Origin', 'content-encoding', 'gzip']
  const coded = answer({ headers: stored, body: gzipSync('plain') })
  const asItIs = label(coded, ['accept-encoding', 'gzip'])!
  t.equal(fieldOf(asItIs.headers, 'etag'), '"1"')
  t.equal(fieldOf(asItIs.headers, 'content-digest'), 'sha-256=:x:')
  const varies = ({ headers }: { headers: string[] }): string[] => headers.filter((_, i) => headers[i - 1] === 'vary')
  t.same(varies(asItIs), ['Origin', 'Accept-Encoding'])
  const decoded = label(coded, ['accept-encoding', 'identity'])!
  t.equal(fieldOf(decoded.headers, 'etag'), 'W/"1"')
  t.equal(fieldOf(decoded.headers, 'content-digest'), undefined)
  t.same(varies(decoded), ['Origin', 'Accept-Encoding'])
  t.equal(decoded.bodyLength, 5)
  t.equal(label(coded, ['if-none-match', '"1"'])?.status, 304)
  const said = answer({ headers: ['vary', 'origin, ACCEPT-encoding', 'content-encoding', 'gzip'], body: gzipSync('x') })
  t.same(varies(label(said)!), ['origin, ACCEPT-encoding'])
  t.same(varies(label(answer())!), [], 'what is not coded is the same for all')
})

t.test('every way to say what is taken', async t => {
  const plain = 'plain '.repeat(20)
  const stored = (coding: string, body: Buffer) =>
    answer({ headers: coding === '' ? [] : ['content-encoding', coding], body })
  const given = (from: GhostAnswer, accepted: string | undefined) => {
    const wire = label(from, accepted === undefined ? [] : ['accept-encoding', accepted])
    return wire === undefined ? 'nothing' : (fieldOf(wire.headers, 'content-encoding') ?? 'plain')
  }
  const gzip = stored('gzip', gzipSync(plain))
  for (const [accepted, coding] of [
    [undefined, 'plain'],
    ['', 'plain'],
    ['gzip', 'gzip'],
    ['GZIP; q=0.5', 'gzip'],
    ['x-gzip', 'gzip'],
    ['*', 'gzip'],
    ['br', 'plain'],
    ['gzip;q=0', 'plain'],
    ['gzip; q = 0.000, *', 'plain'],
    ['*;q=0', 'plain'],
    ['*;q=0, gzip', 'gzip'],
    ['identity', 'plain'],
  ] as const)
    t.equal(given(gzip, accepted), coding, `gzip for ${accepted}`)
  const bare = stored('', Buffer.from(plain))
  for (const [accepted, coding] of [
    [undefined, 'plain'],
    ['gzip', 'plain'],
    ['gzip, identity;q=0', 'gzip'],
    ['br;q=0.1, *;q=0', 'br'],
    ['*;q=0', 'plain'],
    ['zstd, identity;q=0', 'plain'],
  ] as const)
    t.equal(given(bare, accepted), coding, `nothing for ${accepted}`)
  t.equal(given(stored('zstd', Buffer.from('x')), 'zstd'), 'zstd', 'octet for octet')
  t.equal(given(stored('zstd', Buffer.from('x')), 'gzip'), 'nothing')
  t.equal(given(stored('gzip, br', brotliCompressSync(gzipSync(plain))), 'br, gzip'), 'gzip,br')
  t.equal(given(stored('gzip, br', brotliCompressSync(gzipSync(plain))), 'br'), 'plain')
})

t.test('the answer to a HEAD that was seen alone says nothing of a coding that is not taken', async t => {
  const seen = answer({
    headers: ['content-encoding', 'gzip', 'content-length', '70', 'etag', '"1"'],
    body: Buffer.alloc(0),
  })
  const taken = label(seen, ['accept-encoding', 'gzip'], 'HEAD')!
  t.equal(fieldOf(taken.headers, 'content-encoding'), 'gzip')
  t.equal(taken.bodyLength, 70)
  const other = label(seen, ['accept-encoding', 'identity'], 'HEAD')!
  t.equal(fieldOf(other.headers, 'content-encoding'), undefined)
  t.equal(other.bodyLength, -1)
  t.equal(fieldOf(other.headers, 'etag'), 'W/"1"')
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

t.test('what shows a client’s own writes says so, and is kept by no cache for another', async t => {
  const headers = [
    'content-type',
    'text/plain',
    'cache-control',
    'public, max-age=60',
    'expires',
    'never',
    'vary',
    'Origin',
  ]
  const of = (pending: GhostAnswer['pending']): string[] =>
    label(answer({ headers, ...(pending === undefined ? {} : { pending }) }))!.headers
  t.equal(fieldOf(of({ shown: 2, isUnclear: false }), 'x-ghost-pending'), '2')
  const unclear = of({ shown: 0, isUnclear: true })
  t.equal(fieldOf(unclear, 'x-ghost-pending'), '0;unclear')
  t.same(
    unclear.filter((_, i) => unclear[i - (i % 2)] === 'cache-control'),
    ['cache-control', 'no-store'],
  )
  t.equal(fieldOf(unclear, 'expires'), undefined)
  t.equal(fieldOf(unclear, 'vary'), 'Origin')
  const plain = of(undefined)
  t.equal(fieldOf(plain, 'x-ghost-pending'), undefined)
  t.equal(fieldOf(plain, 'cache-control'), 'public, max-age=60')
})
