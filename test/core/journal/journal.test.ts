// The journal on a disk that loses power at every step there is.
import t from 'tap'
import { fieldOf } from '../../../core/contract/fields.js'
import type { JournalWrite, ReplayOutcome, ReplayWrite } from '../../../core/contract/journal.js'
import type { OwnWritesNews } from '../../../core/contract/own-write.js'
import { crc32 } from '../../../core/journal/crc32.js'
import { Journal } from '../../../core/journal/journal.js'
import { OwnWritesFeed } from '../../../core/journal/own-writes-feed.js'
import { Replayer } from '../../../core/journal/replayer.js'
import { silentLog } from '../../../core/log/log.js'
import { creationOf, KeyedBackend, ownWriteTo, writeTo } from '../../../scripts/chaos/crash-points/keyed-backend.js'
import { LossyDisk } from '../../support/lossy-disk.js'

interface Run {
  readonly disk: LossyDisk
  readonly journal: Journal
  readonly replayer: Replayer
  readonly clock: { now(): number; at: number }
  /** What was sent and has no answer yet, where the backend is a slow one. */
  readonly sent: ReplayWrite[]
}

interface Options {
  readonly own?: OwnWritesFeed
  readonly maxBytes?: number
  readonly send?: (write: ReplayWrite) => Promise<ReplayOutcome>
  readonly allowed?: () => number
  readonly onWaits?: (place: string, by: 1 | -1) => void
}

async function open(disk: LossyDisk, backend: KeyedBackend, options: Options = {}): Promise<Run> {
  const clock = { at: 1_000_000, now: () => clock.at }
  const { maxBytes = 1 << 20, allowed = () => 8, onWaits = () => {} } = options
  const journal = await Journal.open({
    ...{ disk, maxBytes, takes: true, clock, steady: clock, log: silentLog, onWaits, own: options.own },
  })
  const sent: ReplayWrite[] = []
  const send =
    options.send ??
    (async (write: ReplayWrite) => {
      sent.push(write)
      return backend.send(write)
    })
  return {
    disk,
    journal,
    replayer: new Replayer({ journal, allowed, send, steady: clock, random: () => 1, log: silentLog }),
    clock,
    sent,
  }
}

/** Ticks, with an hour between, until nothing waits. */
async function drain({ journal, replayer, clock }: Run): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { pending, sending } = journal.status().counts
    if (pending + sending === 0) return
    clock.at += 3_600_000
    replayer.tick()
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  throw new Error(`writes still wait: ${JSON.stringify(journal.status())}`)
}

async function take(journal: Journal, write: JournalWrite): Promise<string> {
  const reply = await journal.append(write)
  if (reply.kind !== 'journalled') throw new Error(reply.kind)
  return reply.id
}

t.test('a write is on the disk when it is acknowledged, and many share one sync', async t => {
  const disk = new LossyDisk()
  const run = await open(disk, new KeyedBackend())
  await take(run.journal, writeTo('/users', 'first'))
  const before = disk.steps
  await Promise.all(Array.from({ length: 100 }, (_, i) => take(run.journal, writeTo(`/users/${i}`, 'b'))))
  t.equal(disk.steps - before, 2, 'one write, one sync')
  const after = await open(disk.afterPowerLoss(0), new KeyedBackend())
  t.equal(after.journal.status().counts.pending, 101)
})

t.test('writes to one place arrive in order, with the same key each time; others do not wait for them', async t => {
  const backend = new KeyedBackend()
  const run = await open(new LossyDisk(), backend)
  for (const [target, body] of [
    ['/users', 'a1'],
    ['/users/7', 'a2'],
    ['/orders/1', 'b1'],
    ['/users/7?x=1', 'a3'],
    ['/orders/2', 'c1'],
  ])
    await take(run.journal, writeTo(target!, body!))
  backend.refuses.set('a1', 503)
  run.replayer.tick()
  for (let turn = 0; turn < 40; turn++) await new Promise(resolve => setImmediate(resolve))
  t.same([...backend.done].sort(), ['b1', 'c1'], 'what touches no failing place goes through')
  t.equal(
    run.sent.filter(({ body }) => Buffer.from(body).toString() === 'a1').length,
    1,
    'and waits before the next try',
  )
  backend.refuses.delete('a1')
  await drain(run)
  t.same(
    backend.done.filter(body => body.startsWith('a')),
    ['a1', 'a2', 'a3'],
  )
  const keys = run.sent.filter(({ body }) => Buffer.from(body).toString() === 'a1').map(({ headers }) => headers.join())
  t.ok(keys.length > 1)
  t.equal(new Set(keys).size, 1)
  t.match(keys[0]!, /authorization,Bearer secret/)
  t.match(keys[0]!, /idempotency-key,"[0-9a-f-]{36}"/)
})

