import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { MatchExplanation, MatchQuestionByHand } from '../../../core/contract/status.js'
import type { AnsweredAgain } from '../../../core/outages/ask-again.js'
import { liveBeside } from '../../../core/outages/live-beside.js'

const question: MatchQuestionByHand = { method: 'GET', path: '/users/7', headers: {}, body: '' }
const explanation = {
  request: { route: '/users/{id}', question: 'plain' },
  answer: { status: 200, body: '{"id":7,"at":"2026-01-01T00:00:00Z","kind":"a"}', bodyEncoding: 'utf8' },
} as MatchExplanation
const truth = (body: string | Buffer, more: Partial<AnsweredAgain> = {}): AnsweredAgain => ({
  ...{ status: 200, coding: '', body: Buffer.from(body), isGhost: false },
  ...more,
})

function ask(
  answer: AnsweredAgain | undefined | Error,
  asked: MatchQuestionByHand = question,
  explained: MatchExplanation = explanation,
) {
  const sent: object[] = []
  const beside = liveBeside(asked, {
    explain: async () => explained,
    ask: async one => {
      sent.push(one)
      if (answer instanceof Error) throw answer
      return answer
    },
    redact: body => Buffer.from(body.toString('latin1').replaceAll('hunter2', '[redacted]'), 'latin1'),
    volatileOf: () => ({ leaves: [{ at: '/at', class: { kind: 'time', format: 'iso', digits: 0 } }] }) as never,
  })
  return { sent, beside }
}

t.test('what is not safe is not sent', async t => {
  for (const asked of [
    { ...question, method: 'POST' },
    { ...question, method: 'OPTIONS' },
    { ...question, body: '{}' },
  ]) {
    const { beside, sent } = ask(truth('{}'), asked)
    t.equal(await beside, 'not-safe')
    t.same(sent, [])
  }
  const mutation = { ...explanation, request: { ...explanation.request, question: 'write' as const } }
  const { beside, sent } = ask(truth('{}'), question, mutation)
  t.equal(await beside, 'not-safe')
  t.same(sent, [], 'GraphQL can write by GET')
})

t.test('the two are compared decoded and redacted, fields of the connection are left out', async t => {
  const headers = {
    accept: 'a/b',
    Connection: 'x',
    'content-length': '5',
    host: 'elsewhere',
    authorization: 'Bearer x',
  }
  const body = gzipSync('{"id":7,"kind":"b","key":"hunter2"}')
  const { beside, sent } = ask(truth(body, { coding: 'gzip' }), { ...question, headers })
  const told = await beside
  t.match(told, {
    because: '',
    live: { status: 200, body: '{"id":7,"kind":"b","key":"[redacted]"}', bodyEncoding: 'utf8' },
  })
  t.ok(told !== 'not-safe' && told.similarity! > 0 && told.similarity! < 1)
  t.match(told !== 'not-safe' && told.differences.find(({ at }) => at === '/kind'), { given: '"a"', truth: '"b"' })
  t.same(sent, [{ method: 'GET', target: '/users/7', fields: ['accept', 'a/b', 'authorization', 'Bearer x'] }])
})

t.test('another status is another answer; the same is the same', async t => {
  t.match(await ask(truth('{}', { status: 404 })).beside, {
    similarity: 0,
    differences: [{ at: 'status', truth: '404' }],
  })
  t.match(await ask(truth(explanation.answer!.body)).beside, { similarity: 1, differences: [] })
})

t.test('why there is nothing to compare', async t => {
  for (const [answer, because] of [
    [undefined, /no answer/],
    [truth('{}', { isGhost: true }), /did not answer/],
    [truth('not gzip', { coding: 'gzip' }), /coded as gzip/],
    [new Error('Invalid character'), /cannot be sent: Invalid character/],
  ] as const)
    t.match(await ask(answer).beside, { live: null, similarity: null, because })
  const silent = { ...explanation, answer: null }
  t.match(await ask(truth('{}'), question, silent).beside, { live: { body: '{}' }, because: /nothing to say/ })
})
