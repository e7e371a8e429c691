// The circuits on real sockets and real threads: one route fails, the upstream comes back, flaps, is slow.

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { type Origin, startOrigin } from '../support/origin.js'
import { type Reply, type Proxy as RunningProxy, startProxy, temporaryFolder } from '../support/proxy.js'

interface Circuit {
  readonly route?: string
  readonly state: string
  readonly because: string
  readonly nextProbeAt: string | null
  readonly openings: number
  readonly sharePercent: number
  readonly probes: { readonly out: number; readonly ok: number }
}
interface Status {
  readonly circuit: Circuit
  readonly routeCircuits: readonly Circuit[]
}

const statusOf = (proxy: RunningProxy) => proxy.admin<Status>('/api/status')
const isLive = (reply: Reply): boolean => reply.headers['x-ghost'] === undefined
const env = { CHAOS_BREAKER_MIN_REQUESTS: '10', CHAOS_GRADE_PERCENT: '0' }

/** Asks until the status is so. */
async function until(
  proxy: RunningProxy,
  enough: (status: Status) => boolean,
  ask: () => Promise<unknown> = async () => {},
): Promise<Status> {
  for (;;) {
    const status = await statusOf(proxy)
    if (enough(status)) return status
    await ask()
  }
}

async function learned(proxy: RunningProxy): Promise<void> {
  for (let i = 1; i <= 12; i++) {
    await proxy.get(`/users/${i}`)
    await proxy.get(`/greet/name${i}`)
  }
  await proxy.settled()
  // Once under the routes that were learned.
  await proxy.get('/users/1')
  await proxy.get('/greet/name1')
}

/** All requests that the origin saw for these paths. */
async function seen(origin: Origin, prefix: string): Promise<number> {
  const counts = Object.entries(await origin.seen()).filter(([name]) => name.startsWith(`GET ${prefix}`))
  return counts.reduce((sum, [, count]) => sum + count, 0)
}

for (const front of ['uws', 'strict']) {
  t.test(`${front}: a route that fails opens its own circuit, and no other notices`, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { ...env, CHAOS_FRONT: front, CHAOS_BREAKER_OPEN_MS: '600000' })
    await learned(proxy)
    await origin.behave('errors /greet/')
    const { circuit, routeCircuits } = await until(
      proxy,
      ({ routeCircuits }) => routeCircuits.length > 0,
      async () => t.equal((await proxy.get('/greet/name3')).status, 200, 'a ghost all the while'),
    )
    t.equal(circuit.state, 'closed')
    t.equal(routeCircuits.length, 1)
    t.match(routeCircuits[0], { route: /^GET \/greet\/\{/, state: 'open', because: /requests (in a row )?failed$/ })
    const waitMs = Date.parse(routeCircuits[0]!.nextProbeAt!) - Date.now()
    t.ok(waitMs > 500_000 && waitMs <= 750_000, `the next probe is in ${waitMs} ms`)

    const before = await seen(origin, '/greet/')
    for (let i = 0; i < 20; i++) {
      const ghost = await proxy.get(`/greet/name${1 + (i % 5)}`)
      t.equal(ghost.headers['x-ghost'], 'exact')
      const well = await proxy.get(`/users/${1 + (i % 5)}`)
      t.ok(well.status === 200 && isLive(well), 'another route is live')
    }
    t.equal(await seen(origin, '/greet/'), before, 'the route that fails is left alone')
    t.equal((await proxy.send('POST', '/users', { body: '{}' })).status, 201, 'a write goes through')
    t.ok(isLive(await proxy.get('/html')), 'so does what was never asked')
    const refused = await proxy.get('/greet/nobody-knows?no=template')
    if (refused.status === 503) t.ok(Number(refused.headers['retry-after']) > 500, 'it tells when it is worth a try')

    const metrics = (await proxy.adminText('/metrics')).split('\n')
    t.ok(metrics.includes('chaos_circuit_state 0'))
    t.ok(metrics.some(line => /^chaos_route_circuit_state\{route="GET \/greet\/\{\w+\}"\} 1$/.test(line)))
    t.ok(metrics.some(line => /^chaos_route_circuit_opened_total\{route="GET \/greet\/\{\w+\}"\} 1$/.test(line)))
    t.match(proxy.output(), /"circuit":"open","of":"GET \/greet\/\{/)
  })

  t.test(`${front}: few try it, whatever the load; then it gets its share in steps, and nobody is refused`, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, {
      ...{ ...env, CHAOS_FRONT: front, CHAOS_BREAKER_OPEN_MS: '200', CHAOS_BREAKER_MAX_OPEN_MS: '250' },
      ...{ CHAOS_BREAKER_PROBES: '3', CHAOS_BREAKER_RAMP_MS: '600000' },
    })
    await learned(proxy)
    await origin.behave('errors')
    await until(
      proxy,
      ({ circuit }) => circuit.state === 'open',
      () => Promise.all([proxy.get('/users/3'), proxy.get('/greet/name3')]),
    )
    await origin.behave('held')
    const before = await seen(origin, '/')
    // Every request is answered at once but for those that try; these wait until the origin answers them.
    let answered = 0
    let wrong = 0
    let stop = false
    const clients = Array.from({ length: 32 }, async () => {
      while (!stop) {
        const reply = await proxy.get('/users/4')
        answered += 1
        if (reply.status !== 200 || reply.json().id !== 4) wrong += 1
      }
    })
    await until(proxy, ({ circuit }) => circuit.state === 'half-open' && circuit.probes.out >= 3)
    const enough = answered + 2000
    while (answered < enough) await new Promise(resolve => setTimeout(resolve, 5))
    t.equal((await seen(origin, '/')) - before, 3, 'of thousands three went there')
    await origin.behave('well')
    // The route may have a circuit of its own open, where its failures were enough before the upstream's were.
    const isWell = ({ route, state }: Circuit): boolean =>
      route?.startsWith('GET /users/') !== true || state === 'closed'
    const back = await until(
      proxy,
      ({ circuit, routeCircuits }) => circuit.state === 'closed' && routeCircuits.every(isWell),
    )
    stop = true
    await Promise.all(clients)
    t.equal(wrong, 0)
    t.match(back.circuit, { sharePercent: 10, because: '3 probes succeeded', nextProbeAt: null })

    let live = 0
    for (let i = 0; i < 200; i++) if (isLive(await proxy.get('/users/4'))) live += 1
    t.ok(live >= 10 && live <= 40, `${live} of 200 were live`)
    t.ok(isLive(await proxy.get('/html')), 'what no ghost can answer is live')
    t.equal((await proxy.send('PUT', '/users/4', { body: '{}' })).status, 200, 'and so are writes')
    const text = await proxy.adminText('/metrics')
    t.match(text, /^chaos_circuit_share 0\.1$/m)
    t.notMatch(text, /^chaos_held_back_total 0$/m)
  })
}

