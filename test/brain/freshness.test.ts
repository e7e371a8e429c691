// What a write that was seen live makes of everything that shows what it touched: exemplars, records, lists. On a real LMDB.
import t from 'tap'
import type { Exchange } from '../../core/contract/exchange.js'
import { exchange, json, open, write } from './learner-in-time.js'

interface Movie {
  readonly id: number
  readonly title: string
  readonly genre: string
  readonly directorId: number
  readonly year?: number
}

const genres = ['drama', 'comedy', 'horror']
const movies = (): Movie[] =>
  Array.from({ length: 12 }, (_, i) => ({
    id: i + 1,
    title: `Movie ${String.fromCharCode(65 + i)}`,
    genre: genres[i % 3]!,
    directorId: 1 + (i % 4),
    year: 1990 + i,
  }))
const director = (id: number, name = `Director ${id}`) => ({ id, name, born: 1940 + id, country: `Land ${id}` })

/** Everything as the API shows it, seen under one credential. */
const seeAll = (all: readonly Movie[], over: Partial<Exchange> = {}): Exchange[] => {
  const see = (target: string, body: unknown) => exchange(target, body, over)
  const embedded = (movie: Movie) => ({ ...movie, director: director(movie.directorId) })
  return [
    see('/movies', all),
    ...genres.map(genre =>
      see(
        `/movies?genre=${genre}`,
        all.filter(movie => movie.genre === genre),
      ),
    ),
    ...all.slice(0, 8).map(movie => see(`/movies/${movie.id}`, movie)),
    ...[1, 2, 3, 4].map(id => see(`/directors/${id}`, director(id))),
    ...[1, 2, 3, 4].map(id =>
      see(
        `/directors/${id}/movies`,
        all.filter(movie => movie.directorId === id),
      ),
    ),
    ...all.slice(0, 8).map(movie => see(`/movies/${movie.id}?_expand=director`, embedded(movie))),
    see('/movies', all),
  ]
}

t.test('a write makes stale what shows its record, and lists that it comes into or leaves; nothing else', async t => {
  const { learn, isStale, memory, learner } = open(t)
  await learn(...seeAll(movies()))
  // From drama to comedy.
  await learn(write('PATCH', '/movies/1', { genre: 'comedy' }, { says: { ...movies()[0]!, genre: 'comedy' } }))
  t.match(memory.exemplar('GET /movies/1 '), { gone: true })
  for (const target of ['/movies', '/movies?genre=drama', '/movies?genre=comedy', '/directors/1/movies'])
    t.ok(isStale(target), target)
  for (const target of [
    '/movies?genre=horror',
    '/movies/2',
    '/directors/1',
    '/directors/2/movies',
    '/movies/2?_expand=director',
  ])
    t.notOk(isStale(target), target)
  // An embedded copy, and the lists that have none stay.
  await learn(write('PUT', '/directors/2', director(2, 'Renamed'), { says: director(2, 'Renamed') }))
  t.ok(isStale('/movies/2?_expand=director'))
  t.ok(isStale('/movies/6?_expand=director'))
  t.notOk(isStale('/movies/3?_expand=director'))
  t.notOk(isStale('/directors/2/movies'))
  // A live answer makes it fresh; what it was is graded apart.
  const changed = movies().map(movie => (movie.id === 1 ? { ...movie, genre: 'comedy' } : movie))
  await learn(
    exchange(
      '/movies?genre=drama',
      changed.filter(({ genre }) => genre === 'drama'),
    ),
  )
  t.notOk(isStale('/movies?genre=drama'))
  await learner.flush()
  const route = learner.lesson().routes.find(({ pattern }) => pattern === '/movies')!
  t.equal(route.staleGrade?.graded, 1)
  t.ok(route.staleGrade!.confidence < 0.9, 'it was not the truth any more')
  t.equal(route.grades.exact!.confidence > 0.94, true, 'that is no fault of answers that are not stale')
})

