// WebSocket through the real program, with a real client and server (`ws`) on both ends, and frame by frame where no library
// would say what is said.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { startOrigin } from '../support/origin.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { closePayload, type FrameToSend, RawWebSocket } from '../support/raw-websocket.js'
import { startWebSocketOrigin, type WebSocketOrigin } from '../support/websocket-origin.js'

type Front = 'uws' | 'strict'
const fronts: readonly Front[] = ['uws', 'strict']

/**
 * What uWebSockets.js does to a client by itself: it does not see that a frame is not masked (and takes the first four octets
 * for the mask), drops the connection of one that breaks other rules without a Close frame, and takes the codes 1012–1014 and
 * 3000–3999 for broken ones.
 */
const limitOf = (front: Front): string | false => front === 'uws' && 'a limit of uWebSockets.js'

interface Closed {
  readonly code: number
  readonly reason: string
}

/** An error on the way, such as a broken frame, is no end yet: `once` would take it for one. */
function closed(ws: WebSocket): Promise<Closed> {
  return new Promise(resolve => {
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
}

/** Both ends of a new WebSocket. */
async function openPair(
  t: Test,
  proxy: RunningProxy,
  origin: WebSocketOrigin,
  path = '/open',
  options: WebSocket.ClientOptions = {},
): Promise<{ client: WebSocket; server: WebSocket }> {
  const arrives = origin.next()
  const client = new WebSocket(`ws://127.0.0.1:${proxy.port}${path}`, options)
  t.teardown(() => client.terminate())
  client.on('error', () => {})
  const [server] = await Promise.all([arrives, once(client, 'open')])
  return { client, server }
}

async function echoed(client: WebSocket, message: Buffer | string): Promise<{ data: Buffer; binary: boolean }> {
  const back = once(client, 'message') as Promise<[Buffer, boolean]>
  client.send(message)
  const [data, binary] = await back
  return { data, binary }
}

/** The answer to a request for a WebSocket that is refused. */
function asked(port: number, path: string, headers: Record<string, string> = {}): Promise<[number, string, string[]]> {
  return new Promise((resolve, reject) => {
    const handshake = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    }
    const asking = request({ host: '127.0.0.1', port, path, headers: handshake }, response => {
      let body = ''
      response.on('data', chunk => (body += chunk))
      response.on('end', () => resolve([response.statusCode!, body, response.rawHeaders]))
      response.on('error', reject)
    })
    asking.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve([response.statusCode!, '', response.rawHeaders])
    })
    asking.on('error', reject)
    asking.end()
  })
}

