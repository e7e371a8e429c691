// Where the time went, and what became of each request: metrics, Server-Timing and the access log of the real program.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startProxy } from '../support/proxy.js'

type Running = Awaited<ReturnType<typeof startProxy>>

async function startBackend(t: Test): Promise<{ url: string; kill(): void }> {
  const server = createServer((request, response) => {
    if (request.url === '/error') response.writeHead(503).end('sorry')
    else if (request.url === '/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end('data: 1\n\n')
    } else response.writeHead(200, { 'server-timing': 'db;dur=3' }).end(`{"of":"${request.url}"}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const kill = () => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(kill)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill }
}

const logged = (proxy: Running): Record<string, unknown>[] =>
  proxy
    .output()
    .split('\n')
    .filter(line => line.includes('"msg":"request"'))
    .map(line => JSON.parse(line))

async function metrics(proxy: Running): Promise<string> {
  return (await (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text()) as string
}

/** Asks until it is so: edges tell main within a second or so. */
async function until(enough: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await enough())) await new Promise(resolve => setTimeout(resolve, 50))
}

for (const front of ['uws', 'strict'] as const) {
  t.test(`front ${front}`, async t => {
    const backend = await startBackend(t)
    const proxy = await startProxy(t, backend.url, {
      CHAOS_FRONT: front,
      CHAOS_SERVER_TIMING: 'on',
      CHAOS_ACCESS_LOG: '1',
      CHAOS_WORKERS: '1',
    })
    const timing = (headers: Record<string, string | string[] | undefined>) => String(headers['server-timing'])
    const live = await proxy.get('/things/1?b=2&token=hidden')
    const streamed = await proxy.get('/stream')
    const error = await proxy.get('/error')
    for (let id = 2; id < 8; id++) await proxy.get(`/things/${id}`)
    await proxy.settled()
    // A lesson comes with what was learned; from then on requests belong to a route.
    await until(async () => {
      await proxy.get('/things/1')
      return (await metrics(proxy)).includes('phase="wait",route="GET /things/{id}"')
    })
    // Its answer was asked for just now; it must have been learned as well.
    await proxy.settled()
    backend.kill()
    const ghost = await proxy.get('/things/1')
    const refused = await proxy.get('/elsewhere')

    t.test('Server-Timing stands beside what the upstream said, and not on ghosts of it', async t => {
      t.match(
        timing(live.headers),
        /^db;dur=3, connect;dur=\d+\.\d\d, upstream;dur=\d+\.\d\d, proxy;dur=\d+\.\d\d$/,
        'the first request waited for a connection',
      )
      t.match(timing(streamed.headers), /^upstream;dur=\d+\.\d\d, proxy;dur=\d+\.\d\d$/)
      t.match(timing(error.headers), /^upstream;dur=/, 'an error that goes through is live')
      t.match(timing(ghost.headers), /^ghost;dur=\d+\.\d\d$/)
      t.equal(refused.headers['server-timing'], undefined)
    })

    t.test('phases are told by route', async t => {
      await until(async () => (await metrics(proxy)).includes('phase="ghost",route="GET /things/{id}"'))
      const text = await metrics(proxy)
      for (const phase of ['wait', 'receive', 'total', 'ghost'])
        t.match(
          text,
          new RegExp(`^chaos_phase_duration_seconds_count\\{phase="${phase}",route="GET /things/\\{id\\}"\\} `, 'm'),
        )
      t.match(text, /^chaos_phase_duration_seconds_count\{phase="connect",route="unlearned"\} 1$/m)
      t.match(text, /^chaos_phase_duration_seconds_bucket\{phase="total",route="unlearned",le="\+Inf"\} \d+$/m)
    })

    t.test('faults are told by code', async t => {
      const text = await metrics(proxy)
      t.match(text, /^chaos_capture_share 1$/m)
      t.match(text, /^chaos_faults_total\{code="CHAOS_ERR_UPSTREAM_STATUS_503",side="upstream"\} 1$/m)
      t.match(text, /^chaos_faults_total\{code="CHAOS_ERR_UPSTREAM_CONNECT_REFUSED",side="upstream"\} [1-9]/m)
      t.match(text, /^chaos_faults_total\{code="CHAOS_ERR_REQUEST_LOOP",side="downstream"\} 0$/m)
    })

    t.test('each request is a line, without its secrets', async t => {
      await until(() => logged(proxy).some(({ path }) => path === '/elsewhere'))
      const lines = logged(proxy)
      t.match(lines[0], {
        ...{ edge: 0, client: '127.0.0.1', method: 'GET', path: '/things/1', status: 200, route: null, by: 'live' },
        ...{ query: /^b=2&token=~[\w-]{22}$/, bytesIn: 0, bytesOut: live.body.length },
        ...{ durationMs: Number, upstreamMs: Number, time: /^\d{4}-/ },
      })
      t.match(
        lines.find(({ path }) => path === '/error'),
        { status: 503, by: 'live', fault: 'CHAOS_ERR_UPSTREAM_STATUS_503' },
      )
      t.match(
        lines.find(({ by }) => by === 'exact'),
        { status: 200, path: '/things/1', route: '/things/{id}', fault: /^CHAOS_ERR_UPSTREAM_/ },
      )
      t.match(
        lines.find(({ path }) => path === '/elsewhere'),
        { status: refused.status, by: 'refused', fault: refused.json().code as string },
      )
      t.notMatch(proxy.output(), /hidden/)
    })

    t.test('the last lines are written before the process ends', async t => {
      await proxy.get('/last')
      t.equal(await proxy.stop(), 0)
      t.ok(logged(proxy).some(({ path }) => path === '/last'))
    })
  })
}

t.test('off: neither field nor line', async t => {
  const backend = await startBackend(t)
  const proxy = await startProxy(t, backend.url, { CHAOS_WORKERS: '1' })
  t.equal((await proxy.get('/things/1')).headers['server-timing'], 'db;dur=3')
  await proxy.stop()
  t.same(logged(proxy), [])
})

t.test('a share of 0.01 logs few answers and every refusal', async t => {
  const proxy = await startProxy(t, 'http://127.0.0.1:9', { CHAOS_WORKERS: '1', CHAOS_ACCESS_LOG: '0.01' })
  for (let i = 0; i < 30; i++) await proxy.get(`/${i}`)
  await proxy.stop()
  t.equal(logged(proxy).length, 30)
})

t.test('lines of several edges do not mix', async t => {
  const backend = await startBackend(t)
  const proxy = await startProxy(t, backend.url, { CHAOS_WORKERS: '2', CHAOS_ACCESS_LOG: '1' })
  const path = `/${'x'.repeat(700)}`
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 50 }, () => proxy.get(path)))
  await proxy.stop()
  const lines = logged(proxy)
  t.equal(lines.length, 1000)
  t.equal(new Set(lines.map(({ edge }) => edge)).size, 2)
  t.same(
    lines.filter(line => line.path !== path || line.status !== 200),
    [],
  )
})
