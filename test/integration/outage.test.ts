// What the product promises, on real parts: real sockets, real threads, a real SIGKILL.
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { type Reply, startProxy } from '../support/proxy.js'

const isGhost = (reply: Reply): boolean =>
  typeof reply.headers['x-ghost'] === 'string' && reply.headers['x-ghost'] !== 'none'

/** Asks until `enough`, at most `forMs`. For things that must come true soon but at no certain moment. */
async function until(ask: () => Promise<Reply>, enough: (reply: Reply) => boolean, forMs: number): Promise<Reply> {
  const end = Date.now() + forMs
  for (;;) {
    const reply = await ask()
    if (enough(reply) || Date.now() > end) return reply
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

t.test(
  'known requests survive SIGKILL under load without a failure, unknown ones are refused, and the truth returns',
  async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url)
    const known = Array.from({ length: 20 }, (_, i) => `/users/${i + 1}`)
    const truth = new Map<string, string>()
    for (const path of known) {
      const reply = await proxy.get(path)
      t.equal(reply.headers['x-ghost'], undefined, 'a live answer is not marked')
      truth.set(path, reply.body.toString())
    }
    await proxy.settled()

    // Sixteen clients ask all the while; the kill falls into the middle of it.
    let asked = 0
    let ghosts = 0
    const wrong: string[] = []
    let stop = false
    const clients = Array.from({ length: 16 }, async (_, client) => {
      for (let i = client; !stop; i++) {
        const path = known[i % known.length]!
        const reply = await proxy.get(path)
        asked += 1
        if (isGhost(reply)) ghosts += 1
        if (reply.status !== 200 || reply.body.toString() !== truth.get(path))
          wrong.push(`${path} → ${reply.status} ${reply.body}`)
      }
    })
    while (asked < 300) await new Promise(resolve => setImmediate(resolve))
    t.equal(ghosts, 0)
    await origin.kill()
    const before = asked
    while (asked < before + 600) await new Promise(resolve => setImmediate(resolve))
    stop = true
    await Promise.all(clients)
    t.same(wrong, [], 'no client saw a failure or a wrong answer')
    t.ok(ghosts > 0, `${ghosts} of ${asked} answers were ghosts`)

    const ghost = await proxy.get(known[0]!)
    t.equal(ghost.headers['x-ghost'], 'exact')
    t.match(ghost.headers['x-ghost-confidence'], /^[01]\.\d\d$/)
    t.match(ghost.headers.age, /^\d+$/)
    t.equal(ghost.headers['cache-status'], 'chaos-proxy; hit; detail=ghost-exact')
    t.match(ghost.headers['proxy-status'], /^chaos-proxy; error=/)

    const unknown = await proxy.get('/users/777')
    t.notOk(unknown.status === 200 && !isGhost(unknown), 'never an unmarked answer')
    if (!isGhost(unknown)) {
      t.ok([502, 503, 504].includes(unknown.status))
      t.equal(unknown.headers['x-ghost'], 'none')
      t.equal(unknown.headers['content-type'], 'application/problem+json')
      t.match(unknown.headers['retry-after'], /^\d+$/)
    }
    const write = await proxy.send('POST', '/users', {
      body: '{"name":"x"}',
      headers: { 'content-type': 'application/json' },
    })
    t.equal(write.status, 503, 'a write is never answered as if it were done')
    t.equal(write.headers['x-ghost-refused'], 'unsafe-method')

    const { learned } = await proxy.admin<{ learned: number }>('/api/learning')
    await proxy.get(known[1]!)
    await proxy.settled()
    t.equal((await proxy.admin<{ learned: number }>('/api/learning')).learned, learned, 'ghosts are not learned')

    await startOrigin(t, origin.port)
    const back = await until(
      () => proxy.get(known[0]!),
      reply => !isGhost(reply),
      3000,
    )
    t.equal(back.headers['x-ghost'], undefined, 'live answers flow within three seconds')
    t.equal(back.status, 200)
  },
)

t.test('a proxy that is started in the middle of an outage answers from what it learned before', async t => {
  const origin = await startOrigin(t)
  const first = await startProxy(t, origin.url)
  const truth = await first.get('/users/5')
  await first.settled()
  t.equal(await first.stop(), 0, 'SIGTERM ends it with 0')
  await origin.kill()
  const second = await startProxy(t, origin.url, { CHAOS_DATA_DIR: first.dataDir })
  const ghost = await second.get('/users/5')
  t.equal(ghost.headers['x-ghost'], 'exact')
  t.same(ghost.body, truth.body)
  t.equal(ghost.headers.etag, '"u5"')
})

