import t from 'tap'
import { fieldsWithout, harEntriesIn, readHarEntry } from '../../../core/contract/har-reader.js'

const entry = (request: object = {}, response: object = {}): object => ({
  ...{ startedDateTime: '2024-01-01T00:00:00.000Z', time: 10 },
  request: { method: 'GET', url: 'https://api.example/a?b=c#d', headers: [], ...request },
  response: { status: 200, headers: [], content: { text: 'x', size: 1 }, ...response },
})

t.test('an entry that says little is read as far as it goes', async t => {
  const read = readHarEntry({ request: { method: 'GET', url: 'HTTP://h' } })!
  const nothing = { text: '', encoding: 'utf8', isLeftOut: false }
  t.same(read, {
    ...{ startedAt: Number.NaN, tookMs: 0, method: 'GET', target: '/', status: 0 },
    ...{ requestHeaders: [], requestBody: nothing, headers: [], body: nothing },
  })
  t.match(readHarEntry({ ...entry(), time: -1 }), { tookMs: 0, target: '/a?b=c' })
})

t.test('bodies: as text, as octets, as params, none, and one that was not written down', async t => {
  const bodyOf = (content: unknown) => readHarEntry(entry({}, { content }))!.body
  t.same(bodyOf({ text: 'ü' }), { text: 'ü', encoding: 'utf8', isLeftOut: false })
  t.same(bodyOf({ text: '/wA=', encoding: 'base64', size: 2 }), { text: '/wA=', encoding: 'base64', isLeftOut: false })
  t.same(bodyOf({ size: 0 }), { text: '', encoding: 'utf8', isLeftOut: false })
  t.same(bodyOf(undefined), { text: '', encoding: 'utf8', isLeftOut: false })
  t.same(bodyOf({ size: 2 }), { text: '', encoding: 'utf8', isLeftOut: true })
  const postData = { params: [{ name: 'a', value: 'x y' }, { name: 'b' }] }
  t.same(readHarEntry(entry({ postData }))!.requestBody, { text: 'a=x+y&b=', encoding: 'utf8', isLeftOut: false })
})

t.test('fields: flat and in lower case, without what is none', async t => {
  const headers = [
    { name: ':authority', value: 'h' },
    { name: 'Accept', value: 'a/b' },
    { name: 'X-Split', value: 'a\r\nb: c' },
    { name: 7, value: 'x' },
    null,
    { name: 'Accept', value: '*/*' },
  ]
  const { requestHeaders } = readHarEntry(entry({ headers }))!
  t.same(requestHeaders, ['accept', 'a/b', 'accept', '*/*'])
  t.same(
    fieldsWithout(requestHeaders, (name, value) => name === 'accept' && value === '*/*'),
    ['accept', 'a/b'],
  )
})

t.test('what is no request, and what is no HAR', async t => {
  for (const none of [
    null,
    7,
    {},
    entry({ url: 'data:text/plain,x' }),
    entry({ url: 'wss://h/' }),
    entry({ method: '' }),
  ])
    t.equal(readHarEntry(none), undefined)
  for (const none of [undefined, [], { log: {} }, { log: { entries: {} } }]) t.equal(harEntriesIn(none), undefined)
  t.same(harEntriesIn({ log: { entries: [7] } }), [7])
})
