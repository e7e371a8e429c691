// The commands as a person runs them, against one real proxy with a real backend.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { runMain, startProxy, temporaryFolder } from '../support/proxy.js'

const origin = await startOrigin(t)
const proxy = await startProxy(t, origin.url, { CHAOS_HISTORY: 'off' })
for (let i = 1; i <= 10; i++) await proxy.get(`/users/${i}`)
await proxy.settled()

/** With the settings of that proxy. */
function run(args: string[], env: Record<string, string> = {}) {
  return runMain(
    {
      CHAOS_UPSTREAM: origin.url,
      CHAOS_HOST: '127.0.0.1',
      CHAOS_PORT: String(proxy.port),
      CHAOS_ADMIN_PORT: String(proxy.adminPort),
      CHAOS_DATA_DIR: proxy.dataDir,
      CHAOS_EMBEDDER: 'lexical',
      CHAOS_HISTORY: 'off',
      ...env,
    },
    args,
  )
}

t.test('doctor: all is well beside the proxy that runs', async t => {
  const { code, out, err } = await run(['doctor', '--max-clients', '10'])
  t.equal(code, 0, out + err)
  for (const line of [
    /^ok +Node +v\d/m,
    /^ok +lmdb +loads, writes and reads$/m,
    /^ok +memory +\S+ can be read, [1-9]\d* routes? /m,
    /^ok +port +127\.0\.0\.1:\d+ is used by the proxy that runs here$/m,
    /^ok +admin port +127\.0\.0\.1:\d+ is used by the proxy that runs here$/m,
    /^ok +upstream +\S+ accepts connections$/m,
  ])
    t.match(out, line)
  t.notMatch(out, /wrong|\u001b/)
})

t.test('doctor: what is wrong, with the remedy, as JSON', async t => {
  const { code, out } = await run(['doctor', '--json'], {
    CHAOS_UPSTREAM: 'http://127.0.0.1:1',
    CHAOS_PORT: String(new URL(origin.url).port),
    CHAOS_ADMIN_PORT: '0',
    CHAOS_REDIS_URL: 'redis://127.0.0.1:1',
  })
  t.equal(code, 1, out)
  const { ok, findings } = JSON.parse(out)
  t.equal(ok, false)
  const found = (name: string) => findings.find((finding: { name: string }) => finding.name === name)
  t.match(found('upstream'), { state: 'wrong', says: /is not reached/, remedy: /CHAOS_UPSTREAM/ })
  t.match(found('port'), { state: 'wrong', says: /is in use/ })
  t.match(found('Redis'), { state: 'wrong', remedy: /CHAOS_REDIS_URL/ })
  t.match(found('lmdb'), { state: 'ok' })
})

t.test('doctor: settings that are wrong do not keep it from looking at the rest', async t => {
  const { code, out } = await run(['doctor'], { CHAOS_WORKERS: 'many', CHAOS_FRONT: 'strict' })
  t.equal(code, 1, out)
  t.match(out, /^wrong +settings +CHAOS_WORKERS=many is not a whole number/m)
  t.match(out, /^ok +lmdb /m)
  const mistyped = await run(['doctor', '--datadir', '1'])
  t.equal(mistyped.code, 2)
  t.match(mistyped.err, /did you mean --data-dir\?.*--help/)
})

t.test('status: once, where there is no terminal', async t => {
  const { code, out, err } = await run(['status', '--interval', '100ms'])
  t.equal(code, 0, out + err)
  t.match(out, /^chaos-proxy \d+\.\d+\.\d+ {2}up /)
  t.match(out, /^circuit +closed/m)
  t.match(out, /^traffic +[\d.]+\/s: live /m)
  t.notMatch(out, /\u001b/)
  const json = await run(['status', '--json', '--interval', '100ms'])
  t.match(JSON.parse(json.out), { status: { circuit: { state: 'closed' } }, rates: { requests: 0 }, learning: {} })
})

t.test('a proxy that cannot be asked: exit 2 and one line that says why', async t => {
  const { code, out, err } = await run(['status', '--admin', '127.0.0.1:1'])
  t.equal(code, 2)
  t.equal(out, '')
  t.match(err, /^chaos-proxy status: the admin port 127\.0\.0\.1:1 cannot be asked: .*\n$/)
})