t.test('what one credential saw is not given to another, nor to nobody', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  const a = { authorization: 'Bearer alice' }
  for (let i = 0; i < 3; i++) await proxy.get('/me', a)
  await proxy.get('/public', a)
  await proxy.settled()
  await origin.kill()
  t.equal((await proxy.get('/me', a)).json().account, 'alice')
  for (const other of [
    { authorization: 'Bearer bob' },
    {},
    { cookie: 'session=alice' },
    { authorization: 'bearer alice' },
  ]) {
    const reply = await proxy.get('/me', other)
    t.ok(reply.status >= 500, JSON.stringify(other))
    t.notMatch(reply.body.toString(), /alice/)
  }
  t.equal((await proxy.get('/public')).headers['x-ghost'], 'exact', 'what the response calls public is for everybody')
})

t.test('errors, half answers and dead air become ghosts before the first byte', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_RESPONSE_TIMEOUT_MS: '300' })
  await proxy.get('/users/7')
  await proxy.settled()
  for (const behaviour of ['errors', 'reset', 'silent']) {
    await origin.behave(behaviour)
    const reply = await proxy.get('/users/7')
    t.equal(reply.headers['x-ghost'], 'exact', behaviour)
    t.equal(reply.status, 200)
  }
  await origin.behave('errors')
  const own = await proxy.get('/users/8')
  t.equal(own.status, 500)
  t.same(own.json(), { error: 'broken' }, 'where no ghost can answer, the error of the upstream goes through as it is')
  t.equal(own.headers['x-ghost'], undefined)
})

t.test('an error that a ghost stands in for does not cost its connection', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_WORKERS: '1', CHAOS_BREAKER_MIN_REQUESTS: '1000' })
  await proxy.get('/users/7')
  await proxy.settled()
  await origin.behave('errors')
  for (let i = 0; i < 10; i++) t.equal((await proxy.get('/users/7')).headers['x-ghost'], 'exact')
  t.equal((await origin.seen()).connections, 1)
})

t.test('a write that went through outlives the older answer', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  await proxy.get('/users/3')
  await proxy.get('/users/4')
  await proxy.settled()
  t.equal((await proxy.send('PUT', '/users/3', { body: '{"name":"new"}' })).status, 200)
  await proxy.settled()
  await origin.kill()
  const reply = await proxy.get('/users/3')
  t.equal(reply.headers['x-ghost'], 'none')
  t.equal(reply.json().ghost, 'gone')
  t.equal((await proxy.get('/users/4')).headers['x-ghost'], 'exact')
})

t.test('a POST makes its target untrue, not every page of the list', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  for (const path of ['/users', '/users?_page=2', '/users/1000']) await proxy.get(path)
  await proxy.settled()
  t.equal((await proxy.send('POST', '/users', { body: '{}' })).status, 201)
  await proxy.settled()
  await origin.kill()
  t.equal((await proxy.get('/users')).json().ghost, 'gone')
  t.equal((await proxy.get('/users/1000')).json().ghost, 'gone', 'Location names it')
  t.equal((await proxy.get('/users?_page=2')).headers['x-ghost'], 'exact')
})

t.test('a refused write leaves its connection usable', async t => {
  const proxy = await startProxy(t, 'http://127.0.0.1:9')
  for (let i = 0; i < 3; i++) {
    // The body comes while the connection upstream is still being tried: reading stops, and must go on.
    t.equal(
      (await proxy.send('POST', '/users', { body: 'x'.repeat(50_000), headers: { 'content-length': '50000' } })).status,
      503,
    )
    t.equal((await proxy.get('/users')).status, 502)
  }
})

t.test('an observed absence is remembered', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  await proxy.get('/users/950')
  await proxy.settled()
  await origin.kill()
  const reply = await proxy.get('/users/950')
  t.equal(reply.status, 404)
  t.equal(reply.headers['x-ghost'], 'exact')
})

