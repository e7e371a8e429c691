import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Reply } from '../../scripts/demo/ask.js'
import { judge, leaks, tally, type Verdict } from '../../scripts/demo/verdict.js'
import { heard } from '../support/heard.js'

const reply = (over: Partial<Reply>): Reply => ({
  status: 200,
  ghost: 'exact',
  confidence: 0.9,
  refused: undefined,
  body: '{"id":1,"name":"Alice"}',
  ...over,
})

t.test('an answer is exact only octet for octet and with the same status', async t => {
  const truth = reply({ ghost: undefined })
  t.same(judge(reply({}), truth), { kind: 'exact' })
  t.same(judge(reply({ body: '{ "name": "Alice", "id": 1 }' }), truth), { kind: 'similar', similarity: 1 })
  t.match(judge(reply({ status: 404 }), truth), { kind: 'similar', similarity: 0 })
  t.same(judge(reply({ ghost: 'none', status: 503, refused: 'not-learned' }), truth), {
    kind: 'refused',
    because: 'not-learned',
  })
  t.same(judge(reply({}), undefined), { kind: 'unknown' })
})

t.test('the tally counts every answer once', async t => {
  const verdicts: Verdict[] = [
    { kind: 'exact' },
    { kind: 'similar', similarity: 1 },
    { kind: 'similar', similarity: 0.8 },
    { kind: 'similar', similarity: 0.2 },
    { kind: 'refused', because: 'not-learned' },
    { kind: 'unknown' },
  ]
  t.same(tally(verdicts), { right: 2, partly: 1, wrong: 2, refused: 1 })
})

t.test('a private page leaks by success or by any of its own values', async t => {
  const page = { id: 1, name: 'Al', email: 'alice@example.org' }
  t.notOk(leaks(reply({ ghost: 'none', status: 503, body: '{"ghost":"not-learned"}' }), page))
  t.ok(leaks(reply({ status: 200, body: '{}' }), page))
  t.ok(leaks(reply({ status: 404, body: '"alice@example.org"' }), page))
})

const program = fileURLToPath(new URL('../../scripts/demo.js', import.meta.url))

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')]
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports as [number, number]
}

const run = (args: string[]) =>
  heard(spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })).ended

t.test('a port that is taken is said in one line', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { code, err } = await run(['--port', String(port)])
  server.close()
  t.equal(code, 1)
  t.equal(err, `demo: port ${port} is taken; give another one with --port <port>\n`)
})

t.test('the whole demo ends by itself, keeps its promises and leaves nothing behind', async t => {
  const [port, adminPort] = await freePorts()
  const { code, out, err } = await run(['--port', String(port), '--admin-port', String(adminPort)])
  t.equal(err, '')
  t.equal(code, 0)
  t.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f]/, 'no control characters where nobody watches')
  t.match(out, /kill -9 \d+/)
  t.match(out, /GET \/movies\/\d+ .* 200 +exact +0\.\d\d +exact/)
  t.match(out, /POST \/movies .* 50\d +refused +– +refused: unsafe-method/)
  t.match(out, /leaks +0 of 2/)
  t.match(out, /first live answer/)
  for (const [, pid] of out.matchAll(/pid (\d+)/g))
    t.throws(() => process.kill(Number(pid), 0), `process ${pid} is gone`)
})
