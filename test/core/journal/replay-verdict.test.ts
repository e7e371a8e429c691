import t from 'tap'
import type { ReplayOutcome } from '../../../core/contract/journal.js'
import type { EntryState } from '../../../core/journal/record.js'
import { verdictOf } from '../../../core/journal/replay-verdict.js'

const sent: EntryState = {
  state: 'sending',
  since: 0,
  attempts: 1,
  failures: 0,
  maybeSeen: false,
  because: '',
  answer: null,
}
const answered = (status: number, retryAfterS = 0): ReplayOutcome => ({
  kind: 'answered',
  answer: { status, contentType: '', location: '', body: 'b' },
  retryAfterS,
})

t.test('2xx and redirections to look elsewhere are ends', async t => {
  for (const status of [200, 201, 204, 302, 303])
    t.equal(verdictOf('POST', sent, answered(status), 1).state.state, 'done')
})

t.test('a 4xx is parked with its answer, and so is a demand to write elsewhere', async t => {
  for (const status of [400, 401, 404, 409, 412, 422, 307, 308, 501]) {
    const { state } = verdictOf('PUT', sent, answered(status), 1)
    t.equal(state.state, 'parked', String(status))
    t.equal(state.answer?.status, status)
  }
})

t.test('what may pass is tried again, later each time, and is left to a person in the end', async t => {
  for (const status of [408, 425, 429, 500, 502, 503, 504])
    t.equal(verdictOf('POST', sent, answered(status), 1).state.state, 'pending', String(status))
  const waits: number[] = []
  let state: EntryState = sent
  for (let i = 0; i < 12; i++) {
    const verdict = verdictOf('POST', { ...state, state: 'sending', attempts: i + 1 }, answered(500), 1)
    state = { ...verdict.state, since: 0 }
    waits.push(verdict.waitMs)
  }
  t.same(waits.slice(0, 4), [250, 500, 1000, 2000])
  t.equal(state.state, 'parked')
  t.equal(state.because, 'the upstream answered 500, 12 times')
})

t.test('Retry-After is kept, up to a minute', async t => {
  t.ok(verdictOf('POST', sent, answered(503, 7), 0).waitMs >= 7000)
  t.ok(verdictOf('POST', sent, answered(503, 7000), 1).waitMs <= 60_000)
})

t.test('where nothing was reached it is asked for again soon, and not counted against the write', async t => {
  const { state, waitMs } = verdictOf('POST', { ...sent, attempts: 40 }, { kind: 'unreached', because: 'refused' }, 1)
  t.equal(waitMs, 2000)
  t.match(state, { state: 'pending', failures: 0, maybeSeen: false, because: 'refused' })
  t.equal(verdictOf('POST', { ...sent, attempts: 40 }, { kind: 'unreached', because: '' }, 0).waitMs, 1000, 'jitter')
})

t.test('an answer that was lost makes it one that may have been seen; what was not tried is no try', async t => {
  t.equal(verdictOf('POST', sent, { kind: 'lost', because: 'reset' }, 1).state.maybeSeen, true)
  t.equal(verdictOf('POST', sent, { kind: 'held' }, 1).state.attempts, 0)
})

t.test('a DELETE that finds nothing is done where an earlier try may have deleted it, else parked', async t => {
  t.equal(verdictOf('DELETE', { ...sent, maybeSeen: true }, answered(404), 1).state.state, 'done')
  t.equal(verdictOf('DELETE', sent, answered(404), 1).state.state, 'parked')
  t.equal(verdictOf('PUT', { ...sent, maybeSeen: true }, answered(404), 1).state.state, 'parked')
})
