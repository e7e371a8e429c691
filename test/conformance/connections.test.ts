// The check-list's section «Connections»: whose connection lives how long, and what a repeated request may do.
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { type Case, conformance, get, post } from './conformance-case.js'
import { answerOf } from './scripted-origin.js'

const persistence: Case[] = [
  {
    level: 'M',
    name: 'a connection carries 200 requests, and so does the one upstream',
    async run(t, { origin, client }) {
      origin.onRequest = ({ target, connection }) => connection.socket.write(answerOf(target))
      const asking = await client()
      for (let i = 1; i <= 200; i++) {
        asking.send(get(`/${i}`))
        const answers = await asking.answers(i)
        if (answers[i - 1]?.body !== `/${i}`) t.fail(`the answer to /${i} is ${answers[i - 1]?.body}`)
      }
      t.equal(origin.requests.length, 200)
      t.equal(origin.connections.length, 1)
    },
  },
  {
    level: 'M',
    name: 'a hundred pipelined requests are answered in order, POST then GET among them',
    async run(t, { origin, client }) {
      origin.onRequest = ({ method, target, body, connection }) =>
        connection.socket.write(answerOf(`${method} ${target} ${body}`))
      const expected: string[] = []
      let bytes = ''
      for (let i = 0; i < 100; i++) {
        if (i % 3 === 0) {
          bytes += `POST /${i} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET `
          expected.push(`POST /${i} GET `)
        } else if (i % 3 === 1) {
          bytes += get(`/${i}`)
          expected.push(`GET /${i} `)
        } else {
          bytes += `PUT /${i} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`
          expected.push(`PUT /${i} hi`)
        }
      }
      const asking = await client()
      asking.send(bytes)
      const answers = await asking.answers(100)
      t.same(
        answers.map(answer => answer.body),
        expected,
      )
    },
  },
  {
    level: 'M',
    name: 'pipelined requests cut anywhere are answered in order',
    async run(t, { origin, client }) {
      origin.onRequest = ({ target, connection }) => connection.socket.write(answerOf(target))
      const asking = await client()
      const bytes = Array.from({ length: 30 }, (_, i) => get(`/${i}`, `X: ${'x'.repeat(i * 7)}\r\n`)).join('')
      await asking.sendPieces(bytes.match(/[\s\S]{1,97}/g)!)
      t.same(
        (await asking.answers(30)).map(answer => answer.body),
        Array.from({ length: 30 }, (_, i) => `/${i}`),
      )
    },
  },
  {
    level: 'M',
    name: 'nothing is answered after Connection: close',
    async run(t, { origin, client }) {
      const asking = await client()
      asking.send(get('/one', 'Connection: Foo, Close\r\n') + get('/two'))
      await asking.end()
      t.equal(asking.read().final.length, 1)
      t.same(
        origin.requests.map(request => request.target),
        ['/one'],
      )
    },
  },
  {
    level: 'M',
    name: 'Connection: close alone ends the connection after the answer',
    async run(t, { origin, client }) {
      const asking = await client()
      asking.send(get('/one', 'Connection: close\r\n'))
      await asking.end()
      const { final } = asking.read()
      t.match(final, [{ status: 200, body: 'ok', complete: true }])
      t.equal(origin.requests.length, 1)
    },
  },
  {
    level: 'M',
    name: 'HTTP/1.0 ends after the answer, unless it asks for more',
    async run(t, { client }) {
      const closing = await client()
      closing.send('GET /one HTTP/1.0\r\n\r\n')
      await closing.end()
      t.match(closing.read().final, [{ status: 200, body: 'ok' }])
      const keeping = await client()
      for (const count of [1, 2]) {
        keeping.send('GET /one HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')
        const answers = await keeping.answers(count)
        t.match(answers[count - 1], { status: 200, body: 'ok' })
        t.match(answers[count - 1]!.fields, [['content-length'], ['connection', 'keep-alive']])
      }
    },
  },
  {
    level: 'S',
    name: 'empty lines before a request are passed over',
    async run(t, { client }) {
      const asking = await client()
      asking.send(`\r\n${get('/one')}`)
      t.equal((await asking.answers(1)).length, 1)
      asking.send(`\r\n\r\n${get('/two')}`)
      t.equal((await asking.answers(2)).length, 2)
      await asking.sendPieces(['\r', '\n', get('/three')])
      t.same(
        (await asking.answers(3)).map(answer => answer.status),
        [200, 200, 200],
      )
    },
  },
  {
    level: 'M',
    name: 'a request that arrives octet by octet is a request',
    async run(t, { origin, client }) {
      const asking = await client()
      await asking.sendPieces(get('/slow?a=b', 'X-A: 1\r\n'))
      t.equal((await asking.answer()).status, 200)
      t.match(origin.requests[0], { target: '/slow?a=b' })
    },
  },
  {
    level: 'M',
    name: 'a body that arrives octet by octet is a body',
    async run(t, { origin, client }) {
      const asking = await client()
      await asking.sendPieces(post('Content-Length: 11\r\n', 'hello world'))
      t.equal((await asking.answer()).status, 200)
      await asking.sendPieces(post('Transfer-Encoding: chunked\r\n', '5;a=b\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'))
      t.equal((await asking.answers(2)).length, 2)
      t.same(
        origin.requests.map(request => request.body),
        ['hello world', 'hello world'],
      )
    },
  },
  {
    level: 'S',
    name: 'a half-closed client still gets its answer',
    async run(t, { origin, client }) {
      origin.onRequest = ({ connection }) => setTimeout(() => connection.socket.write(answerOf('late')), 100)
      const asking = await client()
      asking.send(get('/'))
      asking.halfClose()
      t.match(await asking.answer(), { status: 200, body: 'late' })
      await asking.end()
    },
  },
  {
    level: 'S',
    name: 'a half-closed client gets all answers to what it has pipelined',
    async run(t, { origin, client }) {
      origin.onRequest = ({ target, connection }) => connection.socket.write(answerOf(target))
      const asking = await client()
      asking.send(get('/1') + get('/2') + get('/3'))
      asking.halfClose()
      await asking.end()
      t.same(
        asking.read().final.map(answer => answer.body),
        ['/1', '/2', '/3'],
      )
    },
  },
  ...['GET / HTTP/1.1\r\nHost: a\r\n', 'GET', post('Content-Length: 10\r\n', 'hello')].map(
    (part): Case => ({
      level: 'S',
      name: `a request that ends in the middle is 400: ${JSON.stringify(part)}`,
      async run(t, { origin, client }) {
        const asking = await client()
        asking.send(part)
        asking.halfClose()
        await asking.end()
        t.match(asking.read().final, [{ status: 400, complete: true }])
        t.equal(origin.requests.length, 0)
      },
    }),
  ),
  {
    level: 'O',
    name: 'a refusal is counted once, also where the client ends its side only then',
    front: 'strict',
    async run(t, { client, proxy }) {
      const refusals = async (): Promise<number> =>
        (await proxy.admin<{ requests: { clientErrors: number } }>('/api/status')).requests.clientErrors
      const before = await refusals()
      const asking = await client()
      asking.send('GET / HTTP/1.1\r\nHost : ')
      await asking.end()
      asking.halfClose()
      await asking.until(() => asking.closed)
      t.equal((await refusals()) - before, 1)
    },
  },
  {
    level: 'M',
    name: 'an answer before the end of a body leaves the connection in step, or ends it',
    async run(t, { front, origin, client }) {
      const framings = ['Content-Length: 10\r\n', 'Transfer-Encoding: chunked\r\n']
      // So much is not read just to keep a connection. uWebSockets.js does, which is right as well, but has no end here.
      if (front === 'strict') framings.push('Content-Length: 9000000\r\n')
      for (const fields of framings) {
        origin.onHead = ({ connection }) =>
          connection.socket.write('HTTP/1.1 401 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
        const asking = await client()
        const chunked = fields.startsWith('T')
        asking.send(post(fields, chunked ? '5\r\nhello\r\n' : 'hello'))
        t.match(await asking.answer(), { status: 401, body: 'no' })
        origin.onHead = undefined
        asking.send(`${chunked ? '5\r\nworld\r\n0\r\n\r\n' : 'world'}${get('/next')}`)
        await asking.until(() => asking.ended || asking.read().final.length === 2)
        if (!asking.ended) t.match(asking.read().final[1], { status: 200 })
        t.notOk(origin.requests.some(({ method }) => method.includes('world')))
      }
    },
  },
]

const upstream: Case[] = [
  {
    level: 'S',
    name: 'one connection upstream serves many clients in turn',
    async run(t, { origin, ask }) {
      for (let i = 0; i < 20; i++) await ask(get(`/${i}`))
      t.equal(origin.connections.length, 1)
    },
  },
  {
    level: 'S',
    name: "the client's connection survives the close of the upstream's",
    async run(t, { origin, client }) {
      origin.onRequest = ({ connection }) => connection.socket.end(answerOf('last', 'Connection: close\r\n'))
      const asking = await client()
      for (const count of [1, 2, 3]) {
        asking.send(get('/'))
        t.match((await asking.answers(count))[count - 1], { status: 200, body: 'last' })
      }
      t.equal(origin.connections.length, 3)
    },
  },
  ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].map(
    (method): Case => ({
      level: 'S',
      name: `${method} on a connection that died idle is sent again once, unseen`,
      async run(t, { origin, ask }) {
        await ask(get('/first'))
        const [first] = origin.connections
        // It dies of its second request, unanswered.
        origin.onRequest = ({ connection }) => {
          if (connection === first) connection.socket.destroy()
          else connection.socket.write(answerOf('again'))
        }
        const { answer } = await ask(`${method} /second HTTP/1.1\r\nHost: a\r\n\r\n`)
        t.equal(answer.status, 200)
        t.equal(origin.requests.filter(({ target }) => target === '/second').length, 2)
      },
    }),
  ),
  {
    level: 'S',
    name: 'what is sent again is sent again once',
    async run(t, { origin, ask }) {
      await ask(get('/first'))
      origin.onRequest = ({ connection }) => connection.socket.destroy()
      const { answer } = await ask(get('/second'))
      t.equal(answer.status, 502)
      t.equal(origin.requests.filter(({ target }) => target === '/second').length, 2)
    },
  },
  ...['POST', 'PATCH', 'FOO'].map(
    (method): Case => ({
      level: 'M',
      name: `${method} is never sent twice`,
      async run(t, { origin, ask }) {
        await ask(get('/first'))
        origin.onRequest = ({ connection }) => connection.socket.destroy()
        for (const bytes of ['Content-Length: 2\r\n\r\nhi', 'Content-Length: 0\r\n\r\n', '\r\n']) {
          const { answer } = await ask(`${method} /second HTTP/1.1\r\nHost: a\r\n${bytes}`)
          t.equal(answer.status, 502)
        }
        t.equal(origin.requests.filter(({ target }) => target === '/second').length, 3)
      },
    }),
  ),
  {
    level: 'M',
    name: 'nothing is sent again of which an answer has begun',
    async run(t, { origin, ask }) {
      await ask(get('/first'))
      origin.onRequest = ({ connection }) => connection.socket.end('HTTP/1.1 200 OK\r\nContent-Len')
      const { answer } = await ask(get('/second'))
      t.equal(answer.status, 502)
      t.equal(origin.requests.filter(({ target }) => target === '/second').length, 1)
    },
  },
  {
    level: 'S',
    name: 'an origin that hangs up is 502',
    async run(t, { origin, ask }) {
      origin.closeAll()
      for (const script of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe']) {
        origin.onRequest = ({ connection }) => connection.socket.end(script)
        t.equal((await ask(post('Content-Length: 2\r\n', 'hi'))).answer.status, 502, script)
      }
    },
  },
]

