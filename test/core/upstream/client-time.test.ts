import t from 'tap'
import {
  answer,
  ask,
  bodiless,
  deadAddress,
  FakeClock,
  openClient,
  openOrigin,
  options,
  start,
  until,
  withBody,
} from './raw-origin.js'

const { connectTimeoutMs, responseTimeoutMs, idleTimeoutMs } = options

t.test('no head in time is RESPONSE_TIMEOUT, however the head trickles', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write('HTTP/1.1 20'))
  const client = openClient(t, [origin.address], {}, clock)
  const [, heard] = start(client)
  await until(() => origin.received[0] !== undefined && origin.received[0].length > 0)
  clock.advance(responseTimeoutMs - 1)
  client.sweep()
  t.same(heard.log, [])
  clock.advance(1)
  client.sweep()
  t.match(heard, { fault: 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT', log: ['fault'] })
  t.equal(client.stats().open, 0)
  await until(() => origin.sockets[0]!.destroyed)
})

t.test('the time for the head begins when the request is whole', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, () => {})
  const client = openClient(t, [origin.address], {}, clock)
  const [call, heard] = start(client, withBody('POST', 6))
  call.write(Buffer.from('abc'))
  await heard.next('drain')
  clock.advance(10 * responseTimeoutMs)
  client.sweep()
  t.equal(heard.fault, undefined, 'a slow client is no fault of the upstream')
  call.write(Buffer.from('abc'))
  call.end()
  clock.advance(responseTimeoutMs)
  client.sweep()
  t.equal(heard.fault, 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
})

t.test('silence in the middle of an answer is IDLE_TIMEOUT, but not while we paused it', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nhello'),
  )
  const client = openClient(t, [origin.address], {}, clock)
  const [call, heard] = start(client)
  await heard.next('data')
  clock.advance(idleTimeoutMs - 1)
  client.sweep()
  origin.sockets[0]!.write('world')
  await heard.next('data')
  clock.advance(idleTimeoutMs - 1)
  client.sweep()
  t.equal(heard.fault, undefined, 'each piece begins the time anew')
  call.pause()
  clock.advance(10 * idleTimeoutMs)
  client.sweep()
  t.equal(heard.fault, undefined)
  call.resume()
  clock.advance(idleTimeoutMs)
  client.sweep()
  t.match(heard, { fault: 'CHAOS_ERR_UPSTREAM_IDLE_TIMEOUT', log: ['head', 'data', 'fault'], body: 'helloworld' })
})

t.test('an upstream that does not take the rest of a request is timed out', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.pause())
  const client = openClient(t, [origin.address], {}, clock)
  const [call, heard] = start(client, withBody('POST', -1))
  call.write(Buffer.alloc(10))
  await until(() => origin.sockets[0]?.isPaused() === true)
  while (call.write(Buffer.alloc(64 * 1024)));
  clock.advance(idleTimeoutMs)
  client.sweep()
  t.match(heard, { fault: 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT' })
})

t.test('a connection that does not come to stand in time: the next upstream, then CONNECT_TIMEOUT', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('alive')))
  // It takes the connection and never a step of the TLS handshake.
  const silent = await openOrigin(t, () => {})
  const hole = { ...silent.address, tls: true }
  const two = openClient(t, [hole, origin.address], {}, clock)
  const [, first] = start(two)
  await until(() => silent.received[0] !== undefined && silent.received[0].length > 0)
  clock.advance(connectTimeoutMs - 1)
  two.sweep()
  t.same(first.log, [])
  clock.advance(1)
  two.sweep()
  t.equal((await first.done).body, 'alive')
  const taken = silent.sockets.length
  for (let i = 0; i < 3; i++) t.equal((await ask(two)).body, 'alive')
  t.equal(silent.sockets.length, taken, 'while it rests nobody pays for it again')

  const one = openClient(t, [hole], {}, clock)
  const [, heard] = start(one)
  clock.advance(connectTimeoutMs)
  one.sweep()
  t.match(heard, { fault: 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT', bytesReceived: 0, log: ['fault'] })
  t.equal(one.stats().open, 0, 'it holds no place')
  const [gone] = start(one)
  gone.abort()
  t.equal(one.stats().open, 1)
  clock.advance(connectTimeoutMs)
  one.sweep()
  t.equal(one.stats().open, 0, 'nor does one that nobody waits for any more')
})

t.test('no connection becomes free in time: POOL_FULL, and the one that is busy goes on', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, () => {})
  const client = openClient(t, [origin.address], { maxConnections: 1 }, clock)
  const [, busy] = start(client)
  await until(() => origin.received.length === 1)
  const [, waits] = start(client)
  clock.advance(connectTimeoutMs)
  client.sweep()
  t.match(waits, { fault: 'CHAOS_ERR_UPSTREAM_POOL_FULL', bytesReceived: 0 })
  origin.sockets[0]!.write(answer('x'))
  t.equal((await busy.done).body, 'x')
})

t.test('an idle connection is closed a second before the upstream would', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x', 'Keep-Alive: timeout=5\r\n')))
  const client = openClient(t, [origin.address], {}, clock)
  await ask(client)
  clock.advance(3999)
  await ask(client)
  t.equal(origin.sockets.length, 1)
  clock.advance(4000)
  await ask(client)
  t.equal(origin.sockets.length, 2, 'not taken, even before a sweep')
  clock.advance(4000)
  client.sweep()
  t.equal(client.stats().open, 0)
})

t.test('without a word of the upstream an idle connection is closed after a minute', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [origin.address], {}, clock)
  await ask(client)
  clock.advance(59_999)
  client.sweep()
  t.equal(client.stats().idle, 1)
  clock.advance(1)
  client.sweep()
  t.equal(client.stats().open, 0)
})

t.test('what cannot be sent again takes no connection that has been idle for long', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [origin.address], { maxConnections: 1 }, clock)
  await ask(client)
  clock.advance(999)
  await ask(client, bodiless('POST'))
  t.equal(origin.sockets.length, 1)
  clock.advance(1000)
  await ask(client, bodiless('GET'))
  t.equal(origin.sockets.length, 1)
  clock.advance(1000)
  t.equal((await ask(client, bodiless('POST'))).body, 'x', 'also where that one has to make room')
  t.equal(origin.sockets.length, 2)
})

t.test('a dead upstream among living ones costs nobody an answer', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [await deadAddress(), origin.address], {}, clock)
  for (let i = 0; i < 4; i++) t.equal((await ask(client)).body, 'x')
  t.equal(client.stats().waiting, 0)
})

t.test('a call tells when it had a connection, was sent, and was answered', async t => {
  const clock = new FakeClock()
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('x')))
  const client = openClient(t, [origin.address], {}, clock)
  const [first, heard] = start(client)
  t.equal(first.connectedAt, 0, 'it waits for its connection')
  clock.advance(5)
  await until(() => first.connectedAt > 0)
  clock.advance(7)
  await heard.done
  t.match(first, { connectedAt: 1_000_005, sentAt: 1_000_005, headAt: 1_000_012 })

  const [second, heardToo] = start(client, withBody('PUT', 3))
  t.equal(second.connectedAt, 1_000_012, 'one was idle')
  t.equal(second.sentAt, 0)
  clock.advance(2)
  second.write(Buffer.from('abc'))
  second.end()
  t.equal(second.sentAt, 1_000_014)
  await heardToo.done
  t.equal(second.headAt, 1_000_014)
})
