// A memory that is encrypted: real files, in which nothing of what was learned is to be read, and keys that change.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Exemplar, MemoryErasure, StoredVector } from '../../../core/contract/memory.js'
import type { SealingKeys } from '../../../core/contract/sealing.js'
import type { Template } from '../../../core/contract/template.js'
import { isDamage, MemoryError, openReader, openRows, openScanner, openWriter } from '../../../core/memory/lmdb.js'
import { readCopy, writeCopy } from '../../../core/memory/memory-copy.js'
import { sealMemory } from '../../../core/memory/seal-memory.js'
import { keysOf } from '../sealing/keys.js'

const one = keysOf('memory', 'one')
const two = keysOf('memory', 'two')
const BOUND = { maxBytes: 1 << 30 }

type Tap = { teardown(fn: () => unknown): void }
const folder = (t: Tap): string => {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-sealed-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'memory')
}

const exemplar = (key: string, over: Partial<Exemplar> = {}): Exemplar => ({
  ...{ key, baseKey: key, method: 'GET', path: '/persons/alice-path', query: 'q=alice-query' },
  ...{
    requestBody: Buffer.from('{"ask":"alice-ask"}'),
    scope: 'scope-of-alice',
    shared: false,
    routeId: 'GET alice-route',
  },
  ...{ status: 200, headers: ['x-who', 'alice-field'], capturedAt: 1, lastSeenAt: 1, seen: 1, redactions: 0 },
  ...{ body: Buffer.from('{"name":"alice-body"}'), ...over },
})
const vector: StoredVector = {
  ...{ textKey: 'alice-text-key', text: 'alice-text', partition: 'p', embedder: 'lexical-384' },
  ...{ exemplarKey: 'key-of-alice', vector: Float32Array.from([0.5, -0.25, 1]) },
}
const template: Template = {
  ...{ routeId: 'GET alice-route', version: 3, status: 200, headers: ['x', 'alice-template'] },
  ...{ body: { kind: 'object', entries: [] }, learnedFrom: 2, capturedAt: 1 },
}
const traces = [
  ...['alice-path', 'alice-query', 'alice-ask', 'scope-of-alice', 'alice-route', 'alice-field', 'alice-body'],
  ...['alice-text-key', 'alice-text', 'key-of-alice', 'alice-template', 'alice-state', 'alice-vary', 'alice-record'],
]

function fill(memory: MemoryErasure): Promise<void> {
  return memory.batch(() => {
    memory.putExemplar(exemplar('key-of-alice'))
    memory.putExemplar(exemplar('other-key', { path: '/things/1', query: '' }))
    memory.putVary('key-of-alice', ['alice-vary'])
    memory.putTemplate(template)
    memory.putVector(vector)
    memory.putState('routes', '{"alice-state":1}')
    memory.putState('world-record:1:scope-of-alice:alice-record', '{"a":1}')
    memory.putState('world-record:1::2', '{"a":2}')
    memory.putState('world-route:x', '{"a":3}')
  })
}

async function made(t: Tap, keys: SealingKeys | undefined): Promise<string> {
  const dir = folder(t)
  const memory = openWriter(dir, BOUND, keys)
  await fill(memory)
  await memory.close()
  return dir
}

/** In any file of the folder, and of those beside it. */
const tracesIn = (dir: string): string[] => {
  const octets = readdirSync(dir).map(name => readFileSync(join(dir, name)))
  return traces.filter(trace => octets.some(one => one.includes(trace)))
}

