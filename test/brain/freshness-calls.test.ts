// What writes over one endpoint make of everything that shows what they touched: mutations of GraphQL, calls of JSON-RPC, and
// POSTs to places that nobody reads. On a real LMDB.
import t from 'tap'
import type { Exchange } from '../../core/contract/exchange.js'
import type { Exemplar } from '../../core/contract/memory.js'
import { exchange, json, open, write } from './learner-in-time.js'

const films = () =>
  Array.from({ length: 8 }, (_, i) => ({
    id: `film-${i + 1}00`,
    title: `Film ${String.fromCharCode(65 + i)}`,
    genre: i % 2 === 0 ? 'drama' : 'comedy',
    year: 1990 + i,
  }))
type Film = ReturnType<typeof films>[number]
const people = () =>
  Array.from({ length: 5 }, (_, i) => ({ id: `p-${i + 1}0000`, name: `Person ${i}`, born: 1950 + i }))

const graphKey = (query: string, scope = '') => `POST /graphql ${query} ${scope}`
const graph = (query: string, data: unknown, over: Partial<Exchange> = {}): Exchange =>
  exchange(
    '/graphql',
    { data },
    {
      method: 'POST',
      requestBody: Buffer.from(JSON.stringify({ query })),
      key: graphKey(query, over.scope),
      baseKey: graphKey(query, over.scope),
      ...over,
    },
  )
const call = (method: string, params: unknown, result: unknown, over: Partial<Exchange> = {}): Exchange => {
  const key = `POST /rpc ${method} ${JSON.stringify(params)} ${over.scope ?? ''}`
  const requestBody = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  return exchange(
    '/rpc',
    { jsonrpc: '2.0', id: 1, result },
    { method: 'POST', requestBody, key, baseKey: key, ...over },
  )
}

const fields = 'id title genre year'
const all = `{films{${fields}}}`
const filmOf = (id: string) => `{film(id:"${id}"){${fields}}}`
const ofGenre = (genre: string) => `{films(genre:"${genre}"){${fields}}}`
const seeFilms = (of: readonly Film[], over: Partial<Exchange> = {}): Exchange[] => [
  graph(all, { films: of }, over),
  ...['drama', 'comedy'].map(genre => graph(ofGenre(genre), { films: of.filter(film => film.genre === genre) }, over)),
  ...of.slice(0, 6).map(film => graph(filmOf(film.id), { film }, over)),
  graph('{people{id name born}}', { people: people() }, over),
  ...people().map(person => graph(`{person(id:"${person.id}"){id name born}}`, { person }, over)),
  graph(all, { films: of }, over),
]

const start = (tap: Parameters<typeof open>[0], folder?: string) => {
  const opened = open(tap, folder)
  const { learner, memory } = opened
  const stored = (query: string, scope = '') => memory.exemplar(graphKey(query, scope)) as Exemplar | undefined
  const isStale = (query: string, scope = '') => stored(query, scope)?.staleAt !== undefined
  const ask = (query: string, scope = '', path = '/graphql') => {
    const body = path === '/graphql' ? JSON.stringify({ query }) : query
    const reply = learner.compose({ method: 'POST', path, query: '', scope, contentType: 'application/json', body })
    if (reply.kind === 'none') return { refused: reply.because }
    return { because: reply.because, grade: reply.grade, body: JSON.parse(Buffer.from(reply.body).toString()) }
  }
  return { ...opened, stored, isStale, ask }
}

