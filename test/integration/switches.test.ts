// Switches of routes on the real program: taken over by every edge at once, kept, and never half done.
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SwitchesReport } from '../../core/contract/route-switches.js'
import { cleanUp, startBackend, startProxy as startProcess, teach } from '../../scripts/chaos/stage.js'
import { startOrigin } from '../support/origin.js'
import { type Proxy as Running, startProxy, temporaryFolder } from '../support/proxy.js'

t.teardown(cleanUp)

const users = 'GET /users/{id}'

interface Said {
  readonly status?: number
  readonly field?: string
  readonly detail?: string
  readonly switch?: object | null
}

const set = (proxy: Running, change: object): Promise<Said> =>
  proxy.admin('/api/switches', { method: 'PUT', body: change })
const clear = (proxy: Running, route: string): Promise<Said> =>
  proxy.admin(`/api/switches/${encodeURIComponent(route)}`, { method: 'DELETE' })

/** On a connection of its own each time: connections are dealt out among the edges. */
async function ghostsOf(proxy: Running, path: string, headers: Record<string, string> = {}): Promise<string> {
  const said = new Set<string>()
  for (let i = 0; i < 8; i++) {
    const reply = await fetch(`http://127.0.0.1:${proxy.port}${path}`, {
      headers: { ...headers, connection: 'close' },
    })
    await reply.arrayBuffer()
    const refused = reply.headers.get('x-ghost-refused')
    said.add(`${reply.headers.get('x-ghost')}${refused === null ? '' : ` ${refused}`}`)
  }
  return [...said].join()
}

for (const front of ['uws', 'strict'])
  t.test(`${front}: all edges follow at once, also one that starts later, and the next process`, async t => {
    const origin = await startOrigin(t)
    const crashing = new URL('../support/preload/crash-edges.js', import.meta.url).href
    const env = { CHAOS_FRONT: front, CHAOS_DATA_DIR: temporaryFolder() }
    const proxy = await startProxy(t, origin.url, { ...env, NODE_OPTIONS: `--import=${crashing}` })
    for (let id = 1; id <= 12; id++) await proxy.get(`/users/${id}`)
    await proxy.get('/users')
    await proxy.settled()
    await origin.kill()
    t.equal(await ghostsOf(proxy, '/users/7'), 'exact')

    t.match(await set(proxy, { route: users, ghost: 'off' }), { switch: { ghost: 'off' } })
    t.equal(await ghostsOf(proxy, '/users/7'), 'none mode-off')
    t.equal(await ghostsOf(proxy, '/users'), 'exact', 'others are as they were')
    t.match(await set(proxy, { route: users, ghost: 'default', minConfidence: 1 }), { switch: { minConfidence: 1 } })
    t.equal(await ghostsOf(proxy, '/users/7'), 'none low-confidence')
    t.match(await proxy.admin('/api/debug/match?path=/users/7'), {
      ...{ minConfidence: 1, reason: 'low-confidence', request: { switch: users, policy: null } },
    })

    proxy.child.kill('SIGWINCH')
    for (;;) {
      const { threads } = await proxy.admin<{ threads: Record<string, number> }>('/api/status')
      if (threads.edgeRestarts === 2 && threads.edgesRunning === 2) break
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    t.equal(await ghostsOf(proxy, '/users/7'), 'none low-confidence', 'edges that took the place of others')
    t.match(await clear(proxy, users), { switch: null })
    t.equal(await ghostsOf(proxy, '/users/7'), 'exact', 'they follow too')

    t.match(await set(proxy, { route: users, ghost: 'off' }), { switch: { ghost: 'off' } })
    t.match((await proxy.admin<{ routes: object[] }>('/api/routes')).routes, [{ switch: { ghost: 'off' } }, {}])
    t.equal(await proxy.stop(), 0)
    const again = await startProxy(t, origin.url, env)
    t.equal(await ghostsOf(again, '/users/7'), 'none mode-off')
    t.match(await again.adminText('/metrics'), /^chaos_route_switches 1$/m)
    t.same((await again.admin<SwitchesReport>('/api/switches', { method: 'DELETE' })).switches, [])
    t.equal(await ghostsOf(again, '/users/7'), 'exact')
    const audit = readFileSync(join(again.dataDir, 'audit.log'), 'utf8')
    t.match(
      audit,
      /"path":"\/api\/switches","status":200,"body":"\{\\"route\\":\\"GET \/users\/\{id\}\\",\\"ghost\\":\\"off\\"\}"/,
    )
    t.match(audit, /"method":"DELETE","path":"\/api\/switches\/GET%20%2Fusers%2F%7Bid%7D","status":200/)
  })

t.test('sharing own: what is public goes to the credentials alone that it was answered to', async t => {
  const origin = await startOrigin(t)
  // Each request is to get there.
  const env = { CHAOS_BREAKER_FAILURES: '1000000', CHAOS_BREAKER_MIN_REQUESTS: '1000000' }
  const proxy = await startProxy(t, origin.url, env)
  /** The error of the upstream, as it is. */
  const noGhost = /^null/
  const [ann, bob] = [{ authorization: 'Bearer ann' }, { authorization: 'Bearer bob' }]
  for (let i = 0; i < 3; i++) await proxy.get('/public', ann)
  await proxy.settled()
  await origin.behave('errors')
  t.equal(await ghostsOf(proxy, '/public', bob), 'exact', 'it is for everybody')

  t.match(await set(proxy, { route: 'GET /public', sharing: 'own' }), { switch: { sharing: 'own' } })
  for (const who of [ann, bob, {}])
    t.match(await ghostsOf(proxy, '/public', who), noGhost, 'nobody knows any more who was answered that')
  await origin.behave('well')
  await proxy.get('/public', ann)
  await proxy.settled()
  await origin.behave('errors')
  t.equal(await ghostsOf(proxy, '/public', ann), 'exact', 'her own, learned since')
  for (const who of [bob, {}]) t.match(await ghostsOf(proxy, '/public', who), noGhost)
  t.match(await clear(proxy, 'GET /public'), { switch: null })
  t.equal(await ghostsOf(proxy, '/public', bob), 'exact', 'what was learned as public is so again')
})

t.test('writes to the path of one route are journalled or refused, where there is a journal', async t => {
  const origin = await startOrigin(t)
  const put = (proxy: Running, path: string) =>
    proxy.send('PUT', path, { headers: { 'content-type': 'application/json' }, body: '{"name":"Zoe"}' })
  const learn = async (proxy: Running): Promise<void> => {
    for (let id = 1; id <= 12; id++) await proxy.get(`/users/${id}`)
    await proxy.settled()
  }
  const without = await startProxy(t, origin.url)
  await learn(without)
  t.match(await set(without, { route: users, writes: 'journal' }), {
    ...{ status: 409, field: 'writes', detail: /no journal is open: start with CHAOS_GHOST_WRITES=journal/ },
  })
  t.same((await without.admin<SwitchesReport>('/api/switches')).switches, [])
  await without.stop()

  const proxy = await startProxy(t, origin.url, { CHAOS_GHOST_WRITES: 'journal' })
  await learn(proxy)
  await origin.kill()
  t.equal((await put(proxy, '/users/7')).status, 202)
  t.match(await set(proxy, { route: users, writes: 'refuse' }), { switch: { writes: 'refuse' } })
  t.equal((await put(proxy, '/users/8')).status, 503)
  t.equal((await put(proxy, '/groups/8')).status, 202, 'elsewhere as ever')
})

t.test('what the disk does not take is not done, and said', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  for (let id = 1; id <= 12; id++) await proxy.get(`/users/${id}`)
  await proxy.settled()
  await origin.kill()
  mkdirSync(join(proxy.dataDir, 'switches.json.new'))
  t.match(await set(proxy, { route: users, ghost: 'off' }), { status: 503, detail: /nothing was changed.*EISDIR/ })
  t.equal(await ghostsOf(proxy, '/users/7'), 'exact')
  t.match(await set(proxy, { route: 'GET /nowhere', ghost: 'off' }), { status: 404, field: 'route' })
  t.match(await clear(proxy, users), { status: 404, field: 'id' })
})

