// The admin port over real sockets; what it tells is made up here.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { type AdminOptions, openAdmin } from '../../../core/admin/server.js'
import type { DrillReport } from '../../../core/contract/drills.js'
import type { Mode } from '../../../core/contract/ghost.js'
import type { JournalEntryStatus } from '../../../core/contract/journal.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { OutageReport } from '../../../core/contract/outages.js'
import type { ReadinessReport } from '../../../core/contract/readiness.js'
import type { RouteSwitchStatus } from '../../../core/contract/route-switches.js'
import type {
  AdminSources,
  LiveBeside,
  MatchExplanation,
  MatchQuestionByHand,
  ProxyStatus,
  SettingsReport,
} from '../../../core/contract/status.js'
import type { WhatIfQuery, WhatIfReply, WhatIfReport } from '../../../core/contract/whatif.js'
import { silentLog } from '../../../core/log/log.js'

const route: LessonRoute = {
  id: 'GET~users~{id}',
  method: 'GET',
  pattern: '/users/{id}',
  segments: [],
  grades: {},
  seen: 3,
  exemplars: 2,
  templateVersion: 0,
  lastSeenAt: 1,
}

const switched = { route: 'GET /users/{id}', isLearned: true, switch: null } as RouteSwitchStatus

const parked: JournalEntryStatus = {
  id: 'j-1',
  state: 'parked',
  method: 'PUT',
  path: '/users/7',
  acceptedAt: '2026-01-01T00:00:00.000Z',
  since: '2026-01-01T00:00:01.000Z',
  attempts: 1,
  maybeSeen: true,
  because: 'the upstream answered 409',
  bytes: 321,
  answer: { status: 409, contentType: 'application/json', location: '', body: '{}' },
}

const outage: OutageReport = {
  ...{ id: '2026-01-01T00-00-00-000Z', state: 'done', since: '2026-01-01T00:00:00.000Z', until: null, durationS: 61 },
  ...{ because: '<b>"3" & \'4\'</b> requests failed', circuit: 'upstream', ghosts: 9, refused: 1, distinct: 2 },
  ...{
    compared: 2,
    right: 1,
    wrong: 1,
    similarity: 0.9,
    confidence: 0.95,
    predicted: 0.98,
    turnedOut: 0.81,
    beyond: 0,
  },
  notAsked: { credentials: 3, tooLong: 0, selected: 0, sample: 0, unanswered: 0, waiting: 0 },
  routes: [
    {
      ...{ route: 'GET /a/<i>{id}</i>', ghosts: 9, refused: 1, distinct: 2, compared: 2, right: 1, wrong: 1 },
      ...{ similarity: 0.9, confidence: 0.95, wrongForS: 7.5, predicted: null, turnedOut: 0.81 },
      fields: [
        {
          ...{ field: '/x<script>', differed: 1, target: '/a/"onload=alert(1)', wrongForS: 7.5 },
          ...{ given: '"<script>alert(1)</script>"', truth: null },
        },
      ],
    },
  ],
}