/** Again until it holds; nothing tells when. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 10))
}

function residentBytes(proxy: RunningProxy): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${proxy.child.pid}/status`, 'latin1'))![1]) * 1024
}

for (const front of fronts) {
  t.test(`front ${front}`, async t => {
    const origin = await startWebSocketOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front, CHAOS_WORKERS: '1' })
    handshakeSuite(t, proxy, origin)
    messageSuite(t, front, proxy, origin)
    closingSuite(t, front, proxy, origin)
    brokenFrameSuite(t, front, proxy, origin)
    pressureSuite(t, front, proxy, origin)
    lifeSuite(t, front, origin)
  })
}

function handshakeSuite(t: Test, proxy: RunningProxy, origin: WebSocketOrigin): void {
  t.test('fields and target reach the upstream as they are, with ours added', async t => {
    const target = '/open/../a//b?x=%2F+y&x=2'
    const arrives = origin.next()
    const [raw] = await RawWebSocket.open(proxy.port, target, [
      'Origin: http://page.test',
      'Cookie: a=1; b=2',
      'Authorization: Bearer token',
      'X-Twice: 1',
      'X-Twice: 2',
      'Connection: x-hop',
      'X-Hop: gone',
      'X-Forwarded-For: 6.6.6.6',
    ])
    await arrives
    const { url, rawHeaders } = origin.requests.at(-1)!
    const of = (name: string): string[] =>
      rawHeaders.flatMap((field, i) => (i % 2 === 0 && field.toLowerCase() === name ? [rawHeaders[i + 1]!] : []))
    t.equal(url, target)
    t.same(of('host'), ['proxy.test'])
    t.same(of('origin'), ['http://page.test'])
    t.same(of('cookie'), ['a=1; b=2'])
    t.same(of('authorization'), ['Bearer token'])
    t.same(of('x-twice'), ['1', '2'])
    t.same(of('x-hop'), [])
    t.same(of('x-forwarded-for'), ['127.0.0.1'])
    t.same(of('x-forwarded-proto'), ['http'])
    t.same(of('x-forwarded-host'), ['proxy.test'])
    t.match(of('via'), [/^1\.1 chaos-proxy-[0-9a-f]{8}$/])
    t.equal(of('upgrade').length, 1)
    t.equal(of('connection').length, 1)
    t.equal(of('sec-websocket-key').length, 1)
    t.same(of('sec-websocket-version'), ['13'])
    t.same(of('sec-websocket-extensions'), [], 'no compression where the client asks for none')
    t.same(of('content-length'), [])
    raw.socket.destroy()
  })

  t.test('101 with the fields of the upstream and the right key', async t => {
    const [raw, head] = await RawWebSocket.open(proxy.port, '/cookie')
    t.match(head, /^HTTP\/1\.1 101 /)
    t.match(head, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
    t.same(
      head.match(/set-cookie: .*/gi)!.map(line => line.slice(12)),
      ['a=1', 'b=2'],
    )
    t.match(head, /x-from: upstream/i)
    t.equal(head.match(/upgrade: /gi)!.length, 1)
    t.equal(head.match(/sec-websocket-accept/gi)!.length, 1)
    t.notMatch(head, /sec-websocket-(protocol|extensions)/i)
    raw.socket.destroy()
  })

  t.test('the subprotocol is the one that the upstream chooses', async t => {
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/chosen`, ['first', 'second'])
    await once(client, 'open')
    t.equal(client.protocol, 'second')
    client.terminate()
  })

  t.test('where the upstream chooses none the client is told of none', async t => {
    const [raw, head] = await RawWebSocket.open(proxy.port, '/open', ['Sec-WebSocket-Protocol: first, second'])
    t.match(head, /^HTTP\/1\.1 101 /)
    t.notMatch(head, /sec-websocket-protocol/i)
    raw.socket.destroy()
  })

  t.test('a refusal of the upstream is handed over with its fields and its body', async t => {
    const [status, body, fields] = await asked(proxy.port, '/refused')
    t.equal(status, 401)
    t.equal(body, 'not for u')
    t.ok(fields.some((field, i) => field.toLowerCase() === 'www-authenticate' && fields[i + 1] === 'Basic'))
    t.ok(fields.some((field, i) => field.toLowerCase() === 'set-cookie' && fields[i + 1] === 'a=1'))
    t.same((await asked(proxy.port, '/plain')).slice(0, 2), [200, 'plain'], 'an answer that is no refusal, too')
    t.same((await asked(proxy.port, '/broken')).slice(0, 2), [500, 'oh'])
    await proxy.settled()
    for (const path of ['/refused', '/plain']) {
      const { verdict } = await proxy.admin<{ verdict: string }>(`/api/debug/match?method=GET&path=${path}`)
      t.equal(verdict, 'refusal', `what a handshake got says nothing of a plain GET of ${path}`)
    }
  })

  t.test('a refusal that breaks off is cut short', async t => {
    await t.rejects(asked(proxy.port, '/cut'))
  })

  t.test('an upstream that hangs up, or lies, is a 502', async t => {
    for (const [path, code] of [
      ['/reset', 'CHAOS_ERR_UPSTREAM_RESET'],
      ['/liar', 'CHAOS_ERR_UPSTREAM_MALFORMED'],
    ] as const) {
      const [status, body] = await asked(proxy.port, path)
      t.equal(status, 502, path)
      t.equal(JSON.parse(body).code, code)
    }
  })

  t.test('what only looks like a handshake is an ordinary request', async t => {
    const before = origin.requests.length
    const [version] = await asked(proxy.port, '/open', { 'sec-websocket-version': '8' })
    t.equal(version, 200)
    const [noUpgrade] = await asked(proxy.port, '/open', { connection: 'keep-alive' })
    t.equal(noUpgrade, 200)
    const [other] = await asked(proxy.port, '/open', { upgrade: 'h2c' })
    t.equal(other, 200)
    const [withBody] = await asked(proxy.port, '/open', { 'content-length': '0' })
    t.equal(withBody, 101, 'a length of nothing is no body')
    t.equal(origin.requests.length, before + 1)
  })

  t.test('a client that leaves before the upstream has answered takes its request along', async t => {
    const before = origin.requests.length
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/silent`)
    client.on('error', () => {})
    await until(() => origin.requests.length > before)
    const gone = once(origin.requests.at(-1)!.socket, 'close')
    client.terminate()
    await gone
    t.pass('the upstream is not left waiting')
  })
}

