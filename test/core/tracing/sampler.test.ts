import t from 'tap'
import { incomingTrace, traceparentOf } from '../../../core/contract/trace-context.js'
import { TraceIds } from '../../../core/tracing/ids.js'
import { samplerOf } from '../../../core/tracing/sampler.js'
import { seededRandom } from '../../support/random.js'

const root = incomingTrace([])
const id = '4bf92f3577b34da6a3ce929d0e0e4736'
const child = (isSampled: boolean) => incomingTrace(['traceparent', traceparentOf(id, '00f067aa0ba902b7', isSampled)])
const low = `${'f'.repeat(16)}0000000000000001`
const high = `${'0'.repeat(16)}ffffffffffffffff`

t.test('a parent decides for its children, where it is asked', async t => {
  for (const [name, ofRoot] of [
    ['parentbased_always_on', true],
    ['parentbased_always_off', false],
    ['parentbased_traceidratio', false],
  ] as const) {
    const sampler = samplerOf(name, 0)
    t.equal(sampler(root, high), ofRoot, name)
    t.equal(sampler(child(true), id), true, name)
    t.equal(sampler(child(false), id), false, name)
  }
  t.equal(samplerOf('always_on', 0)(child(false), id), true)
  t.equal(samplerOf('always_off', 1)(child(true), id), false)
})

t.test('the trace id decides by ratio, as it does elsewhere', async t => {
  for (const name of ['traceidratio', 'parentbased_traceidratio'] as const) {
    t.equal(samplerOf(name, 0)(root, low), false)
    t.equal(samplerOf(name, 0.001)(root, low), true)
    t.equal(samplerOf(name, 0.999)(root, high), false)
    t.equal(samplerOf(name, 1)(root, high), true)
  }
  t.equal(samplerOf('traceidratio', 0.5)(root, `${'f'.repeat(16)}3fffff0000000000`), true)
  t.equal(samplerOf('traceidratio', 0.5)(root, `${'0'.repeat(16)}4000000000000000`), false)
})

t.test('of many traces about the share is recorded that was asked for', async t => {
  const random = seededRandom(7)
  const ids = new TraceIds(octets => {
    for (let i = 0; i < octets.length; i++) octets[i] = Math.floor(random() * 256)
  })
  for (const ratio of [0.01, 0.25, 0.9]) {
    const sampler = samplerOf('parentbased_traceidratio', ratio)
    let sampled = 0
    for (let i = 0; i < 20_000; i++) if (sampler(root, ids.traceId())) sampled += 1
    // Four times the standard deviation.
    t.ok(Math.abs(sampled / 20_000 - ratio) < 4 * Math.sqrt((ratio * (1 - ratio)) / 20_000), `${ratio}: ${sampled}`)
  }
})

t.test('ids are what they may be', async t => {
  const ids = new TraceIds()
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    seen.add(ids.traceId())
    seen.add(ids.spanId())
  }
  t.equal(seen.size, 4000)
  t.ok([...seen].every(id => /^([0-9a-f]{16}|[0-9a-f]{32})$/.test(id)))
  const zeros = new TraceIds(octets => octets.fill(0))
  t.equal(zeros.traceId(), `${'0'.repeat(31)}1`, 'nothing but zeros is none')
  t.equal(zeros.spanId(), `${'0'.repeat(15)}1`)
})
