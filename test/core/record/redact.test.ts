import t from 'tap'
import { Redactor } from '../../../core/record/redact.js'

const redactor = new Redactor(['internalNote'], secret => `#${secret.length}`)
const body = (text: string) => {
  const { body: out, redactions } = redactor.body(Buffer.from(text))
  return [out.toString(), redactions]
}

t.test('secret members of JSON lose their value, in any spelling, and nothing else changes', async t => {
  t.same(body('{"password":"p\\"w","name":"Ann"}'), ['{"password":"[redacted]","name":"Ann"}', 1])
  t.same(body('{"access_token" : "x", "accessToken":"y","Refresh-Token":"z"}'), [
    '{"access_token" : "[redacted]", "accessToken":"[redacted]","Refresh-Token":"[redacted]"}',
    3,
  ])
  t.same(body('{"pin":1234,"internal_note":"psst"}'), ['{"pin":"[redacted]","internal_note":"[redacted]"}', 2])
  const clean = '{"passwordless":true,"tokens":3,"keyboard":"é"}'
  t.same(body(clean), [clean, 0])
})

t.test('a JSON Web Token is found by its form, wherever it stands', async t => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
  t.same(body(`see ${jwt}.`), ['see [redacted].', 1])
  t.equal(redactor.text(`/reset/${jwt}`), `/reset/~#${jwt.length}`)
})

t.test('octets that are not text survive', async t => {
  const bytes = Buffer.from([0, 255, 128, 10, 34])
  const result = redactor.body(bytes)
  t.equal(result.redactions, 0)
  t.ok(result.body.equals(bytes))
})

t.test('secret parameters become a hash and count as credentials', async t => {
  t.same(redactor.query('a=1&api_key=abc&b'), { query: 'a=1&api_key=~#3&b', secrets: '\n?api_key=abc' })
  t.same(redactor.query('a=1&api_key='), { query: 'a=1&api_key=', secrets: '' })
  t.same(redactor.query(undefined), { query: undefined, secrets: '' })
})

t.test('fields that carry secrets are told by name', async t => {
  t.ok(redactor.isSecretField('x-auth-token'))
  t.ok(redactor.isSecretField('authorization'))
  t.notOk(redactor.isSecretField('x-total-count'))
})

t.test('off means off', async t => {
  const off = new Redactor(undefined, () => '')
  t.equal(off.body(Buffer.from('{"password":"x"}')).redactions, 0)
  t.same(off.query('token=x'), { query: 'token=x', secrets: '' })
  t.notOk(off.isSecretField('authorization'))
})
