// The parts that check: each fault that they are there for is noticed.
import t from 'tap'
import { AnswerReader, type ReceivedAnswer } from '../../../scripts/chaos/answer-reader.js'
import { checkAnswer } from '../../../scripts/chaos/check-answer.js'
import { growthOf, type Sample } from '../../../scripts/chaos/growth.js'
import { targets, truthOf } from '../../../scripts/chaos/known-api.js'
import { compareLedger, type LedgerLine, type SentWrite } from '../../../scripts/chaos/ledger.js'
import { readOptions } from '../../../scripts/chaos/options.js'
import { brokenBy } from '../../../scripts/chaos/promises.js'
import { documentOf, isKept, type Ran, tableOf } from '../../../scripts/chaos/table.js'
import { Tally } from '../../../scripts/chaos/tally.js'

const truth = truthOf('/items/7')
const answer = (fields: Record<string, string>, over: Partial<ReceivedAnswer> = {}): ReceivedAnswer => ({
  status: 200,
  fields: new Map(Object.entries(fields)),
  body: truth.body,
  ...over,
})
const ghost = { 'x-ghost': 'exact', 'x-ghost-confidence': '0.97' }

t.test('an answer is live only if it was given to this very request', async t => {
  t.match(checkAnswer('41', truth, answer({ 'x-asked': '41' })), { verdict: 'live' })
  t.match(checkAnswer('41', truth, answer({ 'x-asked': '40' })), { verdict: 'unmarked-wrong', because: /old answer/ })
  t.match(checkAnswer('41', truth, answer({})), { verdict: 'unmarked-wrong' })
  t.match(checkAnswer('41', truth, answer({ 'x-asked': '41' }, { body: truthOf('/items/8').body })), {
    verdict: 'unmarked-wrong',
    because: /the body .* in place of/,
  })
  t.match(checkAnswer('41', truth, answer({ 'x-asked': '41' }, { status: 404 })), { verdict: 'unmarked-wrong' })
})

t.test('a ghost must be marked in full and right', async t => {
  t.match(checkAnswer('41', truth, answer({ ...ghost, 'x-asked': '3' })), { verdict: 'ghost' })
  t.match(checkAnswer('41', truth, answer({ 'x-ghost': 'exact' })), { verdict: 'wrong', because: /confidence/ })
  t.match(checkAnswer('41', truth, answer({ ...ghost, 'x-ghost': 'maybe' })), { verdict: 'wrong' })
  t.match(checkAnswer('41', truth, answer(ghost, { body: '{"id":8}' })), { verdict: 'wrong' })
  t.match(checkAnswer('41', truth, answer(ghost, { body: truth.body.slice(0, 30) })), { verdict: 'wrong' })
  const spaced = JSON.stringify(JSON.parse(truth.body), undefined, 1)
  t.match(checkAnswer('41', truth, answer(ghost, { body: spaced })), { verdict: 'ghost' })
})

t.test('an error is a failure, however honest', async t => {
  const refusal = answer({ 'x-ghost': 'none', 'x-ghost-refused': 'not-learned' }, { status: 503, body: '' })
  t.match(checkAnswer('41', truth, refusal), { verdict: 'failed', because: /503, not-learned/ })
})

t.test('no two answers of the known API are alike', async t => {
  t.equal(new Set(targets.map(target => truthOf(target).body)).size, targets.length)
  t.equal(truthOf('/items/0').status, 404)
})

t.test('lost, doubled and disordered writes are found', async t => {
  const write = (text: string, isAcknowledged = true): SentWrite => ({ target: '/a', text, isAcknowledged })
  const line = (text: string): LedgerLine => ({ key: text, target: '/a', text })
  const sent = [write('1'), write('2'), write('3', false), write('4')]
  t.same(compareLedger(sent, ['1', '2', '4'].map(line)), { lost: [], doubled: [], disordered: [] })
  t.same(compareLedger(sent, ['1', '2', '3', '4'].map(line)), { lost: [], doubled: [], disordered: [] })
  t.same(compareLedger(sent, ['1', '4'].map(line)).lost, ['2'])
  t.same(compareLedger(sent, ['1', '2', '4', '2'].map(line)).doubled, ['2'])
  t.same(compareLedger(sent, ['2', '1', '4'].map(line)).disordered, ['2'])
  const elsewhere = { ...write('5'), target: '/b' }
  t.same(compareLedger([...sent, elsewhere], ['5', '1', '2', '4'].map(line)).disordered, [], 'places have no order')
})

