// Several upstreams: who is asked, who is passed over, and what happens when the list changes.
import t, { type Test } from 'tap'
import type { Tunnel } from '../../../core/http1/tunnel.js'
import {
  addressOf,
  answer,
  ask,
  bodiless,
  deadAddress,
  FakeClock,
  openClient,
  openOrigin,
  type RawOrigin,
  Recorder,
  start,
  until,
  withBody,
} from './raw-origin.js'

/** An origin whose answers say who it is, or what `reply` says. */
function openNamed(t: Test, name: string, reply: () => string | undefined = () => answer(name)): Promise<RawOrigin> {
  return openOrigin(t, (_text, socket) => {
    const raw = reply()
    if (raw === undefined) socket.destroy()
    else socket.write(raw)
  })
}

const error = (status: number): string => `HTTP/1.1 ${status} Error\r\nContent-Length: 0\r\n\r\n`

t.test('failures in a row, whatever their kind, eject an upstream; later it is asked again', async t => {
  const malformed = 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'
  for (const reply of [error(500), error(502), error(503), error(504), malformed, undefined]) {
    const clock = new FakeClock()
    let sick = true
    const a = await openNamed(t, 'a', () => (sick ? reply : answer('a')))
    const b = await openNamed(t, 'b')
    const client = openClient(t, [a.address, b.address], { ejectFailures: 3, ejectMs: 1000, retries: 0 }, clock)
    const failed = []
    for (let i = 0; i < 20; i++) {
      const { status, fault, body } = await ask(client)
      if (body === '') failed.push(fault ?? status)
    }
    t.equal(failed.length, 3, `${reply?.split('\r\n')[0]}`)
    t.match(client.report().upstreams, [
      { ejectedForMs: 1000, failures: 3, requests: 3, outstanding: 0 },
      { ejectedForMs: 0, failures: 0, requests: 17 },
    ])
    sick = false
    clock.advance(1000)
    const bodies = new Set([(await ask(client)).body, (await ask(client)).body])
    t.equal(bodies.size, 2)
    t.match(client.report().upstreams[0], { ejectedForMs: 0, requests: 1, failures: 0 }, 'counts are told once')
  }
})

t.test('404 is an answer; too many connections are no failure; a client that leaves is none either', async t => {
  const clock = new FakeClock()
  const a = await openNamed(t, 'a', () => error(404))
  const silent = await openOrigin(t, () => {})
  const client = openClient(t, [a.address, silent.address], { ejectFailures: 1, maxConnections: 1 }, clock)
  t.match(await ask(client), { status: 404 })
  const [left] = start(client)
  await until(() => silent.received[0] !== undefined && silent.received[0].length > 0)
  left.abort()
  t.match(client.report().upstreams, [
    { ejectedForMs: 0, failures: 0, outstanding: 0 },
    { ejectedForMs: 0, failures: 0, outstanding: 0 },
  ])
})

