import t from 'tap'
import { type Span, SpanReader, SpanRows } from '../../../core/contract/spans.js'

const span: Span = {
  kind: 'server',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: 'f0f067aa0ba902b7',
  parentId: '00000000000000ff',
  state: 'a=1',
  startedAt: 1_700_000_000_000.25,
  endedAt: 1_700_000_000_012.5,
  method: 'GET',
  route: '/a/{id}',
  path: '/a/1',
  host: 'h:1',
  secure: true,
  version: '1.0',
  status: 200,
  fault: 'CHAOS_ERR_UPSTREAM_RESET',
  by: 'exact',
  confidence: 0.5,
  circuit: 3,
  resends: 0,
  drill: 'd',
}

/** What a reader tells, as a span of its own. */
function told(reader: SpanReader): Span {
  return Object.fromEntries(Object.keys(span).map(name => [name, reader[name as keyof Span]])) as unknown as Span
}

t.test('what was put in comes out', async t => {
  const rows = new SpanRows(3)
  const bare: Span = {
    ...{ ...span, parentId: '', state: '', route: '', fault: '', host: '', secure: false },
    ...{ status: 0, by: undefined, confidence: -1, circuit: -1, resends: 2, drill: '' },
    kind: 'client',
    version: '1.1',
  }
  const long = { ...span, path: `/${'x'.repeat(5000)}`, state: `a=${'x'.repeat(2000)}` }
  t.equal(rows.isEmpty, true)
  for (const one of [span, bare, long]) rows.add(one)
  t.equal(rows.isFull, true)
  const batch = rows.take()
  const reader = new SpanReader(batch)
  t.equal(batch.rows, 3)
  t.same(told(reader.row(0)), span)
  t.same(told(reader.row(1)), bare)
  t.equal(reader.row(2).path.length, 1024, 'bounded')
  t.equal(reader.row(2).state, long.state, 'a state is passed on whole or not at all')
  t.equal(batch.texts.filter(text => text === 'GET').length, 1, 'told once')
  t.ok(batch.bytes > batch.cells.byteLength)
  t.equal(rows.isEmpty, true)
  rows.add(bare)
  t.same(told(new SpanReader(rows.take()).row(0)), bare, 'and the next batch is whole in itself')
})
