// What does not work is said in one sentence each, with its remedy.
import t from 'tap'
import type { JournalStatus } from '../../../core/contract/journal.js'
import type { TracesStatus } from '../../../core/contract/spans.js'
import { type OwnState, ownProblems } from '../../../core/health/own-problems.js'

const well: OwnState = {
  ...{ learningFails: '', journal: undefined, memory: 'calm', edges: 2, edgesRunning: 2 },
  traces: undefined,
}
const traces: TracesStatus = {
  ...{ endpoint: 'http://c:4318/v1/traces', collector: 'failing', exported: 0, failed: 0, dropped: 0, waiting: 0 },
  ...{ retries: 0, lastError: 'ECONNREFUSED' },
}
const journal: JournalStatus = {
  takes: true,
  counts: { pending: 0, sending: 0, parked: 0, done: 0, discarded: 0 },
  bytes: 0,
  maxBytes: 65536,
  full: false,
  failing: '',
  accepted: 0,
  refusedFull: 0,
  refusedFailed: 0,
  replayed: 0,
  oldestWaiting: null,
}

t.test('nothing is wrong', async t => {
  t.same(ownProblems(well), [])
  t.same(ownProblems({ ...well, journal }), [])
})

t.test('each thing by itself', async t => {
  const said = (more: Partial<OwnState>): string => {
    const problems = ownProblems({ ...well, ...more })
    t.equal(problems.length, 1)
    return problems[0]!
  }
  const failing = 'EROFS: read-only file system, write'
  t.match(said({ journal: { ...journal, failing } }), /^the journal cannot be written \(EROFS.*CHAOS_DATA_DIR/)
  t.match(said({ journal: { ...journal, full: true } }), /65536 bytes.*raise CHAOS_JOURNAL_MAX_BYTES/)
  t.equal(
    said({ learningFails: 'Commit failed (see commitError for details)' }),
    'what is learned cannot be kept (Commit failed, see the log); see that the disk of CHAOS_DATA_DIR has room, may be written to and is well',
  )
  t.match(said({ memory: 'tight' }), /nothing is learned/)
  t.match(said({ memory: 'full' }), /new requests get 503/)
  t.match(said({ edgesRunning: 1 }), /^1 of 2 edge threads/)
  t.match(said({ traces }), /^the collector of traces does not take them \(ECONNREFUSED\).*CHAOS_TRACES_ENDPOINT/)
  t.same(ownProblems({ ...well, traces: { ...traces, collector: 'up' } }), [])
})

t.test('all that is wrong is said', async t => {
  t.equal(ownProblems({ ...well, journal: { ...journal, full: true }, memory: 'full', edgesRunning: 0 }).length, 3)
})
