import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDataDir } from '../../../core/data/data-dir.js'
import { putScopeKeys, readScopeKeys } from '../../../core/data/scope-keys.js'
import { temporaryFolder } from '../../support/proxy.js'

t.test('a key goes along with the memory; another one is moved aside', async t => {
  const [from, to] = [temporaryFolder(), temporaryFolder()]
  const key = openDataDir(from).scopeKey
  const old = openDataDir(to).scopeKey
  const keys = readScopeKeys(from)
  t.same(Object.keys(keys), ['scope.key'])
  t.same(putScopeKeys(to, keys), [join(to, 'scope.key.old-1')])
  t.same(openDataDir(to).scopeKey, key)
  t.equal(readFileSync(join(to, 'scope.key.old-1'), 'utf8').trim(), old.toString('base64url'))
  t.same(putScopeKeys(to, keys), [], 'the same one stays')
  t.same(putScopeKeys(to, { 'scope.key': '../x', '../evil': 'k'.repeat(43) }), [])
  t.same(readdirSync(to).sort(), ['scope.key', 'scope.key.old-1'])
})