t.test(
  'the client’s Idempotency-Key: the same write is one entry, another is refused, another client has its own',
  async t => {
    const run = await open(new LossyDisk(), new KeyedBackend())
    const keyed = writeTo('/users', 'x', ['idempotency-key', 'k-1'])
    const replies = await Promise.all([run.journal.append(keyed), run.journal.append(keyed)])
    t.same(
      replies.map(reply => reply.kind === 'journalled' && reply.again),
      [false, true],
      'also when both are on their way',
    )
    t.match(await run.journal.append(keyed), { kind: 'journalled', again: true })
    t.same(await run.journal.append(writeTo('/users', 'y', ['idempotency-key', 'k-1'])), { kind: 'reused' })
    t.match(await run.journal.append({ ...keyed, scope: 'b' }), { kind: 'journalled', again: false })
    t.equal(run.journal.status().counts.pending, 2)
    await drain(run)
    t.equal(
      run.sent[0]!.headers.filter(name => name === 'idempotency-key').length,
      1,
      'sent with the key of the client',
    )
    t.match(await run.journal.append(keyed), { again: true, state: 'done' })
  },
)

t.test('4xx is parked with the answer; a person tries it again or gives it up', async t => {
  const backend = new KeyedBackend()
  const run = await open(new LossyDisk(), backend)
  const id = await take(run.journal, writeTo('/users/7', 'x'))
  const other = await take(run.journal, writeTo('/users/8', 'y'))
  backend.refuses.set('x', 500)
  backend.refuses.set('y', 412)
  t.equal(await run.journal.retry(id), 'not-parked')
  await drain(run)
  t.match(run.journal.look(id), { state: 'parked', attempts: 12, answer: { status: 500 } })
  t.match(run.journal.look(other), { state: 'parked', answer: { status: 412, body: '{"status":412}' } })
  t.equal(await run.journal.discard(other), undefined)
  backend.refuses.delete('x')
  t.equal(await run.journal.retry(id), undefined)
  await drain(run)
  t.same(backend.done, ['x'])
  t.equal(run.journal.look(id)?.state, 'done')
  t.equal(run.journal.look(other)?.state, 'discarded')
  t.equal(await run.journal.retry('nobody'), 'unknown')
})

t.test('entries are told page by page in their order, also after they were moved and read again', async t => {
  const backend = new KeyedBackend()
  const disk = new LossyDisk()
  const run = await open(disk, backend, { maxBytes: 1 << 19 })
  // Two fill a segment. Of the first ones one stays, parked, and is moved behind those of the second, which stay both.
  for (const name of ['0', '1', '2', '3']) {
    const body = name.repeat(40_000)
    if (name !== '1') backend.refuses.set(body, 409)
    await take(run.journal, writeTo(`/users/${name}`, body))
  }
  await drain(run)
  run.clock.at += 10_000
  await run.journal.tidy()
  const again = await open(disk.afterPowerLoss(0), backend)
  for (const { journal } of [run, again]) {
    const paths: string[] = []
    for (let after: number | null = 0; after !== null; ) {
      const page = journal.page(undefined, after, 2)
      t.ok(page.entries.length <= 2)
      paths.push(...page.entries.map(({ path }) => path))
      after = page.next
    }
    t.same(paths, ['/users/0', '/users/1', '/users/2', '/users/3'])
    t.equal(journal.page('parked', 0, 100).entries.length, 3)
  }
})

