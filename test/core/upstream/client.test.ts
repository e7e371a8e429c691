import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t, { type Test } from 'tap'
import type { ResponseSink } from '../../../core/upstream/client.js'
import {
  answer,
  ask,
  bodiless,
  deadAddress,
  FakeClock,
  openClient,
  openOrigin,
  Recorder,
  start,
  until,
  withBody,
} from './raw-origin.js'

t.test('every framing arrives, and connections are used again where they may be', async t => {
  const answers: Record<string, [raw: string, body: string, length: number, closes?: boolean]> = {
    length: [answer('hello'), 'hello', 5],
    empty: [answer(''), '', 0],
    chunked: [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
      'hello world',
      -1,
    ],
    close: ['HTTP/1.1 200 OK\r\n\r\nto the end', 'to the end', -1, true],
    interim: [`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${answer('x')}`, 'x', 1],
    none: ['HTTP/1.1 204 No Content\r\n\r\n', '', 0],
  }
  const origin = await openOrigin(t, (text, socket) => {
    const [raw, , , closes] = answers[text.split(' ')[1]!.slice(1)]!
    if (closes) socket.end(raw)
    else socket.write(raw)
  })
  const client = openClient(t, [origin.address])
  for (const [name, [, body, length]] of Object.entries(answers)) {
    const heard = await ask(client, bodiless('GET', `/${name}`))
    t.match(heard, { body, bodyLength: length, fault: undefined }, name)
    t.same(
      heard.log.filter(what => what !== 'data'),
      ['head', 'end'],
    )
  }
  t.equal(origin.sockets.length, 2, 'only the answer that ended by closing cost a connection')
})

t.test('a request without body goes out octet for octet', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const request = { ...bodiless(), head: 'GET /%2F//a?b=%zz HTTP/1.1\r\nX: caf\xe9\r\n\r\n' }
  await ask(openClient(t, [origin.address]), request)
  t.equal(origin.received[0], request.head)
})

