// `chaos-proxy whatif` as a person runs it, over the history of a real proxy.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { ExchangeFacts, HistoryStatus } from '../../core/contract/history.js'
import type { WhatIfReport } from '../../core/contract/whatif.js'
import { noDuckDb } from '../support/duckdb.js'
import { heard } from '../support/heard.js'
import { startOrigin } from '../support/origin.js'
import { patience } from '../support/patience.js'
import { startProxy } from '../support/proxy.js'

const main = fileURLToPath(new URL('../../core/main.js', import.meta.url))
const until = patience(60_000)

t.test('live traffic, and what its outage would have looked like', { skip: noDuckDb }, async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  const written = (rows: number): Promise<HistoryStatus> =>
    until(
      async () => (await proxy.admin<{ stores: { history: HistoryStatus } }>('/api/status')).stores.history,
      status => status.rows >= rows && status.waitingRows === 0,
    )
  for (let id = 1; id <= 5; id++) await proxy.get(`/users/${id}`)
  await proxy.settled()
  await written(5)
  const { exchanges } = await proxy.admin<{ exchanges: ExchangeFacts[] }>('/api/exchanges')
  t.same(
    exchanges.map(({ kept }) => kept),
    ['shipped', 'shipped', 'shipped', 'shipped', 'shipped'],
  )
  // All of them were over before, and all that comes began after.
  const at = Date.now()
  while (Date.now() <= at) await new Promise(resolve => setTimeout(resolve, 1))
  for (let id = 1; id <= 4; id++) await proxy.get(`/users/${id}`)
  await proxy.get('/greet/ann')
  await proxy.send('POST', '/users', { body: '{}', headers: { 'content-type': 'application/json' } })
  await proxy.settled()
  await written(11)
  const later = Date.now()

  const ask = (...args: string[]) => {
    const env = { PATH: process.env.PATH ?? '', CHAOS_ADMIN_PORT: String(proxy.adminPort) }
    return heard(spawn(process.execPath, [main, 'whatif', ...args], { env })).ended
  }
  const window = ['--at', String(at), '--for', '1h']
  const json = await ask(...window, '--json')
  t.equal(json.code, 0, json.err)
  const report = JSON.parse(json.out) as WhatIfReport
  t.match(report, { at: new Date(at).toISOString(), requests: 6, learnedFrom: { exchanges: 5 } })
  t.ok(Date.parse(report.until) >= later - 1 && Date.parse(report.until) <= Date.now(), 'not beyond now')
  t.match(report.routes.find(({ route }) => route === 'GET /users/{id}' || route === 'unlearned')?.counts, {
    wrong: 0,
  })
  t.match(report, { counts: { exact: 4, wrong: 0, unknown: 0 }, tiers: { exact: 4 } })
  t.match(report.refusals, { write: 1 })
  const plain = await ask(...window, '--min-good', '99')
  t.equal(plain.code, 1)
  t.match(plain.out, /NOT GOOD ENOUGH\n66\.7 % would have been answered well/)
  const wrong = await ask('--at', '2999-01-01T00:00:00Z')
  t.match(wrong, { code: 2, out: '', err: /at must be in the past/ })
})