t.test('full: refused and counted, and there is room again when what waited has been sent', async t => {
  const backend = new KeyedBackend()
  const disk = new LossyDisk()
  const run = await open(disk, backend, { maxBytes: 64 << 10 })
  const body = 'x'.repeat(20_000)
  for (let i = 0; i < 3; i++) await take(run.journal, writeTo('/users', `${i}${body}`))
  t.same(await run.journal.append(writeTo('/users', body)), { kind: 'full' })
  t.match(run.journal.status(), { refusedFull: 1, accepted: 3 })
  await drain(run)
  run.clock.at += 10_000
  await run.journal.tidy()
  t.equal((await run.journal.append(writeTo('/users', body))).kind, 'journalled')
})

t.test('what ended is forgotten by the disk, credentials and body, and still known by its id', async t => {
  const disk = new LossyDisk()
  const run = await open(disk, new KeyedBackend())
  const id = await take(run.journal, writeTo('/users?token=q', 'the body'))
  const text = (): string => [...disk.files.values()].map(({ bytes }) => bytes.toString('latin1')).join()
  run.clock.at += 10_000
  await run.journal.tidy()
  t.match(text(), /Bearer secret/, 'not while it waits')
  await drain(run)
  await run.journal.tidy()
  t.notMatch(text(), /Bearer secret|the body|token=q/)
  t.equal(disk.files.size, 1)
  const steps = disk.steps
  await run.journal.tidy()
  t.equal(disk.steps, steps, 'once is enough')
  const again = await open(disk.afterPowerLoss(0), new KeyedBackend())
  t.match(again.journal.look(id), { state: 'done', answer: { status: 201 } })
})

t.test('a full disk refuses new writes and keeps what it has; afterwards it goes on', async t => {
  const backend = new KeyedBackend()
  const disk = new LossyDisk()
  const run = await open(disk, backend)
  await take(run.journal, writeTo('/users', 'a'))
  disk.full = true
  t.same(await run.journal.append(writeTo('/users', 'b')), { kind: 'failed' })
  t.match(run.journal.status().failing, /ENOSPC/)
  run.replayer.tick()
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  t.equal(backend.asked, 0, 'nothing is sent that cannot be written down')
  disk.full = false
  await take(run.journal, writeTo('/users', 'c'))
  await drain(run)
  t.same(backend.done, ['a', 'c'])
  t.equal(run.journal.status().failing, '')
})

t.test('what was refused is not there when the journal is opened again', async t => {
  for (const flaw of ['full', 'failsToSync'] as const) {
    const disk = new LossyDisk()
    const run = await open(disk, new KeyedBackend())
    await take(run.journal, writeTo('/users', 'taken'))
    disk[flaw] = true
    t.same(await run.journal.append(writeTo('/users', 'refused')), { kind: 'failed' })
    disk[flaw] = false
    await take(run.journal, writeTo('/users', 'x'))
    const backend = new KeyedBackend()
    const again = await open(disk.afterPowerLoss(1), backend)
    t.match(again.journal.status().counts, { pending: 2, parked: 0 })
    await drain(again)
    t.same(backend.done, ['taken', 'x'], flaw)
  }
})

t.test('one that was acknowledged too late is taken back, and its key is free', async t => {
  const backend = new KeyedBackend()
  const run = await open(new LossyDisk(), backend)
  const keyed = writeTo('/users', 'x', ['idempotency-key', 'k'])
  const id = await take(run.journal, keyed)
  await run.journal.withdraw(id)
  t.equal(run.journal.look(id)?.state, 'discarded')
  const next = await take(run.journal, keyed)
  t.not(next, id)
  await drain(run)
  t.same(backend.done, ['x'])
})

t.test('the disk that takes too long: the write is refused, and is not sent although it is there', async t => {
  const backend = new KeyedBackend()
  const disk = new LossyDisk()
  const run = await open(disk, backend)
  const keyed = writeTo('/users', 'late', ['idempotency-key', 'k'])
  t.same(await run.journal.append(keyed, run.clock.at), { kind: 'failed' })
  t.match(run.journal.status().failing, /takes too long/)
  await drain(run)
  t.equal(backend.asked, 0)
  const again = await open(disk.afterPowerLoss(0), backend)
  await drain(again)
  t.equal(backend.asked, 0, 'nor after the power was lost')
  t.match(await again.journal.append(keyed, again.clock.at + 1), { kind: 'journalled', again: false })
  t.match(await run.journal.append(writeTo('/users', 'in time'), run.clock.at + 1), { kind: 'journalled' })
  t.equal(run.journal.status().failing, '')
})