function messageSuite(t: Test, front: Front, proxy: RunningProxy, origin: WebSocketOrigin): void {
  t.test('messages of every kind and size arrive as they were, both ways', async t => {
    const { client } = await openPair(t, proxy, origin, '/echo')
    for (const size of [0, 1, 125, 126, 65535, 65536, 1 << 20, 16 << 20]) {
      const text = 'é'.repeat(size >> 1)
      const bytes = Buffer.from(text)
      for (let i = 0; i < bytes.length; i += 1021) bytes[i] = i & 255
      const asText = await echoed(client, text)
      t.notOk(asText.binary)
      t.ok(asText.data.equals(Buffer.from(text)), `${size} octets of text`)
      const asBinary = await echoed(client, bytes)
      t.ok(asBinary.binary)
      t.ok(asBinary.data.equals(bytes), `${size} octets`)
    }
    client.close()
  })

  t.test('a fragmented message arrives whole, with pings between its fragments', async t => {
    const { client, server } = await openPair(t, proxy, origin)
    const arrives = once(server, 'message') as Promise<[Buffer, boolean]>
    const answered = once(client, 'pong') as Promise<[Buffer]>
    client.send('one ', { fin: false })
    client.ping('between')
    client.send('', { fin: false })
    client.send('two', { fin: true })
    const [data, binary] = await arrives
    t.equal(data.toString(), 'one two')
    t.notOk(binary)
    t.equal((await answered)[0].toString(), 'between')
    const back = once(client, 'message') as Promise<[Buffer, boolean]>
    server.send(Buffer.from('three '), { fin: false })
    server.send(Buffer.from('four'), { fin: true })
    const [whole, isBinary] = await back
    t.equal(whole.toString(), 'three four')
    t.ok(isBinary)
  })

  t.test('a thousand messages at once keep their order', async t => {
    const { client } = await openPair(t, proxy, origin, '/echo')
    const got: string[] = []
    const all = new Promise<void>(resolve => {
      client.on('message', (data: Buffer) => {
        if (got.push(data.toString()) === 1000) resolve()
      })
    })
    const sent = Array.from({ length: 1000 }, (_, i) => String(i).padEnd(i, '.'))
    for (const message of sent) client.send(message)
    await all
    t.same(got, sent)
  })

  t.test('what the upstream says before anything else arrives', async t => {
    const arrives = origin.next()
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/open`)
    const hello = once(client, 'message') as Promise<[Buffer]>
    const server = await arrives
    server.send('hello')
    t.equal((await hello)[0].toString(), 'hello')
    client.terminate()
  })

  t.test('compression is agreed on each side by itself', async t => {
    const packing = await startWebSocketOrigin(t, { compress: true })
    const packed = await startProxy(t, packing.url, { CHAOS_FRONT: front, CHAOS_WORKERS: '1' })
    const text = JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ id: i, name: `User ${i}` })))
    for (const [through, at] of [
      [packed, packing],
      [proxy, origin],
    ] as const) {
      for (const perMessageDeflate of [true, false]) {
        const name = `upstream ${at === packing}, client ${perMessageDeflate}`
        const { client, server } = await openPair(t, through, at, '/echo', { perMessageDeflate })
        t.equal(server.extensions, at === packing && perMessageDeflate ? 'permessage-deflate' : '', name)
        if (!perMessageDeflate) t.equal(client.extensions, '')
        for (let i = 0; i < 3; i++) {
          t.ok((await echoed(client, text)).data.equals(Buffer.from(text)), name)
          t.equal((await echoed(client, 'short')).data.toString(), 'short', name)
        }
        t.equal((await echoed(client, '')).data.length, 0)
        client.close()
        t.equal((await closed(server)).code, 1005)
      }
    }
  })

  t.test('pings are answered once, with what they held, and the other end hears of them', async t => {
    const { client, server } = await openPair(t, proxy, origin)
    const pongs: string[] = []
    client.on('pong', payload => pongs.push(payload.toString()))
    const heard = once(server, 'ping') as Promise<[Buffer]>
    client.ping('are you there')
    t.equal((await heard)[0].toString(), 'are you there')
    const answered = once(server, 'pong') as Promise<[Buffer]>
    const asked = once(client, 'ping') as Promise<[Buffer]>
    server.ping('and you')
    t.equal((await asked)[0].toString(), 'and you')
    t.equal((await answered)[0].toString(), 'and you')
    await echoedOnce(client, server)
    t.same(pongs, ['are you there'], 'and no second answer')
  })
}

/** All that was said before has arrived when this has. */
async function echoedOnce(client: WebSocket, server: WebSocket): Promise<void> {
  server.once('message', message => server.send(message))
  await echoed(client, 'once')
}

function closingSuite(t: Test, front: Front, proxy: RunningProxy, origin: WebSocketOrigin): void {
  t.test('code and reason of a Close reach the other end', async t => {
    for (const code of [1000, 1001, 1003, 1007, 1008, 1009, 1011, 4000, 4999]) {
      const first = await openPair(t, proxy, origin)
      first.client.close(code, `bye, ${code}`)
      t.same(await closed(first.server), { code, reason: `bye, ${code}` }, `client says ${code}`)
    }
    for (const code of [1000, 1001, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
      const second = await openPair(t, proxy, origin)
      second.server.close(code, `bye, ${code}`)
      t.same(await closed(second.client), { code, reason: `bye, ${code}` }, `upstream says ${code}`)
    }
  })

  t.test('codes of 3000 and more from the client', { skip: limitOf(front) }, async t => {
    for (const code of [1012, 3000, 3999]) {
      const { client, server } = await openPair(t, proxy, origin)
      client.close(code, 'bye')
      t.same(await closed(server), { code, reason: 'bye' }, `client says ${code}`)
    }
  })

  t.test('a Close without code stays one', async t => {
    const first = await openPair(t, proxy, origin)
    first.client.close()
    t.same(await closed(first.server), { code: 1005, reason: '' })
    const second = await openPair(t, proxy, origin)
    second.server.close()
    t.same(await closed(second.client), { code: 1005, reason: '' })
  })

  t.test('what was said before a Close arrives before it', async t => {
    const { client, server } = await openPair(t, proxy, origin)
    const got: number[] = []
    client.on('message', (message: Buffer) => got.push(message.length))
    for (let i = 0; i < 40; i++) server.send(Buffer.alloc(100_000))
    server.close(4001)
    t.equal((await closed(client)).code, 4001)
    t.equal(got.length, 40)
  })

  t.test('a client that is gone takes its upstream along', async t => {
    const { client, server } = await openPair(t, proxy, origin)
    const last = once(server, 'message') as Promise<[Buffer]>
    client.send('last words', () => client.terminate())
    t.equal((await last)[0].toString(), 'last words')
    t.equal((await closed(server)).code, 1006)
  })

  t.test('an upstream that is gone takes its client along', async t => {
    const { client, server } = await openPair(t, proxy, origin)
    server.terminate()
    const { code } = await closed(client)
    t.equal(code, front === 'uws' ? 1011 : 1006)
  })
}

/** A frame that breaks RFC 6455, and the code that says so (§7.4.1). */
const brokenFrames: readonly (readonly [string, readonly FrameToSend[], number])[] = [
  ['a reserved bit', [{ opcode: 1, payload: 'x', rsv: 2 }], 1002],
  ['the bit of a compression that was not agreed', [{ opcode: 1, payload: 'x', rsv: 4 }], 1002],
  ['an unknown kind of message', [{ opcode: 3, payload: 'x' }], 1002],
  ['an unknown control frame', [{ opcode: 11, payload: 'x' }], 1002],
  ['a control frame that is too long', [{ opcode: 9, payload: 'x'.repeat(126) }], 1002],
  ['a control frame in fragments', [{ opcode: 9, payload: 'x', fin: false }], 1002],
  ['a fragment that goes on with nothing', [{ opcode: 0, payload: 'x' }], 1002],
  [
    'a message in the middle of another',
    [
      { opcode: 1, payload: 'x', fin: false },
      { opcode: 1, payload: 'y' },
    ],
    1002,
  ],
  ['text that is no UTF-8', [{ opcode: 1, payload: Buffer.from([0x61, 0xff, 0xfe]) }], 1007],
  [
    'text that is no UTF-8 when it is whole',
    [
      { opcode: 1, payload: Buffer.from([0xe2, 0x82]), fin: false },
      { opcode: 0, payload: Buffer.from('x') },
    ],
    1007,
  ],
]

function brokenFrameSuite(t: Test, front: Front, proxy: RunningProxy, origin: WebSocketOrigin): void {
  for (const [name, frames, code] of brokenFrames) {
    t.test(`${name} ends the WebSocket, and nothing of it goes on as a message`, async t => {
      const arrives = origin.next()
      const [raw] = await RawWebSocket.open(proxy.port, '/open')
      const server = await arrives
      let got = 0
      server.on('message', () => got++)
      const over = closed(server)
      raw.send(...frames)
      const answer = await raw.frame()
      if (front === 'strict') t.equal(answer!.payload.readUInt16BE(0), code)
      else t.equal(answer, undefined)
      raw.socket.destroy()
      t.equal((await over).code, 1006)
      t.equal(got, 0)
    })
  }

  t.test('a frame that is not masked is refused', { skip: limitOf(front) }, async t => {
    const [raw] = await RawWebSocket.open(proxy.port, '/open')
    raw.send({ opcode: 1, payload: 'not masked', mask: false })
    t.equal((await raw.frame())?.payload.readUInt16BE(0), 1002)
    raw.socket.destroy()
  })

  t.test('the code says what was broken', { skip: limitOf(front) }, async t => {
    for (const [name, frames, code] of brokenFrames) {
      const [raw] = await RawWebSocket.open(proxy.port, '/open')
      raw.send(...frames)
      const answer = await raw.frame()
      t.equal(answer?.opcode, 8, name)
      t.equal(answer?.payload.readUInt16BE(0), code, name)
      raw.socket.destroy()
    }
  })

  t.test('a Close that breaks the rules is answered and goes no further', async t => {
    const bad = [
      Buffer.from([3]),
      closePayload(999),
      closePayload(1004),
      closePayload(1005),
      closePayload(1006),
      closePayload(1015),
      closePayload(2999),
      closePayload(5000),
      closePayload(1000, Buffer.from([0xff])),
    ]
    for (const payload of bad) {
      const arrives = origin.next()
      const [raw] = await RawWebSocket.open(proxy.port, '/open')
      const server = await arrives
      const over = closed(server)
      raw.send({ opcode: 8, payload })
      const answer = await raw.frame()
      if (answer !== undefined) t.equal(answer.opcode, 8, payload.toString('hex'))
      raw.socket.destroy()
      t.ok([1005, 1006].includes((await over).code), payload.toString('hex'))
    }
  })

  t.test('an upstream that breaks the rules ends the WebSocket', async t => {
    const { client, server } = await openPair(t, proxy, origin)
    const over = closed(client)
    // Text that is none, unmasked as a server's frames are.
    socketOf(server).write(Buffer.from([0x81, 0x01, 0xff]))
    const { code } = await over
    t.equal(code, front === 'uws' ? 1011 : 1006)
  })
}

/** The connection below a WebSocket of `ws`, which keeps it to itself. */
function socketOf(ws: WebSocket): import('node:net').Socket {
  return (ws as unknown as { _socket: import('node:net').Socket })._socket
}

function pressureSuite(t: Test, front: Front, proxy: RunningProxy, origin: WebSocketOrigin): void {
  // Less than the longest backlog: how much uWebSockets.js reads before it pauses is a matter of speed.
  const messages = 120
  const size = 1 << 20
  const room = 80 << 20

  for (const [name, path] of [
    ['a client that does not read', 'down'],
    ['an upstream that does not read', 'up'],
  ] as const) {
    t.test(`${name} makes the other wait, in bounded memory, and all of it arrives`, async t => {
      // Not compressed: equal octets would become next to nothing.
      const { client, server } = await openPair(t, proxy, origin, '/open', { perMessageDeflate: false })
      const [sender, reader] = path === 'down' ? [server, client] : [client, server]
      reader.pause()
      const before = residentBytes(proxy)
      let got = 0
      const all = new Promise<void>((resolve, reject) => {
        reader.on('message', () => {
          if (++got === messages) resolve()
        })
        reader.on('close', code => reject(new Error(`closed with ${code} after ${got} messages`)))
      })
      for (let i = 0; i < messages; i++) sender.send(Buffer.alloc(size, i))
      // It is full when the sender gets rid of no more.
      let left = -1
      for (let calm = 0; calm < 20; calm = left === sender.bufferedAmount ? calm + 1 : 0) {
        left = sender.bufferedAmount
        await new Promise(resolve => setTimeout(resolve, 25))
      }
      t.ok(left > (messages * size) / 3, `${left >> 20} MiB wait at the sender`)
      const grown = residentBytes(proxy) - before
      t.ok(grown < room, `the proxy has grown by ${grown >> 20} MiB`)
      reader.resume()
      await all
      t.equal(got, messages)
    })
  }

  t.test(
    'a message over the limit ends the WebSocket',
    { skip: front === 'strict' && 'the strict front keeps no message' },
    async t => {
      const { client, server } = await openPair(t, proxy, origin)
      const over = Promise.all([closed(client), closed(server)])
      client.send(Buffer.alloc((64 << 20) + 1))
      const [atClient, atServer] = await over
      t.equal(atClient.code, 1006)
      t.equal(atServer.code, 1006)
      const other = await openPair(t, proxy, origin)
      const both = Promise.all([closed(other.client), closed(other.server)])
      other.server.send(Buffer.alloc((64 << 20) + 1))
      const [client1011, server1009] = await both
      t.equal(client1011.code, 1011)
      t.equal(server1009.code, 1009)
    },
  )

  t.test('a hundred WebSockets at once', async t => {
    const clients = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/echo`)
        await once(client, 'open')
        return client
      }),
    )
    const answers = await Promise.all(clients.map((client, i) => echoed(client, `client ${i}`)))
    t.same(
      answers.map(({ data }) => data.toString()),
      clients.map((_, i) => `client ${i}`),
    )
    for (const client of clients) client.terminate()
  })

  t.test('all of it is counted, and nothing stays open', async t => {
    const metric = async (name: string): Promise<number> => {
      const reply = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await reply.text())?.[1])
    }
    for (const ws of [...origin.sockets.values()].flat()) ws.terminate()
    await until(async () => (await metric('chaos_open_websockets')) === 0)
    await until(async () => (await metric('chaos_active_requests')) === 0)
    t.ok((await metric('chaos_websockets_total')) > 100)
    if (front === 'uws') {
      t.ok((await metric('chaos_websocket_messages_total\\{direction="in"\\}')) > 1000)
      t.ok((await metric('chaos_websocket_messages_total\\{direction="out"\\}')) > 1000)
    }
    t.equal(await metric('chaos_internal_errors_total'), 0)
    const { client } = await openPair(t, proxy, origin)
    await until(async () => (await metric('chaos_open_websockets')) === 1)
    client.close()
    // Failures of ours, and what uWebSockets.js has to say about its use.
    t.notMatch(proxy.output(), /failed|Warning/)
  })
}