t.test('SIGHUP reads the routes anew, under the switches; a bad file changes nothing and says why', async t => {
  const routes = join(temporaryFolder(), 'routes.json')
  writeFileSync(routes, '[]')
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_ROUTES_FILE: routes })
  for (let id = 1; id <= 12; id++) await proxy.get(`/users/${id}`)
  await proxy.get('/users')
  await proxy.settled()
  await origin.kill()
  const reloaded = async (text: string, until: string): Promise<void> => {
    const from = proxy.output().length
    writeFileSync(routes, text)
    proxy.child.kill('SIGHUP')
    while (!proxy.output().slice(from).includes(until)) await once(proxy.child.stdout!, 'data')
  }
  await reloaded('[{"route":"GET /users/**","ghost":"off"}]', 'CHAOS_ROUTES_FILE was read anew')
  t.equal(await ghostsOf(proxy, '/users/7'), 'none mode-off')
  await set(proxy, { route: users, ghost: 'auto' })
  t.equal(await ghostsOf(proxy, '/users/7'), 'exact', 'the switch goes before the file')
  t.equal(await ghostsOf(proxy, '/users'), 'none mode-off')
  await reloaded('[{"route":"GET /users","ghost":"maybe"}]', 'CHAOS_ROUTES_FILE was not taken over')
  t.match(proxy.output(), /entry 1, ghost: /)
  t.equal(await ghostsOf(proxy, '/users'), 'none mode-off', 'as before')
  await reloaded('[]', 'CHAOS_ROUTES_FILE was read anew')
  t.equal(await ghostsOf(proxy, '/users'), 'exact')
})

t.test('a process that takes over has the switches', async t => {
  const backend = await startBackend()
  const proxy = await startProcess(backend.url)
  await teach(proxy)
  const { routes } = await proxy.admin<SwitchesReport>('/api/switches')
  const route = routes[0]!.route
  const port = /"admin":"http:\/\/[^:]+:(\d+)"/.exec(proxy.said())![1]
  const reply = await fetch(`http://127.0.0.1:${port}/api/switches`, {
    method: 'PUT',
    body: JSON.stringify({ route, ghost: 'off' }),
  })
  t.equal(reply.status, 200)
  t.equal(await proxy.handOver(), '')
  t.same((await proxy.admin<SwitchesReport>('/api/switches')).switches, [{ route, ghost: 'off' }])
})