t.test('a mutation changes what its answer shows, and makes stale what shows that; nothing else', async t => {
  const { learn, isStale, ask } = start(t)
  const [first, second] = films() as [Film, Film]
  await learn(...seeFilms(films()))
  const changed = { ...first, genre: 'comedy' }
  // Under names of its own, and within others.
  const mutation = `mutation{a:change(film:"${first.id}",to:{genre:"comedy"}){done{n:id what:title genre year}}}`
  const shown = { n: changed.id, what: changed.title, genre: changed.genre, year: changed.year }
  await learn(graph(mutation, { a: { done: shown } }))
  for (const query of [filmOf(first.id), ofGenre('drama'), ofGenre('comedy'), all]) t.ok(isStale(query), query)
  for (const query of [filmOf(second.id), '{people{id name born}}', `{person(id:"p-10000"){id name born}}`])
    t.notOk(isStale(query), query)
  t.same(ask(filmOf(first.id)).body, { data: { film: changed } })
  t.same(ask(filmOf(second.id)).body, { data: { film: second } })
  const drama = ask(ofGenre('drama')).body as { data: { films: Film[] } } | undefined
  t.notOk(
    drama?.data.films.some(({ id }) => id === first.id),
    'it left the list',
  )
})

t.test('what it sent and does not show is in doubt, what it names and does not show at all as well', async t => {
  const { learn, isStale, ask } = start(t)
  const [first, second, third] = films() as [Film, Film, Film]
  await learn(...seeFilms(films()))
  await learn(
    graph(`mutation{change(id:"${first.id}",title:"New",year:2001){id title genre}}`, {
      change: { id: first.id, title: 'New', genre: first.genre },
    }),
  )
  const asked = ask(filmOf(first.id)).body as { data: { film: Partial<Film> } }
  t.equal(asked.data.film.title, 'New')
  t.equal(asked.data.film.genre, first.genre)
  t.not(asked.data.film.year, first.year, 'the year was sent, and what became of it nobody said')

  await learn(graph(`mutation{remove(id:"${second.id}"){ok}}`, { remove: { ok: true } }))
  t.match(ask(filmOf(second.id)), { refused: /./ })
  t.ok(isStale(filmOf(second.id)))
  t.ok(isStale(all))
  t.notMatch(ask(all), { because: /list whole/ }, 'it may have one row less')
  t.notOk(isStale(filmOf(third.id)))
  t.same(ask(filmOf(third.id)).body, { data: { film: third } })
  await learn(graph(filmOf(second.id), { film: { ...second, title: 'Still there' } }))
  t.match(ask(filmOf(second.id)), { body: { data: { film: { title: 'Still there' } } } }, 'until it is seen again')
  // A last look at what is gone shows nothing new.
  await learn(graph(`mutation{remove(id:"${third.id}"){id title}}`, { remove: { id: third.id, title: third.title } }))
  t.match(ask(filmOf(third.id)), { refused: /./ })
})

t.test('what is made comes into doubt with its lists, and the answer that it is not there', async t => {
  const { learn, isStale, ask } = start(t)
  await learn(...seeFilms(films()), graph(filmOf('film-900'), { film: null }))
  const made = { id: 'film-900', title: 'Made', genre: 'drama', year: 2020 }
  await learn(graph(`mutation{put(title:"Made"){${fields}}}`, { put: made }))
  t.ok(isStale(filmOf(made.id)))
  t.ok(isStale(all))
  t.ok(isStale(ofGenre('drama')))
  t.notOk(isStale(ofGenre('comedy')))
  t.notOk(isStale('{people{id name born}}'))
  t.same(ask(filmOf(made.id)).body, { data: { film: made } })
  t.notMatch(ask(all), { because: /list whole/ })
})

