// What is missing is fetched while the upstream is well; the upstream counts what it gets.
import t from 'tap'
import type { ReadinessReport } from '../../core/contract/readiness.js'
import { type Proxy as Running, startProxy } from '../support/proxy.js'
import { type Shop, startShop } from '../support/shop.js'

const userAgent = /^chaos-proxy-warmup\/\d/
const warmed = ({ seen }: Shop) =>
  seen.filter(({ headers }) => userAgent.test(headers['user-agent'] ?? '')).map(({ target }) => target)

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 20))
}

/** What begins the warm-up comes last: no client asks for what is being fetched. */
const askSome = async (proxy: Running, headers: Record<string, string> = {}): Promise<void> => {
  for (let page = 1; page <= 8; page++) await proxy.get(`/books?page=${page}`, headers)
  for (let id = 1; id <= 8; id++) await proxy.get(`/books/${id}`, headers)
}
const BOOKS = 100
/** Of all details, and of ten pages. */
const LACKING = BOOKS - 8 + 2

for (const front of ['uws', 'strict'])
  t.test(
    `${front}: what is missing is fetched once, by nobody, and is no demand; an outage finds it there`,
    async t => {
      const shop = await startShop(t, { books: BOOKS })
      const proxy = await startProxy(t, shop.url, {
        CHAOS_FRONT: front,
        CHAOS_WORKERS: '1',
        CHAOS_WARMUP: 'on',
        CHAOS_WARMUP_PER_SECOND: '200',
      })
      await askSome(proxy)
      await until(() => warmed(shop).length >= LACKING)
      await proxy.settled()
      t.same(
        warmed(shop).toSorted(),
        [
          ...Array.from({ length: BOOKS - 8 }, (_, i) => `/books/${i + 9}`),
          '/books?page=9',
          '/books?page=10',
        ].toSorted(),
        'all of it, nothing else, and nothing twice',
      )
      const fields = shop.seen.filter(({ target }) => warmed(shop).includes(target)).map(({ headers }) => headers)
      t.notOk(fields.some(({ authorization, cookie }) => authorization !== undefined || cookie !== undefined))
      t.ok(fields.every(({ host }) => host === shop.url.slice('http://'.length)))
      const report = await proxy.admin<ReadinessReport & Record<string, unknown>>('/api/readiness')
      const graded = report.routes.reduce((sum, route) => sum + route.graded, 0)
      t.equal(graded, 16, 'only what clients asked for counts')
      t.same(
        report.missing.filter(({ kind }) => kind !== 'route'),
        [],
      )
      t.match(await proxy.admin('/api/status'), { warmup: { asked: LACKING, answered: LACKING, refused: 0 } })
      shop.kill()
      const ghost = await proxy.get('/books/100')
      t.equal(ghost.headers['x-ghost'], 'exact')
      t.match(ghost.json(), { id: 100, title: 'Title 100' })
    },
  )

t.test('what was refused is not asked for again, and a route that refuses is left alone', async t => {
  const refused = Array.from({ length: BOOKS - 8 }, (_, i) => i + 9)
  const shop = await startShop(t, { books: BOOKS, refused })
  const proxy = await startProxy(t, shop.url, {
    CHAOS_WORKERS: '1',
    CHAOS_WARMUP: 'on',
    CHAOS_WARMUP_PER_SECOND: '200',
  })
  await askSome(proxy)
  const status = () => proxy.admin<{ warmup: { refused: number } } & Record<string, unknown>>('/api/status')
  await until(async () => warmed(shop).includes('/books?page=10') && (await status()).warmup.refused >= 3)
  await proxy.settled()
  const { length } = warmed(shop)
  t.equal(length, new Set(warmed(shop)).size)
  t.equal(warmed(shop).filter(target => /^\/books\/\d/.test(target)).length, 3, 'three times no in a row')
  t.match(await status(), { warmup: { refused: 3 } })
})

t.test('what only somebody with credentials was answered is not fetched', async t => {
  const shop = await startShop(t, { books: BOOKS })
  const proxy = await startProxy(t, shop.url, {
    CHAOS_WORKERS: '1',
    CHAOS_WARMUP: 'on',
    CHAOS_WARMUP_PER_SECOND: '200',
  })
  await askSome(proxy, { authorization: 'Bearer a' })
  await proxy.settled()
  const missing = async () => (await proxy.admin<ReadinessReport & Record<string, unknown>>('/api/readiness')).missing
  t.ok(
    (await missing()).some(({ kind, scope }) => kind === 'detail' && scope !== ''),
    'something is missing',
  )
  // What everybody may see is fetched meanwhile: proof that the warm-up looked.
  await askSome(proxy)
  await until(() => warmed(shop).length >= LACKING)
  t.ok(
    shop.seen.findIndex(({ headers }) => userAgent.test(headers['user-agent'] ?? '')) > 16 + 8,
    'nothing before enough was answered to nobody in particular',
  )
})
