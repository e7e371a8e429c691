// A journal in a process of its own that is killed, by itself, at a step of the disk. Its backend is the parent.

import type { ReplayOutcome } from '../../../core/contract/journal.js'
import type { SealingKeys } from '../../../core/contract/sealing.js'
import type { JournalDisk, JournalFile } from '../../../core/journal/disk.js'
import { openDisk } from '../../../core/journal/disk.js'
import { Journal } from '../../../core/journal/journal.js'
import { Replayer } from '../../../core/journal/replayer.js'
import { silentLog } from '../../../core/log/log.js'
import { creationOf, ownWriteTo, writeTo } from './keyed-backend.js'

/** `killAt` 0: it lives until all has been sent. `sealed`: 'sealed', and the journal is encrypted, or ''. */
const [, , folder, killAt, name, sealed] = process.argv as unknown as [string, string, string, string, string, string]
/** The same in every life. */
const keys: SealingKeys | undefined = sealed === 'sealed' ? [{ id: 1, secret: Buffer.alloc(32, folder) }] : undefined

let steps = 0

function mayDie(): void {
  steps += 1
  if (steps === Number(killAt)) process.kill(process.pid, 'SIGKILL')
}

function mortal(disk: JournalDisk): JournalDisk {
  const file = (real: JournalFile): JournalFile => ({
    write: async (pieces, at) => {
      mayDie()
      // In the middle: a part of it is there.
      const all = Buffer.concat(pieces)
      const half = Math.floor(all.length / 2)
      await real.write([all.subarray(0, half)], at)
      mayDie()
      await real.write([all.subarray(half)], at + half)
      mayDie()
    },
    sync: async () => {
      await real.sync()
      mayDie()
    },
    truncate: async length => {
      await real.truncate(length)
      mayDie()
    },
    read: (at, length) => real.read(at, length),
    close: () => real.close(),
  })
  return {
    list: () => disk.list(),
    readWhole: of => disk.readWhole(of),
    open: async of => file(await disk.open(of)),
    create: async of => {
      const created = file(await disk.create(of))
      mayDie()
      return created
    },
    rename: (of, to) => disk.rename(of, to),
    remove: async of => {
      mayDie()
      await disk.remove(of)
      mayDie()
    },
  }
}

const waiting = new Map<number, (outcome: ReplayOutcome) => void>()
let asked = 0
process.on('message', ({ ask, outcome }: { ask: number; outcome: ReplayOutcome }) => {
  waiting.get(ask)?.(outcome)
  waiting.delete(ask)
})
process.on('disconnect', () => process.exit())

const clock = { at: Date.now(), now: () => clock.at }
const journal = await Journal.open({
  disk: mortal(await openDisk(folder)),
  maxBytes: 1 << 20,
  takes: true,
  clock,
  steady: clock,
  log: silentLog,
  onWaits: () => {},
  keys,
})
const replayer = new Replayer({
  journal,
  allowed: () => 4,
  send: write =>
    new Promise(resolve => {
      asked += 1
      waiting.set(asked, resolve)
      process.send!({ ask: asked, write })
      mayDie()
    }),
  steady: clock,
  random: () => 1,
  log: silentLog,
})

async function write(body: string): Promise<void> {
  const reply = await journal.append(writeTo(`/things/${body.length % 3}`, body))
  if (reply.kind === 'journalled') process.send!({ acknowledged: body })
  mayDie()
}

/** Something is made, and what is written next builds on it. */
async function build(body: string): Promise<void> {
  const made = await journal.append(creationOf(`/made/${body}`, body))
  if (made.kind !== 'journalled') return
  process.send!({ acknowledged: body })
  mayDie()
  const next = await journal.append(ownWriteTo(`/made/${made.temporaryId}`, `${body} is ${made.temporaryId}`))
  if (next.kind === 'journalled') process.send!({ built: body })
  mayDie()
}

async function settled(): Promise<void> {
  for (;;) {
    const { pending, sending } = journal.status().counts
    if (pending + sending === 0) return
    clock.at += 60_000
    replayer.tick()
    await new Promise(resolve => setImmediate(resolve))
  }
}

for (let round = 0; round < 3; round++) {
  await Promise.all(Array.from({ length: 4 }, (_, i) => write(`${name}-${round}-${'x'.repeat(i)}`)))
  await build(`make-${name}-${round}`)
  if (round !== 1) await settled()
  clock.at += 60_000
  await journal.tidy()
}
await settled()
await journal.close()
process.send!({ done: true, steps })
process.disconnect()
