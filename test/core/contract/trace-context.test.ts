// W3C Trace Context, level 1: what is a context, and what is none.
import t from 'tap'
import { incomingTrace, traceparentOf } from '../../../core/contract/trace-context.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const good = `00-${traceId}-${parentId}-01`
const of = (parent: string, ...states: string[]) =>
  incomingTrace(['host', 'a', 'traceparent', parent, ...states.flatMap(state => ['tracestate', state])])

t.test('what a context says', async t => {
  t.match(of(good), { traceId, parentId, isSampled: true, state: '', isExport: false })
  t.match(of(`00-${traceId}-${parentId}-00`), { traceId, isSampled: false })
  t.match(of(`00-${traceId}-${parentId}-02`), { isSampled: false }, 'flags that are not known')
  t.match(of(`00-${traceId}-${parentId}-ff`), { isSampled: true })
  t.match(of(`cc-${traceId}-${parentId}-01`), { traceId, isSampled: true }, 'of a later version')
  t.match(of(`cc-${traceId}-${parentId}-01-what-the-future-holds`), { traceId, parentId, isSampled: true })
  t.equal(traceparentOf(traceId, parentId, true), good)
})

t.test('what is malformed is none, and its tracestate goes with it', async t => {
  for (const bad of [
    '',
    '00',
    good.toUpperCase(),
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `ff-${traceId}-${parentId}-01`,
    `0-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${parentId}-01`,
    `00-${traceId}-${parentId}0-01`,
    `00-${traceId.replace('4', 'g')}-${parentId}-01`,
    `00-${traceId}-${parentId}-1`,
    `00-${traceId}-${parentId}-0g`,
    `${good}-more`,
    `${good}-`,
    `cc-${traceId}-${parentId}-01.more`,
    `cc-${traceId}-${parentId}-011`,
    `00_${traceId}_${parentId}_01`,
    ` ${good}`,
    `${good}, ${good}`,
  ]) {
    const read = of(bad, 'a=1')
    t.match(read, { traceId: '', parentId: '', isSampled: false, state: '' }, bad)
    t.same([...read.withheld].sort(), ['traceparent', 'tracestate'], bad)
  }
  t.equal(incomingTrace(['traceparent', good, 'traceparent', good]).traceId, '', 'two of them')
  t.equal(incomingTrace(['tracestate', 'a=1']).state, '', 'a state of nothing')
})

t.test('tracestate is passed on as it came, or not at all', async t => {
  for (const state of [
    'a=1',
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'a=1 , b=2,\tc=3',
    'tenant@system=x',
    '1tenant@system=x',
    'a=1,,b=2',
    'a_-*/9= ~!',
    `a=${'x'.repeat(256)}`,
    Array.from({ length: 32 }, (_, i) => `k${i}=v`).join(','),
  ]) {
    const read = of(good, state)
    t.equal(read.state, state)
    t.same([...read.withheld], ['traceparent'], state)
  }
  t.equal(of(good, 'a=1', 'b=2').state, 'a=1,b=2', 'lines are one list')
  for (const state of [
    'a',
    '=1',
    'A=1',
    '1a=1',
    'a=',
    'a=1=2',
    'a=1,a=2',
    'a=b\u00e9',
    `a=${'x'.repeat(257)}`,
    `${'k'.repeat(257)}=1`,
    `${'t'.repeat(242)}@s=1`,
    `t@${'s'.repeat(15)}=1`,
    'a b=1',
    '',
    Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(','),
  ]) {
    const read = of(good, state)
    t.equal(read.traceId, traceId, 'the parent stands all the same')
    t.equal(read.state, '', state)
    t.ok(read.withheld.has('tracestate'), state)
  }
})

t.test('what brings spans to a collector is known', async t => {
  t.equal(of(good, 'chaos-proxy=export').isExport, true)
  t.equal(of(good, 'a=1, chaos-proxy=export').isExport, true)
  t.equal(of(good, 'chaos-proxy=exported').isExport, false)
  t.equal(incomingTrace(['tracestate', 'chaos-proxy=export']).isExport, false)
})
