// A 200 that may be right although its route never answered so: the real program before a real server that is well.
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startProxy } from '../support/proxy.js'

type Status = { requests: { softFailures: number }; circuit: { state: string } }
type Rights = Record<string, boolean>

const usual = (id: number): Rights => ({ read: true, write: id % 2 === 0, admin: false })
const USERS = 100
const ORDERS = 5000
const order = (owner: number) => ({ id: ORDERS + owner, ownerId: owner, total: (owner * 37) % 91 })

async function startServer(t: { teardown(fn: () => unknown): void }) {
  const state = { without: new Set<number>(), saysNo: {} as object, broken: false, probed: 0 }
  const server = createServer((request, response) => {
    const [, kind, user = ''] = request.url!.split('/')
    // Each owner has one order, with a number of its own.
    const id = Number(user) - (kind === 'orders' ? ORDERS : 0)
    const has = id <= USERS && !state.without.has(id)
    response.setHeader('content-type', 'application/json')
    if (request.method === 'DELETE') {
      state.without.add(id)
      response.writeHead(204).end()
    } else if (kind === 'orders') {
      response.end(JSON.stringify(order(id)))
    } else if (kind === 'owners') {
      response.end(JSON.stringify(has ? [order(id)] : []))
    } else if (state.broken) {
      response.setHeader('trailer', 'x-checksum')
      response.write('{"error":')
      response.write('"the database is away"}')
      response.addTrailers({ 'x-checksum': '7' })
      response.end()
    } else {
      if (id > USERS) state.probed += 1
      response.end(JSON.stringify(has ? usual(id) : state.saysNo))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const rights = (id: number) => `/users/${id}/rights`

for (const front of ['uws', 'strict']) {
  t.test(`${front}: nobody is given what the upstream says that he does not have`, async t => {
    const { state, url } = await startServer(t)
    const proxy = await startProxy(t, url, {
      CHAOS_FRONT: front,
      CHAOS_WORKERS: '1',
      CHAOS_BREAKER_MIN_REQUESTS: '1',
      CHAOS_BREAKER_ERROR_PERCENT: '1',
    })
    const status = () => proxy.admin<Status>('/api/status')
    for (let id = 1; id <= USERS; id++) await proxy.get(rights(id))
    await proxy.settled()

    // The edge has the lesson when it takes an answer for one that its route never gives.
    let asked = USERS
    while ((await status()).requests.softFailures < 5) {
      asked += 1
      const reply = await proxy.get(rights(asked))
      t.equal(reply.headers['x-ghost'], undefined)
      t.same(reply.json(), {})
    }
    t.equal((await status()).circuit.state, 'closed', 'nothing says that the upstream failed')
    t.equal(state.probed, asked - USERS, 'each was asked for')

    // What it said to this very request is known, and a write has changed it.
    t.equal((await proxy.send('DELETE', rights(8))).status, 204)
    await proxy.settled()
    const revoked = await proxy.get(rights(8))
    t.equal(revoked.headers['x-ghost'], undefined)
    t.same(revoked.json(), {})
  })

  t.test(`${front}: who does not exist is not made up`, async t => {
    const { state, url } = await startServer(t)
    const proxy = await startProxy(t, url, { CHAOS_FRONT: front, CHAOS_WORKERS: '1' })
    for (let id = 1; id <= USERS; id++) await proxy.get(rights(id))
    await proxy.settled()
    state.saysNo = { error: 'no such user' }
    // To the first of them the edge may not have the lesson yet.
    let id = USERS
    while ((await proxy.admin<Status>('/api/status')).requests.softFailures < 3) {
      id += 1
      const reply = await proxy.get(rights(id))
      t.equal(reply.headers['x-ghost'], undefined)
      t.same(reply.json(), { error: 'no such user' })
    }
  })

  t.test(`${front}: a list that a write elsewhere has emptied is not filled again`, async t => {
    const { url } = await startServer(t)
    const proxy = await startProxy(t, url, { CHAOS_FRONT: front, CHAOS_WORKERS: '1' })
    for (let id = 1; id <= USERS; id++) {
      await proxy.get(`/owners/${id}/orders`)
      await proxy.get(`/orders/${ORDERS + id}`)
    }
    await proxy.settled()
    for (let id = USERS + 1; (await proxy.admin<Status>('/api/status')).requests.softFailures === 0; id++)
      t.same((await proxy.get(`/owners/${id}/orders`)).json(), [])
    await proxy.send('DELETE', `/orders/${ORDERS + 8}`)
    await proxy.settled()
    const emptied = await proxy.get('/owners/8/orders')
    t.equal(emptied.headers['x-ghost'], undefined)
    t.same(emptied.json(), [])
  })

  t.test(`${front}: an answer to which no ghost has another goes through whole, trailers and all`, async t => {
    const { state, url } = await startServer(t)
    const proxy = await startProxy(t, url, {
      CHAOS_FRONT: front,
      CHAOS_WORKERS: '1',
      CHAOS_BREAKER_MIN_REQUESTS: '1000000',
      CHAOS_GHOST_MIN_CONFIDENCE: '1',
    })
    for (let id = 1; id <= USERS; id++) await proxy.get(rights(id))
    await proxy.settled()
    state.broken = true
    const ask = (): Promise<{ body: string; trailers: Record<string, string | undefined> }> =>
      new Promise((resolve, reject) => {
        const headers = { te: 'trailers', connection: 'te' }
        const request = httpRequest({ port: proxy.port, path: rights(3), headers }, response => {
          let body = ''
          response.on('data', chunk => (body += chunk))
          response.on('end', () => resolve({ body, trailers: response.trailers }))
        })
        request.on('error', reject)
        request.end()
      })
    const softFailures = async () => (await proxy.admin<Status>('/api/status')).requests.softFailures
    const plain = await ask()
    while ((await softFailures()) === 0) await ask()
    const before = await softFailures()
    t.same(await ask(), plain)
    t.equal(await softFailures(), before + 1, 'it was held to be wrong')
    t.equal(plain.body, '{"error":"the database is away"}')
    if (front === 'strict') t.equal(plain.trailers['x-checksum'], '7')
  })
}
