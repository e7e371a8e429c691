// Alerts on real sockets; pauses pass at once and are written down.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { alertMessage } from '../../../core/anomalies/alert-message.js'
import { postJson } from '../../../core/anomalies/post-json.js'
import { Webhook } from '../../../core/anomalies/webhook.js'
import type { AnomalyReport } from '../../../core/contract/anomalies.js'

interface Got {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function receiver(t: Test, statuses: readonly number[]) {
  const got: Got[] = []
  let tell: () => void = () => {}
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    got.push({ headers: request.headers, body })
    response.writeHead(statuses[got.length - 1] ?? 200, { 'retry-after': '7', location: 'http://127.0.0.1:1/' })
    response.end('ok')
    tell()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const until = async (count: number): Promise<void> => {
    while (got.length < count)
      await new Promise<void>(resolve => {
        tell = resolve
      })
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got, until }
}

function open(url: string, secret = '') {
  const pauses: number[] = []
  const warned: object[] = []
  let settled: () => void = () => {}
  const webhook = new Webhook({
    ...{ url, secret, post: postJson, random: () => 0.5, clock: { now: () => 1_700_000_000_000 } },
    later: (ms, run) => {
      pauses.push(ms)
      run()
    },
    log: {
      warn: facts => {
        warned.push(facts)
        settled()
      },
    },
  })
  const givenUp = new Promise<void>(resolve => {
    settled = resolve
  })
  return { webhook, pauses, warned, givenUp }
}

t.test('tried again with growing pauses, and as late as it is asked to; then the next one', async t => {
  const { url, got, until } = await receiver(t, [500, 503, 429, 200])
  const { webhook, pauses } = open(url)
  webhook.send({ text: 'one' })
  webhook.send({ text: 'two' })
  await until(5)
  t.same(
    got.map(({ body }) => JSON.parse(body).text),
    ['one', 'one', 'one', 'one', 'two'],
  )
  t.same(pauses, [7000, 7000, 7000])
})

t.test('signed over time and body', async t => {
  const { url, got, until } = await receiver(t, [])
  open(url, 'a secret').webhook.send({ text: 'x' })
  await until(1)
  const { headers, body } = got[0]!
  t.equal(headers['x-chaos-timestamp'], '1700000000')
  const expected = createHmac('sha256', 'a secret').update(`v1:1700000000:${body}`).digest('hex')
  t.equal(headers['x-chaos-signature'], `v1=${expected}`)
  t.match(headers['content-type'], /^application\/json/)
})

t.test('what is refused is given up at once and said without the URL; a redirection is not followed', async t => {
  for (const status of [404, 302]) {
    const { url, got } = await receiver(t, [status])
    const { webhook, warned, givenUp } = open(url)
    webhook.send({ text: 'x' })
    await givenUp
    t.same([got.length, webhook.status().failed], [1, 1])
    t.match(warned, [{ because: `it answered ${status}`, attempts: 1 }])
    t.notMatch(JSON.stringify(warned), '/hook')
  }
})

t.test('nobody there: given up after eight times, pauses double; what is too much is dropped', async t => {
  const { webhook, pauses, givenUp } = open('http://127.0.0.1:1/hook')
  for (let i = 0; i < 150; i++) webhook.send({ text: 'x' })
  t.equal(webhook.status().dropped, 50)
  await givenUp
  t.same(pauses.slice(0, 7), [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000])
  webhook.close()
  t.equal(webhook.status().waiting, 0)
})

t.test('the message: what a client sent makes no link and calls nobody', async t => {
  const report: AnomalyReport = {
    ...{ id: 'abc', kind: 'parameter-break', family: 'request', subject: 'GET /a', detail: 'q: markup in it' },
    ...{ state: 'open', severity: 'high', says: 'such as «<!channel> & <http://x|y>»', occurrences: 1, count: 4 },
    ...{ firstSeen: '2024-01-01T00:00:00.000Z', lastSeen: '2024-01-01T00:01:00.000Z', feedback: null, strength: 2 },
    ...{ evidence: {}, falseAlarms: 'seldom', unit: 'requests', points: [], toldFrom: null },
    example: { at: 1, method: 'GET', target: '/a?q=<x>', status: 200, scope: '' },
  }
  const message = alertMessage(report) as { text: string; attachments: [{ color: string; fields: object[] }] }
  t.equal(
    message.text,
    'high: parameter-break – GET /a (q: markup in it): such as «&lt;!channel&gt; &amp; &lt;http://x|y&gt;»',
  )
  t.match(message.attachments[0].fields, [{ title: 'First seen' }, {}, {}, { value: 'GET /a?q=&lt;x&gt; → 200' }])
  t.match(message, { metadata: { event_type: 'chaos_proxy_anomaly', event_payload: { id: 'abc', severity: 'high' } } })
})