t.test('templates and semantic matches answer what was never asked, once grading trusts them', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  for (let i = 0; i < 30; i++) await proxy.get(`/greet/${i % 3 === 0 ? `Name${i}` : `name-${i}`}`)
  await proxy.settled()
  const words = [
    'red shoes',
    'blue hat',
    'green coat',
    'black gloves',
    'white scarf',
    'brown boots',
    'grey socks',
    'pink dress',
  ]
  for (const pair of words) {
    await proxy.get(`/search?q=${encodeURIComponent(pair)}`)
    await proxy.settled()
    await proxy.get(`/search?q=${encodeURIComponent(pair.split(' ').reverse().join(' '))}`)
    await proxy.settled()
    await proxy.get(`/search?q=${encodeURIComponent(pair.toUpperCase())}`)
    await proxy.settled()
  }
  await origin.kill()
  const greeting = await proxy.get('/greet/Z%C3%B6e')
  t.equal(greeting.headers['x-ghost'], 'template')
  t.same(greeting.json(), { hello: 'Zöe', polite: true, version: 3 })
  const search = await proxy.get('/search?q=Shoes%20RED')
  t.equal(search.headers['x-ghost'], 'semantic')
  t.same(search.json(), {
    hits: [
      { word: 'red', length: 3 },
      { word: 'shoes', length: 5 },
    ],
  })
  const negated = await proxy.get('/search?q=shoes%20not%20red')
  t.equal(negated.headers['x-ghost'], 'none', 'a negation is not the same question')
  const explained = await proxy.admin<{ tiers: { tier: string }[]; verdict: string }>(
    '/api/debug/match?method=GET&path=%2Fsearch%3Fq%3DShoes%2520RED',
  )
  t.same(
    explained.tiers.map(({ tier }) => tier),
    ['exact', 'entity', 'query', 'template', 'semantic'],
  )
  t.equal(explained.verdict, 'answer')
  const missed = await proxy.admin<{ nearestMiss: { target: string; because: string } | null; verdict: string }>(
    '/api/debug/match?method=GET&path=%2Fsearch%3Fq%3Dred%2520trousers',
  )
  t.equal(missed.verdict, 'refusal')
  t.match(missed.nearestMiss, { target: /search\?q=/, because: 'not near enough' })
})

t.test('whatever is not JSON is replayed octet for octet, and secrets are not stored', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  const paths = ['/html', '/binary', '/broken-gzip', '/empty']
  const live = new Map<string, Reply>()
  for (const path of paths) live.set(path, await proxy.get(path))
  await proxy.get('/gzip', { 'accept-encoding': 'gzip' })
  for (const path of ['/secret', '/no-store', '/cookie', '/language'])
    await proxy.get(path, { 'accept-language': 'de' })
  await proxy.settled()
  await origin.kill()
  for (const path of paths) {
    const ghost = await proxy.get(path, path === '/broken-gzip' ? { 'accept-encoding': 'gzip' } : {})
    t.equal(ghost.headers['x-ghost'], 'exact', path)
    t.same(ghost.body, live.get(path)!.body, path)
    t.equal(ghost.status, live.get(path)!.status)
    t.equal(ghost.headers['content-type'], live.get(path)!.headers['content-type'])
  }
  t.equal((await proxy.get('/gzip')).body.toString(), '{"packed":true}', 'decoded for a client that takes no gzip')
  t.equal((await proxy.get('/gzip', { 'accept-encoding': 'gzip' })).headers['content-encoding'], 'gzip')
  const secret = await proxy.get('/secret')
  t.notMatch(secret.body.toString(), /very-secret/)
  t.equal(secret.headers['x-ghost-redacted'], '1')
  t.equal((await proxy.get('/no-store')).headers['x-ghost'], 'none')
  t.equal((await proxy.get('/cookie')).headers['set-cookie'], undefined)
  t.equal((await proxy.get('/language', { 'accept-language': 'de' })).headers['x-ghost'], 'exact')
  t.equal(
    (await proxy.get('/language', { 'accept-language': 'fr' })).headers['x-ghost'],
    'none',
    'another Vary, another request',
  )
  t.equal((await proxy.send('HEAD', '/users/1')).headers['x-ghost'], 'none')
})

t.test('conditional requests, HEAD and modes', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  const live = await proxy.get('/users/9')
  await proxy.settled()
  t.same(await proxy.admin('/api/mode'), { mode: 'auto' })
  t.same(await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'forced' } }), { mode: 'forced' })
  const ghost = await proxy.get('/users/9')
  t.equal(ghost.headers['x-ghost'], 'exact', 'forced: the upstream is not asked although it is well')
  t.equal((await proxy.get('/users/9', { 'if-none-match': '"u9"' })).status, 304)
  t.equal((await proxy.get('/users/9', { 'if-none-match': '"other"' })).status, 200)
  const head = await proxy.send('HEAD', '/users/9')
  t.equal(head.headers['content-length'], String(live.body.length))
  t.equal(head.body.length, 0)
  await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'off' } })
  await origin.behave('errors')
  t.equal((await proxy.get('/users/9')).status, 500, 'off: what the upstream says is what the client gets')
})
