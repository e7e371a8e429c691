// What a route's good answers teach, and which answers are then held to be wrong.
import t from 'tap'
import { formOf } from '../../../brain/learn/answer-form.js'
import { Baseline, type SeenAnswer } from '../../../brain/learn/baseline.js'
import { jsonOf } from '../../../brain/learn/readable-body.js'
import type { FormVerdict } from '../../../core/contract/baseline.js'
import { softFailureOf } from '../../../core/health/soft-failure.js'
import { seededRandom } from '../../support/random.js'

const MINUTE_MS = 60_000

function seen(body: unknown, key: string, over: Partial<SeenAnswer> & { type?: string } = {}): SeenAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const { type = 'application/json', ...rest } = over
  const headers = ['content-type', type]
  const plain = Buffer.from(text)
  const form = formOf({ headers }, plain, jsonOf(plain, headers))
  return { form, bytes: plain.length, coded: false, key, bare: false, accept: undefined, ...rest }
}

const item = (id: number) => ({ id, name: `item ${id}`, price: id * 3, tags: ['a'] })

function learned(body: (i: number) => unknown, answers = 24, requests = 12): Baseline {
  const baseline = new Baseline()
  for (let i = 0; i < answers; i++) baseline.add(seen(body(i), `k${i % requests}`), i)
  return baseline
}

/** What edge and learner say; they must agree. */
function verdict(baseline: Baseline, answer: SeenAnswer, text: string, type = 'application/json'): FormVerdict {
  const said = baseline.judge(answer, 1000)
  const { taught } = baseline
  const edge =
    taught && softFailureOf(taught, { type, coding: '', body: Buffer.from(text) }, answer.bare, () => answer.accept)
  t.equal(edge, said === 'refusal' ? undefined : said, `the edge agrees on ${text}`)
  return said
}

function judged(baseline: Baseline, body: unknown, over: Partial<SeenAnswer> & { type?: string } = {}): FormVerdict {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return verdict(baseline, seen(body, 'new', over), text, over.type)
}

t.test('each way to be wrong is told from what the route answers', async t => {
  const baseline = learned(item)
  t.equal(judged(baseline, { error: 'database is down' }), 'error')
  t.equal(judged(baseline, { success: false, message: 'try again later' }), 'error')
  t.equal(judged(baseline, { status: 'error', detail: 'timeout' }), 'error')
  // Long enough, and with the right name in front: the edge does not look that close.
  const blank = seen({ id: null, name: '', price: null, tags: [], error: { message: 'oops' } }, 'new')
  t.equal(baseline.judge(blank, 1000), 'error')
  t.equal(judged(baseline, '<!doctype html><h1>Maintenance</h1>', { type: 'text/html' }), 'foreign-type')
  t.equal(judged(baseline, '<html>still called JSON</html>'), 'foreign-type')
  t.equal(judged(baseline, 'upstream connect error', { type: 'text/plain' }), 'foreign-type')
  t.equal(judged(baseline, ''), 'empty-body')
  t.equal(judged(baseline, '{ }'), 'empty')
  t.equal(judged(baseline, { message: 'hello', uptime: 3 }), 'shape')
})

t.test('what only looks like it is not wrong', async t => {
  const baseline = learned(item)
  t.equal(judged(baseline, item(99)), undefined)
  t.equal(judged(baseline, { ...item(99), error: 'a job that failed is a record as well' }), undefined)
  t.equal(judged(baseline, { id: 7, name: 'half of it' }), undefined, 'some may have been optional')
  t.equal(judged(baseline, 'id;name\n7;x', { type: 'text/csv' }), undefined, 'another representation')
  t.equal(judged(baseline, '<h1>item</h1>', { type: 'text/html', accept: 'text/html,*/*' }), undefined, 'as asked for')
  for (const error of [{ code: 404 }, [{ status: '403' }]])
    t.equal(judged(baseline, { error }), 'refusal', 'the client’s fault, as a 4xx')
})

t.test('an envelope that always says how it went is wrong by that alone', async t => {
  const enveloped = learned(i => ({ success: true, data: { id: i + 1 } }))
  t.equal(judged(enveloped, { success: true, data: { id: 1 } }), undefined)
  t.equal(judged(enveloped, { success: false, data: null, message: 'a long explanation of what went wrong' }), 'error')
  const failing = learned(i => (i === 3 ? { success: false, data: null } : { success: true, data: { id: i + 1 } }))
  t.equal(judged(failing, { success: false, data: null }), undefined, 'the route has answered so')
})

