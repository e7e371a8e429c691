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

t.test('secrets in the body of a request become hashes, wherever they stand in it', async t => {
  const redactor = new Redactor([], secret => `h(${secret.length})`)
  const cases: ['json' | 'graphql' | 'form', string, string][] = [
    ['json', '{"a":1, "token" : "abc"}', '{"a":1, "token" : "~h(3)"}'],
    ['json', '{"pin":1234}', '{"pin":"~h(4)"}'],
    ['json', '{"access_token":"a\\"b"}', '{"access_token":"~h(3)"}'],
    [
      'json',
      '{"query":"{me(password: \\"a\\\\\\"b\\", n: 1){id}}"}',
      '{"query":"{me(password: \\"~h(4)\\", n: 1){id}}"}',
    ],
    ['json', '{"query":"shoes: \\"red\\""}', '{"query":"shoes: \\"red\\""}'],
    ['graphql', '{me(pin: 12, token: """a "quoted" b"""){token}}', '{me(pin: "~h(2)", token: "~h(12)"){token}}'],
    ['graphql', '{me(auth: $auth){id}}', '{me(auth: $auth){id}}'],
    ['graphql', '{me(token: """never ended', '{me(token: "~h(11)"'],
    ['form', 'q=1&token=abc', 'q=1&token=~h(3)'],
    ['json', '["eyJhbGciOiJI.eyJzdWIi.c2lnbmF0"]', '["~h(30)"]'],
  ]
  for (const [kind, text, clean] of cases) {
    const redacted = redactor.requestText(text, kind)
    t.equal(redacted.text, clean, text)
    t.equal(redacted.secrets !== '', text !== clean, 'secrets identify')
  }
  const off = new Redactor(undefined, () => 'h')
  t.same(off.requestText('{"token":"abc"}', 'json'), { text: '{"token":"abc"}', secrets: '' })
})

t.test('GraphQL by GET is redacted as in a body', async t => {
  const redactor = new Redactor([], () => 'h')
  const query = `query=${encodeURIComponent('{me(token:"abc"){id}}')}&variables=${encodeURIComponent('{"pin":"abc"}')}`
  const redacted = redactor.query(query)
  t.equal(decodeURIComponent(redacted.query!), 'query={me(token:"~h"){id}}&variables={"pin":"~h"}')
  t.equal(redacted.secrets, '\n{token=abc\n{pin=abc', 'they identify, as in a body')
  t.same(redactor.query('query=%7Bplain%7D&a={b}'), { query: 'query=%7Bplain%7D&a={b}', secrets: '' })
})
