// A 200 that is wrong: the real program before a real server that turns bad in every way that it can without a 5xx.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { type Reply, startProxy } from '../support/proxy.js'

interface Wrong {
  readonly type?: string
  readonly body: string
  /** In pieces, without a length. */
  readonly chunked?: boolean
}

const html = '<!doctype html><title>Maintenance</title><p>We are back soon.</p>'
const wrongs: Record<string, Wrong> = {
  'an error envelope': { body: '{"error":"the database is away"}' },
  'success: false': { body: '{"success":false,"message":"try again later"}' },
  'status: error': { body: '{"status":"error","message":"timeout"}' },
  HTML: { type: 'text/html; charset=utf-8', body: html },
  'HTML that is called JSON': { body: html },
  'no body': { body: '' },
  'no body, without a length': { body: '', chunked: true },
  'an empty object': { body: '{}' },
  'another shape': { body: '{"greeting":"hello","version":3}' },
  'an envelope in pieces': { body: '{"error":"the database is away"}', chunked: true },
  'HTML too long to be held': { type: 'text/html', body: html.repeat(3000) },
  'HTML too long to be held, without a length': { type: 'text/html', body: html.repeat(3000), chunked: true },
}

const item = (id: number) => JSON.stringify({ id, name: `item ${id}`, price: (id * 37) % 11, stock: id % 5 })
const page = (n: number) => JSON.stringify([n * 2, n * 2 + 1].map(id => ({ id, name: `item ${id}` })))

