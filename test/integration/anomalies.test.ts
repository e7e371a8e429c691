// Anomalies as operators meet them: the real program, real requests, a real webhook.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { AnomalyList, AnomalyReport } from '../../core/contract/anomalies.js'
import { startOrigin } from '../support/origin.js'
import { patience } from '../support/patience.js'
import { startProxy } from '../support/proxy.js'

const until = patience(60_000)

t.test('a parameter that never was: told, alerted, dismissed, and still dismissed after a restart', async t => {
  const alerts: { text: string }[] = []
  const hook = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    alerts.push(JSON.parse(body))
    response.end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => hook.close())
  await once(hook, 'listening')
  const origin = await startOrigin(t)
  const env = {
    CHAOS_ALERT_WEBHOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/T000/secret`,
    CHAOS_ALERT_SEVERITY: 'low',
  }
  const proxy = await startProxy(t, origin.url, env)
  // The route must be known before its parameters are.
  for (let id = 1; id <= 12; id++) await proxy.get(`/users/${id}`)
  await proxy.settled()
  for (let i = 0; i < 260; i++) await proxy.get(`/users/${1 + (i % 12)}`)
  for (let i = 0; i < 12; i++) await proxy.get(`/users/${1 + i}?debug=1`)
  const { anomalies } = await until(
    () => proxy.admin<AnomalyList>('/api/anomalies'),
    list => list.anomalies.length > 0,
  )
  const [found] = anomalies
  t.match(found, { kind: 'unseen-parameter', subject: 'GET /users/{id}', detail: 'debug', state: 'open' })
  await until(
    async () => alerts,
    list => list.length > 0,
  )
  t.match(alerts[0]!.text, /^low: unseen-parameter – GET \/users\/\{id\} \(debug\)/)
  t.match(await proxy.adminText('/metrics'), /chaos_anomalies_open\{severity="low"\} 1\n/)
  const path = `/api/anomalies/${found!.id}`
  const report = await proxy.admin<AnomalyReport>(path)
  t.match(report, {
    example: { method: 'GET', target: /^\/users\/\d+\?debug=1$/ },
    says: /was in none of \d+ requests/,
  })
  t.match(await proxy.admin(path, { method: 'POST', body: { feedback: 'no' } }), { status: 400, field: 'feedback' })
  t.match(await proxy.admin('/api/anomalies/none'), { status: 404 })
  t.match(await proxy.admin(path, { method: 'POST', body: { feedback: 'dismiss' } }), { state: 'dismiss' })
  t.notMatch(proxy.output(), 'T000', 'the URL of the webhook is nowhere in the log')
  await proxy.stop()
  const again = await startProxy(t, origin.url, { ...env, CHAOS_DATA_DIR: proxy.dataDir })
  t.match(await again.admin(path), { state: 'dismiss', feedback: 'dismiss' })
  await again.stop()
})

t.test('switched off it says so; without a history it says what is missing', async t => {
  const origin = await startOrigin(t)
  const off = await startProxy(t, origin.url, { CHAOS_ANOMALIES: 'off' })
  t.match(await off.admin('/api/anomalies'), { status: 503, detail: /CHAOS_ANOMALIES=on/ })
  await off.stop()
  const alone = await startProxy(t, origin.url, { CHAOS_HISTORY: 'off' })
  for (let id = 1; id <= 12; id++) await alone.get(`/users/${id}`)
  await alone.settled()
  for (let i = 0; i < 260; i++) await alone.get(`/users/${1 + i}`)
  for (let i = 0; i < 12; i++) await alone.get(`/users/${1 + i}?debug=1`)
  const list = await until(
    () => alone.admin<AnomalyList>('/api/anomalies'),
    ({ anomalies }) => anomalies.length > 0,
  )
  t.match(list.unwatched, /CHAOS_HISTORY=off/)
  t.match(list.anomalies, [{ kind: 'unseen-parameter', detail: 'debug' }])
  await alone.stop()
})