t.test('Connection: close, HTTP/1.0 and bytes after the answer cost the connection, never the answer', async t => {
  const raws = [
    answer('x', 'Connection: close\r\n'),
    answer('x').replace('1.1', '1.0'),
    `${answer('x')}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
    answer('last'),
  ]
  const origin = await openOrigin(t, (_text, socket, nth) => socket.write(raws[nth]!))
  const client = openClient(t, [origin.address])
  for (const body of ['x', 'x', 'x', 'last']) t.equal((await ask(client)).body, body)
  t.equal(origin.sockets.length, 4)
})

t.test('an idle connection that says something is closed', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [origin.address])
  await ask(client)
  t.equal(client.stats().idle, 1)
  origin.sockets[0]!.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
  await until(() => client.stats().open === 0)
  t.match(await ask(client), { status: 200, body: 'x' })
})

t.test('a GET on a connection that turns out dead is sent again, once, unseen; a POST never', async t => {
  // A connection answers once and dies of its second request.
  const seen = new Map<number, number>()
  const origin = await openOrigin(t, (_text, socket, nth) => {
    seen.set(nth, (seen.get(nth) ?? 0) + 1)
    if (seen.get(nth) === 1) socket.write(answer('x'))
    else socket.resetAndDestroy()
  })
  const client = openClient(t, [origin.address])
  await ask(client)
  t.match(await ask(client), { status: 200, body: 'x', fault: undefined })
  t.same([origin.sockets.length, client.stats().retries], [2, 1])

  const put = start(client, withBody('PUT', 4))
  put[0].write(Buffer.from('body'))
  put[0].end()
  t.match(await put[1].done, { status: 200, fault: undefined }, 'a small body is sent again too')
  t.ok(origin.received[2]!.endsWith('\r\n\r\nbody'))

  t.match(await ask(client, bodiless('POST')), { fault: 'CHAOS_ERR_UPSTREAM_RESET', bytesReceived: 0 })
  t.equal(origin.received.join('').split('POST').length - 1, 1, 'one POST arrived')
  t.equal(client.stats().retries, 2)
})

t.test(
  'a fresh connection that dies is a fault at once, and an answer that has begun is not asked for again',
  async t => {
    const origin = await openOrigin(t, (_text, socket) => {
      if (origin.sockets.length === 1) socket.resetAndDestroy()
      else socket.write('HTTP/1.1 2', () => socket.resetAndDestroy())
    })
    const client = openClient(t, [origin.address])
    t.match(await ask(client), { fault: 'CHAOS_ERR_UPSTREAM_RESET', bytesReceived: 0, log: ['fault'] })
    t.match(await ask(client), { fault: 'CHAOS_ERR_UPSTREAM_RESET', log: ['fault'] })
    t.equal(origin.sockets.length, 2)
  },
)

t.test('an answer that has begun is not asked for again on a connection that was used before either', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.includes('/begin')) socket.write('HTTP/1.1 2', () => socket.resetAndDestroy())
    else socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address])
  await ask(client)
  const heard = await ask(client, bodiless('GET', '/begin'))
  t.match(heard, { fault: 'CHAOS_ERR_UPSTREAM_RESET', log: ['fault'] })
  t.ok(heard.bytesReceived > 0)
  t.equal(origin.sockets.length, 1)
})

t.test('where all idle connections have died the second try is on a new one', async t => {
  const held: (() => void)[] = []
  const origin = await openOrigin(t, (text, socket) => {
    if (text.includes('/held')) held.push(() => socket.write(answer('x')))
    else if (origin.received.filter(all => all.includes('/held')).length === origin.sockets.length)
      socket.resetAndDestroy()
    else socket.write(answer('new'))
  })
  const client = openClient(t, [origin.address])
  const first = [1, 2, 3].map(() => ask(client, bodiless('GET', '/held')))
  await until(() => held.length === 3)
  for (const answerNow of held) answerNow()
  await Promise.all(first)
  t.match(client.stats(), { idle: 3, open: 3 })
  t.equal((await ask(client)).body, 'new')
})

/** Counts connections that are tried, as Node tells of them. */
function countConnects(t: Test): () => number {
  let count = 0
  const note = (): void => {
    count += 1
  }
  subscribe('net.client.socket', note)
  t.teardown(() => unsubscribe('net.client.socket', note))
  return () => count
}

t.test('an upstream that dies under many calls: one connection finds out for all of them', async t => {
  const CALLS = 30
  let isHolding = false
  let held = 0
  const origin = await openOrigin(t, (_text, socket) => {
    if (isHolding) held += 1
    else socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address], { maxConnections: 64 })
  const all = () => Array.from({ length: CALLS }, () => ask(client))
  await Promise.all(all())
  isHolding = true
  const calls = all()
  await until(() => held === CALLS)
  const connects = countConnects(t)
  origin.server.close()
  for (const socket of origin.sockets) socket.resetAndDestroy()
  const faults = (await Promise.all(calls)).map(({ fault }) => fault)
  t.same(faults, Array(CALLS).fill('CHAOS_ERR_UPSTREAM_CONNECT_REFUSED'))
  t.equal(connects(), 1)
  t.match(await ask(client), { fault: 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED' })
  t.equal(connects(), 2, 'each later call tries by itself')
})

t.test('connections that break while their upstream is well: the second tries find it, all of them', async t => {
  const CALLS = 20
  let isHolding = false
  let held = 0
  const origin = await openOrigin(t, (_text, socket, nth) => {
    if (isHolding && nth < CALLS) held += 1
    else socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address], { maxConnections: 64 })
  const all = () => Array.from({ length: CALLS }, () => ask(client))
  await Promise.all(all())
  isHolding = true
  const calls = all()
  await until(() => held === CALLS)
  for (const socket of [...origin.sockets]) socket.resetAndDestroy()
  for (const { body } of await Promise.all(calls)) t.equal(body, 'x')
})

t.test('with retries 0 nothing is sent again, with 1 nothing a third time', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.includes('/die')) socket.destroy()
    else socket.write(answer('x'))
  })
  const never = openClient(t, [origin.address], { retries: 0 })
  await ask(never)
  t.equal((await ask(never, bodiless('GET', '/die'))).fault, 'CHAOS_ERR_UPSTREAM_RESET')
  t.same([origin.sockets.length, never.stats().retries], [1, 0])

  const slammed = await openOrigin(t, () => {})
  slammed.server.on('connection', socket => socket.destroy())
  const once = openClient(t, [slammed.address])
  const [, heard] = start(once, withBody('POST', 3))
  t.match(await heard.done, { fault: 'CHAOS_ERR_UPSTREAM_RESET', bytesReceived: 0 })
  t.same([slammed.sockets.length, once.stats().retries], [2, 1], 'though nothing of it was ever written')
})

t.test('what follows an answer in the same read is never given to the call that waits next', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.includes('/evil')) socket.write(`${answer('x')}${answer('evil')}`)
    else socket.write(answer('mine'))
  })
  const client = openClient(t, [origin.address], { maxConnections: 1 })
  const evil = ask(client, bodiless('GET', '/evil'))
  const mine = ask(client)
  t.equal((await evil).body, 'x')
  t.equal((await mine).body, 'mine')
})

t.test('a POST whose connection dies before a byte of it was written goes out on another', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.startsWith('GET') || text.endsWith('abc')) socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address])
  await ask(client)
  const [call, heard] = start(client, withBody('POST', 3))
  t.equal(client.stats().idle, 0, 'it has the idle connection')
  origin.sockets[0]!.destroy()
  await until(() => origin.sockets.length === 2)
  call.write(Buffer.from('abc'))
  call.end()
  t.match(await heard.done, { status: 200, fault: undefined })
})

t.test(
  'an answer cut short is TRUNCATED; one that is no HTTP is MALFORMED; a huge head is HEADER_TOO_LARGE',
  async t => {
    const origin = await openOrigin(t, (text, socket) => {
      const what = text.split(' ')[1]!
      if (what === '/cut') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
      if (what === '/chunk') socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
      if (what === '/reset')
        socket.write('HTTP/1.1 200 OK\r\n\r\nto the', () => setImmediate(() => socket.resetAndDestroy()))
      if (what === '/smtp') socket.write('220 ready\r\n')
      if (what === '/both') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n')
      if (what === '/huge') socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9000)}`)
      if (what === '/late') socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense')
    })
    const client = openClient(t, [origin.address])
    for (const [what, fault, body] of [
      ['cut', 'TRUNCATED', 'hello'],
      ['chunk', 'TRUNCATED', 'hello'],
      ['reset', 'TRUNCATED', 'to the'],
      ['smtp', 'MALFORMED', ''],
      ['both', 'MALFORMED', ''],
      ['huge', 'HEADER_TOO_LARGE', ''],
      ['late', 'MALFORMED', 'hello'],
    ] as const) {
      const heard = await ask(client, bodiless('GET', `/${what}`))
      t.match(heard, { fault: `CHAOS_ERR_UPSTREAM_${fault}`, body }, what)
      t.ok(heard.bytesReceived > 0)
      t.equal(heard.log.filter(what => what === 'fault' || what === 'end').length, 1)
    }
    t.equal(client.stats().open, 0)
  },
)

