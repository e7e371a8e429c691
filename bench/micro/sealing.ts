#!/usr/bin/env node
// What a key costs: looks at the memory as an edge takes them, writes of the learner, records of the journal, and a memory that is
// written anew under another key. Plain and sealed take turns.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Exemplar } from '../../core/contract/memory.js'
import type { SealingKeys } from '../../core/contract/sealing.js'
import { openReader, openWriter } from '../../core/memory/lmdb.js'
import { sealMemory } from '../../core/memory/seal-memory.js'
import { SealingBox } from '../../core/sealing/box.js'
import { passingKeys } from '../../core/sealing/given-keys.js'
import { machineOf } from '../machine.js'
import { formatTable } from '../table.js'

const usage = `npm run bench:sealing [-- options]
  --exemplars N    (default 50000)`

const BATCH = 500
const BODY_BYTES = 402
/** Asked for again and again, as in an outage. */
const HOT = 200
const LOOKS = 400_000
const ROUNDS = 3

function exemplar(i: number): Exemplar {
  const key = `k${i.toString(36).padStart(21, '0')}`
  return {
    ...{
      key,
      baseKey: key,
      method: 'GET',
      path: `/api/items/${i}`,
      query: '',
      requestBody: Buffer.alloc(0),
      scope: '',
    },
    ...{
      shared: false,
      routeId: `GET /api/${i % 50}/{id}`,
      status: 200,
      headers: ['content-type', 'application/json'],
    },
    ...{ capturedAt: i, lastSeenAt: i, seen: 1, redactions: 0, body: Buffer.alloc(BODY_BYTES, `${i} `) },
  }
}

interface Measured {
  readonly writeUs: number
  readonly hotUs: number
  readonly coldUs: number
}

async function measure(dir: string, keys: SealingKeys | undefined, count: number): Promise<Measured> {
  const memory = openWriter(dir, { maxBytes: 8 * 2 ** 30 }, keys)
  const writeFrom = performance.now()
  for (let from = 0; from < count; from += BATCH)
    await memory.batch(() => {
      for (let i = from; i < Math.min(count, from + BATCH); i++) memory.putExemplar(exemplar(i))
    })
  const writeMs = performance.now() - writeFrom
  await memory.close()
  const reader = openReader(dir, keys)
  const look = (i: number): void => {
    if (reader.exemplar(exemplarKey(i)) === undefined) throw new Error(`${i} is not there`)
  }
  for (let i = 0; i < 4 * HOT; i++) look(i % HOT)
  const hotFrom = performance.now()
  for (let i = 0; i < LOOKS; i++) look(i % HOT)
  const hotMs = performance.now() - hotFrom
  const coldFrom = performance.now()
  // Each once, and far apart.
  for (let i = 0; i < count; i++) look((i * 7919) % count)
  const coldMs = performance.now() - coldFrom
  await reader.close()
  return { writeUs: (writeMs * 1000) / count, hotUs: (hotMs * 1000) / LOOKS, coldUs: (coldMs * 1000) / count }
}

const exemplarKey = (i: number): string => `k${i.toString(36).padStart(21, '0')}`

function recordUs(bytes: number): { readonly sealUs: number; readonly openUs: number } {
  const box = new SealingBox(passingKeys())
  const record = Buffer.alloc(bytes, 'x')
  const times = 100_000
  const sealFrom = performance.now()
  let sealed: Buffer = record
  for (let i = 0; i < times; i++) sealed = box.seal(record, 'bench')
  const openFrom = performance.now()
  for (let i = 0; i < times; i++) box.open(sealed, 'bench')
  const end = performance.now()
  return { sealUs: ((openFrom - sealFrom) * 1000) / times, openUs: ((end - openFrom) * 1000) / times }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

async function run(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-bench-sealing-'))
  try {
    const [first, second] = [passingKeys(), passingKeys().map(key => ({ ...key, id: 1 }))]
    const found: Record<'plain' | 'sealed', Measured[]> = { plain: [], sealed: [] }
    for (let round = 0; round < ROUNDS; round++) {
      found.plain.push(await measure(join(folder, `plain-${round}`), undefined, count))
      found.sealed.push(await measure(join(folder, `sealed-${round}`), first, count))
    }
    const anewFrom = performance.now()
    const anew = await sealMemory(join(folder, 'sealed-0'), [...second, ...first], true)
    const anewMs = performance.now() - anewFrom
    const of = (kind: 'plain' | 'sealed', member: keyof Measured): string =>
      median(found[kind].map(one => one[member])).toFixed(2)
    const rows = (
      [
        ['look at an answer that is asked for again and again, µs', 'hotUs'],
        ['look at one that was not asked for lately, µs', 'coldUs'],
        ['write one (learner, batches of 500), µs', 'writeUs'],
      ] as const
    ).map(([what, member]) => [what, of('plain', member), of('sealed', member)])
    const machine = await machineOf([], `${count} answers of ${BODY_BYTES} octets, median of ${ROUNDS} rounds`)
    const [small, large] = [recordUs(1024), recordUs(65_536)]
    rows.push(['seal a record of 1 KiB, of 64 KiB, µs', '–', `${small.sealUs.toFixed(1)}, ${large.sealUs.toFixed(1)}`])
    rows.push(['open it, µs', '–', `${small.openUs.toFixed(1)}, ${large.openUs.toFixed(1)}`])
    rows.push(['write a memory anew, rows/s', '–', String(Math.round((anew!.rows * 1000) / anewMs))])
    process.stdout.write(
      `${machine.lines.join('\n')}\n\n${formatTable(['', 'plain', 'with a key'], rows, new Set([0]))}\n`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { values } = parseArgs({
  options: { exemplars: { type: 'string', default: '50000' }, help: { type: 'boolean', default: false } },
})
if (values.help) process.stdout.write(`${usage}\n`)
else await run(Number(values.exemplars))
