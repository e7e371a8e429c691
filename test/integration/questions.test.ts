// Questions that are no plain GET, on both fronts: known ones are answered in an outage, writes never are.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { type Proxy as Running, startProxy } from '../support/proxy.js'

const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const post = (proxy: Running, path: string, body: string, headers: Record<string, string> = json) =>
  proxy.send('POST', path, { body, headers })

/** A request written piece by piece; between two pieces `between` is awaited. */
async function inPieces(
  port: number,
  pieces: readonly string[],
  between: (answered: string) => Promise<void>,
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', chunk => (answer += chunk))
  const ended = once(socket, 'close')
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await between(answer)
    await new Promise<void>((resolve, reject) => socket.write(piece, error => (error ? reject(error) : resolve())))
  }
  await ended
  return answer
}

for (const front of ['uws', 'strict']) {
  const start = async (t: Parameters<typeof startProxy>[0], env: Record<string, string> = {}) => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_WORKERS: '1', ...env })
    return { origin, proxy }
  }

  t.test(
    `${front}: a GraphQL query that was seen is answered however it is put; what was not, and mutations, are refused`,
    async t => {
      const { origin, proxy } = await start(t)
      const asked = '{"query":"query Film($id: Int) { film(id: $id) { title } }","variables":{"id":1}}'
      const live = await post(proxy, '/graphql', asked)
      t.same(live.json(), { data: { film: { title: 'T' } } })
      t.equal((await post(proxy, '/graphql', '{"query":"mutation { rename }"}')).status, 200)
      const errors = await post(proxy, '/graphql', '{"query":"{ none }"}')
      await proxy.settled()
      await origin.kill()
      const again = [
        await post(proxy, '/graphql', asked),
        await post(proxy, '/graphql', '{ "operationName": null,\n "query": "{film(id:1){title}}" }'),
        await post(proxy, '/graphql', '{film(id: 1) {title}}', { 'content-type': 'application/graphql' }),
        await proxy.get(`/graphql?query=${encodeURIComponent('{ film(id: 1) { title } }')}`),
      ]
      for (const ghost of again) {
        t.equal(ghost.headers['x-ghost'], 'exact')
        t.same(ghost.body, live.body)
        t.ok(Number(ghost.headers['x-ghost-confidence']) < 0.9, 'the mutation may have changed it')
      }
      const none = await post(proxy, '/graphql', '{"query":"{ none }"}')
      t.equal(none.headers['x-ghost'], 'exact', 'an answer of errors alone is what it is')
      t.same(none.body, errors.body)
      const other = await post(proxy, '/graphql', '{"query":"{ film(id: 2) { title } }"}')
      t.equal(other.headers['x-ghost'], 'none')
      t.equal(other.json().ghost, 'not-derivable')
      const mutation = await post(proxy, '/graphql', '{"query":"mutation { rename }"}')
      t.equal(mutation.status, 503)
      t.equal(mutation.headers['x-ghost-refused'], 'unsafe-method')
      const byGet = await proxy.get(`/graphql?query=${encodeURIComponent('mutation { rename }')}`)
      t.equal(byGet.headers['x-ghost-refused'], 'unsafe-method')
      const explained = await proxy.admin<{ verdict: string; request: { question: string; route: string } }>(
        '/api/debug/match',
        {
          method: 'POST',
          body: { method: 'POST', path: '/graphql', headers: json, body: asked },
        },
      )
      t.match(explained, { verdict: 'answer', request: { question: 'graphql', route: '/graphql#query.film' } })
    },
  )

  t.test(`${front}: searches and calls that read are answered, logins and calls that write are not`, async t => {
    const { origin, proxy } = await start(t)
    const call = (method: string, id: unknown) => JSON.stringify({ jsonrpc: '2.0', method, params: { a: 1 }, id })
    const found = await post(proxy, '/users/find', '{"name":"x","size":2}')
    const asForm = await post(proxy, '/users/find', 'name=x&size=2', form)
    await post(proxy, '/login', '{"name":"x","password":"p"}')
    await post(proxy, '/rpc', call('user.get', 1))
    await post(proxy, '/rpc', call('user.rename', 2))
    await proxy.settled()
    await origin.kill()
    const again = await post(proxy, '/users/find', '{ "size": 2, "name": "x" }')
    t.equal(again.headers['x-ghost'], 'exact')
    t.same(again.body, found.body)
    const formAgain = await post(proxy, '/users/find', 'size=2&name=x', form)
    t.equal(formAgain.headers['x-ghost'], 'exact')
    t.same(formAgain.body, asForm.body)
    t.equal((await post(proxy, '/users/find', '{"name":"y","size":2}')).headers['x-ghost'], 'none')
    t.equal((await post(proxy, '/login', '{"name":"x","password":"p"}')).headers['x-ghost-refused'], 'unsafe-method')
    t.same((await post(proxy, '/rpc', call('user.get', 'other'))).json(), {
      jsonrpc: '2.0',
      result: { method: 'user.get', params: { a: 1 } },
      id: 'other',
    })
    const written = await post(proxy, '/rpc', call('user.rename', 2))
    t.equal(written.status, 503)
    t.equal(written.headers['x-ghost-refused'], 'unsafe-method')
  })

  t.test(`${front}: what one credential asked is not told to another`, async t => {
    const { origin, proxy } = await start(t)
    await post(proxy, '/users/find', '{"q":1}', { ...json, authorization: 'Bearer a' })
    await post(proxy, '/users/find', '{"q":1,"token":"a"}')
    await proxy.settled()
    await origin.kill()
    for (const [body, headers, ghost] of [
      ['{"q":1}', { authorization: 'Bearer a' }, 'exact'],
      ['{"q":1}', { authorization: 'Bearer b' }, 'none'],
      ['{"q":1}', {}, 'none'],
      ['{"q":1,"token":"a"}', {}, 'exact'],
      ['{"q":1,"token":"b"}', {}, 'none'],
    ] as const)
      t.equal((await post(proxy, '/users/find', body, { ...json, ...headers })).headers['x-ghost'], ghost, body)
  })

  t.test(`${front}: a ghost hears the question to its end`, async t => {
    const { origin, proxy } = await start(t, { CHAOS_BREAKER_MIN_REQUESTS: '1', CHAOS_BREAKER_OPEN_MS: '600000' })
    await post(proxy, '/users/find', '{"name":"x"}')
    await proxy.get('/users/1')
    await proxy.settled()
    const head = (length: string, more = '') =>
      `POST /users/find HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n${more}${length}\r\n\r\n`
    const known = head('Content-Length: 12')
    const ghostMeanwhile = async (answered: string): Promise<void> => {
      t.equal(answered, '', 'no answer before the question is whole')
      t.equal((await proxy.get('/users/1')).headers['x-ghost'], 'exact')
    }
    // Live first: the upstream fails in the middle of the body, and the circuit is closed.
    let killed = false
    const first = await inPieces(proxy.port, [known, '{"name"', ':"x"}'], async () => {
      if (!killed) await origin.kill()
      killed = true
    })
    t.match(first, /^HTTP\/1\.1 200 [\s\S]*x-ghost: exact/)
    // Then without an upstream to ask.
    await proxy.get('/users/1')
    for (const pieces of [
      [known, '{"name"', ':"x"}'],
      [head('Transfer-Encoding: chunked'), '7\r\n{"name"\r\n', '5\r\n:"x"}\r\n', '0\r\n\r\n'],
    ])
      t.match(await inPieces(proxy.port, pieces, ghostMeanwhile), /^HTTP\/1\.1 200 [\s\S]*x-ghost: exact/)
    const patient = await inPieces(
      proxy.port,
      [head('Content-Length: 12', 'Expect: 100-continue\r\n'), '{"name":"x"}'],
      async () => {},
    )
    t.match(patient, /HTTP\/1\.1 100 [\s\S]*HTTP\/1\.1 200 [\s\S]*x-ghost: exact/)
  })

  t.test(`${front}: what is too long for a question, or can be none, is refused unheard`, async t => {
    const { origin, proxy } = await start(t, { CHAOS_GHOST: 'forced' })
    await origin.kill()
    const head = (path: string, length: string, type = 'application/json') =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nConnection: close\r\n${length}\r\n\r\n`
    const long = `2000\r\n${'x'.repeat(0x2000)}\r\n`
    for (const pieces of [
      [head('/users/find', 'Content-Length: 65537')],
      [head('/login', 'Content-Length: 10')],
      [head('/users/find', 'Content-Length: 10', 'text/plain')],
      [head('/users/find', 'Transfer-Encoding: chunked'), long.repeat(9)],
    ])
      t.match(
        await inPieces(proxy.port, pieces, async () => {}),
        /^HTTP\/1\.1 503 [\s\S]*x-ghost-refused: unsafe-method/,
        pieces[0]!,
      )
  })

  t.test(`${front}: a client that goes away in the middle of its question costs nothing`, async t => {
    const { origin, proxy } = await start(t, { CHAOS_GHOST: 'forced' })
    await origin.kill()
    const socket = connect(proxy.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      'POST /users/find HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"',
    )
    await proxy.get('/users/1')
    socket.destroy()
    let active = 1
    while (active > 0) {
      await proxy.get('/users/1')
      active = (await proxy.admin<{ requests: { activeRequests: number } }>('/api/status')).requests.activeRequests
    }
    t.equal(active, 0)
  })
}