t.test(
  'small numbers: of several types that have it each is in doubt, until a place has shown which it means',
  async t => {
    const { learn, isStale, ask } = start(t)
    const cats = Array.from({ length: 6 }, (_, i) => ({ id: i + 1, name: `Cat ${i}`, age: 3 + i, colour: `c${i}` }))
    const dogs = Array.from({ length: 6 }, (_, i) => ({ id: i + 1, name: `Dog ${i}`, weight: 20 + i, breed: `b${i}` }))
    const cat = (id: number) => `{cat(id:${id}){id name age colour}}`
    const dog = (id: number) => `{dog(id:${id}){id name weight breed}}`
    await learn(
      graph('{cats{id name age colour}}', { cats }),
      graph('{dogs{id name weight breed}}', { dogs }),
      ...cats.map(one => graph(cat(one.id), { cat: one })),
      ...dogs.map(one => graph(dog(one.id), { dog: one })),
    )
    await learn(graph('mutation{feed(id:1){ok}}', { feed: { ok: true } }))
    t.ok(isStale(cat(1)) && isStale(dog(1)))
    t.notOk(isStale(cat(2)) || isStale(dog(2)))
    // Two names and an id: it could be either. Nothing is made of it but doubt.
    await learn(graph('mutation{rename(id:2,name:"X"){id name}}', { rename: { id: 2, name: 'X' } }))
    t.match(ask(cat(2)), { refused: /./ })
    t.match(ask(dog(2)), { refused: /./ })
    // An answer that can only be of one, and then one that says nothing.
    const grown = { ...cats[2]!, age: 9 }
    await learn(graph('mutation{grow(id:3){id name age colour}}', { grow: grown }))
    t.same(ask(cat(3)).body, { data: { cat: grown } })
    t.notOk(isStale(dog(3)))
    await learn(graph('mutation{grow(id:4){ok}}', { grow: { ok: true } }))
    t.ok(isStale(cat(4)))
    t.notOk(isStale(dog(4)))
  },
)

t.test('names of types tell as much as identifiers', async t => {
  const { learn, ask, isStale } = start(t)
  const rows = (kind: string) =>
    Array.from({ length: 5 }, (_, i) => ({ __typename: kind, id: i + 1, name: `${kind} ${i}`, rank: i * 3 }))
  const one = (field: string, id: number) => `{${field}(id:${id}){__typename id name rank}}`
  for (const kind of ['Cat', 'Dog'])
    await learn(
      graph(`{all${kind}{__typename id name rank}}`, { [`all${kind}`]: rows(kind) }),
      ...rows(kind).map(row => graph(one(kind, row.id), { [kind]: row })),
    )
  const renamed = { __typename: 'Dog', id: 2, name: 'New' }
  await learn(graph('mutation{rename(id:2,name:"New"){__typename id name}}', { rename: renamed }))
  t.same(ask(one('Dog', 2)).body, { data: { Dog: { ...rows('Dog')[1], name: 'New' } } })
  t.same(ask(one('Cat', 2)).body, { data: { Cat: rows('Cat')[1] } })
  t.notOk(isStale(one('Cat', 2)))
})

t.test('a mutation that was refused did nothing, nor does a query or a subscription that cannot be read', async t => {
  const { learn, isStale } = start(t)
  await learn(...seeFilms(films()))
  const id = films()[0]!.id
  const refused = { data: { remove: null }, errors: [{ message: 'no', path: ['remove'] }] }
  const mutation = { query: `mutation{remove(id:"${id}"){ok}}` }
  const post = (sent: unknown, says: unknown) => write('POST', '/graphql', sent, { says })
  await learn(
    post(mutation, refused),
    post(mutation, { data: null, errors: [{ message: 'no' }] }),
    post({ query: '{films @live {id}}' }, { data: { films: [] } }),
  )
  t.notOk(isStale(filmOf(id)))
  t.notOk(isStale(all))
  const half = { data: { remove: null, other: true }, errors: [{ message: 'late', path: ['other'] }] }
  await learn(post({ query: `mutation{remove(id:"${id}"){ok} other}` }, half))
  t.ok(isStale(filmOf(id)), 'null is an answer where the error is of another field')
})

