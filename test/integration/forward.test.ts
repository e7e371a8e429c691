// The healthy path, byte for byte, over real sockets.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { startProxy } from '../support/proxy.js'

/** Writes raw bytes and resolves with everything that comes until the connection ends or `enough`. */
function raw(port: number, text: string | string[], enough: (got: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let got = ''
    const parts = typeof text === 'string' ? [text] : text
    socket.on('connect', () => {
      for (const part of parts) socket.write(part)
    })
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      got += chunk
      if (enough(got)) socket.destroy()
    })
    socket.on('error', error => ((error as NodeJS.ErrnoException).code === 'ECONNRESET' ? resolve(got) : reject(error)))
    socket.on('close', () => resolve(got))
  })
}

for (const front of ['uws', 'strict'] as const) {
  t.test(`front ${front}`, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front })

    t.test('fields and target reach the upstream as they are, with ours added', async t => {
      const reply = await proxy.get('/headers?a=1&a=2&b=%2F+x', {
        'x-one': '1',
        connection: 'keep-alive, x-hop',
        'x-hop': 'gone',
        te: 'trailers',
        'x-forwarded-for': '6.6.6.6',
      })
      const { raw: fields, target } = reply.json<{ raw: string[]; target: string }>()
      const of = (name: string): string[] =>
        fields.flatMap((field, i) => (i % 2 === 0 && field.toLowerCase() === name ? [fields[i + 1]!] : []))
      t.equal(target, '/headers?a=1&a=2&b=%2F+x')
      t.same(of('x-one'), ['1'])
      t.same(of('x-hop'), [])
      t.same(of('te'), front === 'strict' ? ['trailers'] : [], 'where trailers can be passed')
      t.same(of('x-forwarded-for'), ['127.0.0.1'])
      t.same(of('x-forwarded-proto'), ['http'])
      t.same(of('x-forwarded-host'), [`127.0.0.1:${proxy.port}`])
      t.match(of('via'), [/^1\.1 chaos-proxy-[0-9a-f]{8}$/])
      t.same(of('host'), [`127.0.0.1:${proxy.port}`])
      t.same(of('user-agent'), [], 'nothing is invented')
    })

    t.test('clients that send the same from several addresses are told apart, and their fields as well', async t => {
      const open = (localAddress: string): Socket =>
        connect({ port: proxy.port, host: '127.0.0.1', localAddress }).setEncoding('latin1')
      const asked = async (socket: Socket, cookie: string): Promise<string[]> => {
        socket.write(`GET /headers HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\nAccept: */*\r\n\r\n`)
        let got = ''
        while (!got.includes('}')) got += (await once(socket, 'data'))[0]
        const { raw: fields } = JSON.parse(got.slice(got.indexOf('{'), got.lastIndexOf('}') + 1)) as { raw: string[] }
        return ['x-forwarded-for', 'cookie'].flatMap(name =>
          fields.flatMap((field, i) => (i % 2 === 0 && field.toLowerCase() === name ? [fields[i + 1]!] : [])),
        )
      }
      const addresses = ['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.3']
      const sockets = addresses.map(address => open(address))
      t.teardown(() => {
        for (const socket of sockets) socket.destroy()
      })
      for (const cookie of ['a=1', 'a=2', 'a=3', 'a=4', 'a=5', 'a=1'])
        for (const [i, address] of addresses.entries())
          t.same(await asked(sockets[i]!, cookie), [address, cookie], `${address} ${cookie}`)
    })

    t.test('statuses without body, and HEAD, leave the connection in step', async t => {
      t.equal((await proxy.get('/empty')).status, 204)
      t.equal((await proxy.get('/not-modified')).status, 304)
      const get = await proxy.get('/users/1')
      const head = await proxy.send('HEAD', '/users/1')
      t.equal(head.headers['content-length'], String(get.body.length))
      t.equal((await proxy.get('/users/2')).json().id, 2)
    })

    t.test('bodies of any framing arrive whole', async t => {
      for (const path of [
        '/big?bytes=100',
        '/big?bytes=100&chunked',
        '/big?bytes=3000000',
        '/big?bytes=3000000&chunked',
      ]) {
        t.equal((await proxy.get(path)).body.length, Number(/\d+/.exec(path)![0]), path)
      }
      const body = Buffer.alloc(2_000_000, 'y')
      t.same(
        (await proxy.send('POST', '/upload', { body, headers: { 'content-length': String(body.length) } })).json(),
        { bytes: body.length, framing: String(body.length) },
      )
      t.same((await proxy.send('POST', '/upload', { body, headers: { 'transfer-encoding': 'chunked' } })).json(), {
        bytes: body.length,
        framing: 'chunked',
      })
      t.same((await proxy.send('POST', '/upload', { headers: { 'content-length': '0' } })).json(), {
        bytes: 0,
        framing: '0',
      })
    })

    t.test('an answer cut short upstream is cut short downstream, or becomes a fault', async t => {
      const reply = await proxy.get('/half')
      t.equal(reply.status, 502)
      t.equal(reply.json().code, 'CHAOS_ERR_UPSTREAM_TRUNCATED')
    })

    t.test('a client that leaves cancels the request upstream', async t => {
      await raw(proxy.port, 'GET /events HTTP/1.1\r\nHost: a\r\n\r\n', got => got.includes('data: 1'))
      // It may only have ended its side: the strict front gives it a moment to show.
      while ((await origin.seen())['aborted /events'] === undefined)
        await new Promise(resolve => setTimeout(resolve, 10))
      t.equal((await origin.seen())['aborted /events'], 1)
    })

    t.test('what could be read in two ways is refused, and nothing of it goes on', async t => {
      const before = Object.keys(await origin.seen()).length
      const bad = [
        'POST /smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'POST /smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
        'POST /smuggled HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
        'GET /smuggled HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
        'GET /smug#led HTTP/1.1\r\nHost: a\r\n\r\n',
        'garbage\r\n\r\n',
        '\x00\xff\x00\r\n\r\n',
      ]
      for (const request of bad) {
        const got = await raw(proxy.port, request, answer => answer.includes('\r\n\r\n') || answer.length > 4000)
        t.notMatch(got, /^HTTP\/1\.1 2/, JSON.stringify(request))
      }
      t.equal(Object.keys(await origin.seen()).length, before)
      t.equal((await proxy.get('/users/3')).status, 200, 'and the proxy goes on')
    })

    t.test('a body over the limit is refused', async t => {
      const limited = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_MAX_BODY_BYTES: '1000' })
      t.equal((await limited.send('POST', '/upload', { body: 'x'.repeat(1001) })).status, 413)
      t.equal((await limited.send('POST', '/upload', { body: 'x'.repeat(1000) })).status, 200)
    })
  })
}

t.test('a hundred megabytes pass through without being kept', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  const bytes = 100 * 1024 * 1024
  const reply = await proxy.get(`/big?bytes=${bytes}`)
  t.equal(reply.body.length, bytes)
  await proxy.settled()
  const { exemplars } = await proxy.admin<{ exemplars: number }>('/api/learning')
  t.equal(exemplars, 0)
})
