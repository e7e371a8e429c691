// What can be wrong with a PostgreSQL: one sentence, with what to do about it; and the password in none.
import t from 'tap'
import { StoreError } from '../../../core/history/engine.js'
import { migrations } from '../../../core/history/migrations.js'
import { openPostgres } from '../../../core/history/postgres.js'
import { mayCompress } from '../../../core/history/postgres-schema.js'
import { freePort } from '../../../scripts/services/free-port.js'
import { cannotRun, startService } from '../../support/services.js'
import { ask, databaseOf } from './postgres-database.js'

/** Why it cannot be opened. */
async function problemOf(url: string): Promise<StoreError> {
  try {
    const engine = await openPostgres(url)
    await engine.close()
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error('it was opened')
}

t.test('nobody listens, no such host, no URL', async t => {
  const port = await freePort()
  const refused = await problemOf(`postgres://u:geheim@127.0.0.1:${port}/x`)
  t.match(refused.message, `127.0.0.1:${port} cannot be reached`)
  t.match(refused.remedy, /CHAOS_POSTGRES_URL/)
  t.ok(refused.mayPass)
  t.notMatch(refused.message + refused.remedy, /geheim/)
  t.match((await problemOf('postgres://u:geheim@no-such-host.invalid/x')).message, /cannot be reached/)
  for (const url of ['http://localhost/x', 'localhost', 'postgres://[x']) {
    const wrong = await problemOf(url)
    t.match(wrong.message, /no URL of a PostgreSQL/)
    t.notOk(wrong.mayPass)
  }
})

for (const service of ['postgres', 'timescale'] as const) {
  t.test(`a real ${service}`, { skip: cannotRun(service) }, async t => {
    const { url } = await startService(t, service)
    const as = (user: string, password: string, database: string): string => {
      const named = new URL(url)
      named.username = user
      named.password = password
      named.pathname = `/${database}`
      return named.href
    }

    t.test('wrong password, no such user, no such database', async t => {
      const wrong = await problemOf(as('chaos', 'geheim', 'postgres'))
      t.match(wrong.message, /does not let this user in/)
      t.match(wrong.remedy, /password/)
      t.notMatch(wrong.message + wrong.remedy, /geheim/)
      t.match((await problemOf(as('nobody', 'x', 'postgres'))).message, /does not let this user in/)
      t.match((await problemOf(as('chaos', 'chaos', 'nowhere'))).remedy, /CREATE DATABASE/)
    })

    t.test('a user without rights; what the remedy says helps', async t => {
      const database = await databaseOf(url, 'rights')
      await ask(database, `CREATE ROLE reader LOGIN PASSWORD 'r'`)
      const limited = as('reader', 'r', 'rights')
      const problem = await problemOf(limited)
      t.match(problem.message, /may not make or use the tables/)
      t.match(problem.remedy, /CREATE SCHEMA chaos_proxy AUTHORIZATION/)
      await ask(database, 'CREATE SCHEMA chaos_proxy AUTHORIZATION reader')
      const engine = await openPostgres(limited)
      t.teardown(() => engine.close())
      t.equal((await engine.rows('SELECT * FROM exchanges')).length, 0)
      t.equal(engine.kind, 'postgres')
      if (service === 'timescale') {
        t.match(engine.hint, /CREATE EXTENSION timescaledb/, 'plain partitions, and it says what to do')
      }
    })

    t.test('tables of somebody else, and of a newer version', async t => {
      const foreign = await databaseOf(url, 'foreign')
      await ask(foreign, 'CREATE SCHEMA chaos_proxy')
      await ask(foreign, 'CREATE TABLE chaos_proxy.exchanges (mine integer)')
      const problem = await problemOf(foreign)
      t.match(problem.message, /no Chaos-Proxy made/)
      t.notOk(problem.mayPass)
      t.equal((await ask(foreign, 'SELECT * FROM chaos_proxy.exchanges')).length, 0, 'it is left alone')
      const newer = await databaseOf(url, 'newer')
      await (await openPostgres(newer)).close()
      await ask(newer, `INSERT INTO chaos_proxy.schema_version (version, name) VALUES (99, 'later')`)
      t.match((await problemOf(newer)).message, /newer Chaos-Proxy \(version 99/)
    })

    t.test('a replica is not written to', async t => {
      const readOnly = await databaseOf(url, 'readonly')
      await ask(readOnly, 'ALTER DATABASE readonly SET default_transaction_read_only = on')
      t.match((await problemOf(readOnly)).remedy, /primary/)
    })

    t.test('many proxies that start at once make the tables once', async t => {
      const shared = await databaseOf(url, 'shared')
      const engines = await Promise.all(Array.from({ length: 6 }, () => openPostgres(shared)))
      for (const engine of engines) t.teardown(() => engine.close())
      t.same(
        (await ask(shared, 'SELECT version FROM chaos_proxy.schema_version')).map(({ version }) => version),
        migrations.map(({ version }) => version),
      )
      // Each makes the same partitions.
      await Promise.all(engines.map(engine => engine.makeRoomFor(Date.now() - 86_400_000, Date.now())))
      t.equal(new Set(engines.map(({ kind }) => kind)).size, 1)
    })

    t.test('what is old goes by whole spans', async t => {
      const database = await databaseOf(url, 'spans')
      const engine = await openPostgres(database)
      t.teardown(() => engine.close())
      t.match(engine.detail, service === 'timescale' ? /TimescaleDB \d+\.\d+.* \(apache edition\)/ : /plain partitions/)
      const now = Date.now()
      for (const hoursAgo of [48, 24, 0]) {
        const at = now - hoursAgo * 3_600_000
        await engine.makeRoomFor(at, at)
        await engine.rows(
          `INSERT INTO exchanges VALUES ($1, 1, ${hoursAgo}, 'i', 'r', 'GET', NULL, 200, 'upstream', 1, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, 0, 1)`,
          [new Date(at)],
        )
      }
      await engine.dropExchangesBefore(now - 36 * 3_600_000)
      const left = await engine.rows<{ seq: number }>('SELECT seq FROM exchanges ORDER BY seq')
      t.same(
        left.map(({ seq }) => seq),
        [0, 24],
      )
      const plan = (
        await engine.rows<Record<string, string>>(
          `EXPLAIN SELECT * FROM exchanges WHERE started_at >= now() - interval '1 hour' AND status >= 500 ORDER BY started_at DESC LIMIT 5`,
        )
      )
        .map(row => row['QUERY PLAN'])
        .join('\n')
      t.match(plan, /Index/, 'an index covers what is rare')
    })
  })
}

t.test('only an edition that can is asked to compress', async t => {
  t.ok(mayCompress('timescale'))
  for (const license of ['apache', '', null, undefined]) t.notOk(mayCompress(license))
})