t.test('a disk that fails while room is made costs nothing but the room', async t => {
  const disk = new LossyDisk()
  const run = await open(disk, new KeyedBackend())
  const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => take(run.journal, writeTo(`/users/${i}`, 'x'))))
  await drain(run)
  run.clock.at += 10_000
  disk.full = true
  await run.journal.tidy()
  t.match(run.journal.status().failing, /ENOSPC/)
  disk.full = false
  ids.push(await take(run.journal, writeTo('/users', 'y')))
  await drain(run)
  run.clock.at += 10_000
  await run.journal.tidy()
  const again = await open(disk.afterPowerLoss(0), new KeyedBackend())
  t.same(
    ids.map(id => again.journal.look(id)?.state),
    ids.map(() => 'done'),
  )
  t.equal(disk.files.size, 1)
})

t.test('edges are told of each place that has a write waiting, and of none in the end', async t => {
  const places = new Map<string, number>()
  const onWaits = (place: string, by: 1 | -1): void => void places.set(place, (places.get(place) ?? 0) + by)
  const disk = new LossyDisk()
  const backend = new KeyedBackend()
  const run = await open(disk, backend, { onWaits })
  await take(run.journal, writeTo('/users/7?a=1', 'x'))
  await take(run.journal, writeTo('/Users/7', 'y'))
  t.same([...places], [['/users/7', 2]])
  places.clear()
  const again = await open(disk.afterPowerLoss(0), backend, { onWaits })
  t.same([...places], [['/users/7', 2]], 'also when it is opened again')
  await drain(again)
  t.same([...places], [['/users/7', 0]])
})

t.test('a record that cannot be read is parked with its octets, also by those who tidy up', async t => {
  const disk = new LossyDisk()
  const backend = new KeyedBackend()
  const run = await open(disk, backend)
  await take(run.journal, writeTo('/users', 'readable'))
  const odd = await take(run.journal, writeTo('/users', 'from another version'))
  await take(run.journal, writeTo('/orders', 'readable too'))
  // As another version would have written it: its number is where it always is.
  const [file] = disk.files.values()
  const payloadAt = secondPayload(file!.bytes)
  file!.bytes[payloadAt + 1] = 9
  file!.bytes.writeUInt32BE(crcOfSecond(file!.bytes, payloadAt), payloadAt - 4)
  const left = disk.afterPowerLoss(1)
  const second = await open(left, backend)
  t.match(second.journal.status().counts, { pending: 2, parked: 1 })
  const [parked] = second.journal.page('parked', 0, 10).entries
  t.match(parked, { id: 'unreadable-2', because: /version 9/ })
  t.equal(second.journal.look(odd), undefined, 'its id is in what cannot be read')
  t.equal(await second.journal.retry('unreadable-2'), 'unreadable')
  await drain(second)
  second.clock.at += 10_000
  await second.journal.tidy()
  t.same(backend.done, ['readable', 'readable too'])

  const third = await open(left.afterPowerLoss(0), backend)
  t.match(third.journal.status().counts, { pending: 0, parked: 1 }, 'still there')
  t.match([...left.files.values()].map(({ bytes }) => bytes.toString('latin1')).join(), /from another version/)
  t.equal(await third.journal.discard('unreadable-2'), undefined)
  t.equal(third.journal.status().counts.parked, 0)
})

t.test('a damaged place in the middle is parked once with its octets, and what stands around it is sent', async t => {
  const disk = new LossyDisk()
  const backend = new KeyedBackend()
  const run = await open(disk, backend)
  for (const body of ['one', 'damaged', 'three']) await take(run.journal, writeTo('/users', body))
  const [file] = disk.files.values()
  file!.bytes[secondPayload(file!.bytes) + 100]! ^= 1
  let left = disk.afterPowerLoss(1)
  for (let i = 0; i < 3; i++) {
    const next = await open(left, backend)
    t.equal(next.journal.status().counts.parked, 1, `opened ${i + 1} times`)
    await drain(next)
    next.clock.at += 10_000
    await next.journal.tidy()
    left = left.afterPowerLoss(0)
  }
  t.same(backend.done, ['one', 'three'])
  t.match([...left.files.values()].map(({ bytes }) => bytes.toString('latin1')).join(), /damaged/)
})