t.test('an empty list is wrong only where none was in sixty answers', async t => {
  const rows = (i: number) => [item(i), item(i + 1)].slice(0, 1 + (i % 2))
  t.equal(judged(learned(rows, 59, 12), '[]'), undefined)
  t.equal(judged(learned(rows, 60, 12), ' [ ] '), 'empty')
  t.equal(judged(learned(rows, 60, 9), '[]'), undefined, 'of too few requests')
  t.equal(
    judged(
      learned(i => (i === 5 ? [] : rows(i)), 60, 12),
      '[]',
    ),
    undefined,
    'was empty once',
  )
  t.equal(judged(learned(rows, 60, 12), { error: 'x' }), 'error')
})

t.test('half of the members gone is enough after a hundred answers', async t => {
  t.equal(judged(learned(item, 99), { id: 1 }), undefined)
  t.equal(judged(learned(item, 100), { id: 1 }), 'shape')
  t.equal(judged(learned(item, 100), { id: 1, name: 'x' }), undefined)
  t.equal(judged(learned(item, 100), [1, 2, 3]), 'shape')
  t.equal(judged(learned(item, 100), '"unavailable"'), 'shape')
  t.equal(judged(learned(item, 99), 'null'), undefined)
})

t.test('nothing is said before twenty answers to five requests; of one request only of itself', async t => {
  t.equal(learned(item, 19).taught, undefined)
  t.equal(learned(item, 200, 4).taught, undefined)
  t.ok(learned(item, 20, 5).taught)
  const bare = new Baseline()
  for (let i = 0; i < 20; i++) bare.add(seen(item(i), 'k', { bare: true }), i)
  t.equal(judged(bare, { error: 'x' }, { bare: true }), 'error')
  t.equal(judged(bare, { error: 'x' }, { bare: false }), undefined)
})

t.test('random healthy traffic never looks wrong, whatever is optional in it', async t => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const optional = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, i) => [`m${i}`, random() * 0.95] as const)
    const withErrors = random() < 0.3
    const baseline = new Baseline()
    for (let i = 0; i < 300; i++) {
      const record: Record<string, unknown> = { id: i, kind: random() < 0.5 ? 'a' : 'b' }
      for (const [name, share] of optional)
        if (random() < share) record[name] = [null, '', 0, random(), [], { x: 1 }, 'text'][Math.floor(random() * 7)]
      if (withErrors && random() < 0.2) Object.assign(record, { status: 'failed', error: 'it broke' })
      const entries = Object.entries(record)
      // Some servers write members in any order.
      const body = Object.fromEntries(seed % 2 === 0 ? entries.sort(() => random() - 0.5) : entries)
      const answer = seen(body, `k${Math.floor(random() * 40)}`)
      const said = verdict(baseline, answer, JSON.stringify(body))
      if (said !== undefined) t.fail(`seed ${seed}, answer ${i}: ${said} ${JSON.stringify(body)}`)
      baseline.add(answer, i)
    }
    t.ok(baseline.taught)
    t.equal(judged(baseline, { error: 'down' }), withErrors ? 'shape' : 'error', 'and still an error is one')
  }
})

t.test('another form that persists is taken over; one good answer begins it anew', async t => {
  const baseline = learned(item)
  const changed = (i: number) => seen({ uid: i, title: 'x', cost: 1 }, `k${i % 6}`)
  let at = 1000
  const ask = (i: number): boolean => {
    at += MINUTE_MS
    const answer = changed(i)
    t.equal(baseline.judge(answer, at), 'shape')
    return baseline.persists('shape', answer, at, true)
  }
  for (let i = 0; i < 19; i++) t.equal(ask(i), false)
  baseline.add(seen(item(1), 'k1'), at)
  for (let i = 0; i < 19; i++) t.equal(ask(i), false, 'the old form came back')
  t.equal(ask(19), true)
  t.equal(baseline.taught, undefined, 'it begins to learn')
  for (let i = 0; i < 20; i++) baseline.add(changed(i), at)
  t.same(baseline.taught?.members, ['uid', 'title', 'cost'])
})