t.test('an upstream that flaps fails nobody, and is asked less and less', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, {
    ...{ ...env, CHAOS_BREAKER_OPEN_MS: '20', CHAOS_BREAKER_MAX_OPEN_MS: '400', CHAOS_BREAKER_RAMP_MS: '100' },
  })
  await learned(proxy)
  let asked = 0
  const wrong: string[] = []
  let most = 0
  for (let round = 0; most < 4; round++) {
    await origin.behave(['errors', 'well', 'reset', 'well'][round % 4]!)
    for (let i = 0; i < 100; i++) {
      const id = 1 + (i % 12)
      const [user, greeting] = await Promise.all([proxy.get(`/users/${id}`), proxy.get(`/greet/name${id}`)])
      asked += 2
      if (user.status !== 200 || user.json().id !== id) wrong.push(`/users/${id} → ${user.status}`)
      if (greeting.status !== 200 || greeting.json().hello !== `name${id}`) wrong.push(`/greet → ${greeting.status}`)
    }
    const { circuit, routeCircuits } = await statusOf(proxy)
    most = Math.max(most, circuit.openings, ...routeCircuits.map(({ openings }) => openings))
  }
  t.same(wrong, [], `${asked} requests`)
  await origin.behave('well')
  await until(
    proxy,
    ({ circuit, routeCircuits }) => circuit.sharePercent === 100 && routeCircuits.length === 0,
    () => Promise.all([proxy.get('/users/3'), proxy.get('/greet/name3')]),
  )
  t.ok(isLive(await proxy.get('/users/3')), 'all of it is live in the end')
})

const routes = join(temporaryFolder(), 'routes.json')
writeFileSync(
  routes,
  JSON.stringify([
    { route: 'GET /greet/{name}', slowMs: 80 },
    { route: '* /**', slowMs: 0 },
  ]),
)
for (const [where, slow] of [
  ['everywhere', { CHAOS_BREAKER_SLOW_MS: '80' }],
  // One millisecond, so that all that has no time of its own would be slow.
  ['on one route', { CHAOS_BREAKER_SLOW_MS: '1', CHAOS_ROUTES_FILE: routes }],
] as const)
  t.test(`slow answers open a circuit where that is wanted: ${where}`, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, {
      ...{ ...env, ...slow, CHAOS_BREAKER_OPEN_MS: '100', CHAOS_BREAKER_RAMP_MS: '0' },
    })
    await learned(proxy)
    await origin.behave('slow /greet/')
    const ask = () => Promise.all(Array.from({ length: 5 }, (_, i) => proxy.get(`/greet/name${i + 1}`)))
    const { circuit, routeCircuits } = await until(proxy, status => status.routeCircuits.length > 0, ask)
    t.equal(circuit.state, 'closed')
    t.match(routeCircuits, [{ route: /^GET \/greet/, because: /answers were slow|probe/ }])
    t.ok(isLive(await proxy.get('/users/1')))
    const slowProbe = ({ routeCircuits }: Status) => (routeCircuits[0]?.openings ?? 0) > 1
    await until(proxy, slowProbe, ask)
    t.pass('a probe that is slow has failed')
    await origin.behave('well')
    await until(proxy, ({ routeCircuits }) => routeCircuits.length === 0, ask)
    t.ok(isLive(await proxy.get('/greet/name1')))
  })

t.test('an upstream that was killed is asked as soon as it accepts connections, however long it was dead', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, {
    ...{ ...env, CHAOS_BREAKER_OPEN_MS: '100', CHAOS_BREAKER_MAX_OPEN_MS: '600000' },
  })
  await learned(proxy)
  await origin.kill()
  const ask = () => proxy.get('/users/3')
  // Dead for so long that the clock alone would have it asked much later than the connection is there.
  const farOff = ({ nextProbeAt }: Circuit): boolean => Date.parse(nextProbeAt ?? '') - Date.now() > 1500
  const dead = await until(proxy, ({ circuit }) => farOff(circuit), ask)
  t.match(dead.circuit, { state: 'open', because: 'a probe did not reach the upstream' })
  t.same(dead.routeCircuits, [], 'that nobody was reached speaks against no route')
  // In this process: the start of another may take longer than that.
  const back = createServer((_, response) => response.end('{}'))
  t.teardown(() => back.close())
  await new Promise<void>(resolve => back.listen(origin.port, '127.0.0.1', resolve))
  const { circuit } = await until(proxy, status => status.circuit.state === 'closed', ask)
  t.match(circuit, { because: '5 probes succeeded' })
  t.match(proxy.output(), /the upstream shows a sign of life/, 'not by the clock alone')
})