t.test('each kind of fault breaks the promise, and so does a run that showed nothing', async t => {
  const tally = new Tally()
  t.match(brokenBy(tally), [/nothing was asked/])
  tally.add({ verdict: 'live', because: '' }, 'GET /', 1)
  t.match(brokenBy(tally), [/did not bite/])
  tally.add({ verdict: 'ghost', because: '' }, 'GET /', 3)
  t.same(brokenBy(tally), [])
  for (const [verdict, sentence] of [
    ['failed', /1 of 3 requests failed/],
    ['unmarked-wrong', /1 answers were not live and had no mark/],
    ['wrong', /1 ghosts were wrong/],
  ] as const) {
    const other = new Tally()
    other.merge(tally)
    other.add({ verdict, because: 'so' }, 'GET /x', 2)
    t.match(brokenBy(other), [sentence, `${verdict}: GET /x: so`])
  }
  t.equal(tally.waitMs(0.5), 1.1)
  t.equal(tally.waitMs(1), 3.1)
})

t.test('growth is told from warming up and from noise', async t => {
  const run = (of: (i: number) => Partial<Sample>): Sample[] =>
    Array.from({ length: 80 }, (_, i) => ({ rssMiB: 200, handles: 90, delayMs: 3, ...of(i) }))
  t.same(growthOf(run(i => ({ rssMiB: i < 20 ? 100 + i * 5 : 200, delayMs: i % 7 === 0 ? 400 : 3 }))), [])
  t.match(growthOf(run(i => ({ rssMiB: 200 + 3 * i }))), [/^from 2\d\d\.\d to 4\d\d\.\d MiB/])
  t.match(growthOf(run(i => ({ handles: 90 + i }))), [/file handles/])
  t.match(growthOf(run(i => ({ delayMs: i * i }))), [/ms of delay/])
  t.match(growthOf([]), [/too few/])
})

t.test('answers are read however they are cut, and what is none is an error', async t => {
  const whole =
    'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-Asked: 1\r\nContent-Length: 2\r\n\r\nok' +
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
  const reader = new AnswerReader()
  const read: ReceivedAnswer[] = []
  for (const octet of whole) {
    reader.add(octet)
    const next = reader.next()
    if (next !== undefined) read.push(next)
  }
  t.same(
    read.map(({ body }) => body),
    ['ok', 'abc'],
  )
  t.equal(read[0]!.fields.get('x-asked'), '1')
  const broken = new AnswerReader()
  broken.add('<<<>>>\r\n\r\n')
  t.throws(() => broken.next(), /no status line/)
})

t.test('the table has a line for each, and says what was broken', async t => {
  const tally = new Tally()
  tally.add({ verdict: 'ghost', because: '' }, 'GET /', 1)
  const report = { tally, seconds: 1, lostWrites: 2, recoveryMs: 812.4, broken: ['2 are lost'], notes: [] }
  const all: Ran[] = [
    { name: 'kill', promise: 'p', report: { ...report, broken: [] } },
    { name: 'journal', promise: 'q', report },
    { name: 'disk', promise: 'r', report: { skipped: 'no disk' } },
  ]
  t.same(all.map(isKept), [true, false, true])
  const table = tableOf(all)
  t.match(table, /^kill +1 +1 +0 +0 +0 +2 +812 ms +kept$/m)
  t.match(table, /^journal .*BROKEN$/m)
  t.match(table, /journal: q\n {2}2 are lost/)
  t.match(table, /disk: r\n {2}skipped: no disk/)
  t.match(documentOf(all), { kept: false, scenarios: [{ kept: true, requests: 1, ghost: 1 }, { kept: false }, {}] })
})

t.test('options that are wrong are said', async t => {
  t.match(readOptions(['--only', 'kill', '--seconds', '2'], ['kill']), { only: ['kill'], seconds: 2, json: false })
  t.throws(() => readOptions(['--only', 'kil'], ['kill']), /no scenario kil; there are kill/)
  t.throws(() => readOptions(['--seconds', '0'], []), /--seconds must be a number above 0, not 0/)
  t.throws(() => readOptions(['--soak', 'long'], []), /--soak/)
})
