// What a running proxy says of how ready its ghosts are, beside what they then do.
import t from 'tap'
import type { ReadinessReport } from '../../core/contract/readiness.js'
import { type Proxy as Running, startProxy } from '../support/proxy.js'
import { startShop } from '../support/shop.js'

const reported = (proxy: Running) => proxy.admin<ReadinessReport & Record<string, unknown>>('/api/readiness')

/** Edges tell repeats once a second. */
async function until(proxy: Running, holds: (report: ReadinessReport) => boolean): Promise<ReadinessReport> {
  for (;;) {
    const report = await reported(proxy)
    if (holds(report)) return report
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

t.test('readiness is what an outage then shows, and says what is missing', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, { CHAOS_WORKERS: '1' })
  t.match(await reported(proxy), { overall: null, minConfidence: 0.7, routes: [], missing: [] })
  for (const query of ['', '?page=1', '?page=2', '?page=3', '?page=4']) await proxy.get(`/books${query}`)
  for (let id = 1; id <= 12; id++) await proxy.get(`/books/${id}`)
  for (let i = 0; i < 30; i++) await proxy.get('/lucky')
  for (let i = 0; i < 45; i++) await proxy.get('/books/1')
  await proxy.settled()
  const report = await until(proxy, ({ routes }) => routes.some(({ graded }) => graded >= 57))
  t.match(report.routes[0], { method: 'GET', pattern: '/books/{id}' })
  const details = report.routes[0]!
  t.ok(Math.abs(details.demand - 57 / 92) < 0.01, `57 of 92 requests: ${details.demand}`)
  t.ok(details.readiness! > 0.9, 'nearly all were repeats')
  t.ok((details.answers.exact ?? 0) > 0.9)
  t.match(details.repeated, { readiness: 1 })
  t.match(details.unseen, { readiness: Number })
  const lucky = report.routes.find(({ pattern }) => pattern === '/lucky')!
  t.ok(lucky.readiness! < 0.5, 'it is never the same')
  t.match(
    report.missing.find(({ kind, pattern }) => kind === 'route' && pattern === '/lucky'),
    { because: /not sure enough: exact/ },
  )
  // Ids 13 to 40 stood in a list, without all that a detail has.
  const ids = report.missing.filter(({ kind }) => kind === 'detail').map(({ target }) => target)
  t.same(ids.toSorted(), Array.from({ length: 28 }, (_, i) => `/books/${i + 13}`).toSorted())
  t.match(
    report.missing.find(({ kind }) => kind === 'detail'),
    { pattern: '/books/{id}', scope: '', because: /never with author, pages/ },
  )
  t.match(
    report.missing.filter(({ kind }) => kind === 'page'),
    [
      { pattern: '/books', target: '/books?page=5', because: /40 of 60 rows/ },
      { pattern: '/books', target: '/books?page=6', because: /40 of 60 rows/ },
    ],
  )
  for (let i = 1; i < report.missing.length; i++)
    t.ok(report.missing[i - 1]!.demand >= report.missing[i]!.demand, 'what costs most comes first')

  shop.kill()
  // The same traffic once more: 45 repeats, the twelve, the pages, and what is never the same.
  let shown = 0
  for (const target of [
    ...Array.from({ length: 45 }, () => '/books/1'),
    ...Array.from({ length: 12 }, (_, i) => `/books/${i + 1}`),
    ...['', '?page=1', '?page=2', '?page=3', '?page=4'].map(query => `/books${query}`),
    ...Array.from({ length: 30 }, () => '/lucky'),
  ])
    if ((await proxy.get(target)).status === 200) shown += 1 / 92
  t.ok(Math.abs(report.overall! - shown) < 0.1, `said ${report.overall}, shown ${shown}`)
})

t.test('what may not be kept counts as the silence that it will be', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, { CHAOS_WORKERS: '1' })
  for (let i = 0; i < 30; i++) await proxy.get('/books/1')
  for (let i = 0; i < 10; i++) await proxy.get('/basket')
  await proxy.settled()
  const report = await until(proxy, ({ routes, unstorable }) => routes[0]?.graded === 30 && unstorable > 0.2)
  t.ok(Math.abs(report.unstorable - 0.25) < 0.01, `10 of 40: ${report.unstorable}`)
  t.equal(report.routes.length, 1, 'of what may not be kept no path is known')
  shop.kill()
  let shown = 0
  for (const target of [...Array(30).fill('/books/1'), ...Array(10).fill('/basket')])
    if ((await proxy.get(target)).status === 200) shown += 1 / 40
  t.ok(Math.abs(report.overall! - shown) < 0.05, `said ${report.overall}, shown ${shown}`)
})

t.test('what was measured outlives a restart; without grading nothing is claimed', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, { CHAOS_WORKERS: '1' })
  for (let id = 1; id <= 8; id++) await proxy.get(`/books/${id}`)
  await proxy.settled()
  const before = await reported(proxy)
  t.type(before.overall, 'number')
  await proxy.stop()
  const again = await startProxy(t, shop.url, { CHAOS_WORKERS: '1', CHAOS_DATA_DIR: proxy.dataDir })
  t.same((await reported(again)).overall, before.overall)

  const ungraded = await startProxy(t, shop.url, { CHAOS_WORKERS: '1', CHAOS_GRADE_PERCENT: '0' })
  for (let id = 1; id <= 8; id++) await ungraded.get(`/books/${id}`)
  await ungraded.settled()
  t.match(await reported(ungraded), { overall: null, routes: [{ readiness: null, graded: 0 }] })
})