t.test('print-config is a command as well', async t => {
  const { code, out } = await run(['print-config', '--port', '81'])
  t.equal(code, 0)
  t.match(out, /^CHAOS_PORT +=\s81 +# command line$/m)
})

t.test('match: in words, as JSON, and from a curl line', async t => {
  const known = await run(['match', '/users/7'])
  t.equal(known.code, 0, known.out + known.err)
  t.match(known.out, /^GET \/users\/7: a plain question, of the route \/users\/\{id\} with 7$/m)
  t.match(known.out, /^a ghost would answer: exact, confidence 0\.\d\d, /m)
  t.match(known.out, /^ {2}yes exact /m)
  t.match(known.out, /^ {2}x-ghost: exact$/m)

  const unknown = await run(['match', '--json', 'curl', '-s', `${origin.url}/nowhere`, '-H', 'accept: x/y'])
  t.equal(unknown.code, 1, unknown.out + unknown.err)
  t.match(JSON.parse(unknown.out), { request: { path: '/nowhere' }, verdict: 'refusal' })

  const wrong = await run(['match', 'users'])
  t.equal(wrong.code, 2)
  t.match(wrong.err, /^chaos-proxy match: path must be text that begins with \/\n$/)
})

t.test('export while the proxy runs, import into another folder, and not under a proxy', async t => {
  const folder = temporaryFolder()
  const file = join(folder, 'memory.chaos')
  const written = await run(['export', file])
  t.equal(written.code, 0, written.out + written.err)
  t.match(written.out, /: 10 answers, \d+ rows, with the key of credentials\n$/)

  const under = await run(['import', file])
  t.equal(under.code, 2)
  t.match(under.err, /^chaos-proxy import: a proxy runs with the memory \S+ \(process \d+\): stop it/)

  const CHAOS_DATA_DIR = join(folder, 'moved')
  const read = await run(['import', file, '--json'], { CHAOS_DATA_DIR })
  t.equal(read.code, 0, read.out + read.err)
  t.match(JSON.parse(read.out), { answers: 10, moved: [] })

  // The upstream of this one never lived: what it knows it knows from the file.
  const seeded = await startProxy(t, 'http://127.0.0.1:1', { CHAOS_DATA_DIR, CHAOS_HISTORY: 'off' })
  const answer = await seeded.get('/users/7')
  t.equal(answer.status, 200)
  t.equal(answer.headers['x-ghost'], 'exact')
  await seeded.stop()
})

t.test('import: what a browser recorded, and the examples of an OpenAPI file', async t => {
  const folder = temporaryFolder()
  const request = {
    method: 'GET',
    url: 'https://api.example/books/7?token=geheim',
    headers: [{ name: 'Cookie', value: 'a=1' }],
  }
  const answer = (text: string, headers: object[] = []) => ({
    status: 200,
    headers: [{ name: 'Content-Type', value: 'application/json' }, ...headers],
    content: { text, size: text.length },
  })
  const at = { startedDateTime: '2024-01-01T00:00:00.000Z', time: 5 }
  const entries = [
    { ...at, request, response: answer('{"title":"of ann"}') },
    {
      ...at,
      request: { ...request, url: 'https://api.example/books/8' },
      response: answer('{}', [{ name: 'X-Ghost', value: 'exact' }]),
    },
    {
      ...at,
      request: { ...request, url: 'https://api.example/users/7' },
      response: answer('{"id":7,"name":"of long ago"}'),
    },
  ]
  const har = join(folder, 'books.har')
  writeFileSync(har, JSON.stringify({ log: { entries } }))
  const taken = await run(['import', har, '--json'])
  t.equal(taken.code, 0, taken.out + taken.err)
  t.match(JSON.parse(taken.out), { learned: 2, leftOut: { 'known already, an error, or not to be kept': 1 } })

  const openapi = join(folder, 'openapi.json')
  const paths = {
    '/films': { get: { responses: { 200: { content: { 'application/json': { example: [{ id: 1 }] } } } } } },
  }
  writeFileSync(openapi, JSON.stringify({ openapi: '3.1.0', servers: [{ url: 'https://api.example/v2' }], paths }))
  const examples = await run(['import', openapi])
  t.equal(examples.code, 0, examples.out + examples.err)
  t.match(examples.out, /: 1 exchange learned\n$/)

  const yaml = join(folder, 'openapi.yaml')
  writeFileSync(
    yaml,
    `openapi: 3.0.3
paths:
  /songs:
    get:
      responses:
        200: {content: {application/json: {example: [{id: 2}]}}}
`,
  )
  const ofYaml = await run(['import', yaml, '--prefix', '/v2'])
  t.equal(ofYaml.code, 0, ofYaml.out + ofYaml.err)
  t.match(ofYaml.out, /: 1 exchange learned\n$/)
  const song = await run(['match', '--json', '/v2/songs'])
  t.match(JSON.parse(song.out), { answer: { body: '[{"id":2}]' } })
  for (const [text, says] of [
    ['{"openapi": ', /nor JSON/],
    ['a: 1\na: 2\n', /no YAML that can be read: Map keys must be unique/],
    ['a: 1\n', /neither a HAR nor an OpenAPI file/],
  ] as const) {
    writeFileSync(yaml, text)
    const refused = await run(['import', yaml])
    t.equal(refused.code, 2)
    t.match(refused.err, says)
  }

  const [ann, nobody, film, user] = await Promise.all([
    run(['match', '--json', '/books/7?token=geheim', '-H', 'cookie: a=1']),
    run(['match', '--json', '/books/7?token=geheim']),
    run(['match', '--json', '/v2/films']),
    run(['match', '--json', '/users/7']),
  ])
  t.match(JSON.parse(ann.out), { verdict: 'answer', answer: { body: '{"title":"of ann"}' } })
  t.match(JSON.parse(nobody.out), { verdict: 'refusal' }, 'it was told to ann alone')
  t.match(JSON.parse(film.out), { answer: { body: '[{"id":1}]' } })
  t.notMatch(JSON.parse(user.out).answer.body, /long ago/, 'what came through the proxy is newer')

  writeFileSync(har, JSON.stringify({ log: { entries: [{ ...entries[0], request: { ...request, headers: [] } }] } }))
  const anonymous = await run(['import', har])
  t.equal(anonymous.code, 2)
  t.match(anonymous.err, /no request in it has credentials .*--for-everybody/)
})
