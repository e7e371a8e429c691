import t from 'tap'
import { openPostgres } from '../../../core/history/postgres.js'
import { cannotRun, startService } from '../../support/services.js'
import { keysOf } from '../sealing/keys.js'
import { databaseOf } from './postgres-database.js'
import { storeSuite } from './store-suite.js'

for (const [service, kind] of [
  ['postgres', 'postgres'],
  ['timescale', 'timescale'],
] as const) {
  t.test(`the history on ${service}`, { skip: cannotRun(service) }, async t => {
    const { url } = await startService(t, service)
    for (const keys of [undefined, keysOf('history', 'one', 'older')])
      t.test(keys === undefined ? 'plain' : 'encrypted', async t => {
        storeSuite(
          t,
          async name => {
            const engine = await openPostgres(await databaseOf(url, keys === undefined ? name : `${name}_sealed`))
            t.equal(engine.kind, kind)
            return engine
          },
          keys,
        )
      })
  })
}