t.test('a file of a later layout stays as it is, is shown as parked, and goes when a person says so', async t => {
  const disk = new LossyDisk()
  const backend = new KeyedBackend()
  await take((await open(disk, backend)).journal, writeTo('/users', 'x'))
  const [name, file] = [...disk.files][0]!
  file.bytes.writeUInt16BE(7, 8)
  const left = disk.afterPowerLoss(1)
  const run = await open(left, backend)
  await take(run.journal, writeTo('/users', 'y'))
  await drain(run)
  run.clock.at += 10_000
  await run.journal.tidy()
  t.same(backend.done, ['y'])
  t.match(run.journal.look(`file-${name}`), { state: 'parked', because: /version 7/ })
  t.same(left.files.get(name)?.bytes, file.bytes)
  t.equal(await run.journal.discard(`file-${name}`), undefined)
  t.equal(left.files.has(name), false)
})

function secondPayload(file: Buffer): number {
  const first = 16 + 12 + file.readUInt32BE(16 + 4)
  return first + 12
}

function crcOfSecond(file: Buffer, payloadAt: number): number {
  return crc32(file.subarray(payloadAt, payloadAt + file.readUInt32BE(payloadAt - 8)))
}

// ── things that are not made yet ─────────────────────────────────────────────────────────────────────────────────────

async function make(journal: Journal, body: string): Promise<{ id: string; temporaryId: string }> {
  const reply = await journal.append(creationOf('/books', body))
  if (reply.kind !== 'journalled' || reply.temporaryId === undefined) throw new Error(reply.kind)
  return { id: reply.id, temporaryId: reply.temporaryId }
}

t.test(
  'a temporary id becomes the real one in paths and bodies of later writes, and is the same for the same key',
  async t => {
    const backend = new KeyedBackend()
    const run = await open(new LossyDisk(), backend)
    const first = await make(run.journal, '{"n":1}')
    const { temporaryId } = await make(run.journal, '{"n":2}')
    t.not(first.temporaryId, temporaryId)
    await take(
      run.journal,
      ownWriteTo(
        `/books/${temporaryId}?of=${temporaryId}`,
        `{"book": ${temporaryId}, "at":"/books/${temporaryId}", "not":"x${temporaryId}"}`,
      ),
    )
    await take(run.journal, ownWriteTo('/shelves', `[${first.temporaryId},${temporaryId}]`))
    // To another client the number says nothing.
    await take(run.journal, { ...ownWriteTo('/other', `[${temporaryId}]`), writer: 'b' })
    await drain(run)
    const [one, two] = [backend.made.get('{"n":1}'), backend.made.get('{"n":2}')]
    t.ok(backend.targets.includes(`/books/${two}?of=${two}`))
    t.ok(backend.done.includes(`{"book": ${two}, "at":"/books/${two}", "not":"x${temporaryId}"}`))
    t.ok(backend.done.includes(`[${one},${two}]`))
    t.ok(backend.done.includes(`[${temporaryId}]`))
    const keyed = { ...creationOf('/books', '{"n":3}'), headers: ['idempotency-key', 'k-3'] }
    const [reply, again] = [await run.journal.append(keyed), await run.journal.append(keyed)]
    t.match(again, { again: true, temporaryId: reply.kind === 'journalled' ? reply.temporaryId : '' })
  },
)

t.test('what builds on something is not sent before it is made, whatever its place', async t => {
  const backend = new KeyedBackend()
  const run = await open(new LossyDisk(), backend)
  backend.refuses.set('{"n":1}', 503)
  const { temporaryId } = await make(run.journal, '{"n":1}')
  await take(run.journal, ownWriteTo('/elsewhere', `[${temporaryId}]`))
  await take(run.journal, ownWriteTo('/independent', '[]'))
  run.replayer.tick()
  for (let turn = 0; turn < 40; turn++) await new Promise(resolve => setImmediate(resolve))
  t.same(backend.done, ['[]'])
  backend.refuses.delete('{"n":1}')
  await drain(run)
  t.same(backend.done, ['[]', '{"n":1}', '[1]'])
})

