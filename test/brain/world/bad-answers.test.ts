// Answers that are odd, broken or hostile: what is composed from them is right or is not said at all.
import { serialize } from 'node:v8'
import t from 'tap'
import { jsonOf } from '../../../brain/learn/readable-body.js'
import { compareRows } from '../../../brain/world/ordering.js'
import { namedFilters, satisfies } from '../../../brain/world/predicate.js'
import { SparseList } from '../../../brain/world/sparse-list.js'
import { parseJson } from '../../../core/contract/json.js'
import { nodeSimilarity } from '../../../core/contract/similarity.js'
import { type Answer, LearningModel } from '../../support/learning-model.js'

const bodyOf = (answer: Answer): string => ('refused' in answer ? `refused: ${answer.refused}` : answer.body)
const isRefused = (answer: Answer): boolean => 'refused' in answer
const node = (text: string) => parseJson(text)!

t.test('identifiers beyond 2^53 are exact: in paths, in filters, in orders', t => {
  const api = new LearningModel()
  const row = (i: number) => `{"id":900719925474099${i},"name":"thing ${i}","group":"g${i % 2}"}`
  const list = (ids: number[]) => `[${ids.map(row).join(',')}]`
  api.learn({ path: '/things', body: list([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) })
  api.learn({ path: '/things/9007199254740990', body: row(0) })
  api.learn({ path: '/things/9007199254740991', body: row(1) })
  for (const i of [2, 3, 4]) t.equal(bodyOf(api.ask({ path: `/things/900719925474099${i}` })), row(i))
  const big = (i: number) => node(row(i))
  t.ok(satisfies(big(3), { member: 'id', test: 'gt' }, '9007199254740992'))
  t.notOk(satisfies(big(3), { member: 'id', test: 'gte' }, '9007199254740994'))
  t.ok(satisfies(node('{"id":-9007199254740993}'), { member: 'id', test: 'lt' }, '-9007199254740992'))
  t.notOk(satisfies(node('{"id":1}'), { member: 'id', test: 'eq' }, '1.00000000000000000001'))
  const order = [{ member: 'id', descending: false }]
  const collation = { nothing: 'low', texts: 'code' } as const
  const compare = (a: string, b: string) => Math.sign(compareRows(node(a), node(b), order, collation))
  t.equal(compare('{"id":9007199254740993}', '{"id":9007199254740992}'), 1)
  t.equal(compare('{"id":-9007199254740993}', '{"id":-9007199254740992}'), -1)
  t.equal(compare('{"id":1e999}', '{"id":1e998}'), 0, 'beyond all numbers: not known, but no NaN')
  t.equal(compare('{"id":10.5}', '{"id":9007199254740993}'), -1)
  t.end()
})

t.test('names that every object has mean nothing', t => {
  for (const name of ['price_constructor', 'constructor', 'constructor_price', '__proto__', 'price__proto__'])
    t.doesNotThrow(() => serialize(namedFilters(name, ['price', 'proto'])), `${name} can be written down`)
  t.same(namedFilters('price_constructor', ['price']), [])
  const api = new LearningModel()
  const row = (id: string) => ({ id, constructor: `c-${id}`, valueOf: 1 })
  const text = (id: string) => JSON.stringify(row(id)).replace('{', '{"__proto__":{"admin":true},')
  for (const id of ['__proto__', 'constructor', 'hasOwnProperty', 'toString'])
    api.learn({ path: `/users/${id}`, query: '__proto__=1&constructor=2', body: text(id) })
  api.learn({ path: '/users', body: `[${['__proto__', 'constructor', 'valueOf', 'x'].map(text).join(',')}]` })
  t.equal(bodyOf(api.ask({ path: '/users/valueOf', query: '__proto__=1&constructor=2' })), text('valueOf'))
  t.ok(isRefused(api.ask({ path: '/users/isPrototypeOf' })), 'nothing is found that was never learned')
  t.equal(({} as { admin?: boolean }).admin, undefined)
  t.doesNotThrow(() => JSON.parse(JSON.stringify(api.routes)))
  t.end()
})

t.test('rows that have no identifier of their own are in no list that is put together', t => {
  for (const [what, odd] of [
    ['null', '{"id":null,"name":"none"}'],
    ['an object', '{"id":{"a":1},"name":"object"}'],
    ['the same again', '{"id":1,"name":"again"}'],
    ['a number as a text', '{"id":"1","name":"text"}'],
    ['100 KB', `{"id":"${'x'.repeat(100_000)}","name":"long"}`],
  ]) {
    const api = new LearningModel()
    const good = (i: number) => `{"id":${i},"name":"thing ${i}"}`
    for (let i = 1; i <= 4; i++)
      api.learn({ path: '/things', query: `page=${i}`, body: `[${good(2 * i - 1)},${good(2 * i)}]` })
    const body = `[${good(1)},${odd},${good(2)}]`
    api.learn({ path: '/things', query: 'page=1', body })
    api.learn({ path: '/things', query: 'page=1', body })
    const answer = api.ask({ path: '/things', query: 'page=1' })
    t.ok(isRefused(answer) || bodyOf(answer) === body, `${what}: ${bodyOf(answer)}`)
  }
  t.end()
})

t.test('identifiers are told apart by case, sign and digits behind the point', t => {
  const api = new LearningModel()
  const ids = ['"aB3dE6gH9jK2mN5p"', '"Ab3dE6gH9jK2mN5p"', '"AB3DE6gH9jK2mN5p"', '-7', '7', '7.5', '"7.50"', '70']
  const row = (id: string) => `{"id":${id},"name":"name of ${id.replaceAll('"', '')}"}`
  api.learn({ path: '/things', body: `[${ids.map(row).join(',')}]` })
  api.learn({ path: '/things/7', body: row('7') })
  api.learn({ path: '/things/70', body: row('70') })
  api.learn({ path: '/things/aB3dE6gH9jK2mN5p', body: row('"aB3dE6gH9jK2mN5p"') })
  t.equal(bodyOf(api.ask({ path: '/things/Ab3dE6gH9jK2mN5p' })), row('"Ab3dE6gH9jK2mN5p"'))
  for (const id of ids) {
    const answer = api.ask({ path: `/things/${id.replaceAll('"', '')}` })
    t.ok(isRefused(answer) || bodyOf(answer) === row(id), `${id}: ${bodyOf(answer)}`)
  }
  for (const id of ['ab3dE6gH9jK2mN5p', '-70', '7.0', '07', '7.5000000000000000000001'])
    t.ok(isRefused(api.ask({ path: `/things/${id}` })), `${id} is another`)
  t.end()
})

t.test('a total that lies empties no list, and one of 10^12 costs nothing', t => {
  const list = new SparseList()
  list.place(0, ['a', 'b', 'c'], 1, false, 0)
  t.same(list.slice(0, 3), ['a', 'b', 'c'])
  const long = new SparseList()
  long.place(0, ['a', 'b'], 1, false, 999_999_999_999)
  t.equal(long.isWhole, false)
  t.ok(long.slice(0, Number.POSITIVE_INFINITY).length < 10_000)
  t.ok(long.slice(0, 999_999_999).length < 10_000)
  t.ok(new SparseList().slice(999_999_999, 999_999_999).length < 10_000)
  t.end()
})

t.test('pages that are none are not made up', t => {
  const api = new LearningModel()
  const row = (i: number) => ({ id: i, name: `thing ${i}` })
  const page = (n: number, size: number) => Array.from({ length: size }, (_, i) => row((n - 1) * size + i + 1))
  for (let n = 1; n <= 6; n++)
    api.learn({ path: '/things', query: `page=${n}&limit=5`, body: { total: 40, items: page(n, 5) } })
  t.equal(
    bodyOf(api.ask({ path: '/things', query: 'page=2&limit=10' })),
    JSON.stringify({ total: 40, items: page(2, 10) }),
  )
  for (const query of ['page=0&limit=5', 'page=-1&limit=5', 'page=1&limit=0', 'page=1.5&limit=5', 'page=1&limit=-5'])
    t.ok(isRefused(api.ask({ path: '/things', query })), query)
  // All of them are over in no time.
  for (const query of ['page=999999999&limit=999999999', 'page=1&limit=999999999', 'page=1e9&limit=5'])
    t.ok(bodyOf(api.ask({ path: '/things', query })).length < 10_000, query)
  t.end()
})

t.test('a cursor that leads back does not move the pages it came from', t => {
  const api = new LearningModel()
  const row = (i: number) => ({ id: i, name: `thing ${i}` })
  const page = (n: number) => [row(3 * n), row(3 * n + 1), row(3 * n + 2)]
  const next = ['c1', 'c2', 'c3', 'c1']
  for (let round = 0; round < 2; round++)
    for (let n = 0; n < 4; n++)
      api.learn({
        path: '/feed',
        query: n === 0 ? 'limit=3' : `limit=3&cursor=c${n}`,
        body: { items: page(n), next: next[n] },
      })
  const answer = api.ask({ path: '/feed', query: 'limit=3&cursor=c1' })
  t.ok(isRefused(answer) || bodyOf(answer).startsWith(JSON.stringify({ items: page(1) }).slice(0, -1)), bodyOf(answer))
  t.end()
})

t.test('NUL and the marks of this program in an answer are no marks', t => {
  const api = new LearningModel()
  const body = (i: number) => ({
    note: '\u0000records',
    items: [
      { id: i, 'a\u0000b': i, text: 'x\u0000\u0004' },
      { id: i + 1, 'a\u0000b': 0, text: '' },
    ],
  })
  for (let i = 0; i < 8; i += 2) api.learn({ path: '/odd', query: `page=${i}`, body: body(i) })
  for (let i = 0; i < 8; i += 2) {
    const answer = api.ask({ path: '/odd', query: `page=${i}` })
    t.ok(isRefused(answer) || bodyOf(answer) === JSON.stringify(body(i)), bodyOf(answer))
  }
  t.end()
})

t.test('lone surrogates are said as they came, also where an address is made of them', t => {
  const api = new LearningModel()
  const row = (i: number) => `{"id":${i},"name":"\\ud83${i}"}`
  api.learn({ path: '/odd', body: `[${[1, 2, 3, 4].map(row).join(',')}]` })
  for (const i of [1, 2]) api.learn({ path: `/odd/${i}`, body: row(i) })
  t.equal(bodyOf(api.ask({ path: '/odd/3' })), row(3))
  for (let i = 1; i < 9; i++)
    api.learn({
      method: 'POST',
      path: '/odd/search',
      asked: `{"query":"\\ud83${i}"}`,
      body: `{"self":"/odd/search?q=%EF%BF%BD","rows":[${row(i)},${row(i + 1)}],"q":"\\ud83${i}"}`,
    })
  t.doesNotThrow(() => api.ask({ method: 'POST', path: '/odd/search', asked: '{"query":"\\udc00"}' }))
  t.end()
})

t.test('an identifier in base64 is not found by characters that base64 has not', t => {
  const api = new LearningModel()
  const id = (i: number) => Buffer.from(`Thing:${i}`).toString('base64')
  const row = (i: number) => ({ id: id(i), name: `thing ${i}` })
  api.learn({ path: '/things', body: [1, 2, 3, 7, 8].map(row) })
  for (const i of [1, 2, 3]) api.learn({ path: `/things/${i}`, body: row(i) })
  t.equal(bodyOf(api.ask({ path: '/things/7' })), JSON.stringify(row(7)))
  // U+0137 is 0x37 in its low octet, and that is a 7.
  const answer = api.model.compose(
    { path: '/things/%C4%B7', query: '', scope: '' },
    { kind: 'plain' },
    { routeId: api.routes.match('GET', '/things/7')!.route.id, pattern: '/things/{id}', params: ['%C4%B7'] },
  )
  t.equal(answer.kind, 'none')
  t.end()
})

t.test('only one JSON document is JSON', t => {
  const read = (type: string, body: string | Uint8Array) => jsonOf(Buffer.from(body as string), ['content-type', type])
  for (const type of [
    'application/x-ndjson',
    'application/jsonl',
    'application/json-seq',
    'application/stream+json',
    'application/jsonlines',
  ])
    t.equal(read(type, '{"id":1}\n'), undefined, type)
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.api+json',
    'text/json',
    'APPLICATION/HAL+JSON',
    'text/plain',
  ])
    t.ok(read(type, '{"id":1}'), type)
  for (const body of [
    '{"a":1}\n{"a":2}',
    '<a/>',
    '{"a":1,"a":2}',
    '\u0000',
    '{"a":1}x',
    '',
    '\ufeff{"a":1}',
    '[1,]',
    '01',
    "{'a':1}",
  ])
    t.equal(read('application/json', body), undefined, JSON.stringify(body))
  t.equal(read('application/json', Buffer.from([0x22, 0xff, 0x22])), undefined, 'no UTF-8')
  t.equal(read('application/json', '['.repeat(100_000)), undefined, 'deep')
  t.equal(read('application/json', `${'['.repeat(66)}${']'.repeat(66)}`), undefined)
  t.equal(read('application/json', `[${'1,'.repeat(100_000)}1]`)?.kind, 'array')
  t.end()
})