t.test('a timeout is a failure', async t => {
  const clock = new FakeClock()
  const silent = await openOrigin(t, () => {})
  const b = await openNamed(t, 'b')
  const client = openClient(t, [silent.address, b.address], { ejectFailures: 1, ejectMs: 9000 }, clock)
  const [, heard] = start(client)
  await until(() => silent.received[0] !== undefined && silent.received[0].length > 0)
  clock.advance(5000)
  client.sweep()
  t.equal(heard.fault, 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
  for (let i = 0; i < 4; i++) t.equal((await ask(client)).body, 'b')
})

t.test('where all are ejected they are asked all the same, and the first that answers is back', async t => {
  const clock = new FakeClock()
  let aIsSick = true
  const a = await openNamed(t, 'a', () => (aIsSick ? error(500) : answer('a')))
  const b = await openNamed(t, 'b', () => error(500))
  const client = openClient(t, [a.address, b.address], { ejectFailures: 2, ejectMs: 60_000 }, clock)
  for (let i = 0; i < 8; i++) t.equal((await ask(client)).status, 500)
  t.match(client.report().upstreams, [{ ejectedForMs: 60_000 }, { ejectedForMs: 60_000 }])
  aIsSick = false
  while ((await ask(client)).body !== 'a');
  for (let i = 0; i < 5; i++) t.equal((await ask(client)).body, 'a')
  t.match(client.report().upstreams, [{ ejectedForMs: 0 }, { ejectedForMs: 60_000 }])
})

t.test('one that comes back starts slowly', async t => {
  const clock = new FakeClock()
  let sick = true
  const a = await openNamed(t, 'a', () => (sick ? error(500) : answer('a')))
  const b = await openNamed(t, 'b')
  const options = { ejectFailures: 1, ejectMs: 1000, slowStartMs: 10_000 }
  // Chance says 0.5 each time: below that weight it takes none of its turns, above it all of them.
  const client = openClient(t, [a.address, b.address], options, clock, () => 0.5)
  t.equal((await ask(client)).status, 500)
  sick = false
  const four = async (): Promise<string> => {
    let bodies = ''
    for (let i = 0; i < 4; i++) bodies += (await ask(client)).body
    return [...bodies].sort().join('')
  }
  t.equal(await four(), 'bbbb')
  clock.advance(1000)
  t.equal(await four(), 'bbbb')
  clock.advance(6000)
  t.equal(await four(), 'aabb')
})

t.test('a failed health check passes one over until the next one succeeds', async t => {
  const clock = new FakeClock()
  const a = await openNamed(t, 'a')
  const b = await openNamed(t, 'b')
  const client = openClient(t, [a.address, b.address], {}, clock)
  client.setHealthy(a.address.url, false)
  for (let i = 0; i < 4; i++) t.equal((await ask(client)).body, 'b')
  client.setHealthy(b.address.url, false)
  t.same([(await ask(client)).body, (await ask(client)).body].sort(), ['a', 'b'], 'none is well: all are asked')
  client.setHealthy(a.address.url, true)
  for (let i = 0; i < 4; i++) t.equal((await ask(client)).body, 'a')
  client.setHealthy('http://nobody:1', true)
})

t.test('the less busy one of two; one that is full comes last', async t => {
  const held: (() => void)[] = []
  const a = await openOrigin(t, (_text, socket) => held.push(() => socket.write(answer('a'))))
  const b = await openNamed(t, 'b')
  const least = openClient(t, [a.address, b.address], { balance: 'least-requests' }, undefined, () => 0)
  const [, first] = start(least)
  for (let i = 0; i < 5; i++) t.equal((await ask(least)).body, 'b')
  t.match(least.report().upstreams, [{ outstanding: 1 }, { outstanding: 0 }])
  held.shift()!()
  t.equal((await first.done).body, 'a')

  // On a clock that stands still nobody gives up waiting.
  const turns = openClient(t, [a.address, b.address], { maxConnections: 1 }, new FakeClock())
  start(turns)
  t.match(turns.report().upstreams, [{ full: true, connections: 1 }, { full: false }])
  for (let i = 0; i < 5; i++) t.equal((await ask(turns)).body, 'b')
})

t.test('a key chooses the upstream', async t => {
  const origins = [await openNamed(t, 'a'), await openNamed(t, 'b'), await openNamed(t, 'c')]
  const client = openClient(
    t,
    origins.map(({ address }) => address),
    { balance: 'hash' },
  )
  const seen = new Set<string>()
  for (let user = 0; user < 50; user++) {
    const request = { ...bodiless(), balanceKey: `user-${user}` }
    const { body } = await ask(client, request)
    seen.add(body)
    for (let i = 0; i < 3; i++) t.equal((await ask(client, request)).body, body)
  }
  t.equal(seen.size, 3)
})

t.test('reset on a new connection: what may be sent twice goes to the next upstream, the rest fails', async t => {
  const a = await openNamed(t, 'a', () => undefined)
  const b = await openNamed(t, 'b')
  const client = openClient(t, [a.address, b.address])
  const both = [await ask(client), await ask(client)]
  t.same(
    both.map(({ body }) => body),
    ['b', 'b'],
  )
  t.equal(client.stats().retries, 1)
  t.match(client.report().upstreams, [{ failures: 1 }, { failures: 0 }])
  const posts = [await ask(client, bodiless('POST')), await ask(client, bodiless('POST'))]
  t.same(posts.map(({ body, fault }) => fault ?? body).sort(), ['CHAOS_ERR_UPSTREAM_RESET', 'b'])
  const [call, heard] = start(client, withBody('PUT', 4))
  call.write(Buffer.from('body'))
  call.end()
  t.equal((await heard.done).body, 'b')
  t.match(b.received.join(''), /\r\n\r\nbody$/, 'its body goes with it')
})

t.test('reset on a used connection: one that is ready gets the second try, or else the same one', async t => {
  for (const otherIsWell of [true, false]) {
    let resets = false
    const a = await openOrigin(t, (_text, socket, nth) => {
      if (resets && nth === 0) socket.destroy()
      else socket.write(answer('a'))
    })
    const b = await openNamed(t, 'b')
    const client = openClient(t, [a.address, b.address])
    client.setHealthy(b.address.url, false)
    t.equal((await ask(client)).body, 'a')
    if (otherIsWell) client.setHealthy(b.address.url, true)
    resets = true
    const bodies = [(await ask(client)).body, (await ask(client)).body].sort()
    t.same(bodies, otherIsWell ? ['b', 'b'] : ['a', 'a'])
    t.equal(client.stats().retries, 1)
    t.match(client.report().upstreams, [
      { failures: 0, outstanding: 0 },
      { failures: 0, outstanding: 0 },
    ])
  }
})

t.test('a head that depends on the upstream is made for the one that gets it', async t => {
  const origin = await openNamed(t, 'a')
  const dead = await deadAddress()
  const client = openClient(t, [dead, { ...origin.address, pathPrefix: '/api' }])
  const made: string[] = []
  const head = (upstream: { pathPrefix: string; authority: string }): string => {
    made.push(upstream.authority)
    return `GET ${upstream.pathPrefix}/x HTTP/1.1\r\nHost: ${upstream.authority}\r\n\r\n`
  }
  t.equal((await ask(client, { ...bodiless(), head })).body, 'a')
  t.equal(origin.received[0], `GET /api/x HTTP/1.1\r\nHost: ${origin.address.authority}\r\n\r\n`)
  t.same(made, [origin.address.authority], 'and for no other')
})

t.test('a new list: connections that stay are used again, those left out end with their last call', async t => {
  const held: (() => void)[] = []
  const a = await openOrigin(t, (_text, socket) => held.push(() => socket.write(answer('a'))))
  const b = await openNamed(t, 'b')
  const c = await openNamed(t, 'c')
  const clock = new FakeClock()
  const client = openClient(t, [a.address, b.address], {}, clock)
  const [, one] = start(client)
  await ask(client)
  const [, two] = start(client)
  await until(() => held.length === 2)
  held.shift()!()
  await one.done
  t.match(client.stats(), { open: 3, idle: 2 })

  client.setUpstreams([b.address, c.address, c.address])
  t.match(client.stats(), { open: 2, idle: 1 }, 'the idle connection of a is closed')
  t.match(client.report(), {
    upstreams: [{ url: b.address.url }, { url: c.address.url }],
    leaving: [{ url: a.address.url, outstanding: 1 }],
  })
  const bodies = []
  for (let i = 0; i < 4; i++) bodies.push((await ask(client)).body)
  t.same(bodies.sort(), ['b', 'b', 'c', 'c'], 'twice in the list is once')
  t.equal(b.sockets.length, 1, 'the connection to b is the old one')
  held.shift()!()
  t.equal((await two.done).body, 'a', 'what was under way is finished')
  await until(() => a.sockets.every(socket => socket.destroyed))
  client.sweep()
  t.same(client.report().leaving, [])

  client.setUpstreams([a.address])
  const [, again] = start(client)
  await until(() => held.length === 1)
  held.shift()!()
  t.equal((await again.done).body, 'a', 'and it may come back')
  t.throws(() => client.setUpstreams([]), /at least one/)
})

t.test('a call that waits for an upstream that is left out is served there, or by the new ones', async t => {
  const hole = await openOrigin(t, () => {})
  const b = await openNamed(t, 'b')
  const clock = new FakeClock()
  for (const headsStay of [true, false]) {
    const silent = { ...hole.address, url: `https://hole-${headsStay}`, tls: true }
    const client = openClient(t, [silent], {}, clock)
    const [, text] = start(client)
    const [, made] = start(client, { ...bodiless(), head: () => bodiless('GET', '/made').head })
    client.setUpstreams([b.address], headsStay)
    clock.advance(1000)
    client.sweep()
    t.equal((await made.done).body, 'b')
    await text.done
    if (headsStay) t.equal(text.body, 'b')
    else t.equal(text.fault, 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT', 'a head for another upstream goes nowhere')
  }
})

t.test('a tunnel is under way until it is closed, also at an upstream that was left out', async t => {
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'
  const a = await openNamed(t, 'a', () => switching)
  const b = await openNamed(t, 'b')
  const client = openClient(t, [a.address, b.address])
  const sink = new Recorder()
  const tunnel = await new Promise<Tunnel>(resolve => {
    const head = 'GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'
    client.request(
      { ...bodiless(), head, maySwitch: true },
      Object.assign(sink, {
        onSwitch: (_headers: readonly string[], opened: Tunnel) => resolve(opened),
      }),
    )
  })
  t.match(client.report().upstreams, [{ outstanding: 1, connections: 0 }, { outstanding: 0 }])
  client.setUpstreams([b.address])
  client.sweep()
  t.same(client.report().leaving, [{ url: a.address.url, outstanding: 1 }])
  tunnel.destroy()
  await until(() => {
    client.sweep()
    return client.report().leaving.length === 0
  })
  t.equal((await ask(client)).body, 'b')
})

t.test('close also ends what is on upstreams that were left out', async t => {
  const a = await openOrigin(t, () => {})
  const client = openClient(t, [a.address])
  const [, heard] = start(client)
  await until(() => a.received[0] !== undefined && a.received[0].length > 0)
  client.setUpstreams([addressOf(1)])
  t.equal(client.stats().open, 1)
  client.close()
  t.equal(client.stats().open, 0)
  t.same(heard.log, [])
})