async function holdsAll(t: Test, dir: string, keys: SealingKeys | undefined): Promise<void> {
  const memory = openWriter(dir, BOUND, keys)
  t.same(memory.exemplar('key-of-alice'), exemplar('key-of-alice'))
  t.same(memory.vary('key-of-alice'), ['alice-vary'])
  t.same(memory.template('GET alice-route'), template)
  t.same([...memory.vectors('lexical-384')], [vector])
  t.same([...memory.vectors('lexical')], [])
  t.ok(memory.hasVector('lexical-384', 'alice-text-key'))
  t.equal(memory.state('routes'), '{"alice-state":1}')
  t.same([...memory.states('world-record:')].sort(), ['{"a":1}', '{"a":2}'])
  t.same(
    memory.exemplarsAt('/persons/alice-path').map(({ key }) => key),
    ['key-of-alice'],
  )
  t.equal(memory.exemplarsOf('GET alice-route', 10).length, 2)
  t.match(memory.counts(), { exemplars: 2, vectors: 1 })
  t.ok(memory.counts().bytes > 200)
  await memory.close()
  const reader = openReader(dir, keys)
  for (let i = 0; i < 3; i++) t.same(reader.exemplar('key-of-alice'), exemplar('key-of-alice'))
  t.equal(reader.exemplar('absent'), undefined)
  t.same(reader.vary('key-of-alice'), ['alice-vary'])
  t.same(reader.template('GET alice-route'), template)
  await reader.close()
}

t.test('nothing of it is to be read in the file, and all of it comes back', async t => {
  t.same(tracesIn(await made(t, undefined)), traces, 'without a key it is')
  const dir = await made(t, one)
  t.same(tracesIn(dir), [])
  await holdsAll(t, dir, one)
  t.same(tracesIn(dir), [])
})

t.test('without the key, or with another one, it is refused: it is not damaged, and nothing is changed', async t => {
  const dir = await made(t, one)
  const before = readFileSync(join(dir, 'memory.mdb'))
  for (const [keys, message] of [
    [undefined, /is encrypted with the key [0-9a-f]{8}, and CHAOS_ENCRYPTION_KEY is not set: set it/],
    [two, /which CHAOS_ENCRYPTION_KEY does not have: put that key behind the first one/],
  ] as const) {
    for (const open of [
      () => openReader(dir, keys),
      () => openScanner(dir, keys),
      () => openWriter(dir, BOUND, keys),
    ]) {
      t.throws(open, { code: 'sealed', message })
    }
    if (keys !== undefined) await t.rejects(sealMemory(dir, keys, true), { code: 'sealed', message })
    try {
      openReader(dir, keys)
    } catch (error) {
      t.notOk(isDamage((error as Error).message))
    }
  }
  t.ok(readFileSync(join(dir, 'memory.mdb')).equals(before))
  t.same(readdirSync(dir).sort(), ['memory.mdb', 'memory.mdb-lock'])
  await holdsAll(t, dir, one)
})

t.test('a plain one is written anew with the key, and nothing plain is left', async t => {
  const dir = await made(t, undefined)
  t.throws(() => openWriter(dir, BOUND, one), { code: 'sealed' }, 'nothing sealed comes between what is plain')
  t.match(await sealMemory(dir, one, true), { lost: 0 })
  t.same(tracesIn(dir), [])
  t.same(readdirSync(dir).sort(), ['memory.mdb'], 'nor is anything beside it')
  await holdsAll(t, dir, one)
  t.equal(await sealMemory(dir, one, true), undefined, 'once is enough')
  t.equal(await sealMemory(folder(t), one, true), undefined, 'nor where there is none')
})

t.test('keys change: the first one seals, and the older is of no use from then on', async t => {
  const dir = await made(t, one)
  t.match(await sealMemory(dir, keysOf('memory', 'two', 'one'), true), { lost: 0 })
  await holdsAll(t, dir, two)
  t.throws(() => openReader(dir, one), { code: 'sealed' })
  t.same(tracesIn(dir), [])
})

t.test('a process that ended in the middle leaves the old one; another that may take it back keeps it', async t => {
  const dir = await made(t, undefined)
  await t.rejects(sealMemory(dir, one, false), { code: 'sealed', message: /stop the proxy and start it again/ })
  await holdsAll(t, dir, undefined)
  const half = openWriter(join(dir, '..', 'other'), BOUND, one)
  await half.close()
  copyFileSync(join(dir, '..', 'other', 'memory.mdb'), join(dir, 'memory.anew.mdb'))
  await sealMemory(dir, one, true)
  t.notOk(existsSync(join(dir, 'memory.anew.mdb')))
  await holdsAll(t, dir, one)
})

