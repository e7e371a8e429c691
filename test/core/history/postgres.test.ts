import t from 'tap'
import { openPostgres } from '../../../core/history/postgres.js'
import { cannotRun, startService } from '../../support/services.js'
import { databaseOf } from './postgres-database.js'
import { storeSuite } from './store-suite.js'

for (const [service, kind] of [
  ['postgres', 'postgres'],
  ['timescale', 'timescale'],
] as const) {
  t.test(`the history on ${service}`, { skip: cannotRun(service) }, async t => {
    const { url } = await startService(t, service)
    storeSuite(t, async name => {
      const engine = await openPostgres(await databaseOf(url, name))
      t.equal(engine.kind, kind)
      return engine
    })
  })
}
