// Answers whose head is here at once and whose body comes in drops, or no further: the real program before a real server.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { startLearned, startWaitingServer } from '../support/waiting-server.js'

type Status = {
  requests: { hedged: number }
  routeCircuits: { because: string }[]
  upstreams: { outstanding: number; failures: number }[]
}

/** Until edges have told of the failure of the upstream, and the circuit of the route knows it. */
async function counted(proxy: RunningProxy): Promise<void> {
  for (;;) {
    const { upstreams, routeCircuits } = await proxy.admin<Status>('/api/status')
    if (upstreams[0]!.failures === 1 && upstreams[0]!.outstanding === 0 && routeCircuits.length === 1) return
    await proxy.settled()
  }
}

for (const front of ['uws', 'strict']) {
  const settings = { CHAOS_FRONT: front, CHAOS_WORKERS: '1', CHAOS_HOLD_MS: '50', CHAOS_BREAKER_MIN_REQUESTS: '1' }

  t.test(`${front}: a ghost answers for a body that does not come`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, settings)
    server.hold()
    server.state.begins = true
    const ghost = await proxy.get('/books/1')
    t.equal(ghost.status, 200)
    t.equal(ghost.headers['x-ghost'], 'exact')
    t.match(ghost.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_BODY_SLOW/)
    await server.heldIsGone()
    // It counts: against the upstream, and for the circuit of the route.
    await counted(proxy)
  })

  t.test(`${front}: where no ghost knows the answer, what is here goes out and the rest follows`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startProxy(t, server.url, settings)
    server.hold()
    server.state.begins = true
    const socket = connect(proxy.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write('GET /never/seen HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    let text = ''
    while (!text.includes('{"path":"/never/seen')) text += (await once(socket, 'data'))[0]
    t.match(text, /^HTTP\/1.1 200 /)
    t.notMatch(text, /x-ghost/i)
    t.notMatch(text, /note/, 'the server has not said it yet')
    server.release()
    while (!text.includes('"note"')) text += (await once(socket, 'data'))[0]
    t.match(await proxy.admin<Status>('/api/status'), { routeCircuits: [], upstreams: [{ failures: 0 }] })
  })

  t.test(`${front}: the late truth behind a hedge is not waited for longer either`, async t => {
    const server = await startWaitingServer(t)
    const proxy = await startLearned(t, server.url, { ...settings, CHAOS_GHOST_HEDGE_MS: '10' })
    server.hold()
    server.state.begins = true
    const ghost = await proxy.get('/books/1')
    t.match(ghost.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_SLOW/)
    await server.heldIsGone()
    await counted(proxy)
  })

  t.test(`${front}: a body that breaks off while a ghost is asked in vain is no answer`, async t => {
    const server = await startWaitingServer(t)
    const preload = new URL('../support/preload/silent-brain.js', import.meta.url).href
    // Where nothing is known the brain is only asked if no answer is too unsure.
    const more = { CHAOS_GHOST_BUDGET_MS: '1000', CHAOS_GHOST_MIN_CONFIDENCE: '0', NODE_OPTIONS: `--import=${preload}` }
    const proxy = await startProxy(t, server.url, { ...settings, ...more })
    server.hold()
    server.state.begins = true
    const asked = proxy.get('/books/1')
    while (!proxy.output().includes('the brain was asked')) await new Promise(resolve => setImmediate(resolve))
    server.stop()
    const reply = await asked
    t.equal(reply.status, 502)
    t.equal(reply.headers['x-ghost'], 'none')
    t.match(reply.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_(TRUNCATED|RESET)/)
  })

  t.test(`${front}: CHAOS_HOLD_MS=0 waits`, async t => {
    const server = await startWaitingServer(t)
    const patient = await startLearned(t, server.url, { ...settings, CHAOS_HOLD_MS: '0' })
    const hasty = await startLearned(t, server.url, settings)
    server.hold()
    server.state.begins = true
    const waits = patient.get('/books/1')
    await server.held()
    // The time is up for one that came later.
    t.equal((await hasty.get('/books/1')).headers['x-ghost'], 'exact')
    server.release()
    const reply = await waits
    t.equal(reply.status, 200)
    t.equal(reply.headers['x-ghost'], undefined)
  })
}