t.test('one that cannot be written anew is as it was', async t => {
  const dir = await made(t, undefined)
  const begins = (): void => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  }
  await t.rejects(sealMemory(dir, one, true, begins), { code: 'not-accessible', message: /ENOSPC.*make room/ })
  t.notOk(existsSync(join(dir, 'memory.anew.mdb')))
  await holdsAll(t, dir, undefined)
})

t.test('rows that were changed or moved are as if they were not there; a state is damage', async t => {
  const dir = await made(t, one)
  const rows = openRows(dir)
  const all = [...rows.rows()]
  const exemplars = all.filter(({ table }) => table === 'exemplars')
  const [state] = all.filter(({ table, key }) => table === 'state' && key === 'routes')
  t.equal(exemplars.length, 2)
  await rows.put([
    { ...exemplars[0]!, value: exemplars[1]!.value },
    { ...state!, value: state!.value.fill(1, 40, 41) },
  ])
  await rows.close()
  const reader = openReader(dir, one)
  const found = ['key-of-alice', 'other-key'].filter(key => reader.exemplar(key) !== undefined)
  t.equal(found.length, 1, 'the one that was not overwritten')
  await reader.close()
  const writer = openWriter(dir, BOUND, one)
  let because = ''
  try {
    writer.state('routes')
  } catch (error) {
    because = (error as Error).message
  }
  t.ok(isDamage(because), because)
  await writer.close()
})

t.test('what is erased is gone, and a scrub finds its way', async t => {
  const dir = await made(t, one)
  const memory = openWriter(dir, BOUND, one)
  const rows = [...memory.rows()]
  t.equal(rows.filter(({ table }) => table === 'exemplars').length, 2)
  t.ok(rows.some(({ table, key }) => table === 'keys-of-path' && key === '/persons/alice-path\nkey-of-alice'))
  t.ok(rows.some(({ table, key }) => table === 'state' && key === 'world-record:1:scope-of-alice:alice-record'))
  await memory.batch(() => {
    for (const row of rows) if (row.table === 'keys-of-path' || row.table === 'exemplars') memory.erase(row)
  })
  t.ok((await memory.scrub()) > 0)
  t.equal(memory.exemplar('key-of-alice'), undefined)
  t.same(memory.exemplarsAt('/persons/alice-path'), [])
  t.match(memory.counts(), { exemplars: 0, vectors: 0 })
  await memory.close()
})

t.test('what is buried stays so, and the bound holds', async t => {
  const dir = folder(t)
  const forgotten: string[] = []
  const memory = openWriter(dir, { maxBytes: 400_000, forgotten: keys => forgotten.push(...keys) }, one)
  await memory.batch(() => {
    memory.putExemplar(exemplar('key-of-alice'))
    t.equal(memory.bury('/persons/alice-path', { gone: true, at: 5, because: 'PUT /persons/alice-path' }), 1)
  })
  t.match(memory.exemplar('key-of-alice'), { gone: true })
  for (let i = 0; i < 40; i++)
    await memory.batch(() => {
      for (let j = 0; j < 10; j++)
        memory.putExemplar(exemplar(`k${i}-${j}`, { path: `/p/${i}`, lastSeenAt: i, body: Buffer.alloc(4000, 'x') }))
    })
  t.ok(memory.counts().bytes <= 400_000, `${memory.counts().bytes} octets`)
  t.ok(memory.counts().exemplars > 20)
  await memory.close()
})

t.test('a copy holds the rows as they are: it is encrypted as well, and needs the key where it is read', async t => {
  const dir = await made(t, one)
  const file = join(dir, '..', 'copy.chaos')
  const { head } = await writeCopy({ memoryDir: dir, file, release: 'x', at: '2026-01-01T00:00:00Z', keys: {} })
  t.equal(head.dataVersion, 2)
  const elsewhere = join(dir, '..', 'elsewhere')
  await readCopy({ file, memoryDir: elsewhere, beforeExchange: () => {} })
  t.same(tracesIn(elsewhere), [])
  await t.rejects(sealMemory(elsewhere, two, true), MemoryError)
  await sealMemory(elsewhere, keysOf('memory', 'two', 'one'), true)
  await holdsAll(t, elsewhere, two)
})