function lifeSuite(t: Test, front: Front, origin: WebSocketOrigin): void {
  const environment = { CHAOS_FRONT: front, CHAOS_WORKERS: '1' }

  t.test('a WebSocket in which nothing is said is closed in the end', async t => {
    const proxy = await startProxy(t, origin.url, { ...environment, CHAOS_TUNNEL_IDLE_MS: '1000' })
    const { client, server } = await openPair(t, proxy, origin)
    const [atClient, atServer] = await Promise.all([closed(client), closed(server)])
    t.same(atClient, { code: 1001, reason: 'idle' })
    t.same(atServer, { code: 1001, reason: 'idle' })
  })

  t.test('on SIGTERM open WebSockets may end by themselves, and are told to go when the time is over', async t => {
    const proxy = await startProxy(t, origin.url, { ...environment, CHAOS_SHUTDOWN_MS: '500' })
    const { client, server } = await openPair(t, proxy, origin)
    const over = Promise.all([closed(client), closed(server)])
    const stopped = proxy.stop()
    await echoedOnce(client, server)
    const [atClient, atServer] = await over
    t.same(atClient, { code: 1001, reason: 'the proxy is shutting down' })
    t.equal(atServer.code, 1001)
    t.equal(await stopped, 0)
  })

  t.test('on SIGTERM nothing waits when the last WebSocket has ended', async t => {
    const proxy = await startProxy(t, origin.url, { ...environment, CHAOS_SHUTDOWN_MS: '60000' })
    const { client, server } = await openPair(t, proxy, origin)
    const stopped = proxy.stop()
    await echoedOnce(client, server)
    client.close(1000)
    t.equal(await stopped, 0)
  })

  t.test('an upstream that is dead, silent, or written off is named; no ghost answers', async t => {
    const http = await startOrigin(t)
    const proxy = await startProxy(t, http.url, {
      ...environment,
      CHAOS_BREAKER_MIN_REQUESTS: '4',
      CHAOS_BREAKER_OPEN_MS: '60000',
      CHAOS_RESPONSE_TIMEOUT_MS: '200',
    })
    const path = '/users/1'
    t.equal((await proxy.get(path)).status, 200)
    await proxy.settled()
    t.equal((await asked(proxy.port, path))[0], 200, 'this origin speaks no WebSocket')
    await http.behave('silent')
    const [late, lateBody] = await asked(proxy.port, path)
    t.equal(late, 504)
    t.equal(JSON.parse(lateBody).code, 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
    await http.kill()
    const [dead, deadBody] = await asked(proxy.port, path)
    t.equal(dead, 502)
    t.equal(JSON.parse(deadBody).code, 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED')
    await asked(proxy.port, path)
    await asked(proxy.port, path)
    let open: [number, string, string[]] = [0, '', []]
    await until(async () => {
      open = await asked(proxy.port, path)
      return open[0] === 503
    })
    t.equal(JSON.parse(open[1]).code, 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN')
    t.equal((await proxy.get(path)).headers['x-ghost'], 'exact', 'where a plain request has its ghost')
  })
}