t.test('a write that names and shows nothing known: all of the endpoint is less sure, but not gone', async t => {
  const { learn, isStale, stored, ask, learner } = start(t)
  await learn(...seeFilms(films()), ...seeFilms(films(), { scope: 'alice' }), ...seeFilms(films(), { scope: 'bob' }))
  t.match(ask(all, 'alice'), { because: /list whole/ })
  await learn(graph('mutation{sweep(slug:"old"){ok}}', { sweep: { ok: true } }, { scope: 'alice' }))
  for (const query of [all, filmOf('film-100'), '{people{id name born}}']) {
    t.ok(isStale(query, 'alice'), query)
    t.ok(isStale(query, ''), 'and what everybody is told')
    t.notOk(isStale(query, 'bob'), 'not what another was')
    t.ok(stored(query, 'alice')!.body.length > 0)
  }
  t.notMatch(ask(all, 'alice'), { because: /list whole/ })
  t.match(ask(filmOf('film-100'), 'alice'), { because: /before a write/ }, 'graded apart')
  t.match(ask(filmOf('film-100'), 'bob'), { because: /\[record whole/ })
  await learn(graph(filmOf('film-100'), { film: films()[0] }, { scope: 'alice' }))
  t.notOk(isStale(filmOf('film-100'), 'alice'))
  t.notMatch(ask(filmOf('film-100'), 'alice'), { because: /before a write/ })
  t.ok(learner.counts().routes > 0)
})

t.test('what never changes anything that is read is taken for harmless, and is watched again now and then', async t => {
  const { learn, isStale } = start(t)
  await learn(...seeFilms(films()))
  const track = graph('mutation{track(event:"seen"){ok}}', { track: { ok: true } })
  const isDoubting = async () => {
    await learn({ ...track, startedAt: exchange('/', '').startedAt, completedAt: exchange('/', '').completedAt })
    const doubting = isStale(all)
    await learn(...seeFilms(films()))
    return doubting
  }
  const doubting: boolean[] = []
  for (let i = 0; i < 26; i++) doubting.push(await isDoubting())
  t.same(doubting.slice(0, 8), Array(8).fill(true))
  t.same(doubting.slice(8, 20), Array(12).fill(false))
  t.equal(doubting.filter(Boolean).length, 9, 'one of sixteen')
  // It was about a thing that is read, after all.
  const others = films().map(film => ({ ...film, year: film.year + 1 }))
  for (let i = 0; i < 40 && !isStale(all); i++)
    await learn({ ...track, startedAt: exchange('/', '').startedAt, completedAt: exchange('/', '').completedAt })
  t.ok(isStale(all))
  await learn(...seeFilms(others))
  await learn({ ...track, startedAt: exchange('/', '').startedAt, completedAt: exchange('/', '').completedAt })
  t.ok(isStale(all), 'and is trusted no more')
})

t.test('JSON-RPC: results and params as with mutations; errors, and reads in a batch, change nothing', async t => {
  const { learn, memory, ask } = start(t)
  const rows = films()
  const one = (film: Film) => call('films.get', { id: film.id }, film)
  const isStale = (exchange: Exchange) => (memory.exemplar(exchange.key) as Exemplar).staleAt !== undefined
  const list = call('films.list', {}, { items: rows })
  await learn(list, ...rows.slice(0, 6).map(one), call('films.list', {}, { items: rows }))
  const body = (film: Film) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'films.get', params: { id: film.id } })
  const batch =
    (...calls: unknown[]) =>
    (answers: unknown) =>
      write('POST', '/rpc', calls, { says: answers })
  await learn(
    call('films.rename', { id: rows[0]!.id }, undefined, {
      body: Buffer.from('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}'),
    }),
    batch({ jsonrpc: '2.0', id: 5, method: 'films.get', params: { id: rows[0]!.id } })([
      { jsonrpc: '2.0', id: 5, result: rows[0] },
    ]),
  )
  t.notOk(isStale(one(rows[0]!)))
  await learn(call('films.rename', [rows[0]!.id, 'New'], { ...rows[0], title: 'New' }))
  t.ok(isStale(one(rows[0]!)))
  t.ok(isStale(list))
  t.notOk(isStale(one(rows[1]!)))
  t.match(ask(body(rows[0]!), '', '/rpc'), { body: { result: { title: 'New' } } })
  // Answers of a batch come in any order.
  await learn(
    batch(
      { jsonrpc: '2.0', id: 1, method: 'films.rename', params: [rows[1]!.id, 'Two'] },
      { jsonrpc: '2.0', id: 2, method: 'films.rename', params: [rows[2]!.id, 'Three'] },
    )([
      { jsonrpc: '2.0', id: 2, error: { code: 1, message: 'no' } },
      { jsonrpc: '2.0', id: 1, result: { ...rows[1], title: 'Two' } },
    ]),
  )
  t.match(ask(body(rows[1]!), '', '/rpc'), { body: { result: { title: 'Two' } } })
  t.notOk(isStale(one(rows[2]!)))
  // Its body was not kept.
  await learn(write('POST', '/rpc', undefined, { status: 200 }))
  t.ok(isStale(one(rows[3]!)), 'nobody knows what it did')
  t.match(memory.exemplar(one(rows[3]!).key), { status: 200 }, 'and nothing is gone')
})