t.test('lists in lists in lists are compared in bounded time, and the same is the same', t => {
  const cube = (n: number, of: (i: number) => number) =>
    node(
      JSON.stringify(
        Array.from({ length: n }, (_, a) =>
          Array.from({ length: n }, (_, b) => Array.from({ length: n }, (_, c) => of(a * n * n + b * n + c))),
        ),
      ),
    )
  const a = cube(40, i => i)
  t.equal(
    nodeSimilarity(
      a,
      cube(40, i => i),
    ),
    1,
  )
  t.ok(
    nodeSimilarity(
      a,
      cube(40, i => -i - 1),
    ) < 0.1,
  )
  t.end()
})

t.test('patterns with many wildcards are matched in bounded time', t => {
  const row = node(JSON.stringify({ name: 'a'.repeat(20_000) }))
  const like = { member: 'name', test: 'like' } as const
  t.notOk(satisfies(row, like, `${'%a'.repeat(40)}%b`))
  t.ok(satisfies(row, like, `${'%A'.repeat(40)}%`))
  const name = (text: string) => node(JSON.stringify({ name: text }))
  for (const [text, pattern, fits] of [
    ['Alien', 'al%', true],
    ['Alien', '%ien', true],
    ['Alien', '%lie%', true],
    ['Alien', 'lie', true],
    ['Alien', 'a_ien', true],
    ['Alien', 'a_en', false],
    ['Alien', 'lie%', false],
    ['Alien', '%li', false],
    ['a.b', 'a_b', true],
    ['axb', 'a.b%', false],
    ['', '%', true],
    ['aab', 'a%ab', true],
    ['ab', 'a%ab', false],
    ['line\nbreak', 'line%', true],
    ['100*', '100*', true],
  ] as const)
    t.equal(satisfies(name(text), like, pattern), fits, `${text} ${pattern}`)
  t.end()
})

