// Real files, and a real thread that reads while this one writes.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import type { Exemplar, StoredVector } from '../../../core/contract/memory.js'
import type { Template } from '../../../core/contract/template.js'
import { MemoryError, openReader, openWriter, resetMemory } from '../../../core/memory/lmdb.js'

const folder = (t: Tap): string => {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-memory-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'memory')
}
type Tap = { teardown(fn: () => unknown): void }

const exemplar = (key: string, over: Partial<Exemplar> = {}): Exemplar => ({
  key,
  baseKey: key,
  method: 'GET',
  path: '/users/7',
  query: '',
  requestBody: Buffer.alloc(0),
  scope: '',
  shared: false,
  routeId: 'route',
  status: 200,
  headers: ['content-type', 'application/json'],
  capturedAt: 1,
  lastSeenAt: 1,
  seen: 1,
  redactions: 0,
  body: Buffer.from('{"id":7}'),
  ...over,
})
const vector = (textKey: string, exemplarKey: string, over: Partial<StoredVector> = {}): StoredVector => ({
  textKey,
  text: 'red shoes',
  partition: 'p',
  embedder: 'lexical-384',
  exemplarKey,
  vector: Float32Array.from([0.5, -0.25, 1]),
  ...over,
})
const BOUND = { maxBytes: 1 << 30 }

t.test('gives back what it was given, octet for octet, also after a restart', async t => {
  const dir = folder(t)
  const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const stored = exemplar('k', {
    body: every,
    requestBody: Buffer.from('{"é":1}'),
    query: 'q=é',
    scope: 's',
    redactions: 2,
  })
  const template: Template = {
    routeId: 'route',
    version: 3,
    status: 200,
    headers: [],
    body: { kind: 'object', entries: [['__proto__', { kind: 'unknown' }]] },
    learnedFrom: 2,
    capturedAt: 1,
  }
  const first = openWriter(dir, BOUND)
  await first.batch(() => {
    first.putExemplar(stored)
    first.putExemplar(exemplar('empty', { body: Buffer.alloc(0), routeId: '', path: '' }))
    first.putVary('base', ['accept-language'])
    first.putTemplate(template)
    first.putVector(vector('text', 'k'))
    first.putState('routes', '{"a":1}')
  })
  const counts = first.counts()
  t.match(counts, { exemplars: 2, vectors: 1 })
  t.ok(counts.bytes > 256)
  await first.close()

  const second = openWriter(dir, BOUND)
  t.teardown(() => second.close())
  t.same(second.exemplar('k'), stored)
  t.match(second.exemplar('empty'), { path: '', body: Buffer.alloc(0) })
  t.same(second.vary('base'), ['accept-language'])
  t.same(second.template('route'), template)
  t.same([...second.vectors('lexical-384')], [vector('text', 'k')])
  t.same([...second.vectors('lexical')], [], 'a name that begins another one is not it')
  t.ok(second.hasVector('lexical-384', 'text'))
  t.notOk(second.hasVector('other', 'text'))
  t.equal(second.state('routes'), '{"a":1}')
  t.same([...second.states('rou')], ['{"a":1}'])
  t.same(second.counts(), counts)
  t.equal(second.exemplar('absent'), undefined)
  t.equal(second.vary('absent'), undefined)
  t.equal(second.template('absent'), undefined)
  await second.batch(() => {
    second.removeState('routes')
    second.removeTemplate('route')
  })
  t.equal(second.state('routes'), undefined)
  t.equal(second.template('route'), undefined)
})

t.test('a batch is there whole or not at all', async t => {
  const writer = openWriter(folder(t), BOUND)
  t.teardown(() => writer.close())
  await writer.batch(() => writer.putExemplar(exemplar('kept')))
  const before = writer.counts()
  const broken = writer.batch(() => {
    writer.putExemplar(exemplar('lost'))
    writer.bury('/users/7', { gone: true, at: 1, because: 'PUT /users/7' })
    throw new Error('in the middle')
  })
  await t.rejects(broken, { message: 'in the middle' })
  t.equal(writer.exemplar('lost'), undefined)
  t.match(writer.exemplar('kept'), { status: 200 })
  t.same(writer.counts(), before)
  await writer.batch(() => writer.putExemplar(exemplar('next')))
  t.match(writer.exemplar('next'), { status: 200 }, 'and the next one works')
})

