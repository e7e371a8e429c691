import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { JsonFile } from '../../../core/data/json-file.js'
import { temporaryFolder } from '../../support/proxy.js'
import { keysOf } from '../sealing/keys.js'

const silent = { warn: () => {} }
const said = { who: 'alice-in-a-file' }
const one = keysOf('files', 'one')

t.test('with a key nothing of it is to be read, and it comes back', async t => {
  const path = join(temporaryFolder(), 'said.json')
  new JsonFile(path, 1, silent).write(said)
  t.ok(readFileSync(path).includes('alice-in-a-file'), 'without a key it is')
  const file = new JsonFile(path, 1, silent, one)
  t.same(file.read(), said, 'what is plain is read')
  t.notOk(readFileSync(path).includes('alice-in-a-file'), 'and written anew')
  t.same(new JsonFile(path, 1, silent, keysOf('files', 'two', 'one')).read(), said)
})

t.test('without its key it is neither read nor overwritten', async t => {
  const path = join(temporaryFolder(), 'said.json')
  new JsonFile(path, 1, silent, one).write(said)
  const before = readFileSync(path)
  for (const keys of [undefined, keysOf('files', 'two')]) {
    const warned: string[] = []
    const file = new JsonFile(path, 1, { warn: (_, sentence) => warned.push(sentence) }, keys)
    t.equal(file.read(), undefined)
    t.match(warned, [/it stays as it is/])
    file.write({ who: 'another' })
    t.ok(readFileSync(path).equals(before))
    t.throws(() => new JsonFile(path, 1, silent, keys).load(), { message: /said\.json is encrypted with the key/ })
  }
})

t.test('one that was changed is damaged, and begun anew', async t => {
  const path = join(temporaryFolder(), 'said.json')
  new JsonFile(path, 1, silent, one).write(said)
  const octets = readFileSync(path)
  octets[30] = octets[30]! ^ 1
  writeFileSync(path, octets)
  const file = new JsonFile(path, 1, silent, one)
  t.equal(file.read(), undefined)
  file.write(said)
  t.same(new JsonFile(path, 1, silent, one).read(), said)
})