t.test('what one stranger is told is told to no other; what several were told is', t => {
  const api = new LearningModel()
  for (let i = 1; i <= 3; i++) api.learn({ path: `/secret/${i}`, scope: 'owner', body: { id: i, name: `thing ${i}` } })
  const denied = (who: string, says: string) =>
    api.learn({ path: '/secret/2', scope: who, status: 403, body: { error: 'forbidden', token: says } })
  for (let i = 0; i < 7; i++) denied('a', 'token of a')
  t.ok(isRefused(api.ask({ path: '/secret/2', scope: 'c' })))
  denied('b', 'token of b')
  t.notMatch(
    bodyOf(api.ask({ path: '/secret/2', scope: 'c' })),
    /token of/,
    'one that was told it often has no more voices',
  )
  t.match(bodyOf(api.ask({ path: '/secret/2', scope: 'c' })), '"error":"forbidden"')
  t.match(bodyOf(api.ask({ path: '/secret/2', scope: 'a' })), 'token of a')
  t.end()
})

t.test('the same nameless words that one stranger always got with 401 are told to the next', t => {
  const told = (words: string, times: number, status = 401) => {
    const api = new LearningModel()
    for (let i = 1; i <= 3; i++)
      api.learn({ path: `/secret/${i}`, scope: 'owner', body: { id: i, name: `thing ${i}` } })
    for (let i = 0; i < times; i++) api.learn({ path: '/secret/2', scope: 'a', status, body: { error: words } })
    const said = api.ask({ path: '/secret/2', scope: 'c' })
    return isRefused(said) ? undefined : bodyOf(said)
  }
  t.match(told('bad token', 3), 'bad token')
  t.equal(told('bad token', 2), undefined, 'too seldom to be always')
  t.equal(told('bad token', 3, 403), undefined, 'whoever gets 403 may be known to the API')
  t.equal(told('a@example.org has been locked out', 3), undefined)
  t.equal(told('client 17 has been locked out', 3), undefined)
  t.end()
})

t.test('things that point to each other are not unrolled without end', t => {
  const api = new LearningModel()
  const id = (i: number) => `person-of-the-graph-${i}`
  const friends = Array.from({ length: 40 }, (_, i) => ({ id: id(i) }))
  const ask = (query: string) => JSON.stringify({ query })
  for (let i = 0; i < 40; i++)
    api.learn({
      method: 'POST',
      path: '/graphql',
      asked: ask(`{ person(id: "${id(i)}") { id friends { id } } }`),
      body: { data: { person: { id: id(i), friends } } },
    })
  const near = ask(`{ person(id: "${id(3)}") { friends { id friends { id } } } }`)
  t.match(bodyOf(api.ask({ method: 'POST', path: '/graphql', asked: near })), id(39))
  const far = ask(`{ person(id: "${id(3)}") { ${'friends { id '.repeat(20)}${'}'.repeat(20)} } }`)
  t.match(bodyOf(api.ask({ method: 'POST', path: '/graphql', asked: far })), 'too much is asked for')
  t.end()
})