t.test('a write buries every answer of its path, whatever query, scope and method', async t => {
  const writer = openWriter(folder(t), BOUND)
  t.teardown(() => writer.close())
  const long = `/${'é'.repeat(2000)}`
  await writer.batch(() => {
    writer.putExemplar(exemplar('a'))
    writer.putExemplar(exemplar('b', { query: 'full=1' }))
    writer.putExemplar(exemplar('c', { scope: 'x', method: 'HEAD' }))
    writer.putExemplar(exemplar('d', { path: '/users/77' }))
    writer.putExemplar(exemplar('e', { path: `${long}1` }))
    writer.putExemplar(exemplar('f', { path: `${long}2` }))
  })
  const stone = { gone: true, at: 5, because: 'PUT /users/7' } as const
  await writer.batch(() => {
    t.equal(writer.bury('/users/7', stone), 3)
    t.equal(writer.bury(`${long}1`, stone), 1, 'paths longer than a key may be are told apart as well')
    t.equal(writer.bury('/nothing/here', stone), 0)
  })
  for (const key of ['a', 'b', 'c', 'e']) t.same(writer.exemplar(key), stone)
  for (const key of ['d', 'f']) t.match(writer.exemplar(key), { status: 200 })
  t.same(
    writer.exemplarsOf('route', 10).map(({ key }) => key),
    ['d', 'f'],
  )
  await writer.batch(() => writer.putExemplar(exemplar('a')))
  t.match(writer.exemplar('a'), { status: 200 }, 'what is seen again stands again')
})

t.test('an exemplar belongs to one route at a time', async t => {
  const writer = openWriter(folder(t), BOUND)
  t.teardown(() => writer.close())
  await writer.batch(() => {
    writer.putExemplar(exemplar('a'))
    writer.putExemplar(exemplar('a', { routeId: 'other' }))
  })
  t.same(writer.exemplarsOf('route', 10), [])
  t.equal(writer.exemplarsOf('other', 10).length, 1)
  t.equal(writer.counts().exemplars, 1)
})

t.test('within its bound, the least recently seen go first, and their vectors with them', async t => {
  const forgotten: string[] = []
  const writer = openWriter(folder(t), { maxBytes: 400_000, forgotten: keys => forgotten.push(...keys) })
  t.teardown(() => writer.close())
  const body = Buffer.alloc(1000, 97)
  for (let batch = 0; batch < 40; batch++) {
    await writer.batch(() => {
      for (let i = 0; i < 25; i++) {
        const n = batch * 25 + i
        const key = createHash('sha256').update(`${n}`).digest('base64url').slice(0, 22)
        writer.putExemplar(exemplar(key, { body, lastSeenAt: n, path: `/${n}` }))
        if (n % 10 === 0) writer.putVector(vector(`text-${n}`, key))
      }
    })
    t.ok(writer.counts().bytes <= 400_000, `${writer.counts().bytes} after batch ${batch}`)
  }
  const left = writer.exemplarsOf('route', 2000)
  t.equal(left.length, writer.counts().exemplars)
  t.ok(left.length > 150, `${left.length} fit`)
  const mean = left.reduce((sum, { lastSeenAt }) => sum + lastSeenAt, 0) / left.length
  t.ok(mean > 700, `those seen lately stay: ${mean}`)
  t.ok(forgotten.length > 20, `${forgotten.length} texts were named`)
  const vectors = [...writer.vectors('lexical-384')]
  t.equal(vectors.length, writer.counts().vectors)
  t.ok(vectors.every(({ exemplarKey }) => writer.exemplar(exemplarKey) !== undefined))
  t.notOk(vectors.some(({ textKey }) => forgotten.includes(textKey)))
})

t.test('other threads see what was committed, also where they opened it first', async t => {
  const dir = folder(t)
  const module = new URL('../../../core/memory/lmdb.js', import.meta.url).href
  // The way of an edge: woken by a message, it reads in that turn.
  const reader = new Worker(
    `import(${JSON.stringify(module)}).then(({ openReader }) => {
      const { parentPort } = require('node:worker_threads')
      const memory = openReader(${JSON.stringify(dir)})
      parentPort.on('message', key => {
        if (key === 'end') return memory.close().then(() => process.exit(0))
        const found = memory.exemplar(key)
        parentPort.postMessage(found === undefined ? undefined : found.gone ? 'gone' : Buffer.from(found.body).toString())
      })
      parentPort.postMessage('open')
    })`,
    { eval: true },
  )
  const answer = async (): Promise<unknown> => (await once(reader, 'message'))[0]
  const ask = async (key: string): Promise<unknown> => {
    reader.postMessage(key)
    return answer()
  }
  t.equal(await answer(), 'open')
  t.equal(await ask('k'), undefined)
  const writer = openWriter(dir, BOUND)
  t.teardown(() => writer.close())
  for (let i = 0; i < 300; i++) {
    const body = `${i}`.repeat(1 + (i % 50))
    await writer.batch(() => writer.putExemplar(exemplar('k', { body: Buffer.from(body) })))
    const seen = await ask('k')
    if (seen !== body) t.equal(seen, body, `after commit ${i}`)
  }
  await writer.batch(() => writer.bury('/users/7', { gone: true, at: 1, because: 'PUT' }))
  t.equal(await ask('k'), 'gone')
  const ended = once(reader, 'exit')
  reader.postMessage('end')
  await ended
  await writer.batch(() => writer.putExemplar(exemplar('after')))
  t.match(writer.exemplar('after'), { status: 200 }, 'a thread that closed takes nothing from the others')
})

