import t from 'tap'
import { readSecrets, Secrets } from '../../../core/replay/secrets.js'

const HASH = 'abcdefghijklmnopqrstu_'
const secrets = new Secrets({
  scopes: { kh1: { Authorization: 'Bearer one' }, '*': { cookie: 'any=1' } },
  values: { [HASH]: 'a&b "c"' },
})

t.test('whose request it was gets its own credentials, others those for everybody', async t => {
  t.same(secrets.fieldsOf('kh1', []), ['authorization', 'Bearer one'])
  t.same(secrets.fieldsOf('kh2', []), ['cookie', 'any=1'])
  t.same(secrets.fieldsOf('', []), [], 'who had none gets none')
  const none = new Secrets({ scopes: {}, values: {} })
  t.equal(none.fieldsOf('kh1', ['accept', '*/*']), undefined)
  t.same(none.fieldsOf('kh1', ['authorization', 'Bearer of a HAR']), [])
})

t.test('a text is put in the place of its hash, spelled for where it stands', async t => {
  t.equal(secrets.filled(`/a?key=~${HASH}&b=1`, 'url'), '/a?key=a%26b%20%22c%22&b=1')
  t.equal(secrets.filled(`{"key":"~${HASH}"}`, 'json'), '{"key":"a&b \\"c\\""}')
  t.equal(secrets.filled('/~user/file', 'url'), '/~user/file')
  t.equal(secrets.filled(`/a?key=~${HASH}x`, 'url'), `/a?key=~${HASH}x`, 'longer: it is no hash')
  t.equal(secrets.filled('/a?key=~zzcdefghijklmnopqrstu_', 'url'), undefined, 'unknown')
})

t.test('what is wrong is said without saying a secret', async t => {
  for (const given of [
    ...[7, [], { scope: {} }, { scopes: 7 }, { scopes: { '*': 'Bearer hush' } }],
    ...[{ scopes: { '*': { 'bad name': 'hush' } } }, { scopes: { '*': { host: 'hush' } } }],
    ...[{ scopes: { '*': { cookie: 'hush\r\nx: y' } } }, { scopes: { '*': { cookie: 7 } } }, { values: { a: 7 } }],
  ]) {
    const read = readSecrets(given) as { problem: string }
    t.type(read.problem, 'string', JSON.stringify(given))
    t.notMatch(read.problem, /hush/)
  }
  t.same(readSecrets(undefined), { scopes: {}, values: {} })
  t.same(readSecrets({ values: { a: 'b' } }), { scopes: {}, values: { a: 'b' } })
})
