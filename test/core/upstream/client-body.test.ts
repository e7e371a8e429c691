import { createHash } from 'node:crypto'
import t from 'tap'
import { answer, ask, bodiless, openClient, openOrigin, start, until, withBody } from './raw-origin.js'

const MIB = 1024 * 1024

t.test('head and body leave together; what the caller does with its buffer afterwards does not matter', async t => {
  const pieces: string[] = []
  const origin = await openOrigin(t, (text, socket) => {
    pieces.push(text)
    socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address])
  await ask(client)
  const [call, heard] = start(client, withBody('POST', 5))
  const buffer = Buffer.from('hello')
  t.equal(call.write(buffer), true)
  buffer.fill('X')
  call.end()
  await heard.done
  t.same(pieces.slice(1), ['POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello'])
})

t.test('chunked: each piece is a chunk, an empty one is not the end, an empty body is', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.endsWith('0\r\n\r\n')) socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address])
  const [call, heard] = start(client, withBody('POST', -1))
  for (const piece of ['hello', '', 'x'.repeat(26)]) call.write(Buffer.from(piece))
  call.end()
  await heard.done
  const head = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
  t.equal(origin.received[0], `${head}5\r\nhello\r\n1a\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`)
  const [empty, heardEmpty] = start(client, withBody('POST', -1))
  empty.end()
  await heardEmpty.done
  t.ok(origin.received[0]!.endsWith(`${head}0\r\n\r\n`))
})

t.test('trailers end a chunked body, also when it has to be sent again, and no other one', async t => {
  let dying = false
  const origin = await openOrigin(t, (text, socket) => {
    if (dying) {
      dying = false
      socket.destroy()
    } else if (text.endsWith('\r\n\r\n') || text.endsWith('hi')) socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address])
  await ask(client)
  dying = true
  const [call, heard] = start(client, { ...withBody('PUT', -1), repeatable: true })
  call.write(Buffer.from('hello'))
  call.end(['x-sum', '1', 'x-sum', '2'])
  await heard.done
  const sent = 'PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n'
  t.equal(origin.received[1], sent, 'on another connection')
  const [short, heardShort] = start(client, withBody('POST', 2))
  short.write(Buffer.from('hi'))
  short.end(['x-sum', '1'])
  await heardShort.done
  t.equal(origin.received[1], `${sent}POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi`)
})

t.test('a body that is not as long as announced is a bug of the caller, and never looks complete', async t => {
  const origin = await openOrigin(t, () => {})
  const client = openClient(t, [origin.address])
  const [long] = start(client, withBody('POST', 3))
  t.throws(() => long.write(Buffer.from('four')))
  long.abort()
  const [short] = start(client, withBody('POST', 30))
  short.write(Buffer.from('four'))
  t.throws(() => short.end())
  await until(() => origin.received.some(text => text.endsWith('four')))
  short.abort()
  await until(() => origin.sockets.every(socket => socket.destroyed))
})

t.test('a large answer arrives whole; paused, it waits at the upstream and not in memory', async t => {
  const total = 64 * MIB
  let sent = 0
  const origin = await openOrigin(t, (_text, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
    const piece = Buffer.alloc(256 * 1024, 'x')
    const push = (): void => {
      while (sent < total) {
        sent += piece.length
        if (!socket.write(piece)) return void socket.once('drain', push)
      }
    }
    push()
  })
  const client = openClient(t, [origin.address])
  const [call, heard] = start(client, bodiless(), false)
  await heard.next('data')
  call.pause()
  const before = heard.bytesReceived
  // The upstream stops when the buffers of the kernel are full: the count stands still.
  for (let last = -1; last !== sent; ) {
    last = sent
    for (let i = 0; i < 200; i++) await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(heard.bytesReceived, before)
  t.ok(heard.bodyBytes <= 4 * 64 * 1024, `${heard.bodyBytes} bytes came before the pause`)
  t.ok(sent < total, `${sent} of ${total} bytes were sent`)
  call.resume()
  await heard.done
  t.match(heard, { bodyBytes: total, fault: undefined })
  t.equal(client.stats().idle, 1)
})

t.test('a connection that was paused at the end of its answer reads the next one', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.write(answer('hello')))
  const client = openClient(t, [origin.address])
  const [call, heard] = start(client)
  const { onData } = heard
  heard.onData = chunk => {
    call.pause()
    onData.call(heard, chunk)
  }
  await heard.done
  t.equal((await ask(client)).body, 'hello')
  t.equal(origin.sockets.length, 1)
})

