// What the doctor makes of what it found: no machine is looked at.
import t from 'tap'
import type { Examined } from '../../../../core/commands/doctor/examination.js'
import { ok, warning, wrong } from '../../../../core/commands/doctor/finding.js'
import { findingLine, summaryOf } from '../../../../core/commands/doctor/findings-text.js'
import { isWanted, partFinding, type WantedOfParts } from '../../../../core/commands/doctor/part-finding.js'
import { nodeFinding, openFilesFinding, systemFinding } from '../../../../core/commands/doctor/this-system.js'
import { paintFor } from '../../../../core/commands/paint.js'

const wanted: WantedOfParts = {
  front: 'uws',
  embedder: 'auto',
  history: true,
  postgresUrl: '',
  redisUrl: '',
  fetchModel: false,
}
const failed: Examined = { kind: 'failed', says: 'it does not load', remedy: 'do this' }

t.test('Node', async t => {
  for (const [version, state] of [
    ['v20.12.0', 'ok'],
    ['v20.11.9', 'wrong'],
    ['v18.20.0', 'wrong'],
    ['v22.1.0', 'ok'],
    ['v100.0.0', 'ok'],
  ] as const)
    t.equal(nodeFinding(version).state, state, version)
})

t.test('the system', async t => {
  t.match(systemFinding('linux', 'x64', '2.36'), { state: 'ok', says: 'linux x64, glibc 2.36' })
  t.match(systemFinding('linux', 'arm64', undefined), { state: 'warning', remedy: /CHAOS_FRONT=strict/ })
  t.equal(systemFinding('darwin', 'arm64', undefined).state, 'ok')
})

t.test('the limit of open files', async t => {
  t.equal(openFilesFinding({ limit: 65536, clients: 32000, maxClients: 16384 }).state, 'ok')
  t.match(openFilesFinding({ limit: 1024, clients: 400, maxClients: 16384 }), {
    state: 'warning',
    says: 'the limit of 1024 is enough for 400 clients, and CHAOS_MAX_CLIENTS is 16384',
  })
  t.equal(openFilesFinding({ limit: undefined, clients: 0, maxClients: 1 }).state, 'ok')
})

t.test('how bad it is that a part does not work', async t => {
  for (const [part, more, state] of [
    ['lmdb', {}, 'wrong'],
    ['memory', {}, 'wrong'],
    ['uWebSockets.js', {}, 'warning'],
    ['hnswlib-node', {}, 'warning'],
    ['DuckDB', {}, 'warning'],
    ['model', {}, 'warning'],
    ['model', { fetchModel: true }, 'warning'],
    ['model', { embedder: 'transformer', fetchModel: true }, 'wrong'],
    ['onnxruntime', { embedder: 'transformer' }, 'wrong'],
    ['onnxruntime', {}, 'warning'],
    ['Redis', { redisUrl: 'redis://h' }, 'wrong'],
    ['PostgreSQL', { postgresUrl: 'postgres://h' }, 'wrong'],
  ] as const)
    t.match(partFinding(part, failed, { ...wanted, ...more }), { name: part, state, remedy: /do this/ }, part)
  t.equal(partFinding('lmdb', { kind: 'fine', says: 'loads' }, wanted).state, 'ok')
  t.equal(partFinding('Redis', { kind: 'lacking', says: 'no search', remedy: 'x' }, wanted).state, 'warning')
  t.match(partFinding('DuckDB', failed, wanted), { says: 'it does not load; no history is kept' })
})

t.test('what nothing depends on is not looked at', async t => {
  t.equal(isWanted('uWebSockets.js', { ...wanted, front: 'strict' }), false)
  t.equal(isWanted('model', { ...wanted, embedder: 'lexical' }), false)
  t.equal(isWanted('DuckDB', { ...wanted, postgresUrl: 'postgres://h' }), false)
  t.equal(isWanted('DuckDB', wanted), true)
  t.equal(isWanted('PostgreSQL', wanted), false)
  t.equal(isWanted('PostgreSQL', { ...wanted, postgresUrl: 'postgres://h', history: false }), false)
  t.equal(isWanted('Redis', wanted), false)
  t.equal(isWanted('lmdb', wanted), true)
})

t.test('for people', async t => {
  const paint = paintFor(false, {})
  t.equal(findingLine(ok('port', '0.0.0.0:80 is free'), paint), 'ok       port            0.0.0.0:80 is free\n')
  t.equal(
    findingLine(wrong('port', 'is in use', 'end it'), paint),
    'wrong    port            is in use\n                         → end it\n',
  )
  const [fine, soso, bad] = [ok('a', ''), warning('b', '', ''), wrong('c', '', '')]
  t.equal(summaryOf([fine], paint), '\nall is as it should be\n')
  t.equal(summaryOf([fine, soso], paint), '\nthe proxy can serve; there is 1 warning\n')
  t.equal(summaryOf([fine, soso, soso, bad], paint), '\n1 of 4 is wrong, and there are 2 warnings\n')
})