t.test('a refused connection goes on to the next upstream, each is tried once, and a dead one rests', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('alive')))
  const clock = new FakeClock()
  const client = openClient(t, [await deadAddress(), origin.address, await deadAddress()], {}, clock)
  for (let i = 0; i < 6; i++) t.match(await ask(client, bodiless('POST')), { body: 'alive', fault: undefined })
  const none = openClient(t, [await deadAddress(), await deadAddress()])
  t.match(await ask(none), { fault: 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED', bytesReceived: 0, log: ['fault'] })
  t.equal(none.stats().open, 0)
})

t.test('several upstreams take turns', async t => {
  const origins = [
    await openOrigin(t, (_text, socket) => socket.write(answer('a'))),
    await openOrigin(t, (_text, socket) => socket.write(answer('b'))),
  ]
  const client = openClient(
    t,
    origins.map(({ address }) => address),
  )
  const bodies: string[] = []
  for (let i = 0; i < 4; i++) bodies.push((await ask(client)).body)
  t.same(bodies.sort(), ['a', 'a', 'b', 'b'])
})

t.test('never more connections than allowed; calls wait in order of arrival', async t => {
  const held: (() => void)[] = []
  const order: string[] = []
  const origin = await openOrigin(t, (text, socket) => {
    order.push(text.split(' ')[1]!)
    held.push(() => socket.write(answer('x')))
  })
  const client = openClient(t, [origin.address], { maxConnections: 2 })
  const calls = Array.from({ length: 5 }, (_, i) => start(client, bodiless('GET', `/${i}`)))
  await until(() => held.length === 2)
  t.match(client.stats(), { open: 2, waiting: 3 })
  calls[3]![0].abort()
  t.equal(client.stats().waiting, 2, 'one that waits can go')
  while (order.length < 4) {
    held.shift()?.()
    await until(() => held.length > 0)
  }
  for (const answerNow of held) answerNow()
  await Promise.all([0, 1, 2, 4].map(i => calls[i]![1].done))
  t.same([...order.slice(0, 2).sort(), ...order.slice(2)], ['/0', '/1', '/2', '/4'])
  t.same(calls[3]![1].log, [])
  t.equal(origin.sockets.length, 2)
})