t.test(
  'what builds on a creation that is parked or given up is parked, and can be tried again when that was',
  async t => {
    const backend = new KeyedBackend()
    const run = await open(new LossyDisk(), backend)
    backend.refuses.set('{"n":1}', 500)
    const made = await make(run.journal, '{"n":1}')
    const next = await take(run.journal, ownWriteTo(`/books/${made.temporaryId}`, '{}'))
    await drain(run)
    t.match(run.journal.look(next), { state: 'parked', attempts: 0, because: new RegExp(`${made.id}.*is parked`) })
    backend.refuses.delete('{"n":1}')
    t.equal(await run.journal.retry(made.id), undefined)
    t.equal(await run.journal.retry(next), undefined)
    await drain(run)
    t.same(backend.targets, ['/books', '/books/1'])
    t.match(run.journal.look(made.id), { temporaryId: made.temporaryId, madeId: '1' })

    backend.refuses.set('{"n":2}', 422)
    const other = await make(run.journal, '{"n":2}')
    await drain(run)
    t.equal(await run.journal.discard(other.id), undefined)
    const late = await take(run.journal, ownWriteTo(`/books/${other.temporaryId}`, '{}'))
    await drain(run)
    t.match(run.journal.look(late), { state: 'parked', because: new RegExp(`${other.id}.*given up`) })
  },
)

t.test('a creation whose answer names nothing: what builds on it is parked, not guessed', async t => {
  const backend = new KeyedBackend()
  const send = async (write: ReplayWrite): Promise<ReplayOutcome> => {
    const { made: _, ...outcome } = backend.send(write) as ReplayOutcome & { kind: 'answered' }
    return outcome
  }
  const run = await open(new LossyDisk(), backend, { send })
  const { temporaryId } = await make(run.journal, '{"n":1}')
  const next = await take(run.journal, ownWriteTo(`/books/${temporaryId}`, '{}'))
  await drain(run)
  t.match(run.journal.look(next), { state: 'parked', because: /does not say how that is named/ })
})

t.test(
  'a condition of ours: what the client saw, then what it made of it; a 412 is parked, and a person may decide',
  async t => {
    const backend = new KeyedBackend()
    let tag = '"b"'
    const conditions: (string | undefined)[] = []
    const send = async (write: ReplayWrite): Promise<ReplayOutcome> => {
      const outcome = backend.send(write) as ReplayOutcome & { kind: 'answered' }
      conditions.push(fieldOf(write.headers, 'if-match'))
      return { ...outcome, answer: { ...outcome.answer, etag: tag } }
    }
    const run = await open(new LossyDisk(), backend, { send })
    const put = (body: string, more: Partial<JournalWrite> = {}): JournalWrite => ({
      ...ownWriteTo('/books/1', body),
      method: 'PUT',
      seenTag: '"a"',
      ...more,
    })
    await take(run.journal, put('1'))
    await take(run.journal, put('2'))
    await take(run.journal, { ...put('3'), headers: ['if-match', '"own"'] })
    await take(run.journal, put('4', { writer: 'b' }))
    await drain(run)
    t.same(conditions, ['"a"', '"b"', '"own"', '"a"'])

    tag = '"c"'
    conditions.length = 0
    run.clock.at += 1
    backend.refuses.set('5', 412)
    const lost = await take(run.journal, put('5'))
    await drain(run)
    t.match(run.journal.look(lost), { state: 'parked' })
    backend.refuses.delete('5')
    await run.journal.retry(lost)
    await drain(run)
    t.same(conditions, ['"a"', undefined])
  },
)

