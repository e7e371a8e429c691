// A ghost of answers in which something is new each time: the real program before a real server that goes away.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startProxy } from '../support/proxy.js'
import { unhurried } from '../support/unhurried.js'

interface Quote {
  readonly requestId: string
  readonly generatedAt: string
  readonly expiresAt: string
  readonly price: number
  readonly self: string
  readonly asOf: string
}

const HOUR_MS = 3_600_000

for (const front of ['uws', 'strict']) {
  t.test(`${front}: the ghost’s ids and moments are new and keep their relations; data is untouched`, async t => {
    const server = createServer((_, response) => {
      const requestId = randomUUID()
      const now = Date.now()
      response.setHeader('content-type', 'application/json')
      response.setHeader('x-request-id', requestId)
      response.setHeader('etag', `"${requestId.slice(0, 8)}"`)
      response.end(
        `{ "requestId": "${requestId}", "generatedAt": "${new Date(now).toISOString()}",\n  "expiresAt": "${new Date(now + HOUR_MS).toISOString()}", "price": 12345678901234567890.10, "self": "/quotes/${requestId}", "asOf": "2026-01-01T00:00:00.000Z" }`,
      )
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = await startProxy(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      ...unhurried,
      CHAOS_FRONT: front,
    })
    const seen = new Set<string>()
    let last = ''
    for (let i = 0; i < 6; i++) {
      const reply = await proxy.get('/quotes')
      t.equal(reply.headers['x-ghost'], undefined)
      seen.add(reply.json<Quote>().requestId)
      last = reply.body.toString()
      // Answers within one millisecond have the same moment; the next one shall not.
      await sleep(5)
    }
    await proxy.settled()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')

    const askedAt = Date.now()
    const ghosts = [await proxy.get('/quotes'), await proxy.get('/quotes')]
    for (const ghost of ghosts) {
      t.equal(ghost.headers['x-ghost'], 'exact')
      const { requestId, generatedAt, expiresAt, self, price, asOf } = ghost.json<Quote>()
      t.match(requestId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      t.notOk(seen.has(requestId), 'never the same id twice')
      seen.add(requestId)
      t.equal(self, `/quotes/${requestId}`)
      t.equal(ghost.headers['x-request-id'], requestId)
      const at = Date.parse(generatedAt)
      t.ok(at >= askedAt - 100 && at <= Date.now() + 100, `${generatedAt} is now`)
      t.equal(Date.parse(expiresAt) - at, HOUR_MS)
      t.match({ price, asOf }, { price: Number('12345678901234567890.10'), asOf: '2026-01-01T00:00:00.000Z' })
      t.equal(ghost.headers.etag, undefined, 'it named another body')
      t.equal(ghost.headers['content-length'], String(ghost.body.length))
      const blank = (text: string): string => text.replace(/[0-9a-f]{8}-[-0-9a-f]{27}|20\d\d-[-:.T\d]+Z/g, '')
      t.equal(blank(ghost.body.toString()), blank(last), 'all else octet for octet')
    }
    const head = await proxy.send('HEAD', '/quotes')
    t.equal(head.headers['content-length'], String(ghosts[0]!.body.length))
  })
}

t.test('what is put together has ids and moments of its own as well, and the data of its thing', async t => {
  const item = (id: number) => ({ id, name: `Item ${id}`, price: 10 + id, made: `2020-01-${10 + id}T00:00:00.000Z` })
  const server = createServer((request, response) => {
    const requestId = randomUUID()
    const stamp = { requestId, generatedAt: new Date().toISOString() }
    const id = /^\/items\/(\d+)$/.exec(request.url ?? '')?.[1]
    response.setHeader('content-type', 'application/json')
    response.setHeader('x-request-id', requestId)
    const items = Array.from({ length: 14 }, (_, i) => item(i + 1))
    response.end(JSON.stringify(id === undefined ? { ...stamp, items } : { ...stamp, ...item(Number(id)) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startProxy(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    ...unhurried,
    CHAOS_FRONT: 'strict',
    CHAOS_WORKERS: '1',
  })
  const seen = new Set<string>()
  for (let id = 1; id <= 12; id++)
    for (const target of ['/items', `/items/${id}`, `/items/${id}`]) {
      seen.add((await proxy.get(target)).json<Quote>().requestId)
      await sleep(5)
    }
  await proxy.settled()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  const askedAt = Date.now()
  const ghost = await proxy.get('/items/14')
  t.equal(ghost.headers['x-ghost'], 'entity')
  const { requestId, generatedAt, ...data } = ghost.json<Quote & ReturnType<typeof item>>()
  t.same(data, item(14))
  t.match(requestId, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  t.notOk(seen.has(requestId))
  t.equal(ghost.headers['x-request-id'], requestId)
  const at = Date.parse(generatedAt)
  t.ok(at >= askedAt - 100 && at <= Date.now() + 100, `${generatedAt} is now`)
})
