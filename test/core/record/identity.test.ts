import t from 'tap'
import { canonicalQuery } from '../../../core/contract/request-key.js'
import { identityOf, varyFields } from '../../../core/record/identity.js'
import { Scopes } from '../../../core/record/scope.js'

t.test('the order of parameters does not matter, that of equal names does', async t => {
  t.equal(canonicalQuery('b=2&a=1'), canonicalQuery('a=1&b=2'))
  t.not(canonicalQuery('a=1&a=2'), canonicalQuery('a=2&a=1'))
  t.equal(canonicalQuery(undefined), '')
})

t.test('method, path, query and scope each make another identity', async t => {
  const key = (path: string, query: string | undefined, scope: string, method = 'GET') =>
    identityOf(path, query, scope, []).baseKey(method, scope)
  const keys = [
    key('/a', 'x=1', ''),
    key('/b', 'x=1', ''),
    key('/a', 'x=2', ''),
    key('/a', 'x=1', 's'),
    key('/a', 'x=1', '', 'HEAD'),
  ]
  t.equal(new Set(keys).size, keys.length)
  t.equal(key('/a', 'x=1&y=2', ''), key('/a', 'y=2&x=1', ''))
})

t.test('Vary selects by the values of the named fields', async t => {
  const of = (language: string) => identityOf('/a', undefined, '', ['accept-language', language])
  t.not(of('de').variedKey('k', ['accept-language']), of('en').variedKey('k', ['accept-language']))
  t.equal(of('de').variedKey('k', ['accept']), of('en').variedKey('k', ['accept']))
  t.equal(of('de').variedKey('k', []), 'k')
  t.same(varyFields('Accept-Encoding, Origin, accept'), ['accept', 'origin'])
  t.equal(varyFields('*'), undefined)
  t.same(varyFields(undefined), [])
})

t.test('a scope is a keyed hash of every credential', async t => {
  const scopes = new Scopes(Buffer.alloc(32, 1), ['authorization', 'cookie'])
  const a = scopes.of(['authorization', 'Bearer A'], '')
  t.equal(scopes.of([], ''), '')
  t.equal(a, scopes.of(['x', 'y', 'authorization', 'Bearer A'], ''))
  t.not(a, scopes.of(['authorization', 'Bearer B'], ''))
  t.not(a, scopes.of(['authorization', 'Bearer A', 'cookie', 'c'], ''))
  t.not(a, scopes.of(['authorization', 'Bearer A'], '\n?api_key=x'))
  t.not(
    a,
    new Scopes(Buffer.alloc(32, 2), ['authorization']).of(['authorization', 'Bearer A'], ''),
    'another installation, another hash',
  )
  t.notMatch(a, /Bearer/)
})