t.test('an outage is waited out for an hour, a burst is no long while, one request no evidence', async t => {
  const error = (i: number) => seen({ error: 'down' }, `k${i}`)
  const outage = learned(item)
  for (let i = 0; i < 59; i++) t.equal(outage.persists('error', error(i % 9), i * MINUTE_MS, true), false)
  t.equal(outage.persists('error', error(1), 60 * MINUTE_MS, true), true)
  const burst = learned(item)
  for (let i = 0; i < 5000; i++) if (burst.persists('shape', error(i % 9), 1000 + i, true)) t.fail(`at ${i}`)
  const single = learned(item)
  for (let i = 0; i < 200; i++) if (single.persists('shape', error(1), i * MINUTE_MS, true)) t.fail(`at ${i}`)
})

t.test('what only some requests get, while others are answered well, is an answer of the route', async t => {
  const baseline = learned(item)
  const missing = (i: number) => seen({ error: 'no such item' }, `missing ${i}`)
  const turn = (i: number): boolean => {
    baseline.add(seen(item(1), 'k1'), 1000)
    return baseline.persists('error', missing(i), 1000, false)
  }
  for (let i = 0; i < 9; i++) t.equal(turn(i % 5), false)
  t.equal(turn(4), true, 'five requests, twice each')
  t.equal(judged(baseline, { error: 'no such item' }), undefined)

  const flaky = learned(item)
  for (let i = 0; i < 200; i++) {
    // Each of them is answered well in the end.
    flaky.add(seen(item(i), `new ${(i + 3) % 7}`), 1000)
    if (flaky.persists('error', seen({ error: 'down' }, `new ${i % 7}`), 1000, false)) t.fail(`at ${i}`)
  }
})

t.test(
  'one request that has changed for good is believed after a while, while the others are answered as ever',
  async t => {
    const minutes = { empty: 10, error: 60 } as const
    for (const sign of ['empty', 'error'] as const) {
      const answer = seen(sign === 'empty' ? {} : { error: 'no such item' }, 'k3')
      const ask = (baseline: Baseline, minute: number): boolean => {
        baseline.add(seen(item(1), 'k1'), minute * MINUTE_MS)
        return baseline.persists(sign, answer, minute * MINUTE_MS + 1, true)
      }
      const changed = learned(item)
      for (let i = 1; i <= minutes[sign]; i++) t.equal(ask(changed, i), false, `${sign} for ${i - 1} min`)
      t.equal(
        ask(new Baseline(JSON.parse(JSON.stringify(changed))), minutes[sign] + 1),
        true,
        'after a restart as well',
      )
      t.equal(ask(changed, minutes[sign] + 1), true)
      t.equal(changed.judge(answer, minutes[sign] * MINUTE_MS), undefined)

      const seldom = learned(item)
      for (let i = 1; i <= 4; i++) t.equal(ask(seldom, i * 100), false, `${sign}, look ${i}`)
      t.equal(ask(seldom, 500), true)

      const down = learned(item)
      for (let i = 1; i <= 500; i++)
        if (down.persists(sign, answer, i * MINUTE_MS, true)) t.fail(`${sign} in an outage`)

      const flaky = learned(item)
      for (let i = 1; i <= 500; i++) {
        if (i % 4 === 0) flaky.add(seen(item(3), 'k3'), i * MINUTE_MS)
        if (ask(flaky, i)) t.fail(`${sign} at ${i}`)
      }
    }
  },
)

t.test('what no good answer confirmed for a day is not believed', async t => {
  const baseline = learned(item)
  const error = seen({ error: 'x' }, 'k')
  t.equal(baseline.judge(error, 24 * 60 * MINUTE_MS), 'error')
  t.equal(baseline.judge(error, 24 * 60 * MINUTE_MS + 1000), undefined)
})

t.test('it is the same after a restart, and of two routes that become one what both have', async t => {
  const baseline = learned(item)
  const again = new Baseline(JSON.parse(JSON.stringify(baseline)))
  t.same(again.taught, baseline.taught)
  again.merge(learned(i => ({ id: i, label: 'x', tags: [] })))
  t.same(again.taught?.members, ['id', 'tags'])
  const empty = new Baseline()
  empty.merge(baseline)
  t.same(empty.taught, baseline.taught)
})

t.test('it is bounded, however wide and many the answers are', async t => {
  const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`member ${i} ${'x'.repeat(i % 300)}`, i]))
  const baseline = learned(i => ({ ...wide, [`n${i}`]: 1 }), 40, 40)
  for (let i = 0; i < 40; i++) baseline.add(seen('x', `t${i}`, { type: `text/x-${i}` }), i)
  t.ok(JSON.stringify(baseline).length < 12_000, `${JSON.stringify(baseline).length} bytes`)
})