t.test('a large request body arrives whole, and no faster than the upstream takes it', async t => {
  for (const bodyLength of [24 * MIB, -1]) {
    const total = 24 * MIB
    const hash = createHash('sha1')
    const expected = createHash('sha1')
    const origin = await openOrigin(t, (text, socket) => {
      if (socket.readableFlowing && socket.bytesRead < 1000) {
        socket.pause()
        stopped()
      }
      hash.update(text, 'latin1')
      if (bodyLength > 0 ? socket.bytesRead >= total : text.endsWith('0\r\n\r\n')) socket.write(answer('x'))
    })
    let stopped = (): void => {}
    const isStopped = new Promise<void>(resolve => {
      stopped = resolve
    })
    const client = openClient(t, [origin.address])
    const request = withBody('POST', bodyLength)
    const [call, heard] = start(client, request)
    expected.update(request.head)
    let written = 0
    const send = (bytes: number): boolean => {
      const piece = Buffer.alloc(bytes, written % 251)
      written += bytes
      expected.update(
        bodyLength > 0 ? piece : Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
      )
      return call.write(piece)
    }
    send(100)
    await isStopped
    while (send(64 * 1024));
    const held = written
    t.ok(held < 16 * MIB, `${held} bytes were taken while the upstream stood still`)
    origin.sockets[0]!.resume()
    while (written < total) {
      const drained = heard.next('drain')
      while (written < total && send(Math.min(64 * 1024, total - written)));
      if (written < total) await drained
    }
    call.end()
    if (bodyLength < 0) expected.update('0\r\n\r\n')
    t.match(await heard.done, { status: 200, fault: undefined })
    t.equal(hash.digest('hex'), expected.digest('hex'))
  }
})

t.test('the body that comes before the connection stands is sent when it does, and drains', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.endsWith('world')) socket.write(answer('x'))
  })
  const client = openClient(t, [origin.address])
  const [call, heard] = start(client, withBody('POST', 10))
  const buffer = Buffer.from('hello')
  t.equal(call.write(buffer), false)
  buffer.fill('X')
  await heard.next('drain')
  t.equal(call.write(Buffer.from('world')), true)
  call.end()
  t.match(await heard.done, { status: 200, drains: 1 })
  t.ok(origin.received[0]!.endsWith('\r\n\r\nhelloworld'))
})

t.test('an early answer is heard, also where the upstream then resets the connection', async t => {
  const refusal = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!'
  for (let round = 0; round < 20; round++) {
    const origin = await openOrigin(t, (_text, socket) => {
      socket.pause()
      // Closed with bytes unread, the kernel answers what still comes with a reset.
      socket.write(refusal, () => socket.destroy())
    })
    const client = openClient(t, [origin.address])
    const [call, heard] = start(client, withBody('PUT', 64 * MIB))
    call.write(Buffer.alloc(64 * 1024))
    const closed = heard.done
    await until(() => origin.sockets[0]?.destroyed === true)
    // Without a turn of the event loop in between: the error of writing comes before the answer is read.
    for (let i = 0; i < 32; i++) call.write(Buffer.alloc(64 * 1024))
    t.match(await closed, { status: 413, body: 'no!', fault: undefined }, `round ${round}`)
    t.equal(client.stats().open, 0, 'such a connection is not used again')
  }
})

t.test(
  'an early answer on a connection that stays open: the rest of the request must not become the next one',
  async t => {
    const origin = await openOrigin(t, (_text, socket, nth) => {
      if (origin.received[nth]!.length < 1000) socket.write(answer('early'))
    })
    const client = openClient(t, [origin.address])
    const [call, heard] = start(client, withBody('POST', 1000))
    call.write(Buffer.alloc(10))
    t.match(await heard.done, { body: 'early', fault: undefined })
    t.equal(call.write(Buffer.alloc(10)), true, 'what still comes is dropped')
    call.end()
    t.equal((await ask(client)).body, 'early')
    t.equal(origin.sockets.length, 2)
  },
)

t.test('bytes of an answer to nothing: a call that has not begun is not answered by them', async t => {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.startsWith('GET')) socket.write(answer('x'))
    else if (text.includes('abc')) socket.write(answer('right'))
  })
  const client = openClient(t, [origin.address])
  await ask(client)
  const [call, heard] = start(client, withBody('POST', 3))
  origin.sockets[0]!.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n')
  await until(() => origin.sockets.length === 2)
  call.write(Buffer.from('abc'))
  call.end()
  t.match(await heard.done, { status: 200, body: 'right' })
})
