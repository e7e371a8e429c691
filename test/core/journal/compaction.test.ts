import t from 'tap'
import { compactionDue } from '../../../core/journal/compaction.js'

const MIB = 1 << 20
const segments = (...uses: [bytes: number, live: number][]) =>
  uses.map(([bytes, live], i) => ({ number: i + 1, bytes, live }))
const due = (list: ReturnType<typeof segments>, idle = false, maxBytes = 64 * MIB): number | undefined =>
  compactionDue(list, MIB, maxBytes, idle)

t.test('nothing is done while nearly all is needed', async t => {
  t.equal(due([]), undefined)
  t.equal(due(segments([MIB, MIB - 16], [MIB, MIB - 16])), undefined)
  t.equal(due(segments([MIB, MIB / 2])), undefined)
})

t.test('an oldest segment of which nothing is needed goes at once, one in the middle waits for its turn', async t => {
  t.equal(due(segments([MIB, 0], [MIB, MIB])), 1)
  t.equal(due(segments([MIB, MIB], [MIB, 0])), undefined)
  t.equal(due(segments([MIB, MIB], [MIB, 0], [MIB, 0], [MIB, MIB])), undefined)
  t.equal(due(segments([MIB, MIB], [MIB, 0], [MIB, 0], [MIB, 0], [MIB, MIB])), 1, 'until that is much')
})

t.test('nearly full, less is enough', async t => {
  const list = segments([MIB, MIB / 2], [MIB, MIB / 2 - 64], [MIB, MIB])
  t.equal(due(list), undefined)
  t.equal(due(list, false, 4 * MIB), 1)
})

t.test('at rest all goes that ended, and then nothing more', async t => {
  t.equal(due(segments([5000, 0]), true), 1)
  t.equal(due(segments([5000, 4800]), true), undefined)
  t.equal(due(segments([5000, 4400]), true), 1)
})