class FakeSources implements AdminSources {
  readonly handled: string[] = []
  readonly journal: AdminSources['journal'] = {
    page: (state, after, limit) => ({
      counts: { pending: 0, sending: 0, parked: 1, done: 0, discarded: 0 },
      bytes: 337,
      maxBytes: 65536,
      entries: [{ ...parked, because: `${state} ${after} ${limit}` }],
      next: null,
    }),
    look: id => (id === 'j-1' ? parked : undefined),
    retry: async id => {
      this.handled.push(`retry ${id}`)
      return id === 'j-1' ? undefined : 'unknown'
    },
    discard: async id => {
      this.handled.push(`discard ${id}`)
      return id === 'j-1' ? 'not-parked' : 'unreadable'
    },
  }
  readonly forget: AdminSources['forget'] = {
    scopeOf: lines => (lines.length === 1 ? `scope of ${lines[0]}` : { problem: 'one line' }),
    run: async (request, { dryRun }) => {
      this.handled.push(`forget ${JSON.stringify(request)} ${dryRun}`)
      return 'busy'
    },
  }
  history: AdminSources['history']
  whatIf: AdminSources['whatIf']
  readonly outages: AdminSources['outages'] = {
    list: () => [outage],
    report: id => (id === outage.id ? outage : undefined),
  }
  anomalies: AdminSources['anomalies']
  drills: AdminSources['drills']
  replays: AdminSources['replays'] = {
    begin: async () => ({ refused: 'target', field: 'target', detail: 'not in the allow-list' }),
    look: () => undefined,
    list: () => [],
    pause: () => undefined,
    resume: () => undefined,
    stop: async () => undefined,
    add: async () => undefined,
  }
  readonly asked: MatchQuestionByHand[] = []
  isReady = true
  current: Mode = 'auto'
  listed: readonly string[] = ['http://a:1']
  ready(): { ready: boolean; because: string[] } {
    return { ready: this.isReady, because: this.isReady ? [] : ['not listening yet'] }
  }
  status(): ProxyStatus {
    // What is told is handed through as it is.
    return { version: '1.2.3' } as ProxyStatus
  }
  readonly switches: AdminSources['switches'] = {
    list: () => [{ route: 'GET /users/{id}', ghost: 'off' }],
    report: () => ({ switches: this.switches.list(), routes: [], others: [] }),
    look: (method, pattern) => ({ ...switched, route: `${method} ${pattern}` }),
    set: async text => {
      this.handled.push(`switch ${text}`)
      return text.length > 2 ? switched : { refused: 'no-journal', field: 'writes', detail: 'start with one' }
    },
    clear: async route => {
      this.handled.push(`clear ${route}`)
      return route === 'GET /users/{id}'
        ? switched
        : { refused: 'unknown-route', field: 'route', detail: 'it has none' }
    },
    clearAll: async () => ({ refused: 'not-written', field: 'route', detail: 'the disk is full' }),
  }
  settings(): SettingsReport {
    return {
      settings: [{ name: 'CHAOS_PORT', value: '1', origin: 'environment', range: '0–65535', doc: 'Port.' }],
      routePolicies: [],
    }
  }
  async learnRecorded(exchanges: readonly object[]): Promise<{ learned: number; leftOut: number }> {
    this.handled.push(`learn ${exchanges.length}`)
    return { learned: exchanges.length, leftOut: 0 }
  }
  readonly live: AdminSources['live'] = {
    version: '1.2.3',
    look: () => {
      throw new Error('nobody watches')
    },
    listen: () => {},
    take: () => ({ requests: [], counts: [], confidences: [] }),
  }
  learning(): object {
    return { captured: 2, learned: 1, pending: 1 }
  }
  routes(): LessonRoute[] {
    return [route]
  }
  report: ReadinessReport | undefined
  readiness(): Promise<ReadinessReport | undefined> {
    return Promise.resolve(this.report)
  }
  match(question: MatchQuestionByHand): Promise<MatchExplanation> {
    this.asked.push(question)
    if (question.path === '/boom') return Promise.reject(new Error('a bug'))
    return Promise.resolve({ verdict: 'refusal', reason: 'not-learned' } as unknown as MatchExplanation)
  }
  beside(question: MatchQuestionByHand): Promise<LiveBeside | 'not-safe'> {
    this.asked.push(question)
    return Promise.resolve(question.method === 'GET' ? ({ similarity: 0.5 } as LiveBeside) : 'not-safe')
  }
  mode(): Mode {
    return this.current
  }
  setMode(mode: Mode): void {
    this.current = mode
  }
  upstreams(): ReturnType<AdminSources['upstreams']> {
    return { upstreams: [], leaving: this.listed.map(url => ({ url, outstanding: 1 })) }
  }
  setUpstreams(urls: readonly string[]): Promise<readonly string[]> {
    const problems = urls.filter(url => !url.startsWith('http')).map(url => `«${url}» is not a URL`)
    if (problems.length === 0) this.listed = urls
    return Promise.resolve(problems)
  }
  metrics(): ReturnType<AdminSources['metrics']> {
    return [
      {
        name: 'chaos_requests_total',
        help: 'Requests.',
        type: 'counter',
        samples: [{ suffix: '', labels: {}, value: 7 }],
      },
    ]
  }
}

