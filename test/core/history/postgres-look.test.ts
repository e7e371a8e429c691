// The doctor's look at a real PostgreSQL, which it leaves as it was.
import t from 'tap'
import { lookAtPostgres } from '../../../core/history/postgres-look.js'
import { cannotRun, startService } from '../../support/services.js'
import { ask } from './postgres-database.js'

for (const service of ['postgres', 'timescale'] as const)
  t.test(`a real ${service}`, { skip: cannotRun(service) }, async t => {
    const { url } = await startService(t, service)
    const { says } = await lookAtPostgres(url)
    t.match(says, /^PostgreSQL \d+/)
    t.same(await ask(url, `SELECT 1 FROM pg_namespace WHERE nspname = 'chaos_proxy'`), [], 'nothing is made')

    await ask(url, `CREATE ROLE guest LOGIN PASSWORD 'pw'`)
    const guest = new URL(url)
    guest.username = 'guest'
    guest.password = 'pw'
    await t.rejects(lookAtPostgres(guest.href), {
      message: /the user guest may not make the tables/,
      remedy: 'let an administrator run: CREATE SCHEMA chaos_proxy AUTHORIZATION guest',
    })
    await ask(url, 'CREATE SCHEMA chaos_proxy AUTHORIZATION guest')
    t.match((await lookAtPostgres(guest.href)).says, /^PostgreSQL/)
  })

t.test('nobody there', async t => {
  await t.rejects(lookAtPostgres('postgres://127.0.0.1:1/x'), { message: /cannot be reached/ })
  await t.rejects(lookAtPostgres('http://x'), { message: /no URL/ })
})
