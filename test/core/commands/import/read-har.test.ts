import t from 'tap'
import { hasCredentials, readHar } from '../../../../core/commands/import/read-har.js'

const NOW = Date.parse('2024-06-01T00:00:00Z')
const entry = (request: object, response: object, more: object = {}): object => ({
  ...{ startedDateTime: '2024-01-01T00:00:00.000Z', time: 10 },
  request: { method: 'GET', url: 'https://api.example/a?b=c', headers: [], ...request },
  response: { status: 200, headers: [], content: { text: 'x', size: 1 }, ...response },
  ...more,
})
const read = (...entries: unknown[]) => readHar({ log: { entries } }, NOW)!

t.test('an exchange', async t => {
  const { exchanges, leftOut } = read(
    entry(
      {
        method: 'POST',
        headers: [
          { name: ':authority', value: 'h' },
          { name: 'Accept', value: 'a/b' },
        ],
        postData: { params: [{ name: 'q', value: 'a b' }] },
      },
      {
        headers: [
          { name: 'Content-Encoding', value: 'gzip' },
          { name: 'X-A', value: 'a\nb' },
          { name: 'X-B', value: 'b' },
        ],
        content: { text: 'AAE=', encoding: 'base64', size: 2 },
      },
    ),
  )
  t.same(leftOut, {})
  const startedAt = Date.parse('2024-01-01T00:00:00Z')
  t.same(exchanges, [
    {
      ...{ startedAt, completedAt: startedAt + 10, method: 'POST', target: '/a?b=c', status: 200 },
      ...{ requestHeaders: ['accept', 'a/b'], requestBody: 'q=a+b' },
      ...{ headers: ['x-b', 'b'], body: 'AAE=', bodyEncoding: 'base64' },
    },
  ])
})

t.test('what is not taken, and why', async t => {
  const cases: [unknown, string][] = [
    [entry({ url: 'data:text/plain,x' }, {}), 'no HTTP request'],
    [entry({ method: 'G T' }, {}), 'no HTTP request'],
    [null, 'no HTTP request'],
    [entry({}, { status: 0 }), 'no answer'],
    [entry({}, { status: 304 }), 'an answer without its body (304)'],
    [entry({}, { content: { size: 10 } }), 'an answer without its body'],
    [entry({}, {}, { startedDateTime: 'yesterday' }), 'no time that is over'],
    [entry({}, {}, { startedDateTime: '2025-01-01T00:00:00Z' }), 'no time that is over'],
  ]
  for (const [one, why] of cases) t.same(read(one), { exchanges: [], leftOut: { [why]: 1 } }, why)
  for (const document of [undefined, [], { log: {} }, { log: { entries: {} } }])
    t.equal(readHar(document, NOW), undefined)
})

t.test('in the order in which they were complete; whether any has credentials', async t => {
  const recording = read(entry({ url: 'http://h/slow' }, {}, { time: 100 }), entry({ url: 'http://h/quick' }, {}))
  t.same(
    recording.exchanges.map(({ target }) => target),
    ['/quick', '/slow'],
  )
  t.equal(hasCredentials(recording, ['cookie']), false)
  t.equal(hasCredentials(read(entry({ headers: [{ name: 'Cookie', value: 'a' }] }, {})), ['cookie']), true)
})
