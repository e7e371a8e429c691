// What was never asked, answered out of what is known of an API: the real program before a real server that goes away.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { unhurried } from '../support/unhurried.js'

interface Item {
  readonly id: number
  name: string
  readonly kind: string
  price: number
}

/** A small shop: lists with pages, filter and sort, details, writes; somebody's orders behind a token. */
function shop(): Server {
  const items = new Map<number, Item>()
  for (let id = 1; id <= 40; id++)
    items.set(id, { id, name: `Item ${id}`, kind: ['tool', 'toy', 'book'][id % 3]!, price: (id * 37) % 100 })
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://shop')
    const say = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    }
    const [, resource, id] = url.pathname.split('/')
    if (resource === 'orders') {
      const who = request.headers.authorization
      if (who === undefined) return say(401, { error: 'who are you?' })
      const mine = [1, 2, 3].map(n => ({ id: `${who.slice(-1)}${n}`, owner: who, total: n * 10 }))
      if (id === undefined) return say(200, mine)
      const order = mine.find(one => one.id === id)
      return order === undefined ? say(404, { error: 'no such order' }) : say(200, order)
    }
    if (resource !== 'items') return say(404, { error: 'no such place' })
    if (id === undefined) {
      const { searchParams: query } = url
      let rows = [...items.values()].filter(({ kind }) => !query.has('kind') || kind === query.get('kind'))
      if (query.get('sort') === 'price') rows.sort((a, b) => a.price - b.price)
      if (query.get('sort') === '-price') rows.sort((a, b) => b.price - a.price)
      const total = rows.length
      const size = Number(query.get('size') ?? 10)
      const page = Number(query.get('page') ?? 1)
      rows = rows.slice((page - 1) * size, page * size)
      return say(200, { items: rows, total, page, more: page * size < total })
    }
    const item = items.get(Number(id))
    if (item === undefined) return say(404, { error: 'no such item', id })
    if (request.method === 'PATCH') {
      let body = ''
      request.on('data', chunk => (body += chunk)).on('end', () => say(200, Object.assign(item, JSON.parse(body))))
      return
    }
    say(200, item)
  })
  return server
}

async function open(t: { teardown(fn: () => unknown): void }) {
  const server = shop().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const kill = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  t.teardown(() => server.listening && kill())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill }
}

async function visit(proxy: RunningProxy): Promise<void> {
  for (let page = 1; page <= 4; page++) await proxy.get(`/items?page=${page}&size=10`)
  for (const kind of ['tool', 'toy', 'book']) await proxy.get(`/items?kind=${kind}&size=40`)
  for (const sort of ['price', '-price', 'price'])
    for (const page of [1, 2]) await proxy.get(`/items?sort=${sort}&page=${page}&size=10`)
  for (const sort of ['price', '-price']) await proxy.get(`/items?kind=tool&sort=${sort}&size=5`)
  for (const size of [4, 5, 6, 8, 20]) for (const page of [1, 2, 4]) await proxy.get(`/items?page=${page}&size=${size}`)
  for (const kind of ['tool', 'book', 'toy'])
    for (const size of [3, 6, 9]) await proxy.get(`/items?kind=${kind}&size=${size}`)
  for (const kind of ['tool', 'book'])
    for (const sort of ['price', '-price'])
      for (const size of [3, 4, 7]) await proxy.get(`/items?kind=${kind}&sort=${sort}&size=${size}`)
  for (let id = 1; id <= 12; id++) await proxy.get(`/items/${id}`)
  for (const id of [900, 901, 902, 903]) await proxy.get(`/items/${id}`)
  for (const token of ['A', 'B']) {
    await proxy.get('/orders', { authorization: `Bearer ${token}` })
    for (const n of [1, 2]) await proxy.get(`/orders/${token}${n}`, { authorization: `Bearer ${token}` })
  }
  for (const path of ['/orders', '/orders/A1', '/orders/B1', '/orders/A2']) await proxy.get(path)
  const changed = await proxy.send('PATCH', '/items/25', {
    headers: { 'content-type': 'application/json' },
    body: '{"name":"New name"}',
  })
  if (changed.status !== 200) throw new Error(`PATCH ${changed.status}`)
  await proxy.settled()
}