t.test(
  'a write above or below that went through before: what is there now nobody told, so no condition of ours',
  async t => {
    const conditions: Record<string, string | undefined> = {}
    const backend = new KeyedBackend()
    const send = async (write: ReplayWrite): Promise<ReplayOutcome> => {
      conditions[Buffer.from(write.body).toString()] = fieldOf(write.headers, 'if-match')
      return backend.send(write)
    }
    const run = await open(new LossyDisk(), backend, { send })
    const patch = (target: string, body: string): JournalWrite => ({
      ...ownWriteTo(target, body),
      method: 'PATCH',
      seenTag: '"a"',
    })
    await take(run.journal, ownWriteTo('/books/1/lend', 'lend'))
    await take(run.journal, patch('/books/1', 'lent'))
    await take(run.journal, ownWriteTo('/books', 'make'))
    await take(run.journal, patch('/books/2', 'beside'))
    await take(run.journal, { ...ownWriteTo('/shelves', 'all'), method: 'PUT' })
    await take(run.journal, patch('/shelves/1', 'of all'))
    await drain(run)
    t.equal(conditions.lent, undefined)
    t.equal(conditions.beside, '"a"')
    t.equal(conditions['of all'], undefined)
  },
)

t.test(
  'clients are told of as having it pending before they are told that it is taken, and after a restart',
  async t => {
    const told: OwnWritesNews[] = []
    let version = 0
    const feed = (): OwnWritesFeed =>
      new OwnWritesFeed({
        tell: news => told.push(news),
        setVersion: now => {
          version = now
        },
        redactPath: path => path,
        redactBody: body => body,
        clock: { now: () => 0 },
      })
    const disk = new LossyDisk()
    const backend = new KeyedBackend()
    const run = await open(disk, backend, { own: feed() })
    const made = await make(run.journal, '{"n":1}')
    t.match(told, [{ version: 1, added: [{ id: made.id, writer: 'a', path: '/books', body: '{"n":1}' }] }])
    t.equal(version, 1)
    await take(run.journal, ownWriteTo(`/books/${made.temporaryId}`, '{"x":1}'))
    await take(run.journal, writeTo('/books', 'nobody can see this one'))
    t.equal(told.length, 2)
    told.length = 0
    const own = feed()
    const again = await open(disk.afterPowerLoss(0), backend, { own })
    t.match(own.whole().added, [{ id: made.id }, { path: `/books/${made.temporaryId}` }])
    await drain(again)
    t.match(own.whole().madeReal, [{ writer: 'a', temporaryId: made.temporaryId, id: '1' }])
    t.ok(
      told.some(({ added }) => added.some(({ path }) => path === '/books/1')),
      'told anew with the real id',
    )
  },
)

t.test('an older program parks what names a temporary id, and does not send it as it stands', async t => {
  const disk = new LossyDisk()
  const run = await open(disk, new KeyedBackend())
  await make(run.journal, '{"n":1}')
  const [file] = disk.files.values()
  // Its record is of a version that those before did not know.
  t.equal(file!.bytes[16 + 12 + 1], 2)
})

t.test(
  'power is lost at any step: temporary ids become the real ones, once, and nothing is sent with others',
  async t => {
    let points = 0
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 12; turn++) await new Promise(resolve => setImmediate(resolve))
    }
    for (const loseAfter of [false, true]) {
      for (const share of [0, 0.5, 1]) {
        for (let step = 1; ; step++) {
          const disk = new LossyDisk()
          const backend = new KeyedBackend()
          const wanted: [target: string, body: string][] = []
          disk.loseAt = step
          disk.loseAfter = loseAfter
          const lives = async (run: Run): Promise<void> => {
            const { journal, replayer, clock } = run
            const first = await make(journal, '{"n":1}')
            const second = await make(journal, '{"n":2}')
            const build = async (
              target: (id: string) => string,
              body: (id: string) => string,
              on: typeof first,
              n: string,
            ) => {
              if (
                (await journal.append(ownWriteTo(target(on.temporaryId), body(on.temporaryId)))).kind === 'journalled'
              )
                wanted.push([target(n), body(n)])
            }
            await build(
              id => `/books/${id}`,
              id => `{"of":${id}}`,
              first,
              '{"n":1}',
            )
            await Promise.all([
              build(
                () => '/shelves',
                id => `["/books/${id}"]`,
                first,
                '{"n":1}',
              ),
              build(
                id => `/books/${id}/pages`,
                () => '{"p":1}',
                second,
                '{"n":2}',
              ),
            ])
            clock.at += 100_000
            replayer.tick()
            await turns()
            await build(
              () => '/late',
              id => `{"late":${id}}`,
              second,
              '{"n":2}',
            )
            clock.at += 100_000
            replayer.tick()
            await turns()
            clock.at += 100_000
            await journal.tidy()
          }
          await open(disk, backend).then(
            run => lives(run).catch(() => {}),
            () => {},
          )
          if (disk.steps < step) break
          points += 1
          const back = await open(disk.afterPowerLoss(share), backend)
          await drain(back)
          const where = `step ${step}, ${loseAfter ? 'after' : 'before'}, ${share}`
          if (new Set(backend.done).size !== backend.done.length) t.fail(`${where}: twice ${backend.done}`)
          if (/2\d{9}/.test([...backend.done, ...backend.targets].join())) t.fail(`${where}: sent with a temporary id`)
          for (const [target, body] of wanted) {
            const real = (text: string): string => text.replace(/\{"n":\d\}/, maker => String(backend.made.get(maker)))
            const at = backend.done.indexOf(real(body))
            if (at < 0 || backend.targets[at] !== real(target)) t.fail(`${where}: lost ${real(target)} ${real(body)}`)
          }
        }
      }
    }
    t.ok(points > 100, `${points} points`)
  },
)

