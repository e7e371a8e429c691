import t from 'tap'
import { parseJson } from '../../../core/contract/json.js'
import type { Recording, ReplayPlan } from '../../../core/contract/replays.js'
import { MadeIds } from '../../../core/replay/made-ids.js'
import { isSampled, requestOf, type Step, stepOf } from '../../../core/replay/prepare.js'
import { type ReadPlan, readReplayPlan } from '../../../core/replay/read-plan.js'
import { Secrets } from '../../../core/replay/secrets.js'

const HASH = 'abcdefghijklmnopqrstu_'
const rules = { authority: 'staging:8080', pathPrefix: '/v2', viaName: 'chaos-proxy-x', userAgent: 'replay' }
const none = new Secrets({ scopes: {}, values: {} })
const some = new Secrets({ scopes: { kh: { authorization: 'Bearer s' } }, values: { [HASH]: 'é&"' } })
const plan = (more: object = {}): ReplayPlan =>
  (readReplayPlan(JSON.stringify(more), ['http://staging:8080'], Date.now(), 1) as ReadPlan).plan

const recording = (method: string, target: string | null, more: Partial<Recording> = {}, body = ''): Recording => ({
  ...{
    id: 'a',
    at: 1000,
    endedAt: 1010,
    route: '',
    method,
    target,
    scope: '',
    client: '',
    status: 200,
    bytesIn: body.length,
  },
  captured: {
    ...{ method, target: target ?? '/kept', scope: '', status: 200, headers: [], body: Buffer.alloc(0) },
    requestHeaders: body === '' ? ['accept', '*/*'] : ['content-type', 'application/json'],
    requestBody: Buffer.from(body),
  },
  ...more,
})

t.test('why an exchange is not sent', async t => {
  const verdict = (one: Recording, more: object = {}, secrets = none) => stepOf(one, plan(more), secrets)
  t.match(verdict(recording('GET', '/a?b=1')), { path: '/a', place: '/a', isWrite: false })
  t.equal(verdict(recording('DELETE', '/a')), 'write')
  t.match(verdict(recording('DELETE', '/a'), { writes: true }), { isWrite: true })
  t.equal(verdict(recording('GET', null, { captured: null })), 'no-target')
  t.match(verdict(recording('GET', null)), { target: '/kept' })
  t.equal(verdict(recording('POST', '/a', { captured: null, bytesIn: 7 }), { writes: true }), 'no-body')
  t.equal(verdict(recording('GET', '/a', { scope: 'kh' })), 'no-credentials')
  t.match(verdict(recording('GET', '/a', { scope: 'kh' }), {}, some), { target: '/a' })
  t.equal(verdict(recording('GET', `/a?key=~${HASH}`)), 'redacted')
  t.match(verdict(recording('GET', `/a?key=~${HASH}`), {}, some), { path: '/a' })
  t.equal(verdict(recording('POST', '/a', {}, `{"pin":"~${HASH}"}`), { writes: true }), 'redacted')
  for (const target of ['http://evil/', '*', 'a', '/a b', '/a\r\nx: y', '/a#b', ''])
    t.equal(verdict(recording('GET', target)), 'not-a-request', JSON.stringify(target))
  t.equal(verdict(recording('other', '/a'), { writes: true }), 'not-a-request')
  t.equal(verdict(recording('CONNECT', '/a'), { writes: true }), 'not-a-request')
  t.equal(verdict(recording('GET', '/a'), { sample: 0 }), 'not-sampled')
})

t.test('a sample is a share, the same one with the same seed', async t => {
  const ids = Array.from({ length: 4000 }, (_, i) => `k3x9-abc-${i.toString(36)}`)
  const chosen = (seed: number): string[] => ids.filter(id => isSampled(id, { sample: 0.25, seed }))
  t.ok(Math.abs(chosen(1).length - 1000) < 120, String(chosen(1).length))
  t.same(chosen(1), chosen(1))
  t.notSame(chosen(1), chosen(2))
})

t.test('what is sent: marked, with its credentials, framed, and nothing that ends a line', async t => {
  const sent = (one: Recording, secrets = none, ids = new MadeIds([])) =>
    requestOf(stepOf(one, plan({ writes: true }), secrets) as Step, ids, secrets, rules)
  t.equal(
    sent(recording('GET', '/a?b=1')).head,
    'GET /v2/a?b=1 HTTP/1.1\r\nhost: staging:8080\r\nvia: 1.1 chaos-proxy-x\r\nuser-agent: replay\r\naccept: */*\r\n\r\n',
  )
  t.match(sent(recording('GET', '/a', { scope: 'kh' }), some).head, /\r\nauthorization: Bearer s\r\n/)
  const odd = recording('GET', '/a')
  const headers = ['x', 'a\r\nb: c', 'host', 'evil', 'content-length', '7', 'bad name', 'v', 'via', 'x', 'fine', 'ÿ']
  const captured = { ...odd.captured!, requestHeaders: headers }
  t.equal(
    sent({ ...odd, captured }).head,
    'GET /v2/a HTTP/1.1\r\nhost: staging:8080\r\nvia: 1.1 chaos-proxy-x\r\nuser-agent: replay\r\nfine: ÿ\r\n\r\n',
  )
  const { head, body } = sent(recording('POST', `/a?k=~${HASH}`, {}, `{"pin":"~${HASH}","n":"ü"}`), some)
  t.equal(body?.toString(), '{"pin":"é&\\"","n":"ü"}')
  t.match(head, /^POST \/v2\/a\?k=%C3%A9%26%22 HTTP/)
  t.match(head, new RegExp(`content-length: ${body!.length}\r\n`))
  t.match(sent(recording('POST', '/a')).head, /content-length: 0\r\n/)
  t.notMatch(sent(recording('DELETE', '/a')).head, /content-length/)
})

t.test('ids that became others are exchanged, and counted once a request', async t => {
  const ids = new MadeIds([])
  const answer = (id: number) => ({ body: parseJson(`{"id":${id}}`), location: '' })
  ids.learn({ isWrite: true, path: '/orders', at: 1 }, answer(17), answer(42))
  const step = stepOf(recording('PUT', '/orders/17', {}, '{"id":17,"n":"ü"}'), plan({ writes: true }), none) as Step
  const { head, body } = requestOf(step, ids, none, rules)
  t.match(head, /^PUT \/v2\/orders\/42 /)
  t.equal(body?.toString(), '{"id":42,"n":"ü"}')
  t.equal(ids.rewritten, 1)
  t.equal(step.target, '/orders/17', 'what is told is as it was recorded')
})