conformance(t, 'connections', [...persistence, ...upstream])

conformance(
  t,
  'connections with time limits upstream',
  [
    {
      level: 'S',
      name: 'an origin that stays silent is 504',
      async run(t, { origin, ask }) {
        origin.onRequest = () => {}
        t.equal((await ask(get('/'))).answer.status, 504)
        t.equal((await ask(post('Content-Length: 2\r\n', 'hi'))).answer.status, 504)
        const [first] = origin.requests
        await origin.until(() => first!.connection.ended || first!.connection.closed)
      },
    },
    {
      level: 'S',
      name: 'an origin that falls silent in a body that is held is 504',
      async run(t, { origin, ask }) {
        origin.onRequest = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'
        t.equal((await ask(get('/'))).answer.status, 504)
      },
    },
    {
      level: 'M',
      name: 'an origin that falls silent in mid-stream cuts the answer short',
      async run(t, { origin, client }) {
        origin.onRequest = `HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(100_000)}`
        const asking = await client()
        asking.send(get('/'))
        await asking.end()
        t.match(asking.read().final, [{ status: 200, complete: false }])
      },
    },
  ],
  { CHAOS_RESPONSE_TIMEOUT_MS: '150', CHAOS_IDLE_TIMEOUT_MS: '150' },
)

t.test('an origin that is not there is 502', async t => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as { port: number }
  gone.close()
  await once(gone, 'close')
  conformance(
    t,
    'connections to nobody',
    [
      {
        level: 'S',
        name: 'nobody listens: 502',
        async run(t, { ask }) {
          t.equal((await ask(get('/'))).answer.status, 502)
          t.equal((await ask(post('Content-Length: 2\r\n', 'hi'))).answer.status, 502)
        },
      },
    ],
    { CHAOS_UPSTREAM: `http://127.0.0.1:${port}` },
  )
})
