import t from 'tap'
import type { Recording } from '../../../core/contract/replays.js'
import { RepeatedAnswers } from '../../../core/replay/repeated-answers.js'

const recording = (scope: string, body: string | null, more: Partial<Recording> = {}): Recording => ({
  ...{
    id: 'a',
    at: 0,
    endedAt: 1,
    route: '',
    method: 'GET',
    target: '/a',
    scope,
    client: scope,
    status: 200,
    bytesIn: 0,
  },
  captured:
    body === null
      ? null
      : {
          ...{ method: 'GET', target: '/a', scope, status: 200, requestHeaders: [], headers: [] },
          ...{ requestBody: Buffer.alloc(0), body: Buffer.from(body) },
        },
  ...more,
})
const bodyOf = ({ captured }: Recording): string | undefined => captured?.body.toString()

t.test('a repeat was answered as the one before it that was captured, of the same credentials', async t => {
  const repeated = new RepeatedAnswers()
  repeated.note(recording('kh1', 'old'))
  repeated.note(recording('kh1', 'new'))
  repeated.note(recording('kh2', 'of another'))
  t.equal(bodyOf(repeated.resolved(recording('kh1', null))), 'new')
  t.equal(bodyOf(repeated.resolved(recording('kh1', 'own'))), 'own')
  t.equal(bodyOf(repeated.resolved(recording('kh3', null))), undefined)
  t.equal(bodyOf(repeated.resolved(recording('kh1', null, { status: 404 }))), undefined, 'it was answered otherwise')
  t.equal(bodyOf(repeated.resolved(recording('kh1', null, { target: '/b' }))), undefined)
  t.equal(bodyOf(repeated.resolved(recording('kh1', null, { method: 'POST' }))), undefined)
  repeated.note(recording('', 'for anybody'))
  t.equal(bodyOf(repeated.resolved(recording('kh3', null))), 'for anybody')
})
