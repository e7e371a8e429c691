import t from 'tap'
import type { Exemplar } from '../../../core/contract/memory.js'
import { DecodedExemplars } from '../../../core/memory/decoded-exemplars.js'
import { encodeExemplar } from '../../../core/memory/exemplar-codec.js'

const exemplar = (text: string): Exemplar => ({
  key: 'k',
  baseKey: 'k',
  method: 'GET',
  path: '/a',
  query: '',
  requestBody: Buffer.alloc(0),
  scope: '',
  shared: false,
  routeId: 'r',
  status: 200,
  headers: [],
  capturedAt: 1,
  lastSeenAt: 1,
  seen: 1,
  redactions: 0,
  body: Buffer.from(text),
})
const encoded = (text: string): Buffer => encodeExemplar(exemplar(text))
const bodyOf = (found: unknown): string => Buffer.from((found as Exemplar).body).toString()

t.test('what is asked for again stays decoded, and a change is seen at once', async t => {
  const decoded = new DecodedExemplars(100_000)
  const bytes = encoded('one')
  decoded.of('k', bytes, bytes.length)
  const second = decoded.of('k', bytes, bytes.length)
  t.equal(decoded.of('k', bytes, bytes.length), second, 'the very same object')
  const other = encoded('two')
  t.equal(other.length, bytes.length)
  t.equal(bodyOf(decoded.of('k', other, other.length)), 'two')
  const longer = encoded('longer')
  t.equal(bodyOf(decoded.of('k', longer, longer.length)), 'longer')
  const tombstone = encodeExemplar({ gone: true, at: 5, because: 'PUT /a' })
  t.match(decoded.of('k', tombstone, tombstone.length), { gone: true, at: 5 })
})

t.test('it does not hold on to the buffer of the read', async t => {
  const decoded = new DecodedExemplars(100_000)
  const bytes = encoded('one')
  const view = Buffer.concat([bytes, Buffer.alloc(1000, 'x')])
  decoded.of('k', view, bytes.length)
  const kept = decoded.of('k', view, bytes.length)
  view.fill(0)
  t.equal(bodyOf(kept), 'one')
})

t.test('memory is bounded: the oldest goes, and what is too large is never kept', async t => {
  const decoded = new DecodedExemplars(10_000)
  const bytes = encoded('x'.repeat(1000))
  const first = [0, 1].map(() => decoded.of('k0', bytes, bytes.length))[1]
  for (let i = 1; i < 20; i++) for (let twice = 0; twice < 2; twice++) decoded.of(`k${i}`, bytes, bytes.length)
  t.not(decoded.of('k0', bytes, bytes.length), first, 'decoded anew')
  const large = encoded('x'.repeat(2000))
  decoded.of('large', large, large.length)
  t.not(decoded.of('large', large, large.length), decoded.of('large', large, large.length))
})
