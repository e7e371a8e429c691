// Who is let in by the admin port, and what they may: over real sockets.
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Audit, AuditEntry } from '../../../core/admin/audit.js'
import { type AdminOptions, openAdmin } from '../../../core/admin/server.js'
import type { Mode } from '../../../core/contract/ghost.js'
import type { AdminSources } from '../../../core/contract/status.js'
import { silentLog } from '../../../core/log/log.js'

interface Reply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly json: Record<string, unknown>
}

interface Opened {
  readonly port: number
  readonly host: string
  readonly audited: AuditEntry[]
  readonly mode: () => Mode
  ask(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Reply>
}

async function open(t: Test, more: Partial<AdminOptions> = {}): Promise<Opened> {
  let mode: Mode = 'auto'
  const sources = {
    status: () => ({ version: '1' }),
    mode: () => mode,
    setMode: (wanted: Mode) => {
      mode = wanted
    },
    match: () => Promise.resolve({ verdict: 'refusal' }),
    live: {
      version: '1',
      look: () => ({ counters: {}, boundsS: [], live: [], ghost: [], state: { mode } }),
      listen: () => {},
      take: () => ({ requests: [], counts: [], confidences: [] }),
    },
  } as unknown as AdminSources
  const audited: AuditEntry[] = []
  const audit: Audit = { record: entry => audited.push(entry), close: () => Promise.resolve() }
  const admin = await openAdmin({
    host: '127.0.0.1',
    port: 0,
    token: 'operators',
    viewToken: 'viewers',
    audit,
    log: silentLog,
    sources,
    ...more,
  })
  t.teardown(() => admin.close())
  const host = `127.0.0.1:${admin.port}`
  return {
    port: admin.port,
    host,
    audited,
    mode: () => mode,
    ask: (method, path, headers = {}, body = '') =>
      new Promise((resolve, reject) => {
        const asked = httpRequest(
          { host: '127.0.0.1', port: admin.port, method, path, headers, agent: false },
          response => {
            let text = ''
            response.on('data', chunk => {
              text += chunk
            })
            response.on('end', () =>
              resolve({
                status: response.statusCode!,
                headers: response.headers,
                json: text.startsWith('{') ? JSON.parse(text) : {},
              }),
            )
          },
        )
        asked.on('error', reject)
        asked.end(body)
      }),
  }
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const off = '{"mode":"off"}'

t.test('who may look may not change, and that is written down', async t => {
  const { ask, mode, audited } = await open(t)
  t.equal((await ask('GET', '/api/status', bearer('viewers'))).status, 200)
  t.equal((await ask('POST', '/api/debug/match', bearer('viewers'), '{"path":"/"}')).status, 200, 'a question')
  const refused = await ask('PUT', '/api/mode', bearer('viewers'), off)
  t.match(refused, { status: 403, json: { field: 'authorization', detail: /may look/ } })
  t.equal(mode(), 'auto')
  for (const [method, path] of [
    ['PUT', '/api/upstreams'],
    ['POST', '/api/journal/x/retry'],
    ['POST', '/api/journal/x/discard'],
    ['POST', '/api/drills'],
    ['DELETE', '/api/drills'],
    ['DELETE', '/api/drills/x'],
  ] as const)
    t.equal((await ask(method, path, bearer('viewers'))).status, 403, `${method} ${path}`)
  t.equal((await ask('PUT', '/api/mode', bearer('operators'), off)).status, 200)
  t.equal(mode(), 'off')
  t.match(audited.at(0), { action: 'refused', role: 'view', via: 'token', path: '/api/mode', status: 403, body: '' })
  t.same(audited.at(-1), {
    action: 'change',
    role: 'operate',
    via: 'token',
    address: '127.0.0.1',
    method: 'PUT',
    path: '/api/mode',
    status: 200,
    body: off,
  })
  t.same(
    audited.filter(({ path }) => path === '/api/status' || path === '/api/debug/match'),
    [],
    'looking is no change',
  )
})

t.test('a session: from the token to a cookie and back', async t => {
  const { ask, host, mode, audited } = await open(t)
  t.match(await ask('POST', '/api/session', {}, '{"token":"guess"}'), { status: 401, json: { field: 'token' } })
  for (const body of ['', '{', 'null', '[]', '{"token":1}', '{}'])
    t.match(await ask('POST', '/api/session', {}, body), { status: 400, json: { field: 'token' } }, body)
  const begun = await ask('POST', '/api/session', {}, '{"token":"operators"}')
  t.match(begun, { status: 201, json: { role: 'operate', via: 'session' } })
  const [setCookie] = begun.headers['set-cookie'] as string[]
  t.match(setCookie, /HttpOnly; SameSite=Strict$/)
  const cookie = setCookie!.split(';')[0]!
  t.match(await ask('GET', '/api/session', { cookie }), { status: 200, json: { role: 'operate', via: 'session' } })
  t.equal((await ask('GET', '/api/status', { cookie: `${cookie}x` })).status, 401)

  t.equal((await ask('PUT', '/api/mode', { cookie }, off)).status, 401, 'a browser says where a change comes from')
  const origin = `http://${host}`
  t.equal((await ask('PUT', '/api/mode', { cookie, origin: 'http://127.0.0.1:1' }, off)).status, 403, 'CSRF')
  t.equal(mode(), 'auto')
  t.equal((await ask('PUT', '/api/mode', { cookie, origin }, off)).status, 200)
  t.equal(mode(), 'off')

  const ended = await ask('DELETE', '/api/session', { cookie, origin })
  t.match(ended, { status: 204, headers: { 'set-cookie': [/Max-Age=0/] } })
  t.equal((await ask('GET', '/api/status', { cookie })).status, 401, 'the cookie is of no use any more')
  t.same(
    audited.map(({ action, role, via, status }) => [action, role, via, status].join(' ')),
    ['login   401', 'login operate session 201', 'change operate session 200', 'logout operate session 204'],
  )
  t.notMatch(JSON.stringify(audited), /operators|guess/, 'tokens are written down nowhere')
})

t.test('a session of one who may look changes nothing either', async t => {
  const { ask, host } = await open(t)
  const begun = await ask('POST', '/api/session', {}, '{"token":"viewers"}')
  const cookie = (begun.headers['set-cookie'] as string[])[0]!.split(';')[0]!
  const origin = `http://${host}`
  t.equal((await ask('GET', '/api/status', { cookie })).status, 200)
  t.equal((await ask('PUT', '/api/mode', { cookie, origin }, off)).status, 403)
})

t.test('guessing is slowed down, the right token with it, and a session is not', async t => {
  const { ask, audited } = await open(t)
  const begun = await ask('POST', '/api/session', {}, '{"token":"operators"}')
  const cookie = (begun.headers['set-cookie'] as string[])[0]!.split(';')[0]!
  const guesses: number[] = []
  for (let i = 0; i < 5; i++) {
    guesses.push((await ask('GET', '/api/status', bearer(`guess ${i}`))).status)
    guesses.push((await ask('POST', '/api/session', {}, `{"token":"guess ${i}"}`)).status)
  }
  t.same(new Set(guesses), new Set([401]))
  t.equal(audited.length, 11, 'one login, and ten that failed')
  const late = await ask('GET', '/api/status', bearer('operators'))
  t.match(late, { status: 429, json: { field: 'token' } })
  t.ok(Number(late.headers['retry-after']) >= 1)
  t.equal((await ask('POST', '/api/session', {}, '{"token":"operators"}')).status, 429)
  t.equal((await ask('GET', '/api/status', { cookie })).status, 200)
  t.equal((await ask('GET', '/healthz')).status, 200)
  t.equal(audited.length, 11, 'whoever is kept waiting does not fill the log')
})

t.test('without a token pages of other sites still change nothing', async t => {
  const { ask, host, mode } = await open(t, { token: '', viewToken: '' })
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:3000' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' },
  ] as Record<string, string>[]) {
    const refused = await ask('POST', '/api/drills', { ...headers, 'content-type': 'text/plain' }, '{}')
    t.match(refused, { status: 403, json: { field: 'origin' } }, JSON.stringify(headers))
    t.equal((await ask('PUT', '/api/mode', headers, off)).status, 403)
  }
  t.equal(
    (await ask('OPTIONS', '/api/mode', { origin: 'http://evil.example' })).headers['access-control-allow-origin'],
    undefined,
  )
  t.equal(mode(), 'auto')
  t.equal((await ask('PUT', '/api/mode', {}, off)).status, 200, 'curl')
  t.equal((await ask('PUT', '/api/mode', { origin: `http://${host}` }, off)).status, 200, 'the page')
  t.match(await ask('POST', '/api/session', {}, '{"token":""}'), {
    status: 201,
    json: { role: 'operate', via: 'open' },
  })
})

