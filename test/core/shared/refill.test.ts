import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { unpackExchanges } from '../../../core/contract/exchange-wire.js'
import type { Exemplar, Tombstone } from '../../../core/contract/memory.js'
import { refill } from '../../../core/shared/refill.js'

const exemplar = (key: string, lastSeenAt: number, more: Partial<Exemplar> = {}): Exemplar => ({
  ...{
    key,
    baseKey: key,
    method: 'GET',
    path: `/${key}`,
    query: '',
    requestBody: new Uint8Array(0),
    scope: '',
    shared: false,
  },
  ...{
    routeId: 'r',
    status: 200,
    headers: ['content-type', 'text/plain'],
    capturedAt: 1,
    lastSeenAt,
    seen: 3,
    redactions: 0,
  },
  body: Buffer.from(key),
  ...more,
})

async function sent(
  known: readonly (Exemplar | Tombstone)[],
  since: number,
  shelf: Readonly<Record<string, number>> = {},
): Promise<Exchange[]> {
  const entries = known.map((stored, i) => ({ key: String(i).padStart(5, '0'), stored }))
  const batches = refill({
    since,
    after: (key, limit) => entries.filter(entry => entry.key > key).slice(0, limit),
    seen: async keys => keys.map(key => shelf[key]),
  })
  const all: Exchange[] = []
  for await (const { bytes, count } of batches) {
    const exchanges = unpackExchanges(bytes)
    t.equal(exchanges.length, count)
    all.push(...exchanges)
  }
  return all
}

t.test('what says no-store and is kept all the same is told to nobody', async t => {
  const headers = ['cache-control', 'private', 'cache-control', 'no-store']
  const known = [exemplar('own', 50, { scope: 'a', headers }), exemplar('other', 50, { scope: 'a' })]
  t.same(
    (await sent(known, 0)).map(({ key }) => key),
    ['other'],
  )
})

t.test('tells what the shelf lacks or has older, and nothing from before', async t => {
  const known = [exemplar('old', 10), exemplar('known', 50), exemplar('older', 50), exemplar('missing', 50)]
  const told = await sent(known, 20, { known: 50, older: 49 })
  t.same(
    told.map(({ key }) => key),
    ['older', 'missing'],
  )
  t.match(told[1], { path: '/missing', status: 200, startedAt: 50, completedAt: 50, repeats: 0, vary: [] })
  t.equal(Buffer.from(told[1]!.body).toString(), 'missing')
})

t.test('what a write made stale is not told, for an exchange cannot say so; the write is, once', async t => {
  const gone: Tombstone = { gone: true, at: 60, because: 'PUT /users/7' }
  const told = await sent(
    [exemplar('stale', 50, { staleAt: 55 }), gone, { ...gone }, { ...gone, because: 'unknown' }],
    0,
  )
  t.equal(told.length, 1)
  t.match(told[0], { method: 'PUT', path: '/users/7', status: 204, completedAt: 60 })
})

t.test('keeps what selects an answer, and what is asked in a body', async t => {
  const body = Buffer.from('{"query":"{a}"}')
  const [told] = await sent(
    [
      exemplar('k', 5, {
        selected: ['accept-language', 'de'],
        negotiated: ['accept', '', 'accept-language', 'de'],
        requestBody: body,
      }),
    ],
    0,
  )
  t.same(told?.vary, ['accept-language'])
  t.same(told?.requestHeaders, ['accept-language', 'de', 'content-type', 'application/json'])
  t.same(Buffer.from(told!.requestBody), body)
})

t.test('however much there is, it goes in small batches', async t => {
  const told = await sent(
    Array.from({ length: 300 }, (_, i) => exemplar(`k${i}`, 5, { body: Buffer.alloc(100_000) })),
    0,
  )
  t.equal(told.length, 300)
})