async function startServer(t: { teardown(fn: () => unknown): void }) {
  const state: { wrong: Wrong | undefined } = { wrong: undefined }
  const send = (response: ServerResponse, { type = 'application/json', body, chunked = false }: Wrong): void => {
    response.setHeader('content-type', type)
    if (!chunked) response.setHeader('content-length', Buffer.byteLength(body))
    for (let i = 0; i < body.length; i += 20_000) response.write(body.slice(i, i + 20_000))
    response.end()
  }
  const server = createServer((request, response) => {
    const [, , id = ''] = request.url!.split(/[/=]/)
    const body = request.url!.startsWith('/items/') ? item(Number(id)) : page(Number(request.url!.split('=')[1]))
    send(
      response,
      state.wrong === undefined ? { body } : { ...state.wrong, body: state.wrong.body.replace('$URL', request.url!) },
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    if (server.listening) await once(server, 'close')
  }
  t.teardown(stop)
  return { state, stop, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Everything is learned, and the edge has been told. */
async function learnAll(
  proxy: Awaited<ReturnType<typeof startProxy>>,
  state: { wrong: Wrong | undefined },
): Promise<void> {
  for (let id = 1; id <= 25; id++) await proxy.get(`/items/${id}`)
  for (let n = 1; n <= 61; n++) await proxy.get(`/list?page=${n}`)
  await proxy.settled()
  state.wrong = wrongs['an empty object']
  while ((await proxy.get('/items/1')).headers['x-ghost'] === undefined) state.wrong = wrongs['an empty object']
  state.wrong = { body: '[]' }
  while ((await proxy.get('/list?page=1')).headers['x-ghost'] === undefined) state.wrong = { body: '[]' }
  state.wrong = undefined
}

type Status = { requests: { softFailures: number }; circuit: { state: string }; routeCircuits: unknown[] }

const oneEdge = { CHAOS_WORKERS: '1', CHAOS_GRADE_PERCENT: '0' }

for (const front of ['uws', 'strict']) {
  t.test(
    `${front}: a ghost answers for a 200 that is wrong; where it stays silent the answer goes through`,
    async t => {
      const { state, stop, url } = await startServer(t)
      const proxy = await startProxy(t, url, { ...oneEdge, CHAOS_FRONT: front, CHAOS_BREAKER_MIN_REQUESTS: '1000000' })
      await learnAll(proxy, state)
      for (const [name, wrong] of Object.entries(wrongs)) {
        state.wrong = wrong
        const before = (await proxy.admin<Status>('/api/status')).requests.softFailures
        const ghost = await proxy.get('/items/7')
        t.equal(ghost.headers['x-ghost'], 'exact', name)
        t.equal(ghost.body.toString(), item(7), name)
        t.match(ghost.headers['cache-status'], /chaos-proxy/)
        const unknown = await proxy.get('/items/4711')
        t.equal(unknown.status, 200, name)
        t.equal(unknown.headers['x-ghost'], undefined, name)
        t.equal(unknown.headers['content-type'], wrong.type ?? 'application/json', name)
        t.equal(unknown.body.toString(), wrong.body, `${name}: untouched`)
        t.equal((await proxy.admin<Status>('/api/status')).requests.softFailures, before + 2, name)
      }
      // While one waits for what the brain says of it, others are read.
      state.wrong = { body: '{"error":"no answer for $URL"}' }
      const paths = Array.from({ length: 200 }, (_, i) => `/items/${5000 + i}`)
      const replies = await Promise.all(paths.map(path => proxy.get(path)))
      t.same(
        replies.map(({ body }) => body.toString()),
        paths.map(path => `{"error":"no answer for ${path}"}`),
      )
      state.wrong = { body: ' [] ' }
      t.equal((await proxy.get('/list?page=3')).body.toString(), page(3), 'a list that never was empty')
      t.equal((await proxy.get('/list?page=4000')).body.toString(), ' [] ')

      state.wrong = undefined
      const live = await proxy.get('/items/7')
      t.equal(live.headers['x-ghost'], undefined, 'the truth at once when it is back')
      await proxy.settled()
      await stop()
      t.equal((await proxy.get('/items/7')).body.toString(), item(7), 'nothing wrong was learned')
      t.equal((await proxy.get('/items/4711')).status, 502)
    },
  )

  t.test(`${front}: the circuit opens for it`, async t => {
    const { state, url } = await startServer(t)
    const env = { ...oneEdge, CHAOS_FRONT: front, CHAOS_BREAKER_ERROR_PERCENT: '5', CHAOS_BREAKER_RAMP_MS: '0' }
    const proxy = await startProxy(t, url, env)
    await learnAll(proxy, state)
    state.wrong = wrongs['an error envelope']
    // Of the route, or, where others failed as well, of the upstream.
    const isClosed = async (): Promise<boolean> => {
      const { circuit, routeCircuits } = await proxy.admin<Status>('/api/status')
      return circuit.state === 'closed' && routeCircuits.length === 0
    }
    while (await isClosed())
      t.equal((await proxy.get('/items/5')).body.toString(), item(5), 'a good answer all the while')
    state.wrong = undefined
    while (!(await isClosed())) await proxy.get('/items/5')
    t.equal((await proxy.get('/items/6')).headers['x-ghost'], undefined)
  })
}

t.test('the circuit can be left out of it', async t => {
  const { state, url } = await startServer(t)
  const env = { ...oneEdge, CHAOS_SOFT_FAILURES: 'uncounted', CHAOS_BREAKER_MIN_REQUESTS: '1' }
  const proxy = await startProxy(t, url, { ...env, CHAOS_BREAKER_ERROR_PERCENT: '1' })
  await learnAll(proxy, state)
  state.wrong = wrongs['an error envelope']
  const before = (await proxy.admin<Status>('/api/status')).requests.softFailures
  for (let i = 0; i < 60; i++) t.equal((await proxy.get('/items/5')).headers['x-ghost'], 'exact')
  const { requests, circuit } = await proxy.admin<Status>('/api/status')
  t.equal(circuit.state, 'closed')
  t.equal(requests.softFailures, before + 60, 'the upstream was asked each time')
})

t.test('switched off, a 200 is a 200', async t => {
  const { state, url } = await startServer(t)
  const proxy = await startProxy(t, url, { ...oneEdge, CHAOS_SOFT_FAILURES: 'off' })
  for (let id = 1; id <= 40; id++) await proxy.get(`/items/${id}`)
  await proxy.settled()
  state.wrong = wrongs['an error envelope']
  const replies: Reply[] = []
  for (let id = 1; id <= 40; id++) replies.push(await proxy.get(`/items/${id}`))
  t.same([...new Set(replies.map(({ body }) => body.toString()))], ['{"error":"the database is away"}'])
  t.equal((await proxy.admin<Status>('/api/status')).requests.softFailures, 0)
})