t.test('further names are ours only where they are set', async t => {
  const { ask } = await open(t, { token: '', viewToken: '', names: ['chaos.internal'] })
  t.equal((await ask('GET', '/api/status', { host: 'chaos.internal:9090' })).status, 200)
  t.equal((await ask('GET', '/api/status', { host: 'other.internal:9090' })).status, 403)
})

t.test('what is told is embedded by no other site', async t => {
  const { ask } = await open(t)
  t.equal((await ask('GET', '/healthz')).headers['cross-origin-resource-policy'], 'same-origin')
  t.equal((await ask('GET', '/healthz')).headers['access-control-allow-origin'], undefined)
})

t.test('the live feed takes the session of a page of ours, and ends with it', async t => {
  const { ask, host } = await open(t)
  const begun = await ask('POST', '/api/session', {}, '{"token":"viewers"}')
  const cookie = (begun.headers['set-cookie'] as string[])[0]!.split(';')[0]!
  const hello = JSON.stringify({ v: 1, kind: 'hello', token: '', resume: null })
  const firstOf = async (headers: Record<string, string>): Promise<string> => {
    const socket = new WebSocket(`ws://${host}/api/live`, { headers })
    await once(socket, 'open')
    socket.send(hello)
    const heard = await Promise.race([
      once(socket, 'message').then(([data]) => JSON.parse(String(data)).kind as string),
      once(socket, 'close').then(([code]) => String(code)),
    ])
    socket.terminate()
    return heard
  }
  t.equal(await firstOf({ cookie, origin: `http://${host}` }), 'welcome')
  t.equal(await firstOf({ cookie }), '4401', 'a browser says which page it is')
  t.equal(await firstOf({ origin: `http://${host}` }), '4401')
  await ask('DELETE', '/api/session', { cookie, origin: `http://${host}` })
  t.equal(await firstOf({ cookie, origin: `http://${host}` }), '4401')
})