t.test('an answer that was under way when the write went through stays stale, and teaches nothing old', async t => {
  const { learn, isStale, ask } = open(t)
  await learn(...seeAll(movies()))
  const before = exchange(
    '/movies?genre=drama',
    movies().filter(({ genre }) => genre === 'drama'),
  )
  const patch = write('PATCH', '/movies/1', { title: 'Renamed' }, { says: { ...movies()[0]!, title: 'Renamed' } })
  await learn(patch, { ...before, completedAt: patch.completedAt + 5 })
  t.ok(isStale('/movies?genre=drama'))
  t.match(ask('/movies/1'), { body: { title: 'Renamed' } })
})

t.test('records and lists follow writes', async t => {
  const { learn, ask } = open(t)
  const all = movies()
  await learn(...seeAll(all))
  const titles = (target: string) => (ask(target).body as Movie[] | undefined)?.map(({ title }) => title)

  await learn(write('PATCH', '/movies/1', { title: 'Patched' }))
  t.match(ask('/movies/1'), { body: { ...all[0], title: 'Patched' } }, '204: what was sent holds, the rest stays')
  t.same(titles('/movies?genre=drama')?.[0], 'Patched')
  t.same((ask('/directors/1/movies').body as Movie[])[0]?.title, 'Patched')

  const { year: _, ...whole } = { ...all[3]!, title: 'Put' }
  await learn(write('PUT', '/movies/4', whole))
  t.same(ask('/movies/4').body, whole, 'a PUT replaces: what it does not say is gone')

  await learn(write('PATCH', '/movies/7', undefined, { requestHeaders: ['content-type', 'text/x-unknown'] }))
  t.match(ask('/movies/7'), { refused: /./ }, 'nobody said what became of it')
  await learn(exchange('/movies/7', { ...all[6]!, title: 'Seen' }))
  t.match(ask('/movies/7'), { body: { title: 'Seen' } }, 'until it is seen again')
  t.ok(titles('/movies?genre=drama')?.includes('Seen'), 'a newer detail corrects the older row')
  await learn(exchange('/movies?genre=drama', [{ ...all[6]!, title: 'Row' }]))
  t.match(ask('/movies/7'), { body: { title: 'Row' } }, 'and a newer row the older detail')

  await learn(write('PATCH', '/directors/3', { name: 'New name' }))
  t.match(
    ask('/movies/3?_expand=director'),
    { body: { director: { id: 3, name: 'New name' } } },
    'embedded copies as well',
  )
  await learn(write('PATCH', '/movies/3', { directorId: 4 }))
  t.match(ask('/movies/3?_expand=director'), { body: { director: { id: 4, name: 'Director 4' } } })
  t.notOk(titles('/directors/3/movies')?.includes('Movie C'), 'it left the list of one')
  t.ok(titles('/directors/4/movies')?.includes('Movie C'), 'and came into that of the other')
})

t.test(
  'what is deleted is gone from its lists, and asking for it gets what was said of others that are gone',
  async t => {
    const { learn, ask, isStale } = open(t)
    await learn(...seeAll(movies()))
    const gone = { status: 404, headers: json }
    await learn(write('DELETE', '/movies/5', undefined))
    await learn(exchange('/movies/5', { error: 'Movie not found', path: '/movies/5' }, gone))
    await learn(write('DELETE', '/movies/6', undefined))
    await learn(exchange('/movies/6', { error: 'Movie not found', path: '/movies/6' }, gone))
    await learn(write('DELETE', '/movies/2', undefined))
    t.match(ask('/movies/2'), { status: 404, body: { error: 'Movie not found', path: '/movies/2' } })
    t.same(
      (ask('/movies').body as Movie[]).map(({ id }) => id),
      [1, 3, 4, 7, 8, 9, 10, 11, 12],
    )
    t.ok(isStale('/movies?genre=comedy'))
    t.ok(isStale('/directors/2/movies'))
    t.notOk((ask('/directors/2/movies').body as Movie[] | undefined)?.some(({ id }) => id === 2))
  },
)