t.test('abort closes the connection in every phase, and the sink hears nothing more', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  })
  const client = openClient(t, [origin.address])
  const [connecting, a] = start(client)
  connecting.abort()
  const [waiting, b] = start(client)
  await until(() => origin.received.some(text => text.length > 0))
  waiting.abort()
  const [reading, c] = start(client, bodiless('GET', '/body'))
  await c.next('data')
  reading.abort()
  reading.abort()
  await until(() => client.stats().open === client.stats().idle)
  await until(() => origin.sockets.filter(socket => !socket.destroyed).length === client.stats().open)
  t.same([a.log, b.log, c.log], [[], [], ['head', 'data']])
})

t.test('a sink may ask again, abort and pause from inside whatever it hears', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('hello')))
  const client = openClient(t, [origin.address])
  const log: string[] = []
  await new Promise<void>(resolve => {
    const sink = (name: string, then: () => void): ResponseSink => ({
      onHead: () => void log.push(`${name} head`),
      onData: () => {
        log.push(`${name} data`)
        if (name === 'second') {
          second.abort()
          client.request(bodiless(), sink('third', resolve))
        }
      },
      onEnd: () => {
        log.push(`${name} end`)
        then()
      },
      onFault: () => {},
      onDrain: () => {},
    })
    let second = client.request(
      bodiless(),
      sink('first', () => {
        second = client.request(
          bodiless(),
          sink('second', () => {}),
        )
        log.push('asked')
      }),
    )
  })
  t.same(log, [
    'first head',
    'first data',
    'first end',
    'asked',
    'second head',
    'second data',
    'third head',
    'third data',
    'third end',
  ])
  t.equal(origin.sockets.length, 2, 'the second took the connection of the first, inside its end')
})

t.test('nothing is heard from inside request', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [await deadAddress(), origin.address])
  for (let i = 0; i < 3; i++) {
    const recorder = new Recorder()
    client.request(bodiless(), recorder)
    t.same(recorder.log, [])
    await recorder.done
  }
})

t.test('an unknown name is a DNS fault', async t => {
  const client = openClient(t, [{ ...(await deadAddress()), host: 'no-such-host.invalid' }], {
    connectTimeoutMs: 20_000,
  })
  t.equal((await ask(client)).fault, 'CHAOS_ERR_UPSTREAM_DNS')
})

t.test('after close connections are gone and nothing is heard', async t => {
  const origin = await openOrigin(t, () => {})
  const client = openClient(t, [origin.address])
  const [, heard] = start(client)
  await until(() => origin.received.some(text => text.length > 0))
  client.close()
  t.equal(client.stats().open, 0)
  await until(() => origin.sockets[0]!.destroyed)
  t.same(heard.log, [])
})