t.test(
  'paths are taken as they are: nothing that is encoded, doubled or climbing reaches another endpoint',
  async t => {
    const { port, mode } = await open(t)
    const raw = async (method: string, target: string, token: string): Promise<number> => {
      const socket = connect(port, '127.0.0.1')
      let answer = ''
      socket.on('data', chunk => {
        answer += chunk
      })
      socket.write(
        `${method} ${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\nconnection: close\r\ncontent-length: ${off.length}\r\n\r\n${off}`,
      )
      await once(socket, 'close')
      return Number(answer.split(' ')[1])
    }
    for (const target of [
      '/healthz/../api/mode',
      '/healthz/%2e%2e/api/mode',
      '/healthz%2f..%2fapi%2fmode',
      '//api/mode',
      '/api//mode',
      '/api/mode/',
      '/API/MODE',
      '/api/mode;a=b',
      '/api/mode%00',
      '/api/mod%65',
      '/./api/mode',
      '\\api\\mode',
      'http://localhost/api/mode',
    ]) {
      const status = await raw('PUT', target, 'operators')
      t.ok([400, 404].includes(status), `PUT ${target} ${status}`)
      const open = await raw('PUT', target, '')
      t.ok([400, 401].includes(open), `without a token ${target} ${open}`)
    }
    t.equal(mode(), 'auto')
    t.equal(await raw('GET', '/healthz?x=/../api/status', ''), 200, 'a question is none of the path')
  },
)

t.test('what a client sends comes back in no header', async t => {
  const { port } = await open(t)
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  socket.write(
    'DELETE /api/mode%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: localhost:1%0d%0ax-evil:1\r\nauthorization: Bearer operators\r\nconnection: close\r\n\r\n',
  )
  await once(socket, 'close')
  const head = answer.split('\r\n\r\n')[0]!
  t.match(head, /^HTTP\/1\.1 4\d\d /)
  t.notMatch(head, /evil|set-cookie/i)
})