t.test(
  'what is made comes into the lists it belongs to; where nobody says how it is named these are not known',
  async t => {
    const { learn, ask, isStale } = open(t)
    await learn(...seeAll(movies()))
    const made = { id: 13, title: 'Movie Z', genre: 'horror', directorId: 2, year: 2020 }
    const { id: _, ...sent } = made
    await learn(write('POST', '/movies', sent, { status: 201, says: { data: made } }))
    t.same(ask('/movies/13').body, made, 'an envelope around it')
    t.same((ask('/movies?genre=horror').body as Movie[]).at(-1)?.id, 13)
    for (const target of ['/movies?genre=horror', '/directors/2/movies']) t.ok(isStale(target), target)
    for (const target of ['/movies?genre=drama', '/directors/1/movies']) t.notOk(isStale(target), target)

    await learn(
      write(
        'POST',
        '/movies',
        { ...sent, genre: 'drama', directorId: 3 },
        { status: 201, headers: ['location', '/movies/14'] },
      ),
    )
    t.match(ask('/movies/14').body, { id: 14, title: 'Movie Z', genre: 'drama' }, 'Location names it')

    await learn(write('POST', '/movies', { ...sent, genre: 'comedy', directorId: 4 }, { status: 204 }))
    t.notMatch(ask('/movies'), { because: /whole/ })
    t.ok(isStale('/movies?genre=comedy'))
    t.ok(isStale('/directors/4/movies'))
    t.notOk(isStale('/directors/1/movies'))
  },
)

t.test('below a record, at a place that nobody reads: the record is another one now', async t => {
  const { learn, ask, isStale } = open(t)
  await learn(...seeAll(movies()))
  await learn(write('POST', '/movies/3/publish', undefined))
  t.match(ask('/movies/3'), { refused: /./ })
  t.ok(isStale('/movies/3'))
  t.ok(isStale('/movies?genre=horror'))
  t.notOk(isStale('/movies/4'))
})

t.test('another credential writes', async t => {
  const { learn, ask, isStale } = open(t)
  await learn(...seeAll(movies()))
  await learn(write('PATCH', '/movies/1', { title: 'By an editor' }, { scope: 'editor' }))
  t.match(ask('/movies/1'), { body: { title: 'By an editor' } }, 'of what is public')

  await learn(...seeAll(movies(), { scope: 'alice' }), ...seeAll(movies(), { scope: 'bob' }))
  const says = { ...movies()[7]!, title: 'Seen by bob alone' }
  await learn(write('PATCH', '/movies/8', { title: says.title }, { scope: 'bob', says }))
  t.match(ask('/movies/8', 'bob'), { body: { title: 'Seen by bob alone' } })
  t.notMatch(ask('/movies/8', 'alice'), { body: { title: /./ } }, 'neither the old one nor what bob was told')
  t.ok(isStale('/movies', 'alice'))

  // Each has things of his own under the same numbers.
  const own = (name: string) =>
    Array.from({ length: 6 }, (_, i) => ({ id: i + 1, note: `${name} ${i}`, size: name.length + i }))
  for (const scope of ['carol', 'dave'])
    await learn(
      exchange('/notes', own(scope), { scope }),
      ...own(scope).map(note => exchange(`/notes/${note.id}`, note, { scope })),
      exchange('/notes', own(scope), { scope }),
    )
  await learn(write('PATCH', '/notes/2', { note: 'x' }, { scope: 'dave' }))
  await learn(
    write(
      'POST',
      '/notes',
      { note: 'y', size: 1 },
      { scope: 'dave', status: 201, says: { id: 7, note: 'y', size: 1 } },
    ),
  )
  t.match(ask('/notes/2', 'carol'), { body: { note: 'carol 1' } })
  t.same(ask('/notes', 'carol').body, own('carol'))
  t.notOk(JSON.stringify(ask('/notes', 'carol')).includes('"y"'))
})

t.test('where things stand is known again after a restart', async t => {
  const first = open(t)
  await first.learn(...seeAll(movies()))
  await first.learn(write('PATCH', '/movies/1', { genre: 'comedy' }, { says: { ...movies()[0]!, genre: 'comedy' } }))
  await first.learner.flush()
  await first.close()
  const second = open(t, first.folder)
  t.ok(second.isStale('/movies?genre=drama'), 'stale stays stale')
  t.match(second.ask('/movies/1'), { body: { genre: 'comedy' } })
  await second.learn(write('PATCH', '/directors/2', { name: 'Renamed' }))
  t.ok(second.isStale('/movies/2?_expand=director'))
  t.notOk(second.isStale('/movies/3?_expand=director'))
  await second.learn(write('PATCH', '/movies/4', { genre: 'horror' }))
  t.ok(second.isStale('/movies?genre=horror'))
  t.same(
    (second.ask('/movies?genre=drama').body as Movie[]).map(({ id }) => id),
    [7, 10],
  )
})

