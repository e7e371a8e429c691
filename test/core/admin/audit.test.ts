import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type AuditEntry, openAudit, toldOf } from '../../../core/admin/audit.js'
import { silentLog } from '../../../core/log/log.js'

t.test('of a body that may hold secrets only what is named is told', async t => {
  t.equal(toldOf('{"a": 1}', undefined), '{"a": 1}')
  t.equal(toldOf('{"a": 1, "secrets": {"b": "c"}}', ['a', 'd']), '{"a":1}')
  t.equal(toldOf('{"secrets": {"b": "c"}}', ['a']), '')
  for (const none of ['', '{', 'null', '"a"', '["secret"]']) t.equal(toldOf(none, ['a']), '', none)
})

const entry: AuditEntry = {
  action: 'change',
  role: 'operate',
  via: 'token',
  address: '10.0.0.1',
  method: 'PUT',
  path: '/api/mode',
  status: 200,
  body: '{"mode":"off"}',
}

const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

t.test('a line for each, in order, in a file for its owner alone, and in the log', async t => {
  const file = join(t.testdir(), 'audit.log')
  const logged: object[] = []
  const audit = openAudit(file, { ...silentLog, info: facts => logged.push(facts) }, () => 0)
  audit.record(entry)
  audit.record({ ...entry, action: 'refused', role: 'view', status: 403, body: '' })
  await audit.close()
  t.same(lines(file), [
    { time: '1970-01-01T00:00:00.000Z', ...entry },
    { time: '1970-01-01T00:00:00.000Z', ...entry, action: 'refused', role: 'view', status: 403, body: '' },
  ])
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(logged.length, 2)
  const after = openAudit(file, silentLog, () => 0)
  after.record(entry)
  await after.close()
  t.equal(lines(file).length, 3, 'what is there stays')
})

t.test('credentials in URLs are masked, what is long is cut, and a line is a line', async t => {
  const file = join(t.testdir(), 'audit.log')
  const audit = openAudit(file, silentLog, () => 0)
  audit.record({ ...entry, body: '{"upstreams":["http://me:secret@api:1"]}' })
  audit.record({ ...entry, path: `/\n{"action":"forged"}${'x'.repeat(5000)}`, body: 'y'.repeat(5000) })
  await audit.close()
  const [first, second, ...more] = lines(file)
  t.equal(first!.body, '{"upstreams":["http://***@api:1"]}')
  t.equal((second!.body as string).length, 1000)
  t.equal((second!.path as string).length, 1000)
  t.same(more, [])
})

t.test('a file that grew large is kept as .1, and a new one begun', async t => {
  const file = join(t.testdir(), 'audit.log')
  const audit = openAudit(file, silentLog, () => 0, 300)
  for (let status = 1; status <= 4; status++) audit.record({ ...entry, status })
  await audit.close()
  t.same(
    [...lines(`${file}.1`), ...lines(file)].map(({ status }) => status),
    [1, 2, 3, 4],
  )
})

t.test('a disk that does not take it is told of once, and nobody fails for it', async t => {
  const file = join(t.testdir(), 'audit.log')
  mkdirSync(file)
  const errors: string[] = []
  const audit = openAudit(file, { ...silentLog, error: (_, sentence) => errors.push(sentence) }, () => 0)
  audit.record(entry)
  audit.record(entry)
  await audit.close()
  t.equal(errors.length, 1)
})
