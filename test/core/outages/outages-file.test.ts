import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { OutageReport } from '../../../core/contract/outages.js'
import { silentLog } from '../../../core/log/log.js'
import { Outage } from '../../../core/outages/outage.js'
import { OutagesFile } from '../../../core/outages/outages-file.js'
import { keysOf } from '../sealing/keys.js'

function report(sinceAt: number, state: OutageReport['state']): OutageReport {
  const outage = new Outage(sinceAt, 'requests failed')
  outage.state = state
  return outage.report(sinceAt + 1000)
}

t.test('written, and read by the next one; what was not done is interrupted', async t => {
  const path = join(t.testdir({}), 'outages.json')
  const file = new OutagesFile(path, silentLog)
  t.same(file.read(), [], 'no file yet')
  for (let i = 1; i <= 50; i++) file.write([report(i, 'done')])
  await file.close([report(51, 'done'), report(52, 'comparing')])
  const read = new OutagesFile(path, silentLog).read()
  t.same(read, [report(51, 'done'), { ...report(52, 'comparing'), state: 'interrupted' }])
})

t.test('a file that cannot be read or written costs a warning', async t => {
  const path = join(t.testdir({}), 'outages.json')
  const warned: string[] = []
  const file = new OutagesFile(path, { warn: (_, sentence) => warned.push(sentence) })
  for (const text of ['', '{"version":2,"outages":[]}', '{"version":1}', 'null', '[']) {
    writeFileSync(path, text)
    t.same(file.read(), [], text)
  }
  t.equal(warned.length, 5)
  writeFileSync(path, JSON.stringify({ version: 1, outages: [null, { id: 1 }, report(1, 'done')] }))
  t.same(file.read(), [report(1, 'done')], 'what is no report is left out')
  mkdirSync(`${path}.new`)
  await file.close([report(2, 'done')])
  t.match(warned.at(-1), /cannot be written/)
  t.match(readFileSync(path, 'utf8'), '"version":1', 'the one of before stays')
})

t.test('with a key nothing of them is to be read; without it they are not overwritten', async t => {
  const path = join(t.testdir({}), 'outages.json')
  await new OutagesFile(path, silentLog).close([report(1, 'done')])
  t.ok(readFileSync(path).includes('requests failed'), 'without a key it is')
  t.same(new OutagesFile(path, silentLog, keysOf('files', 'one')).read(), [report(1, 'done')])
  t.notOk(readFileSync(path).includes('requests failed'), 'what is plain is written anew')
  t.same(new OutagesFile(path, silentLog, keysOf('files', 'two', 'one')).read(), [report(1, 'done')])
  const before = readFileSync(path)
  const warned: string[] = []
  const other = new OutagesFile(path, { warn: (_, sentence) => warned.push(sentence) }, keysOf('files', 'one'))
  t.same(other.read(), [])
  await other.close([report(2, 'done')])
  t.match(warned, [/they stay as they are/])
  t.ok(readFileSync(path).equals(before))
})