t.test('a word that turns out to be a route of its own takes its exemplars along', async t => {
  const { learn, learner, exemplar, ask } = open(t)
  const names = Array.from({ length: 12 }, (_, i) => `name${'abcdefghijkl'[i]}`)
  const person = (name: string) => ({ login: name, mail: `${name}@x`, role: 'user' })
  for (let round = 0; round < 3; round++) await learn(...names.map(name => exchange(`/people/${name}`, person(name))))
  const self = { account: 'namea', settings: { theme: 'dark' }, quota: 5 }
  await learn(exchange('/people/me', self), exchange('/people/me?full=1', self))
  const [first] = learner.lesson().routes
  t.equal(exemplar('/people/me').routeId, first!.id)
  await learn(exchange('/people/me', self))
  const own = learner.lesson().routes.find(({ pattern }) => pattern === '/people/me')
  for (const target of ['/people/me', '/people/me?full=1']) t.equal(exemplar(target).routeId, own!.id, target)
  t.equal(own!.exemplars, 2)
  t.equal(exemplar('/people/namea').routeId, first!.id)
  t.match(ask('/people/nameb'), { body: person('nameb') })
})

t.test('so does one in the middle of a path, both ways, whatever is behind it; the model follows', async t => {
  const { learn, learner, exemplar, ask } = open(t)
  const names = Array.from({ length: 12 }, (_, i) => `name${'abcdefghijkl'[i]}`)
  const order = (name: string, id: number) => ({
    id,
    owner: name,
    total: id * 3,
    state: id % 2 === 0 ? 'open' : 'paid',
  })
  const own = (id: number) => ({ order: id, lines: [{ sku: `s${id}`, count: id }], mine: true })
  for (let round = 0; round < 4; round++)
    await learn(
      ...names.flatMap((name, i) => [
        exchange(`/people/${name}`, { login: name, role: 'user' }),
        exchange(`/people/${name}/orders/${100 + i}`, order(name, 100 + i)),
      ]),
    )
  const pattern = (target: string) => learner.lesson().routes.find(({ id }) => id === exemplar(target).routeId)?.pattern
  await learn(exchange('/people/me/orders/1', own(1)), exchange('/people/me/orders/2?full=1', own(2)))
  t.equal(pattern('/people/me/orders/1'), '/people/{id}/orders/{id2}')
  await learn(exchange('/people/me/orders/3', own(3)))
  for (const target of ['/people/me/orders/1', '/people/me/orders/2?full=1', '/people/me/orders/3'])
    t.equal(pattern(target), '/people/me/orders/{id}', target)
  t.equal(pattern('/people/namea/orders/100'), '/people/{id}/orders/{id2}')
  const routes = () => new Map(learner.lesson().routes.map(({ pattern, exemplars }) => [pattern, exemplars]))
  t.equal(routes().get('/people/me/orders/{id}'), 3)
  t.equal(routes().get('/people/{id}/orders/{id2}'), 12)
  t.match(ask('/people/nameb/orders/101'), { body: order('nameb', 101) })
  t.match(ask('/people/me/orders/2'), { body: own(2) }, 'what the model saw of it is there')
  // The API gives it as all others now.
  const usual = Array.from({ length: 6 }, (_, i) => exchange(`/people/me/orders/${10 + i}`, order('me', 10 + i)))
  await learn(...usual)
  t.notOk(routes().has('/people/me/orders/{id}'))
  for (const target of ['/people/me/orders/1', '/people/me/orders/14'])
    t.equal(pattern(target), '/people/{id}/orders/{id2}', target)
  t.equal(routes().get('/people/{id}/orders/{id2}'), 21)
  t.match(ask('/people/me/orders/14'), { body: order('me', 14) })
})