t.test('a POST to a place that nobody reads: what it names and shows, as with calls', async t => {
  const { learn, ask, isStale: _, memory, learner } = start(t)
  const items = Array.from({ length: 8 }, (_, i) => ({ id: 100 + i, name: `Item ${i}`, stock: 10 + i, shelf: `s${i}` }))
  const get = (target: string) => {
    const reply = learner.compose({ method: 'GET', path: target, query: '', scope: '', contentType: '', body: '' })
    return reply.kind === 'none' ? { refused: reply.because } : { body: JSON.parse(Buffer.from(reply.body).toString()) }
  }
  const isStale = (target: string) => (memory.exemplar(`GET ${target} `) as Exemplar).staleAt !== undefined
  await learn(
    exchange('/items', items),
    ...items.map(item => exchange(`/items/${item.id}`, item)),
    exchange('/items', items),
  )
  await learn(write('POST', '/rpc/stock-down', { itemId: 103 }, { says: { ok: true } }))
  t.match(get('/items/103'), { refused: /./ })
  t.ok(isStale('/items/103') && isStale('/items'))
  t.notOk(isStale('/items/104'))
  await learn(write('POST', '/rpc/stock-down', { itemId: 104 }, { says: { item: { ...items[4]!, stock: 13 } } }))
  t.match(get('/items/104'), { body: { ...items[4]!, stock: 13 } })
  await learn(write('POST', '/items/105/sell', undefined, { says: { ...items[5]!, stock: 1 } }))
  t.match(get('/items/105'), { body: { ...items[5]!, stock: 1 } }, 'the answer shows what became of it')
  t.ok(ask !== undefined && json.length > 0)
})

t.test('a mutation finds after a restart what was learned before it', async t => {
  const first = start(t)
  await first.learn(...seeFilms(films()), graph(filmOf('film-900'), { film: null }))
  await first.learn(graph('mutation{sweep(slug:"old"){ok}}', { sweep: { ok: true } }, { scope: 'nobody' }))
  await first.learn(...seeFilms(films()))
  await first.learner.flush()
  await first.close()
  const { learn, isStale, ask, stored } = start(t, first.folder)
  const [one, two] = films() as [Film, Film]
  await learn(graph(`mutation{change(id:"${one.id}"){${fields}}}`, { change: { ...one, year: 1 } }))
  t.ok(isStale(filmOf(one.id)) && isStale(all))
  t.notOk(isStale(filmOf(two.id)))
  t.match(ask(filmOf(one.id)), { body: { data: { film: { year: 1 } } } })
  await learn(graph('mutation{sweep(slug:"new"){ok}}', { sweep: { ok: true } }))
  t.ok(isStale(filmOf(two.id)))
  t.ok(stored(filmOf(two.id))!.body.length > 0)
})

t.test('what stands in the place of a secret is no value', async t => {
  const { learn, ask } = start(t)
  const [one] = films() as [Film]
  await learn(...seeFilms(films()))
  const says = { change: { ...one, title: '[redacted]', year: 7 } }
  await learn(graph(`mutation{change(id:"${one.id}"){${fields}}}`, says, { redactions: 1 }))
  t.match(ask(filmOf(one.id)), { refused: /./ }, 'it was named, and what became of it is not known')
})
