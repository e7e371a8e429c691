import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { unpackExchanges } from '../../../core/contract/exchange-wire.js'
import type { RecordedExchange } from '../../../core/contract/recorded.js'
import { learnRecorded } from '../../../core/record/recorded.js'
import { Redactor } from '../../../core/record/redact.js'
import { Scopes } from '../../../core/record/scope.js'

const base: RecordedExchange = {
  ...{ startedAt: 1, completedAt: 2, method: 'GET', target: '/a', status: 200 },
  ...{ requestHeaders: [], requestBody: '', headers: ['content-type', 'application/json'], body: '{"n":1}' },
}

async function learned(...recorded: Partial<RecordedExchange>[]) {
  const exchanges: Exchange[] = []
  const scopes = new Scopes(Buffer.alloc(32, 1), ['authorization'])
  const report = await learnRecorded(
    recorded.map(one => ({ ...base, ...one })),
    {
      scopes,
      redactor: new Redactor([], secret => scopes.hash(secret)),
      honour: 'no-store',
      maxBodyBytes: 100,
      patternOf: () => undefined,
      mayShare: () => true,
      learn: async (bytes, count) => {
        exchanges.push(...unpackExchanges(bytes))
        return count
      },
    },
  )
  return { exchanges, report }
}

t.test('redacted and named as what an edge sees', async t => {
  const { exchanges, report } = await learned({
    target: '/a?api_key=geheim',
    requestHeaders: ['Authorization', 'Bearer geheim', 'Accept', 'x/y'],
    body: Buffer.from('{"password":"geheim"}').toString('base64'),
    bodyEncoding: 'base64',
  })
  t.same(report, { learned: 1, leftOut: 0 })
  t.match(exchanges, [{ method: 'GET', path: '/a', redactions: 1, completedAt: 2, requestHeaders: ['accept', 'x/y'] }])
  t.not(exchanges[0]!.scope, '')
  t.notMatch(JSON.stringify(exchanges) + Buffer.from(exchanges[0]!.body), /geheim/)
})

t.test('ghosts, errors, what is too long and what may not be kept are left out', async t => {
  const { exchanges, report } = await learned(
    {},
    { target: '/ghost', headers: ['X-Ghost', 'exact'] },
    { target: '/drill', headers: ['x-chaos-drill', '1'] },
    { target: '/error', status: 500 },
    { target: '/long', body: 'x'.repeat(101) },
    { target: '/secret', headers: ['cache-control', 'no-store'] },
  )
  t.same(
    exchanges.map(({ path }) => path),
    ['/a'],
  )
  t.same(report, { learned: 1, leftOut: 5 })
})

t.test('however many, all of them, and writes as writes', async t => {
  const many = Array.from({ length: 500 }, (_, i) => ({ target: `/a/${i}` }))
  const { exchanges, report } = await learned(...many, {
    method: 'PUT',
    target: '/a/1',
    requestBody: '{}',
    status: 204,
  })
  t.same(report, { learned: 501, leftOut: 0 })
  t.match(exchanges.at(-1), { method: 'PUT', path: '/a/1' })
})
