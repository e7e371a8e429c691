// A journal that is encrypted: nothing of it is to be read on the disk, records cannot be changed, swapped or repeated, and keys
// change without losing a write.
import t from 'tap'
import type { SealingKeys } from '../../../core/contract/sealing.js'
import { crc32 } from '../../../core/journal/crc32.js'
import { FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES, scanSegment } from '../../../core/journal/frame.js'
import { Journal } from '../../../core/journal/journal.js'
import { JournalKeyError } from '../../../core/journal/sealed-record.js'
import { silentLog } from '../../../core/log/log.js'
import { writeTo } from '../../../scripts/chaos/crash-points/keyed-backend.js'
import { LossyDisk } from '../../support/lossy-disk.js'
import { keysOf } from '../sealing/keys.js'

const one = keysOf('journal', 'one')

async function open(disk: LossyDisk, keys: SealingKeys | undefined): Promise<Journal> {
  const clock = { now: () => 1_000_000 }
  return Journal.open({
    ...{ disk, maxBytes: 1 << 20, takes: true, clock, steady: clock, log: silentLog, onWaits: () => {}, keys },
  })
}

const octetsOn = (disk: LossyDisk): Buffer => Buffer.concat([...disk.files.values()].map(({ bytes }) => bytes))
const traces = ['alice-path', 'alice-body', 'Bearer secret']
const tracesOn = (disk: LossyDisk): string[] => traces.filter(trace => octetsOn(disk).includes(trace))

async function written(keys: SealingKeys | undefined, count = 3): Promise<LossyDisk> {
  const disk = new LossyDisk()
  const journal = await open(disk, keys)
  for (let i = 0; i < count; i++) await journal.append(writeTo(`/alice-path/${i}`, `alice-body ${i}`))
  await journal.close()
  return disk
}

/** Of the only segment. */
function frames(disk: LossyDisk): { readonly name: string; readonly list: readonly Buffer[] } {
  const [name, { bytes }] = [...disk.files][0]!
  const scan = scanSegment(bytes, true)
  if (scan.kind !== 'read') throw new Error(scan.kind)
  return { name, list: scan.frames.map(({ offset, bytes: length }) => bytes.subarray(offset, offset + length)) }
}

function withFrames(disk: LossyDisk, list: readonly Buffer[]): LossyDisk {
  const { name } = frames(disk)
  const bytes = Buffer.concat([disk.files.get(name)!.bytes.subarray(0, SEGMENT_HEADER_BYTES), ...list])
  return new LossyDisk(new Map([[name, { bytes, synced: bytes }]]))
}

/** With the sum that belongs to it: what is wrong is not the disk. */
function frameWith(frame: Buffer, change: (payload: Buffer) => void): Buffer {
  const changed = Buffer.from(frame)
  const payload = changed.subarray(FRAME_HEADER_BYTES)
  change(payload)
  changed.writeUInt32BE(crc32(payload), 8)
  return changed
}

async function bodiesOf(journal: Journal): Promise<string[]> {
  const bodies: string[] = []
  for (;;) {
    const entry = journal.next()
    if (entry === undefined) return bodies.sort()
    const write = await journal.begin(entry)
    if (write !== undefined) bodies.push(Buffer.from(write.body).toString())
    journal.settle(entry, { ...entry.state, state: 'done' }, 0)
  }
}

t.test('nothing of a write is to be read on the disk, and all of it comes back', async t => {
  t.same(tracesOn(await written(undefined)), traces, 'without a key it is')
  const disk = await written(one)
  t.same(tracesOn(disk), [])
  const journal = await open(disk, one)
  t.same(await bodiesOf(journal), ['alice-body 0', 'alice-body 1', 'alice-body 2'])
  await journal.close()
  t.same(tracesOn(disk), [])
})

t.test('without the key, or with another one, it is not opened, and nothing is changed', async t => {
  const disk = await written(one)
  const before = octetsOn(disk)
  await t.rejects(open(disk, undefined), JournalKeyError)
  await t.rejects(open(disk, undefined), { message: /CHAOS_ENCRYPTION_KEY is not set/ })
  await t.rejects(open(disk, keysOf('journal', 'two')), { message: /does not have: put that one behind the first/ })
  t.ok(octetsOn(disk).equals(before))
  t.equal((await open(disk, one)).status().counts.pending, 3)
})

t.test('plain ones are written anew with the key, and older keys give way to the first', async t => {
  const disk = await written(undefined)
  await (await open(disk, one)).close()
  t.same(tracesOn(disk), [])
  await (await open(disk, keysOf('journal', 'two', 'one'))).close()
  await t.rejects(open(disk, one), JournalKeyError, 'the older key opens nothing any more')
  const journal = await open(disk, keysOf('journal', 'two'))
  t.same(await bodiesOf(journal), ['alice-body 0', 'alice-body 1', 'alice-body 2'])
})

t.test('a disk that takes nothing more leaves it as it is, and it is read all the same', async t => {
  const disk = await written(undefined)
  disk.full = true
  const journal = await open(disk, one)
  t.equal(journal.status().counts.pending, 3)
  disk.full = false
  t.same(await bodiesOf(journal), ['alice-body 0', 'alice-body 1', 'alice-body 2'])
})

t.test('a record that was changed is parked with its octets, and stays there', async t => {
  const disk = await written(one)
  const { list } = frames(disk)
  const changed = frameWith(list[1]!, payload => {
    payload[60] = payload[60]! ^ 1
  })
  const spoilt = withFrames(disk, [list[0]!, changed, list[2]!])
  const journal = await open(spoilt, one)
  t.match(journal.status().counts, { pending: 2, parked: 1 })
  const [parked] = journal.page('parked', 0, 10).entries
  t.match(parked, { because: /encrypted and cannot be opened/ })
  t.equal(await journal.retry(parked!.id), 'unreadable')
  await journal.close()
  t.ok(octetsOn(spoilt).includes(changed), 'its octets are there')
  t.match((await open(spoilt, one)).status().counts, { pending: 2, parked: 1 }, 'also when it is opened again')
  const rotated = await open(spoilt, keysOf('journal', 'two', 'one'))
  t.match(rotated.status().counts, { pending: 2, parked: 1 })
  await rotated.close()
  t.ok(octetsOn(spoilt).includes(changed.subarray(FRAME_HEADER_BYTES)), 'and when all is written anew')
})

t.test('a record cannot be made one of another entry', async t => {
  const disk = await written(one, 2)
  const { list } = frames(disk)
  const moved = frameWith(list[1]!, payload => {
    payload.writeUIntBE(1, 2, 6)
  })
  const journal = await open(withFrames(disk, [moved]), one)
  t.match(journal.status().counts, { pending: 0, parked: 1 })
})

t.test('an older state that is put behind a newer one changes nothing', async t => {
  const disk = await written(one, 1)
  let journal = await open(disk, one)
  const entry = journal.next()!
  await journal.begin(entry)
  await journal.settle(entry, { ...entry.state, state: 'parked', because: 'refused' }, 0)
  await journal.retry(entry.id)
  await journal.begin(journal.next()!)
  journal.settle(entry, { ...entry.state, state: 'done' }, 0)
  await journal.close()
  const { list } = frames(disk)
  // The entry, then: sending, parked, pending, sending, done.
  t.equal(list.length, 6)
  journal = await open(withFrames(disk, [...list, list[3]!]), one)
  t.match(journal.status().counts, { pending: 0, done: 1 })
  t.equal(journal.next(), undefined, 'it is not sent once more')
})