// ── power is lost at every step ────────────────────────────────────────────────────────────────────────────────────────

/** Writes, a recovery in the middle, a parked one that is tried again, and tidying up: on a journal of small segments. */
async function live(run: Run, acknowledged: string[], backend: KeyedBackend): Promise<void> {
  const { journal, replayer, clock } = run
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 12; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  const write = async (body: string): Promise<void> => {
    const reply = await journal.append(writeTo(body.startsWith('u') ? '/users' : `/orders/${body}`, body))
    if (reply.kind === 'journalled') acknowledged.push(body)
  }
  await write('u1')
  await Promise.all([write('u2'), write('o1'), write('o2')])
  replayer.tick()
  await turns()
  await write('u3')
  clock.at += 100_000
  replayer.tick()
  await turns()
  clock.at += 100_000
  await journal.tidy()
  await Promise.all([write('u4'), write('o3')])
  backend.refuses.set('o3', 409)
  clock.at += 100_000
  replayer.tick()
  await turns()
  backend.refuses.delete('o3')
  const [parked] = journal.page('parked', 0, 1).entries
  if (parked !== undefined) await journal.discard(parked.id)
  await write('u5')
  clock.at += 100_000
  await journal.tidy()
}

t.test(
  'power is lost at any step: nothing that was acknowledged is lost, nothing is done twice, order is kept',
  async t => {
    let points = 0
    for (const loseAfter of [false, true]) {
      for (const share of [0, 0.5, 1]) {
        for (let step = 1; ; step++) {
          const disk = new LossyDisk()
          const backend = new KeyedBackend()
          const acknowledged: string[] = []
          disk.loseAt = step
          disk.loseAfter = loseAfter
          await open(disk, backend).then(
            run => live(run, acknowledged, backend).catch(() => {}),
            () => {},
          )
          if (disk.steps < step) break
          points += 1
          backend.refuses.clear()
          const back = await open(disk.afterPowerLoss(share), backend)
          await drain(back)
          const where = `step ${step}, ${loseAfter ? 'after' : 'before'}, ${share}`
          // What was parked and given up is not done; all else is.
          const lost = acknowledged.filter(body => body !== 'o3' && !backend.done.includes(body))
          if (lost.length > 0) t.fail(`${where}: lost ${lost}`)
          if (new Set(backend.done).size !== backend.done.length) t.fail(`${where}: twice ${backend.done}`)
          const users = backend.done.filter(body => body.startsWith('u'))
          if (users.join() !== [...users].sort().join()) t.fail(`${where}: out of order ${users}`)
          // Twice: what is behind a place that was to be cut would show now.
          const later = await open(back.disk.afterPowerLoss(1), backend)
          const odd = later.journal.page('parked', 0, 10).entries.filter(({ method }) => method === '')
          if (odd.length > 0) t.fail(`${where}: what was never acknowledged is parked`)
        }
      }
    }
    t.ok(points > 200, `${points} points`)
  },
)
