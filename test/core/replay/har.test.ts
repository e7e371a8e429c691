import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type HarEntry, harEntryOf, harOf } from '../../../core/contract/har.js'
import type { Recording } from '../../../core/contract/replays.js'
import { type ReadHar, readHar } from '../../../core/replay/read-har.js'

const AT = Date.parse('2026-01-31T14:00:00.250Z')
const recording = (more: Partial<Recording> = {}): Recording => ({
  ...{ id: 'a-b-c', at: AT, endedAt: AT + 12, route: 'POST /orders', method: 'POST', target: '/orders?a=1&b=%20x' },
  ...{ scope: 'kh1', client: 'kh1', status: 201, bytesIn: 9 },
  captured: {
    ...{ method: 'POST', target: '/orders?a=1&b=%20x', scope: 'kh1', status: 201 },
    requestHeaders: ['content-type', 'application/json'],
    requestBody: Buffer.from('{"n":"ü"}'),
    headers: ['content-type', 'application/json', 'location', '/orders/7', 'content-encoding', 'gzip'],
    body: gzipSync('{"id":7}'),
  },
  ...more,
})
const read = (value: unknown, first?: number) => readHar(JSON.stringify(value), first) as ReadHar

t.test('an exchange as an entry: bodies without their coding, nothing of the credentials but their hash', async t => {
  t.match(harEntryOf(recording(), 'http://api.example'), {
    ...{ startedDateTime: '2026-01-31T14:00:00.250Z', time: 12, _exchange: 'a-b-c', _scope: 'kh1' },
    request: {
      ...{ method: 'POST', url: 'http://api.example/orders?a=1&b=%20x' },
      queryString: [
        { name: 'a', value: '1' },
        { name: 'b', value: ' x' },
      ],
      postData: { mimeType: 'application/json', text: '{"n":"ü"}' },
    },
    response: { status: 201, redirectURL: '/orders/7', content: { size: 8, text: '{"id":7}' } },
  })
  t.equal(harEntryOf(recording({ target: null, captured: null }), ''), null)
  const binary = harEntryOf(
    recording({ captured: { ...recording().captured!, body: Buffer.from([0xff, 0]), headers: [] } }),
    '',
  )
  t.match(binary?.response.content, { encoding: 'base64', text: '/wA=' })
})

t.test('what we write we read', async t => {
  const entries = [recording(), recording({ id: 'd-e-f', captured: null, target: '/x', method: 'GET', bytesIn: 0 })]
  const har = harOf(entries.map(one => harEntryOf(one, 'http://api.example')) as HarEntry[], '1.0', '')
  const { recordings, leftOut } = read(har)
  t.equal(leftOut, 0)
  t.match(recordings[0], {
    ...{
      id: 'a-b-c',
      at: AT,
      endedAt: AT + 12,
      method: 'POST',
      target: '/orders?a=1&b=%20x',
      scope: 'kh1',
      client: 'kh1',
    },
    ...{ route: 'POST /orders', status: 201, bytesIn: 10 },
  })
  t.equal(recordings[0]!.captured!.body.toString(), '{"id":7}')
  t.equal(recordings[0]!.captured!.requestBody.toString(), '{"n":"ü"}')
  t.same(recordings[0]!.captured!.headers, ['content-type', 'application/json', 'location', '/orders/7'])
  t.match(recordings[1], { id: 'd-e-f', captured: null })
})

t.test('what browsers write', async t => {
  const entry = (request: object, more: object = {}) => ({
    startedDateTime: '2026-01-31T15:00:00.250+01:00',
    time: 20.5,
    request: { method: 'GET', url: 'https://shop.example/a', headers: [], ...request },
    response: { status: 200, headers: [], content: { text: 'aGk=', encoding: 'base64' } },
    ...more,
  })
  const headers = [
    { name: ':authority', value: 'shop.example' },
    { name: 'Host', value: 'shop.example' },
    { name: 'Authorization', value: 'Bearer x' },
    { name: 'X-Bad', value: 'a\r\nb: c' },
    { name: 'Accept-Encoding', value: 'br' },
    { name: 'If-None-Match', value: '"1"' },
  ]
  const { recordings, leftOut } = read(
    {
      log: {
        entries: [
          entry({ headers, url: 'https://shop.example/a?b=1#part' }),
          entry({ method: 'POST', postData: { params: [{ name: 'a', value: 'x y' }] } }),
          entry({ url: 'data:text/plain,hi' }),
          entry({ url: 'wss://shop.example/live' }),
          entry({ method: 'GET / HTTP/1.1\r\n' }),
          { request: 7 },
          null,
        ],
      },
    },
    10,
  )
  t.equal(leftOut, 5)
  t.match(recordings[0], { id: 'har-11', at: AT, endedAt: AT + 20.5, target: '/a?b=1', client: 'har', scope: '' })
  t.same(recordings[0]!.captured!.requestHeaders, ['authorization', 'Bearer x'])
  t.equal(recordings[0]!.captured!.body.toString(), 'hi')
  t.match(recordings[1], { id: 'har-12', bytesIn: 5 })
  t.equal(recordings[1]!.captured!.requestBody.toString(), 'a=x+y')
})

t.test('what is none', async t => {
  t.match(readHar('{'), { problem: /no JSON/ })
  t.match(readHar('[]'), { problem: /no HAR/ })
  t.match(readHar('{"log":{"entries":{}}}'), { problem: /no HAR/ })
  t.match(readHar('\ufeff{"log":{"entries":[]}}'), { recordings: [], leftOut: 0 })
})
