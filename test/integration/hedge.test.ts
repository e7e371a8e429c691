// Slow, not dead: the real program before a real server that answers when the test lets it.
import t from 'tap'
import { startProxy } from '../support/proxy.js'
import { startLearned, startWaitingServer } from '../support/waiting-server.js'

type Status = { requests: { hedged: number }; routeCircuits: unknown[] }

for (const front of ['uws', 'strict']) {
  const settings = { CHAOS_FRONT: front, CHAOS_WORKERS: '1', CHAOS_GHOST_HEDGE_MS: '20' }

  t.test(`${front}: a ghost answers in time, and the truth that was late is learned, asked for once`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, settings)
    server.state.price = 2
    server.hold()
    // The server has not answered, and will not before this has been.
    const ghost = await proxy.get('/books/1')
    t.equal(ghost.status, 200)
    t.equal(ghost.headers['x-ghost'], 'exact')
    t.equal(ghost.json<{ price: number }>().price, 1)
    t.match(ghost.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_SLOW/)
    t.equal((await proxy.admin<Status>('/api/status')).requests.hedged, 1)
    server.release()
    while ((await proxy.admin<{ learned: number }>('/api/learning')).learned < 2) await proxy.settled()
    t.equal(server.state.asked.get('GET /books/1'), 2, 'once by each request')
    server.stop()
    const later = await proxy.get('/books/1')
    t.equal(later.headers['x-ghost'], 'exact')
    t.equal(later.json<{ price: number }>().price, 2, 'what was late is known')
  })

  t.test(`${front}: an answer that begins and does not go on is slow as well`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, settings)
    server.hold()
    server.state.begins = true
    const ghost = await proxy.get('/books/1')
    t.equal(ghost.headers['x-ghost'], 'exact')
    server.release()
    while ((await proxy.admin<{ captured: number }>('/api/learning')).captured < 1) await proxy.settled()
  })

  t.test(`${front}: where no ghost knows, and for writes, the upstream is waited for`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, settings)
    for (const ask of [() => proxy.get('/never/seen'), () => proxy.send('PUT', '/books/1', { body: '{"price":3}' })]) {
      server.hold()
      const reply = ask()
      await server.held()
      // A request behind it is answered by a ghost: the time of the first is up as well.
      t.equal((await proxy.get('/books/1')).headers['x-ghost'], 'exact')
      server.release()
      t.equal((await reply).status, 200)
      t.equal((await reply).headers['x-ghost'], undefined)
    }
  })

  t.test(`${front}: what is fast enough is not hedged, nor is anything while ghosts are off`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, { ...settings, CHAOS_GHOST_HEDGE_MS: '60000' })
    server.hold()
    const slow = proxy.get('/books/1')
    await server.held()
    server.release()
    t.equal((await slow).headers['x-ghost'], undefined)

    const hasty = await startLearned(t, server.url, settings)
    server.hold()
    // One that is to be hedged comes after it, and has its ghost: by then the first would have had one.
    await hasty.admin('/api/mode', { method: 'PUT', body: { mode: 'off' } })
    const off = hasty.get('/books/1')
    await server.held()
    await hasty.admin('/api/mode', { method: 'PUT', body: { mode: 'auto' } })
    t.equal((await hasty.get('/books/1')).headers['x-ghost'], 'exact')
    server.release()
    t.equal((await off).headers['x-ghost'], undefined)
    t.equal((await hasty.admin<Status>('/api/status')).requests.hedged, 1)
  })

  t.test(`${front}: a client that cannot take what the ghost has waits for the upstream`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startProxy(t, server.url, settings)
    server.state.coding = 'zstd'
    await proxy.get('/books/1', { 'accept-encoding': 'zstd' })
    await proxy.settled()
    server.hold()
    const plain = proxy.get('/books/1', { 'accept-encoding': 'identity' })
    await server.held()
    // One behind it takes it: the time of the first is up as well.
    t.equal((await proxy.get('/books/1', { 'accept-encoding': 'zstd' })).headers['x-ghost'], 'exact')
    server.state.coding = undefined
    server.release()
    t.equal((await plain).status, 200)
    t.equal((await plain).headers['x-ghost'], undefined)
    t.equal((await proxy.admin<Status>('/api/status')).requests.hedged, 1)
  })

  t.test(`${front}: a late answer that is wrong is not learned, and counts`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, { ...settings, CHAOS_BREAKER_MIN_REQUESTS: '1' })
    server.state.status = 500
    server.hold()
    t.equal((await proxy.get('/books/1')).headers['x-ghost'], 'exact')
    server.release()
    // The route's circuit has heard of it.
    while ((await proxy.admin<Status>('/api/status')).routeCircuits.length === 0) await proxy.settled()
    server.stop()
    const later = await proxy.get('/books/1')
    t.equal(later.headers['x-ghost'], 'exact')
    t.equal(later.status, 200)
  })
}
