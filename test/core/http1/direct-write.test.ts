import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { DirectWriter, writesDirectly } from '../../../core/http1/direct-write.js'

/** Both ends of a connection; the second one is not read yet. */
async function pair(t: Test): Promise<[Socket, Socket]> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown]
  server.close()
  far.on('error', () => {})
  near.on('error', () => {})
  t.teardown(() => {
    near.destroy()
    far.destroy()
  })
  return [near, far]
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.resume()
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

t.test('this Node lets us write directly', async t => {
  t.equal(writesDirectly, true, 'else everything works, but slower: see what has changed in Node')
})

t.test('text and octets arrive in order, also beside what goes through the stream', async t => {
  const [near, far] = await pair(t)
  const writer = new DirectWriter(near)
  writer.write('a\u00e9')
  near.write('b')
  writer.write(Buffer.from('c'))
  near.cork()
  near.write('d')
  writer.write('e')
  near.uncork()
  writer.write('f')
  near.end('g')
  t.equal((await readAll(far)).toString('latin1'), 'a\u00e9bcdefg')
})

t.test('what the kernel does not take at once follows, and nothing overtakes it', async t => {
  const [near, far] = await pair(t)
  const writer = new DirectWriter(near)
  const expected: string[] = []
  for (let i = 0; i < 200; i++) {
    const piece = String.fromCharCode(0x61 + (i % 26)).repeat(i % 3 === 0 ? 100_000 : 10)
    expected.push(piece)
    if (i % 3 === 0) writer.write(Buffer.from(piece))
    else if (i % 3 === 1) writer.write(piece)
    else near.write(piece)
  }
  near.end()
  t.ok(near.writableLength > 0, 'the far end does not read: something had to wait')
  t.equal((await readAll(far)).toString('latin1'), expected.join(''))
})

t.test(
  'octets with a frame around them arrive whole though their buffer is used again, and who must wait is told when',
  async t => {
    const [near, far] = await pair(t)
    let drained: () => void = () => {}
    const writer = new DirectWriter(near, () => drained())
    near.on('drain', () => drained())
    const shared = Buffer.alloc(64 * 1024)
    const expected: string[] = []
    const all = readAll(far.pause())
    let waits = 0
    for (let i = 0; i < 400; i++) {
      const size = i % 4 === 0 ? 65_536 : i % 4 === 1 ? 100_000 : 10
      const letter = String.fromCharCode(0x61 + (i % 26))
      const chunk = size > shared.length ? Buffer.alloc(size, letter) : shared.fill(letter).subarray(0, size)
      expected.push(`<${i}>${letter.repeat(size)}!`)
      const drain = new Promise<void>(resolve => {
        drained = resolve
      })
      const flows = writer.writeAround(`<${i}>`, chunk, '!')
      shared.fill('#')
      if (flows) continue
      waits += 1
      far.resume()
      await drain
      if (i % 3 === 0) far.pause()
    }
    t.ok(waits > 0, 'the far end did not read all the time')
    far.resume()
    near.end()
    t.equal((await all).toString('latin1'), expected.join(''))
  },
)

t.test('many small pieces for a peer that does not read take little more than themselves', async t => {
  const [near] = await pair(t)
  const writer = new DirectWriter(near)
  const large = Buffer.alloc(64 * 1024)
  while (writer.writeAround('', large, ''));
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 500; i++) writer.writeAround('', large.subarray(0, 100), '')
  const grown = process.memoryUsage().arrayBuffers - before
  t.ok(grown < 1 << 20, `${grown >> 10} KiB`)
})

t.test('a peer that has reset the connection ends the socket, not the process', async t => {
  const [near, far] = await pair(t)
  const writer = new DirectWriter(near)
  far.resetAndDestroy()
  const closed = new Promise(resolve => near.once('close', resolve))
  const more = (): void => {
    if (near.destroyed) return
    writer.write('x')
    setImmediate(more)
  }
  more()
  await closed
  writer.write('y')
  t.equal(near.destroyed, true)
})
