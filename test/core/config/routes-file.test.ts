import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseRoutes, readRoutesFile } from '../../../core/config/routes-file.js'
import { startOrigin } from '../../support/origin.js'
import { runMain, startProxy } from '../../support/proxy.js'

const problems = (text: string): readonly string[] => {
  const read = parseRoutes('r.json', text)
  return read.ok ? [] : read.problems
}

t.test('what is right is read as it stands', async t => {
  const policies = [
    { route: 'GET /users/{id}', ghost: 'off' },
    { route: '* /reports/**', minConfidence: 0.9, maxAgeS: 60, hedgeMs: 200, slowMs: 5000 },
    { route: 'POST /orders', writes: 'journal', answer: 'learned', preconditions: 'off' },
  ]
  t.same(parseRoutes('r.json', JSON.stringify(policies)), { ok: true, policies })
  t.same(readRoutesFile(''), { ok: true, policies: [] })
})

t.test('all that is wrong is said at once, with its place, its value and what is wanted', async t => {
  const said = problems(
    JSON.stringify([
      { route: 'GET /users/{id}', hedgeMs: -1 },
      { route: '/users', ghost: 'maybe' },
      { route: 'GET /a', minConfidense: 0.5 },
      { ghost: 'off' },
      { route: 'POST /a', answer: 'made up', preconditions: true },
    ]),
  )
  t.match(said, [/entry 1, hedgeMs: .*\(it is -1\)/, /entry 2, route: .*GET \/users\/\{id\}.*\(it is "\/users"\)/])
  t.ok(said.some(problem => /entry 2, ghost: .*auto.*\(it is "maybe"\)/.test(problem)))
  t.ok(said.some(problem => /entry 3: .*minConfidense/.test(problem)))
  t.ok(said.some(problem => /entry 4, route: /.test(problem)))
  t.ok(said.some(problem => /entry 5, answer: .*accepted.*learned.*\(it is "made up"\)/.test(problem)))
  t.ok(said.some(problem => /entry 5, preconditions: .*seen.*off/.test(problem)))
  t.match(problems('{"route"'), [/^CHAOS_ROUTES_FILE=r\.json is no JSON: /])
  t.equal(problems('{}').length, 1)
})

t.test('a file that is wrong keeps the proxy from starting', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-routes-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'routes.json')
  writeFileSync(path, '[{"route":"GET /a","hedgeMs":"fast"}]')
  const { code, err } = await runMain({ CHAOS_UPSTREAM: 'http://127.0.0.1:1', CHAOS_ROUTES_FILE: path })
  t.equal(code, 78)
  t.match(err, /CHAOS_ROUTES_FILE=.*routes\.json: entry 1, hedgeMs: .*\(it is "fast"\)/)
})

t.test(
  'a route without ghosts passes the fault on, one with a bar of its own keeps to it, and others have theirs',
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'chaos-routes-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'routes.json')
    writeFileSync(
      path,
      JSON.stringify([
        { route: 'GET /users/7', ghost: 'off' },
        { route: 'GET /users/8', minConfidence: 1 },
        { route: 'PUT /users/{id}', writes: 'journal' },
      ]),
    )
    for (const front of ['uws', 'strict']) {
      const origin = await startOrigin(t)
      const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_ROUTES_FILE: path })
      for (const id of [7, 8, 9]) await proxy.get(`/users/${id}`)
      await proxy.settled()
      await origin.kill()
      t.match((await proxy.get('/users/7')).headers, { 'x-ghost': 'none', 'x-ghost-refused': 'mode-off' })
      t.match((await proxy.get('/users/8')).headers, { 'x-ghost': 'none', 'x-ghost-refused': 'low-confidence' })
      t.match((await proxy.get('/users/9')).headers, { 'x-ghost': 'exact' })
      const put = { headers: { 'content-type': 'application/json' }, body: '{"name":"Zoe"}' }
      t.equal((await proxy.send('PUT', '/users/9', put)).status, 202)
      t.not((await proxy.send('PUT', '/groups/9', put)).status, 202)
      t.match(await proxy.admin('/api/debug/match?method=GET&path=/users/7'), {
        request: { policy: 'GET /users/7' },
        reason: 'mode-off',
        tiers: [],
      })
      t.match(await proxy.admin('/api/debug/match?method=GET&path=/users/8'), {
        minConfidence: 1,
        reason: 'low-confidence',
      })
    }
  },
)
