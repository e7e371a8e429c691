import t from 'tap'
import { styles } from '../../support/api-styles.js'
import { type Quirk, SmallApi, type Style } from '../../support/small-api.js'
import { examine, Student } from '../../support/study.js'

/** Share of questions never asked before that were answered as whole after 300 others, as found, rounded down. */
const answered: Record<keyof typeof styles, number> = {
  'underscores, bare lists, X-Total-Count and Link': 0.7,
  'page and per_page from 1, meta, signed sort, min_ and max_': 0.45,
  'page and size from 0, slices, minPrice and maxPrice': 0.8,
  'page and size from 0, name,desc': 0.7,
  'offset and limit, next and previous, __gte and __in': 0.8,
  'skip and take, order_by in words, [gte], fields': 0.65,
  'start and end, slugs, repeated parameters': 0.7,
  'from and size, sortBy and sortOrder, price_from and price_to': 0.8,
  'pagination[page], sort=name:desc, filters[price][$gte]': 0.8,
  'limit and offset, price=gte.5, order=price.desc': 0.8,
  '$skip and $top, $orderby, $filter=price ge 5 and genre eq': 0.8,
  'page and size, filter=price=ge=5;genre==poetry': 0.65,
  'page_size, filter=price >= 5 AND genre = "poetry"': 0.85,
  cursors: 0.15,
  'a table of rows and columns': 0.9,
  'no paging, createdBefore and createdAfter, expand': 0.8,
}

for (const [name, style] of Object.entries(styles)) {
  t.test(`${name}: what is called whole is right`, async t => {
    const { asked, whole, wrong } = examine(new SmallApi(style, 2), 2, 300, 1000)
    t.equal(asked, 1000)
    t.same(wrong.slice(0, 3), [], `${wrong.length} wrong of ${whole} answered as whole`)
    t.ok(whole / asked >= answered[name as keyof typeof styles], `${whole / asked} of the questions answered`)
  })
}

const underscores: Style = styles['underscores, bare lists, X-Total-Count and Link']
const expected: Record<Quirk, readonly [input: string, isFilter: boolean]> = {
  'ignored-filter': ['genre', false],
  'prefix-filter': ['genre', true],
  'case-insensitive-filter': ['genre', true],
  'lossy-filter': ['genre', false],
  'filter-does-more': ['price_gte', false],
  'unstable-sort': ['_sort', false],
}

for (const [quirk, [input, isFilter]] of Object.entries(expected)) {
  t.test(`a parameter that is not what it seems is found out: ${quirk}`, async t => {
    const student = new Student()
    const api = new SmallApi({ ...underscores, quirk: quirk as Quirk }, 2)
    const { whole, wrong } = examine(api, 2, 300, 1000, student)
    t.same(wrong.slice(0, 3), [], `${wrong.length} wrong of ${whole} answered as whole`)
    const rules = student.model.world.route(student.place('/books')!.routeId)!.rules
    t.equal(rules.filters.has(input), isFilter)
  })
}

t.test('no more rows are promised than an answer ever has', async t => {
  const style: Style = { ...styles['page and per_page from 1, meta, signed sort, min_ and max_'], maxLimit: 15 }
  const { whole, wrong } = examine(new SmallApi(style, 2), 2, 300, 1000)
  t.same(wrong.slice(0, 3), [], `${wrong.length} wrong of ${whole} answered as whole`)
})

t.test('a rule is dropped with the first answer that contradicts it', async t => {
  const student = new Student()
  examine(new SmallApi(underscores, 2), 2, 200, 1, student)
  const route = (): ReturnType<typeof student.model.world.route> =>
    student.model.world.route(student.place('/books')!.routeId)
  t.ok(route()!.rules.filters.has('genre'))
  // From now on the parameter changes nothing.
  const changed = new SmallApi({ ...underscores, quirk: 'ignored-filter' }, 2)
  const asked = { path: '/books', query: 'genre=fiction', credential: '' }
  student.learn(asked, changed.answer(asked))
  t.notOk(route()!.rules.filters.has('genre'))
  t.notMatch(student.answer({ ...asked, query: 'genre=history&_sort=title&_order=asc' })?.kind ?? '', / whole$/)
})