interface Reply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
  readonly json: Record<string, unknown>
}

type Ask = (
  method: string,
  path: string,
  options?: { headers?: Record<string, string>; body?: string },
) => Promise<Reply>

async function open(
  t: Test,
  more: Partial<AdminOptions> = {},
): Promise<{ ask: Ask; port: number; sources: FakeSources }> {
  const sources = new FakeSources()
  const admin = await openAdmin({ host: '127.0.0.1', port: 0, token: '', log: silentLog, sources, ...more })
  t.teardown(() => admin.close())
  const ask: Ask = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: admin.port, method, path, headers, agent: false },
        response => {
          const chunks: Buffer[] = []
          response.on('data', chunk => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            const isJson = String(response.headers['content-type']).includes('json') && text !== ''
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: text,
              json: isJson ? JSON.parse(text) : {},
            })
          })
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  return { ask, port: admin.port, sources }
}

/** Sends octets as they are and resolves with all that comes back until the server closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => (answer += chunk))
  socket.on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  return answer
}

t.test('health, metrics and what was learned', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/healthz'), { status: 200, json: { alive: true } })
  t.match(await ask('GET', '/readyz'), { status: 200, json: { ready: true, because: [] } })
  sources.isReady = false
  t.match(await ask('GET', '/readyz'), { status: 503, json: { ready: false, because: ['not listening yet'] } })
  const metrics = await ask('GET', '/metrics')
  t.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.match(metrics.body, /^chaos_requests_total 7$/m)
  t.match(await ask('GET', '/api/status'), { status: 200, json: { version: '1.2.3' } })
  t.match(await ask('GET', '/api/learning'), { status: 200, json: { captured: 2, learned: 1 } })
  t.match(await ask('GET', '/api/routes'), {
    status: 200,
    json: { routes: [{ pattern: '/users/{id}', switch: { ghost: 'off' } }] },
  })
  t.match(await ask('GET', `/api/routes/${encodeURIComponent(route.id)}`), { status: 200, json: { id: route.id } })
  t.match(await ask('GET', `/api/routes/${encodeURIComponent(route.id)}`), {
    json: { policy: { route: 'GET /users/{id}', isLearned: true } },
  })
  t.match(await ask('GET', '/api/settings'), { status: 200, json: { settings: [{ name: 'CHAOS_PORT' }] } })
  t.match(await ask('GET', '/api/routes/other'), { status: 404, json: { field: 'id' } })
  t.match(await ask('GET', '/api/routes/%zz'), { status: 404 })
})

t.test('switches of routes: told, set and taken back; what is wrong is a problem that names it', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/api/switches'), { status: 200, json: { switches: [{ ghost: 'off' }] } })
  t.match(await ask('PUT', '/api/switches', { body: '{"route":"x"}' }), { status: 200, json: { isLearned: true } })
  t.match(await ask('PUT', '/api/switches', { body: '{}' }), {
    ...{ status: 409, json: { field: 'writes', detail: 'start with one', title: 'there is no journal' } },
  })
  const id = encodeURIComponent('GET /users/{id}')
  t.match(await ask('DELETE', `/api/switches/${id}`), { status: 200, json: { route: 'GET /users/{id}' } })
  t.match(await ask('DELETE', '/api/switches/x'), { status: 404, json: { field: 'id', detail: 'it has none' } })
  t.match(await ask('DELETE', '/api/switches'), { status: 503, json: { detail: 'the disk is full' } })
  t.same(sources.handled, ['switch {"route":"x"}', 'switch {}', 'clear GET /users/{id}', 'clear x'])
})

t.test('an upgrade to what is not spoken here is ignored, and the request answered', async t => {
  const { port } = await open(t)
  const h2c = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n'
  t.match(await raw(port, `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${h2c}`), /^HTTP\/1\.1 200 [\s\S]*"alive": true/)
  t.match(await raw(port, `GET /healthz HTTP/1.1\r\nhost: evil.example\r\n${h2c}`), /^HTTP\/1\.1 403 /)
  const websocket = 'connection: Upgrade\r\nupgrade: websocket\r\n\r\n'
  t.match(await raw(port, `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${websocket}`), /^HTTP\/1\.1 404 /)
})

t.test('readiness is told, or that nobody can tell', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/api/readiness'), { status: 503, json: { title: 'not known' } })
  const none = { share: 0, readiness: null }
  sources.report = {
    overall: 0.5,
    repeated: none,
    unseen: none,
    unstorable: 0,
    minConfidence: 0.7,
    routes: [],
    missing: [],
  }
  t.match(await ask('GET', '/api/readiness'), { status: 200, json: { overall: 0.5, routes: [], missing: [] } })
})

t.test('an answer is not stored, not guessed at, and has its length', async t => {
  const { ask } = await open(t)
  const get = await ask('GET', '/api/status')
  t.match(get.headers, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-type': /^application\/json/,
  })
  t.equal(get.headers['content-length'], String(get.body.length))
  const head = await ask('HEAD', '/api/status')
  t.equal(head.status, 200)
  t.equal(head.body, '')
  t.equal(head.headers['content-length'], get.headers['content-length'])
})

t.test('the mode is read and set', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/api/mode'), { status: 200, json: { mode: 'auto' } })
  t.match(await ask('PUT', '/api/mode', { body: '{"mode":"forced"}' }), { status: 200, json: { mode: 'forced' } })
  t.equal(sources.current, 'forced')
  for (const body of ['', '{', 'null', '[]', '"off"', '{}', '{"mode":"on"}', '{"mode":["off"]}', '{"mode":null}'])
    t.match(await ask('PUT', '/api/mode', { body }), { status: 400, json: { field: 'mode' } }, body)
  t.equal(sources.current, 'forced')
})

t.test('the list of upstreams is read, and replaced whole or not at all', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/api/upstreams'), {
    status: 200,
    json: { upstreams: [], leaving: [{ url: 'http://a:1' }] },
  })
  const put = (body: string) => ask('PUT', '/api/upstreams', { body })
  t.match(await put('{"upstreams":[" http://b:1", "http://c:1"]}'), { status: 200, json: { leaving: [{}, {}] } })
  t.same(sources.listed, ['http://b:1', 'http://c:1'])
  const bad = await put('{"upstreams":["http://d:1","nonsense","other"]}')
  t.match(bad, { status: 400, json: { field: 'upstreams', detail: /nonsense.*other/ } }, 'all problems at once')
  for (const body of ['', '{', 'null', '[]', '["http://a:1"]', '{}', '{"upstreams":"http://a:1"}', '{"upstreams":[1]}'])
    t.match(await put(body), { status: 400, json: { field: 'upstreams' } }, body)
  t.match(await put('{"upstreams":["http://a:1"],"upstream":[]}'), { status: 400 })
  t.same(sources.listed, ['http://b:1', 'http://c:1'])
})

t.test('the match debugger, by GET and by POST', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/api/debug/match?method=GET&path=/users/7'), { status: 200, json: { verdict: 'refusal' } })
  t.match(await ask('POST', '/api/debug/match', { body: '{"path":"/users/8","headers":{"Accept":"a"}}' }), {
    status: 200,
  })
  t.same(sources.asked, [
    { method: 'GET', path: '/users/7', headers: {}, body: '' },
    { method: 'GET', path: '/users/8', headers: { accept: 'a' }, body: '' },
  ])
  const bad = await ask('GET', '/api/debug/match?method=GET')
  t.match(bad, { status: 400, json: { field: 'path', status: 400 } })
  t.equal(bad.headers['content-type'], 'application/problem+json')
  t.match(await ask('POST', '/api/debug/match', { body: '{' }), { status: 400, json: { field: 'body' } })
})

t.test('unknown paths and methods', async t => {
  const { ask } = await open(t)
  for (const path of ['/api', '/api/status/', '/api/routes/a/b', '//healthz', '/api/routes/', '/__proto__'])
    t.match(await ask('GET', path), { status: 404 }, path)
  const post = await ask('POST', '/api/status', { body: '{}' })
  t.match(post, { status: 405, headers: { allow: 'GET, HEAD' }, json: { field: 'method' } })
  t.equal((await ask('DELETE', '/api/mode')).headers.allow, 'GET, HEAD, PUT')
  t.equal((await ask('PATCH', '/api/debug/match')).headers.allow, 'GET, HEAD, POST')
})

t.test('a foreign Host is refused before anything is told', async t => {
  const { ask } = await open(t)
  for (const path of ['/api/status', '/healthz', '/nothing'])
    t.match(
      await ask('GET', path, { headers: { host: 'evil.example' } }),
      { status: 403, json: { field: 'host' } },
      path,
    )
  t.equal((await ask('GET', '/api/status', { headers: { host: 'localhost:1' } })).status, 200)
})

t.test('with a token set everything but the health checks asks for it', async t => {
  const { ask, sources } = await open(t, { token: 's3cret token' })
  t.equal((await ask('GET', '/healthz')).status, 200)
  t.equal((await ask('GET', '/readyz')).status, 200)
  const closed = await ask('GET', '/api/status')
  t.match(closed, { status: 401, headers: { 'www-authenticate': 'Bearer' }, json: { field: 'authorization' } })
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    'Basic s3cret token',
    's3cret token',
    'Bearer s3cret token2',
  ])
    t.equal((await ask('GET', '/metrics', { headers: { authorization } })).status, 401, authorization)
  t.equal((await ask('GET', '/nothing')).status, 401, 'what there is and what not is not told either')
  t.equal((await ask('PUT', '/api/mode', { body: '{"mode":"off"}' })).status, 401)
  t.equal(sources.current, 'auto')
  for (const authorization of ['Bearer s3cret token', 'bearer s3cret token'])
    t.equal((await ask('GET', '/api/status', { headers: { authorization } })).status, 200, authorization)
})

t.test('a body beyond 1 MiB is refused and the connection closed', async t => {
  const { port, ask } = await open(t)
  const head = `POST /api/debug/match HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${2 << 20}\r\n\r\n`
  const answer = await raw(port, head + 'x'.repeat((1 << 20) + 1))
  t.match(answer, /^HTTP\/1\.1 413 /)
  t.match(answer, /connection: close/i)
  const fits = JSON.stringify({ path: '/', body: 'x'.repeat((1 << 20) - 40) })
  t.equal((await ask('POST', '/api/debug/match', { body: fits })).status, 200)
})

t.test('what is not HTTP gets 400 or 431 as a problem, and the port lives on', async t => {
  const logged: string[] = []
  const { port, ask } = await open(t, { log: { ...silentLog, error: (_, sentence) => logged.push(sentence) } })
  t.match(await raw(port, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*problem\+json[\s\S]*not a request/)
  t.match(await raw(port, `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  t.match(
    await raw(port, 'GET http://localhost/api/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400 /,
  )
  t.match(await raw(port, 'GET /api/status HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 403 /)
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /api/debug/match HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{')
  await once(socket, 'ready')
  // Answered on another connection: by then the server has read what came on the first.
  await ask('GET', '/healthz')
  socket.destroy()
  await once(socket, 'close')
  t.equal((await ask('GET', '/healthz')).status, 200)
  t.same(logged, [], 'a client that goes away in the middle of its body is no bug of ours')
})

t.test('outages: JSON, or a page where a browser asks', async t => {
  const { ask } = await open(t)
  t.match((await ask('GET', '/api/outages')).json, { outages: [{ id: outage.id }] })
  t.same((await ask('GET', `/api/outages/${outage.id}`)).json, outage)
  t.match((await ask('GET', '/api/outages/never')).json, { status: 404, field: 'id' })
  for (const path of ['/api/outages', `/api/outages/${outage.id}`]) {
    const page = await ask('GET', path, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', vary: 'accept' })
    t.match(page.headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/)
    t.notMatch(page.body, /<script|<b>|<i>|"onload/, 'what came from others is text')
    t.match(page.body, '&lt;b&gt;&quot;3&quot; &amp; &#39;4&#39;&lt;/b&gt;')
    const json = await ask('GET', path, { headers: { accept: 'application/json, text/html;q=0.5' } })
    t.match(json.headers['content-type'], /^application\/json/)
  }
  const page = await ask('GET', `/api/outages/${outage.id}`, { headers: { accept: 'text/html' } })
  t.match(page.body, '&quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;')
  // A browser takes the style by the hash of what stands between its tags.
  const style = /<style>(.*)<\/style>/s.exec(page.body)![1]!
  t.match(page.headers['content-security-policy'], createHash('sha256').update(style).digest('base64'))
})

t.test('a bug of ours is said to be one, and logged', async t => {
  const logged: string[] = []
  const { ask } = await open(t, { log: { ...silentLog, error: (_, sentence) => logged.push(sentence) } })
  t.equal((await ask('GET', '/api/debug/match?path=/boom')).status, 500)
  t.equal(logged.length, 1)
  t.equal((await ask('GET', '/healthz')).status, 200)
})

t.test('a port that is taken: what to do', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const opening = openAdmin({ host: '127.0.0.1', port, token: '', log: silentLog, sources: new FakeSources() })
  await t.rejects(opening, { message: new RegExp(`127.0.0.1:${port}.*CHAOS_ADMIN_PORT`) })
})

t.test('closing does not wait for a client that keeps its connection', async t => {
  const admin = await openAdmin({ host: '127.0.0.1', port: 0, token: '', log: silentLog, sources: new FakeSources() })
  const socket = connect(admin.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  await admin.close()
  await once(socket, 'close')
  t.pass('closed')
})

t.test('the journal: a page, one entry, retry and discard, and what is wrong with a question', async t => {
  const { ask, sources } = await open(t)
  const page = await ask('GET', '/api/journal?state=parked&after=3&limit=7')
  t.match(page, { status: 200, json: { bytes: 337, next: null, entries: [{ because: 'parked 3 7' }] } })
  t.match((await ask('GET', '/api/journal')).json, { entries: [{ because: 'undefined 0 100' }] })
  for (const [query, field] of [
    ['state=lost', 'state'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=x', 'limit'],
    ['after=-1', 'after'],
  ] as const)
    t.match(await ask('GET', `/api/journal?${query}`), { status: 400, json: { field } }, query)
  t.match(await ask('GET', '/api/journal/j-1'), { status: 200, json: { id: 'j-1', answer: { status: 409 } } })
  t.match(await ask('GET', '/api/journal/j-2'), { status: 404, json: { field: 'id' } })
  t.match(await ask('POST', '/api/journal/j-1/retry'), { status: 200, json: { id: 'j-1' } })
  t.match(await ask('POST', '/api/journal/j-2/retry'), { status: 404 })
  t.match(await ask('POST', '/api/journal/j-1/discard'), { status: 409, json: { title: 'not parked' } })
  t.match(await ask('POST', '/api/journal/j-3/discard'), { status: 409, json: { title: 'not readable' } })
  t.same(sources.handled, ['retry j-1', 'retry j-2', 'discard j-1', 'discard j-3'])
  t.equal((await ask('POST', '/api/journal/j-1')).status, 405)
  t.equal((await ask('POST', '/api/journal/a/b/retry')).status, 404)
})

t.test('drills are begun, looked at and ended; where they are off it is said how to switch them on', async t => {
  const { ask, sources } = await open(t)
  for (const [method, path] of [
    ['GET', '/api/drills'],
    ['POST', '/api/drills'],
    ['GET', '/api/drills/a'],
    ['DELETE', '/api/drills/a'],
  ] as const)
    t.match(await ask(method, path), { status: 403, json: { detail: /CHAOS_DRILLS=on/ } }, `${method} ${path}`)
  const report = { id: 'a', state: 'running' } as unknown as DrillReport
  const ended: string[] = []
  sources.drills = {
    begin: text => {
      if (text === 'busy' || text === 'full') return text
      return text === '{}' ? { problem: { field: 'kind', detail: 'kind is missing' } } : report
    },
    end: id => {
      ended.push(id)
      return id === 'a' ? report : undefined
    },
    look: id => (id === 'a' ? report : undefined),
    reports: () => [report],
  }
  const begun = await ask('POST', '/api/drills', { body: '{"kind":"blackout"}' })
  t.match(begun, { status: 201, json: { id: 'a' }, headers: { location: '/api/drills/a' } })
  t.match(await ask('POST', '/api/drills', { body: '{}' }), { status: 400, json: { field: 'kind' } })
  t.match(await ask('POST', '/api/drills', { body: 'busy' }), { status: 409, json: { detail: /"concurrent": true/ } })
  t.match(await ask('POST', '/api/drills', { body: 'full' }), { status: 409 })
  t.match(await ask('GET', '/api/drills'), { status: 200, json: { drills: [{ id: 'a' }] } })
  t.match(await ask('GET', '/api/drills/a'), { status: 200, json: { id: 'a' } })
  t.match(await ask('GET', '/api/drills/b'), { status: 404, json: { field: 'id' } })
  t.match(await ask('DELETE', '/api/drills/b'), { status: 404 })
  t.match(await ask('DELETE', '/api/drills/a'), { status: 200, json: { id: 'a' } })
  t.match(await ask('DELETE', '/api/drills'), { status: 200 })
  t.same(ended, ['b', 'a', 'a'])
  t.match(await ask('PUT', '/api/drills'), { status: 405, headers: { allow: 'POST, GET, HEAD, DELETE' } })
})

t.test('what if: the moment and how long are read, and each way to have no report has its own status', async t => {
  const { ask, sources } = await open(t)
  t.match(await ask('GET', '/api/whatif'), { status: 503, json: { detail: /CHAOS_HISTORY=on/ } })
  const asked: WhatIfQuery[] = []
  let reply: WhatIfReply = { judged: 0.5 } as WhatIfReport
  sources.whatIf = {
    ask: async query => {
      asked.push(query)
      return reply
    },
  }
  t.match(await ask('GET', '/api/whatif?at=2026-01-31T14:05:00Z&for=2h&acceptable=.9'), {
    status: 200,
    json: { judged: 0.5 },
  })
  const at = Date.parse('2026-01-31T14:05:00Z')
  t.same(asked, [{ at, until: at + 7_200_000, acceptable: 0.9 }])
  await ask('GET', '/api/whatif?at=5m&for=1h')
  t.ok(asked[1]!.until - asked[1]!.at >= 300_000, 'what was not asked yet is not waited for')
  t.ok(asked[1]!.until - asked[1]!.at < 400_000)
  for (const [query, field] of [
    ['at=2999-01-01T00:00:00Z', 'at'],
    ['at=soon', 'at'],
    ['for=25h', 'for'],
    ['for=0s', 'for'],
    ['for=long', 'for'],
    ['acceptable=2', 'acceptable'],
    ['acceptable=-1', 'acceptable'],
    ['until=1h', 'until'],
  ] as const)
    t.match(await ask('GET', `/api/whatif?${query}`), { status: 400, json: { field } }, query)
  reply = 'busy'
  t.equal((await ask('GET', '/api/whatif')).status, 409)
  reply = { unanswered: 'the history is away' }
  t.match(await ask('GET', '/api/whatif'), { status: 503, json: { detail: 'the history is away' } })
  t.equal((await ask('POST', '/api/whatif')).status, 405)
})

t.test('the upstream is asked by POST alone, and only what changes nothing', async t => {
  const { ask, sources } = await open(t)
  const live = (question: object) => ask('POST', '/api/debug/live', { body: JSON.stringify(question) })
  t.match(await live({ path: '/a', headers: { accept: 'x' } }), { status: 200, json: { similarity: 0.5 } })
  t.match(sources.asked, [{ method: 'GET', path: '/a', headers: { accept: 'x' } }])
  t.match(await live({ method: 'DELETE', path: '/a' }), {
    status: 400,
    json: { field: 'method', detail: /changes nothing/ },
  })
  t.match(await live({ path: 'http://elsewhere/' }), { status: 400, json: { field: 'path' } })
  t.match(await live({ path: '/a', headers: { a: 'b\r\nc: d' } }), { status: 400, json: { field: 'headers' } })
  t.equal((await ask('GET', '/api/debug/live?path=/a')).status, 405)
  t.equal(sources.asked.length, 2)
})
