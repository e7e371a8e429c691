// A memory as one file and back, with a real LMDB.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { openRows, openWriter } from '../../../core/memory/lmdb.js'
import { CopyError, readCopy, writeCopy } from '../../../core/memory/memory-copy.js'
import { temporaryFolder } from '../../support/proxy.js'

const MIB = 2 ** 20
const keys = { 'scope.key': 'k'.repeat(43) }

async function filled(states: Record<string, string>): Promise<string> {
  const memoryDir = join(temporaryFolder(), 'memory')
  const memory = openWriter(memoryDir, { maxBytes: 64 * MIB })
  await memory.batch(() => {
    for (const [name, json] of Object.entries(states)) memory.putState(name, json)
    for (let i = 0; i < 2500; i++) memory.putVary(`key-${i}`, ['accept', `ä${i}`])
    memory.putVector({
      ...{ textKey: 't', text: 'text', partition: 'p', embedder: 'e', exemplarKey: 'x' },
      vector: Float32Array.of(1, 2, 3),
    })
  })
  await memory.close()
  return memoryDir
}

async function rowsOf(memoryDir: string): Promise<string[]> {
  const memory = openRows(memoryDir)
  const rows = [...memory.rows()].map(({ table, key, value }) => `${table} ${key} ${value.toString('hex')}`)
  await memory.close()
  return rows
}

async function exported(memoryDir: string): Promise<string> {
  const file = join(dirname(memoryDir), 'copy')
  await writeCopy({ memoryDir, file, release: '1.2.3', at: '2030-01-01T00:00:00.000Z', keys })
  return file
}

const from = await filled({ routes: '"ü"', 'shared-position': '"7-1"' })
const file = await exported(from)
const expected = (await rowsOf(from)).filter(row => !row.startsWith('state shared-position '))

t.test('all of it comes back, but for the position in a Redis that may be another one', async t => {
  const memoryDir = join(temporaryFolder(), 'memory')
  let told: unknown
  const report = await readCopy({ file, memoryDir, beforeExchange: head => (told = head.keys) })
  t.match(report, { rows: expected.length, answers: 0, setAside: null, head: { release: '1.2.3' } })
  t.same(told, keys)
  t.same(await rowsOf(memoryDir), expected)
  const memory = openWriter(memoryDir, { maxBytes: 64 * MIB })
  t.equal(memory.state('routes'), '"ü"')
  t.same(memory.vary('key-2499'), ['accept', 'ä2499'])
  t.same([...memory.vectors('e')][0]?.vector, Float32Array.of(1, 2, 3))
  await memory.close()
})

t.test('what was there before is moved aside', async t => {
  const memoryDir = await filled({ routes: '"old"' })
  const { setAside } = await readCopy({ file, memoryDir, beforeExchange: () => {} })
  t.ok((await rowsOf(setAside!)).some(row => row === `state routes ${Buffer.from('"old"').toString('hex')}`))
  t.same(await rowsOf(memoryDir), expected)
})

t.test('a file that is no good changes nothing', async t => {
  const good = readFileSync(file)
  const plain = gunzipSync(good)
  const headEnd = plain.indexOf('\n') + 1
  const head = JSON.parse(plain.subarray(0, headEnd).toString())
  /** With a checksum that fits. */
  const copyOf = (changed: object, rest = plain.subarray(headEnd, -32)): Buffer => {
    const body = Buffer.concat([Buffer.from(`${JSON.stringify({ ...head, ...changed })}\n`), rest])
    return gzipSync(Buffer.concat([body, createHash('sha256').update(body).digest()]))
  }
  const flipped = Buffer.from(plain)
  flipped[headEnd + 40]! ^= 1
  const huge = Buffer.from(plain.subarray(headEnd, -32))
  huge.writeUInt32LE(0xfffffff0, 5)
  const cases: [name: string, bytes: Buffer, problem: RegExp][] = [
    ['cut short', good.subarray(0, good.length - 20), /damaged or cut short/],
    ['cut in the middle', good.subarray(0, good.length >> 1), /damaged or cut short/],
    ['empty', Buffer.alloc(0), /damaged or cut short/],
    ['no gzip', Buffer.from('{"log": {}}'), /damaged or cut short/],
    ['another gzip', gzipSync('{}\n'), /no memory that chaos-proxy export has written/],
    ['one bit is another', gzipSync(flipped), /checksum is another one|makes no sense|ends too early/],
    ['something behind it', gzipSync(Buffer.concat([plain, Buffer.from('x')])), /behind its end/],
    ['a newer form', copyOf({ version: 2, release: '9.0.0' }), /newer release \(9\.0\.0\)/],
    ['newer data', copyOf({ dataVersion: 3 }), /newer release/],
    ['older data', copyOf({ dataVersion: 0 }), /data version 0/],
    ['a value without end', copyOf({}, huge), /makes no sense/],
    ['an unknown table', copyOf({ tables: ['other'] }), /makes no sense/],
  ]
  const memoryDir = await filled({ routes: '"mine"' })
  const before = await rowsOf(memoryDir)
  for (const [name, bytes, problem] of cases) {
    const bad = join(temporaryFolder(), 'bad')
    writeFileSync(bad, bytes)
    const read = readCopy({ file: bad, memoryDir, beforeExchange: () => t.fail('it goes on') })
    const error = await read.then(
      () => undefined,
      error => error,
    )
    t.ok(error instanceof CopyError, `${name}: ${error?.stack}`)
    t.match(error?.message, problem, name)
    t.same(readdirSync(dirname(memoryDir)), ['memory'], name)
  }
  t.same(await rowsOf(memoryDir), before)
  await t.rejects(readCopy({ file: '/no/such', memoryDir, beforeExchange: () => {} }), { message: /ENOENT/ })
})

t.test('nothing learned, and a file that cannot be written', async t => {
  const nowhere = join(temporaryFolder(), 'memory')
  const options = { release: '1', at: '', keys: {} }
  await t.rejects(writeCopy({ ...options, memoryDir: nowhere, file: join(nowhere, 'x') }), {
    message: /nothing was learned yet/,
  })
  t.notOk(existsSync(nowhere))
  await t.rejects(writeCopy({ ...options, memoryDir: from, file: '/no/such/folder/x' }), {
    message: /cannot be written/,
  })
})
