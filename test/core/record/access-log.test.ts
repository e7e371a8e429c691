import t from 'tap'
import { AccessLog } from '../../../core/record/access-log.js'
import { Redactor } from '../../../core/record/redact.js'

function open(share: number, random: () => number = () => 0) {
  const lines: object[] = []
  const log = new AccessLog({
    edge: 1,
    share,
    redactor: new Redactor([], secret => `#${secret.length}`),
    lines: { write: facts => lines.push(facts), flush: () => {}, close: async () => {} },
    random,
  })
  return { log, lines }
}

const entry = {
  client: '10.0.0.7',
  method: 'GET',
  path: '/users/7',
  query: undefined,
  status: 200,
  bytesIn: 0,
  bytesOut: 12,
  durationMs: 1.23456,
  route: '/users/{id}',
  by: 'live',
  fault: undefined,
  upstreamMs: 1,
}

t.test('a share of the requests is logged, and every one that the proxy failed', async t => {
  const draws = [0, 0.24, 0.25, 0.99]
  let draw = 0
  const { log } = open(0.25, () => draws[draw++]!)
  t.same(
    draws.map(() => log.wants(false)),
    [true, true, false, false],
  )
  t.ok(log.wants(true))
  t.equal(open(1, () => 0.999999).log.wants(false), true, '1 is all')
})

t.test('no secret is logged, in the path or in the query', async t => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
  const { log, lines } = open(1)
  log.write({ ...entry, path: `/reset/${jwt}`, query: 'a=1&api_key=hidden' })
  t.match(lines, [{ path: `/reset/~#${jwt.length}`, query: 'a=1&api_key=~#6' }])
})

t.test('a line says what happened, to the microsecond', async t => {
  const { log, lines } = open(1)
  log.write(entry)
  t.same(JSON.parse(JSON.stringify(lines)), [
    {
      ...{ edge: 1, client: '10.0.0.7', method: 'GET', path: '/users/7', status: 200, bytesIn: 0, bytesOut: 12 },
      ...{ durationMs: 1.235, route: '/users/{id}', by: 'live', upstreamMs: 1 },
    },
  ])
  log.write({ ...entry, status: 0, route: undefined, by: 'aborted', upstreamMs: undefined })
  t.match(lines[1], { status: null, route: null, by: 'aborted' })
})

t.test('a line stays short, however long the target is', async t => {
  const { log, lines } = open(1)
  log.write({ ...entry, path: `/${'a'.repeat(20_000)}`, query: 'b'.repeat(20_000) })
  t.ok(JSON.stringify(lines[0]).length < 4096)
})
