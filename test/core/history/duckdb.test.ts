import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDuckDb } from '../../../core/history/duckdb.js'
import { StoreError } from '../../../core/history/engine.js'
import { noDuckDb } from '../../support/duckdb.js'
import { temporaryFolder } from '../../support/proxy.js'
import { storeSuite } from './store-suite.js'

const duckDbModule = new URL('../../../core/history/duckdb.js', import.meta.url).href

t.test('the history on DuckDB', { skip: noDuckDb }, async t => {
  const folder = temporaryFolder()
  storeSuite(t, name => openDuckDb(join(folder, `${name}.duckdb`)))
})

t.test('two processes on one file: the second one is told what to do', { skip: noDuckDb }, async t => {
  const folder = temporaryFolder()
  const file = join(folder, 'x.duckdb')
  const holder = spawn(process.execPath, [
    ...['--input-type=module', '-e'],
    `import { openDuckDb } from ${JSON.stringify(duckDbModule)}
     await openDuckDb(${JSON.stringify(file)})
     console.log('open')
     setInterval(() => {}, 1000)`,
  ])
  t.teardown(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  const problem = await openDuckDb(file).catch(error => error)
  t.type(problem, StoreError)
  t.match(problem, { message: /in use by another process/, remedy: /CHAOS_DATA_DIR/ })
})

t.test('a file that is none, and a history of a newer version', { skip: noDuckDb }, async t => {
  const folder = temporaryFolder()
  const damaged = join(folder, 'damaged.duckdb')
  writeFileSync(damaged, 'not a database at all, but long enough to be taken for one'.repeat(100))
  t.match(await openDuckDb(damaged).catch(error => error), { message: /cannot be opened/, remedy: /moved away/ })
  const newer = join(folder, 'newer.duckdb')
  const engine = await openDuckDb(newer)
  await engine.transaction(({ rows }) => rows(`INSERT INTO schema_version VALUES (99, 'later')`))
  await engine.close()
  t.match(await openDuckDb(newer).catch(error => error), { message: /newer Chaos-Proxy \(version 99/, mayPass: false })
})
