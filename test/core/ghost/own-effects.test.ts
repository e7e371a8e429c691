import t from 'tap'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { OwnWrite } from '../../../core/contract/own-write.js'
import type { MatchedRoute } from '../../../core/contract/route-match.js'
import type { RouteShows } from '../../../core/contract/route-shows.js'
import { effectOf } from '../../../core/ghost/own-effects.js'

const shows = (type: string, kind: 'many' | 'one'): RouteShows => ({ type, kind, path: [], idMember: 'id', inputs: [] })
const routes: [RegExp, RouteShows | undefined][] = [
  [/^\/books$/, shows('book', 'many')],
  [/^\/books\/\d+$/, shows('book', 'one')],
  [/^\/shelves\/\d+\/books$/, shows('book', 'many')],
  [/^\/users$/, shows('user', 'many')],
  [/^\/users\/\d+$/, shows('user', 'one')],
  [/^\/unknown$/, undefined],
]
const showsAt = (path: string): RouteShows | undefined => routes.find(([pattern]) => pattern.test(path))?.[1]
const routeOf = (path: string): MatchedRoute | undefined =>
  routes.some(([pattern]) => pattern.test(path))
    ? { route: { shows: showsAt(path) } as LessonRoute, params: [] }
    : undefined

const write = (method: string, path: string, temporaryId?: string): OwnWrite => ({
  id: 'w',
  writer: 'a',
  method,
  path,
  body: '{}',
  isMergePatch: false,
  temporary: temporaryId === undefined ? undefined : { id: temporaryId, isNumber: true },
  acceptedAt: 0,
  order: 1,
})

function effect(method: string, at: string, asked: string, temporaryId?: string) {
  const found = effectOf(
    write(method, at, temporaryId),
    { question: { kind: 'plain' }, path: asked, shows: showsAt(asked) },
    routeOf,
  )
  if (found === undefined) return undefined
  const { write: _, ...rest } = found
  return rest
}

t.test('a change is of the thing itself, of its row wherever it is listed, and of nothing else', async t => {
  t.same(effect('PATCH', '/books/7', '/books/7'), { kind: 'changed', id: '7', isHere: true })
  t.same(effect('DELETE', '/Books/7.json', '/books/7/'), { kind: 'gone', id: '7', isHere: true })
  t.same(effect('PUT', '/books/7', '/books'), { kind: 'changed', id: '7', isHere: false })
  t.same(effect('DELETE', '/books/7', '/shelves/3/books'), { kind: 'gone', id: '7', isHere: false })
  t.same(
    effect('PUT', '/books/7', '/books/8'),
    { kind: 'changed', id: '7', isHere: false },
    'where it does not stand it does nothing',
  )
  for (const asked of ['/users', '/users/7', '/other']) t.equal(effect('PUT', '/books/7', asked), undefined, asked)
})

t.test('what is made comes into its list, is asked for by its temporary id, and may be in other lists', async t => {
  t.same(effect('POST', '/books', '/books', '2000000001'), { kind: 'made', isHere: false, isElsewhere: false })
  t.same(effect('POST', '/books', '/books/2000000001', '2000000001'), {
    kind: 'made',
    isHere: true,
    isElsewhere: false,
  })
  t.same(effect('POST', '/books', '/shelves/3/books', '2000000001'), { kind: 'made', isHere: false, isElsewhere: true })
  t.equal(effect('POST', '/books', '/users', '2000000001'), undefined)
  t.equal(effect('POST', '/books', '/books/7', '2000000001'), undefined)
})

t.test('actions, and writes below a thing, make it unclear, in lists as well', async t => {
  t.same(effect('POST', '/books/7/lend', '/books/7'), { kind: 'unclear', id: '' })
  t.same(effect('POST', '/books/7/lend', '/books'), { kind: 'unclear', id: '7' })
  t.same(effect('POST', '/books/7', '/books/7'), { kind: 'unclear', id: '' })
  t.same(effect('PUT', '/books/7/cover', '/books/7'), { kind: 'unclear', id: '' })
  t.same(effect('POST', '/unknown', '/unknown'), { kind: 'unclear', id: '' })
  t.same(effect('DELETE', '/books', '/books'), { kind: 'unclear', id: '' })
  t.same(effect('DELETE', '/books/7', '/books/7/pages'), { kind: 'unclear', id: '' }, 'what belonged to it')
  t.equal(effect('POST', '/books/7/lend', '/books/8')?.kind, 'unclear')
  t.equal(effect('POST', '/books/7/lend', '/users'), undefined)
})

t.test('an endpoint through which everything goes is unclear once something was written there', async t => {
  const question = { kind: 'search', body: { kind: 'literal', raw: 'null' }, text: '' } as const
  const asked = { question, path: '/graphql', shows: undefined }
  t.equal(effectOf(write('POST', '/graphql'), asked, routeOf)?.kind, 'unclear')
  t.equal(effectOf(write('POST', '/books'), asked, routeOf), undefined)
})
