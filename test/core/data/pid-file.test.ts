import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PidFile } from '../../../core/data/pid-file.js'
import { silentLog } from '../../../core/log/log.js'
import { temporaryFolder } from '../../support/proxy.js'

t.test('written, and removed by the process that it names alone', async t => {
  const path = join(temporaryFolder(), 'pid')
  const one = new PidFile(path, 7, silentLog)
  one.write()
  t.equal(readFileSync(path, 'utf8'), '7\n')
  // Another one took over.
  writeFileSync(path, '8\n')
  one.remove()
  t.ok(existsSync(path))
  new PidFile(path, 8, silentLog).remove()
  t.notOk(existsSync(path))
})

t.test('none is asked for, or it cannot be written: a line in the log', async t => {
  const said: string[] = []
  const log = { warn: (_facts: object, sentence: string) => said.push(sentence) }
  new PidFile('', 7, log).write()
  t.strictSame(said, [])
  new PidFile(join(temporaryFolder(), 'no', 'such', 'folder'), 7, log).write()
  t.match(said, [/could not be written/])
})