interface Page {
  readonly items: readonly Item[]
  readonly total: number
  readonly page: number
  readonly more: boolean
}

for (const front of ['uws', 'strict']) {
  t.test(`${front}: details, pages, filters and absences that nobody asked for follow from what was seen`, async t => {
    const { url, kill } = await open(t)
    const proxy = await startProxy(t, url, { ...unhurried, CHAOS_FRONT: front })
    await visit(proxy)
    const truth = (await proxy.get('/items?kind=toy&sort=price&size=40')).json<Page>()
    const known = (await proxy.get('/items?size=40')).json<Page>().items
    await proxy.settled()
    await kill()

    const detail = await proxy.get('/items/30')
    t.equal(detail.headers['x-ghost'], 'entity')
    t.same(detail.json(), known[29])
    t.match(detail.headers['content-type'], /json/)
    t.equal((await proxy.get('/items/25')).json<Item>().name, 'New name', 'a write is known at once')

    const page = await proxy.get('/items?page=3&size=5')
    t.equal(page.headers['x-ghost'], 'query')
    t.same(page.json(), { items: known.slice(10, 15), total: 40, page: 3, more: true })

    const narrowed = await proxy.get('/items?kind=toy&sort=price&size=4')
    t.equal(narrowed.headers['x-ghost'], 'query')
    t.same(narrowed.json<Page>().items, truth.items.slice(0, 4))

    const absent = await proxy.get('/items/977')
    t.equal(absent.status, 404)
    t.equal(absent.headers['x-ghost'], 'entity')
    t.same(absent.json(), { error: 'no such item', id: '977' })

    const own = await proxy.get('/orders/A3', { authorization: 'Bearer A' })
    t.same(own.json(), { id: 'A3', owner: 'Bearer A', total: 30 }, 'out of one’s own list')
    for (const path of ['/orders/A3', '/orders/A1', '/orders']) {
      const other = await proxy.get(path, { authorization: 'Bearer C' })
      t.notMatch(other.body.toString(), /Bearer A|Bearer B/, `${path} asked by a stranger`)
      const crossed = await proxy.get(path, { authorization: 'Bearer B' })
      t.notMatch(crossed.body.toString(), /Bearer A/, `${path} asked by another`)
    }
    t.equal((await proxy.get('/orders/B3')).status, 401, 'nobody is told what nobody was told')
    t.equal((await proxy.send('PATCH', '/items/25', { body: '{}' })).status, 503)

    const explained = await proxy.admin<{ tiers: { tier: string; used: boolean; detail: string }[] }>(
      `/api/debug/match?method=GET&path=${encodeURIComponent('/items?page=3&size=5')}`,
    )
    t.match(
      explained.tiers.find(({ tier }) => tier === 'query'),
      { used: true, detail: /5 of 5 rows of this list were seen/ },
    )
  })
}

t.test('what is known of the API outlives the proxy, also where it is killed', async t => {
  const { url, kill } = await open(t)
  const first = await startProxy(t, url, unhurried)
  await visit(first)
  for (const size of [20, 30, 40]) await first.get(`/items?size=${size}`)
  await first.settled()
  await kill()
  const asked = ['/items/30', '/items?page=3&size=5', '/items/977', '/items/25']
  const before = []
  for (const path of asked) {
    const ghost = await first.get(path)
    t.match(ghost.headers['x-ghost'], /entity|query/, path)
    before.push(ghost.body.toString())
  }
  await first.stop()
  const second = await startProxy(t, url, { ...unhurried, CHAOS_DATA_DIR: first.dataDir })
  for (const [i, path] of asked.entries()) {
    const ghost = await second.get(path)
    t.match(ghost.headers['x-ghost'], /entity|query/, `${path} ${ghost.body}`)
    t.equal(ghost.body.toString(), before[i])
  }
  await second.stop('SIGKILL')
  const third = await startProxy(t, url, { ...unhurried, CHAOS_DATA_DIR: first.dataDir })
  t.equal((await third.get('/items/30')).body.toString(), before[0])
})