t.test('a writer whose thread was ended leaves what it committed, and another one goes on', async t => {
  const dir = folder(t)
  const module = new URL('../../../core/memory/lmdb.js', import.meta.url).href
  const first = new Worker(
    `import(${JSON.stringify(module)}).then(async ({ openWriter }) => {
      const memory = openWriter(${JSON.stringify(dir)}, { maxBytes: 1e9 })
      await memory.batch(() => memory.putState('said', 'yes'))
      require('node:worker_threads').parentPort.postMessage('committed')
      for (let i = 0; ; i++) await memory.batch(() => memory.putState('n', String(i)))
    })`,
    { eval: true },
  )
  const reader = openReader(dir)
  t.teardown(() => reader.close())
  await once(first, 'message')
  await first.terminate()
  const second = openWriter(dir, BOUND)
  t.teardown(() => second.close())
  t.equal(second.state('said'), 'yes')
  await second.batch(() => second.putExemplar(exemplar('k')))
  await new Promise(setImmediate)
  t.match(reader.exemplar('k'), { status: 200 })
})

t.test('what cannot be used is named with its remedy, and left as it is', async t => {
  const full = folder(t)
  const writer = openWriter(full, BOUND)
  await writer.batch(() => {
    for (let i = 0; i < 500; i++) writer.putExemplar(exemplar(`k${i}`, { body: Buffer.alloc(1000) }))
  })
  await writer.close()
  const octets = readFileSync(join(full, 'memory.mdb'))

  const refused = async (
    what: string,
    code: string,
    change: (file: string, dir: string) => void,
    remedy = /--reset-memory/,
  ): Promise<void> => {
    const dir = folder(t)
    mkdirSync(dir)
    const file = join(dir, 'memory.mdb')
    writeFileSync(file, octets)
    change(file, dir)
    const before = readFileSync(file)
    for (const open of [() => openReader(dir), () => openWriter(dir, BOUND)]) {
      try {
        open()
        t.fail(`${what} was opened`)
      } catch (error) {
        t.ok(error instanceof MemoryError, what)
        t.match(error, { code, path: file })
        t.match((error as Error).message, file)
        t.match((error as Error).message, remedy)
      }
    }
    t.ok(readFileSync(file).equals(before), `${what}: nothing was touched`)
  }
  await refused('another file', 'damaged', file => writeFileSync(file, 'hello\n'.repeat(5000)))
  await refused('zeros', 'damaged', file => writeFileSync(file, Buffer.alloc(octets.length)))
  await refused('a few octets', 'damaged', file => truncateSync(file, 100))
  await refused('one page', 'damaged', file => truncateSync(file, 4096))
  await refused('half of it', 'damaged', file => truncateSync(file, octets.length >> 1))
  await refused('all but the last page', 'damaged', file => truncateSync(file, octets.length - 4096))

  const newer = folder(t)
  const future = openWriter(newer, BOUND)
  await future.batch(() => future.putState('version', '999'))
  await future.close()
  t.throws(() => openReader(newer), { code: 'other-version', message: /999/ })

  const file = join(full, 'memory.mdb')
  t.throws(() => openWriter(join(file, 'below'), BOUND), { code: 'not-accessible', message: /CHAOS_DATA_DIR/ })
})

t.test('an empty file is a beginning', async t => {
  const dir = folder(t)
  mkdirSync(dir)
  writeFileSync(join(dir, 'memory.mdb'), '')
  const writer = openWriter(dir, BOUND)
  t.teardown(() => writer.close())
  await writer.batch(() => writer.putExemplar(exemplar('k')))
  t.match(writer.exemplar('k'), { status: 200 })
})

t.test('a reset moves aside and deletes nothing', async t => {
  const dir = folder(t)
  t.equal(resetMemory(dir), undefined)
  for (const n of [1, 2]) {
    const writer = openWriter(dir, BOUND)
    await writer.batch(() => writer.putState('run', String(n)))
    await writer.close()
    const aside = resetMemory(dir)
    t.equal(aside, `${dir}.old-${n}`)
    t.ok(statSync(join(aside!, 'memory.mdb')).size > 0)
    t.notOk(existsSync(dir))
  }
  const old = openWriter(`${dir}.old-1`, BOUND)
  t.equal(old.state('run'), '1')
  await old.close()
})
