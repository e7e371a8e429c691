import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { KeptAnswer } from '../../../core/contract/outages.js'
import type { VolatileMap } from '../../../core/contract/volatile.js'
import { heldAgainst } from '../../../core/outages/held-against.js'
import { Redactor } from '../../../core/record/redact.js'

const kept = (body: string | Buffer, more: Partial<KeptAnswer> = {}): KeptAnswer => ({
  ...{ status: 200, coding: '', body: Buffer.from(body) },
  ...more,
})
const truth = (body: string | Buffer, status = 200, coding = '') => ({ status, coding, body: Buffer.from(body) })
const asIs = (body: Buffer): Buffer => body

t.test('right, nearly right, another status', async t => {
  t.same(heldAgainst('GET', kept('{"a":1}'), truth('{"a":1}'), asIs, undefined), { similarity: 1, differences: [] })
  t.same(heldAgainst('GET', kept('{"a":1}'), truth('{"a":2}'), asIs, undefined), {
    similarity: 0.5,
    differences: [{ at: '/a', given: '1', truth: '2' }],
  })
  t.same(heldAgainst('GET', kept('{"a":1}'), truth('{"a":1}', 404), asIs, undefined), {
    similarity: 0,
    differences: [{ at: 'status', given: '200', truth: '404' }],
  })
  t.equal(heldAgainst('HEAD', kept('{"a":1}'), truth(''), asIs, undefined)?.similarity, 1)
})

t.test('what is no JSON is the same or not, and is not shown', async t => {
  t.equal(heldAgainst('GET', kept('<p>1'), truth('<p>1'), asIs, undefined)?.similarity, 1)
  t.match(heldAgainst('GET', kept('<p>1'), truth('<p>234'), asIs, undefined), {
    similarity: 0,
    differences: [{ at: 'body', given: '4 octets', truth: '6 octets' }],
  })
})

t.test('codings are undone; what cannot be read says nothing', async t => {
  const packed = gzipSync('{"a":1}')
  t.equal(heldAgainst('GET', kept(packed, { coding: 'gzip' }), truth('{"a":1}'), asIs, undefined)?.similarity, 1)
  t.equal(heldAgainst('GET', kept('{"a":1}'), truth(packed, 200, 'gzip'), asIs, undefined)?.similarity, 1)
  t.equal(heldAgainst('GET', kept('{"a":1}'), truth(packed, 200, 'zstd'), asIs, undefined), undefined)
})

t.test('secrets of the truth are redacted before anything is compared or shown', async t => {
  const redactor = new Redactor([], secret => secret)
  const said = heldAgainst(
    'GET',
    kept('{"token":"[redacted]","n":1}'),
    truth('{"token":"tok-9","n":2}'),
    body => redactor.body(body).body,
    undefined,
  )
  t.same(said?.differences, [{ at: '/n', given: '1', truth: '2' }])
})

t.test('what is new with each answer is not compared', async t => {
  const iso = { style: 'iso', separator: 'T', digits: 3, trims: false, zone: 'Z' } as const
  const volatile: VolatileMap = { leaves: [{ at: '/at', class: { kind: 'time', format: iso, offsetMs: 0 } }] }
  const [one, other] = ['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z']
  const said = heldAgainst(
    'GET',
    kept(JSON.stringify({ at: one, n: 1 })),
    truth(JSON.stringify({ at: other, n: 1 })),
    asIs,
    volatile,
  )
  t.same(said, { similarity: 1, differences: [] })
})
