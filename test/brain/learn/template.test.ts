import t from 'tap'
import { learnTemplate, type TemplateExample } from '../../../brain/learn/template.js'
import { parseJson } from '../../../core/contract/json.js'
import { fillTemplate } from '../../../core/ghost/fill-template.js'

const example = (
  params: readonly string[],
  query: string,
  body: unknown,
  over: Partial<TemplateExample> = {},
): TemplateExample => ({
  key: `${params.join('/')}?${query}`,
  params,
  query,
  status: 200,
  headers: ['content-type', 'application/json'],
  body: parseJson(typeof body === 'string' ? body : JSON.stringify(body))!,
  capturedAt: 1,
  ...over,
})

/** What the template says to a request that nobody has made. */
const asked = (examples: TemplateExample[], params: string[], query = ''): unknown => {
  const template = learnTemplate('r', 1, examples)
  const filled = template && fillTemplate(template, { params, query })
  return filled && JSON.parse(filled.body.toString())
}

t.test('what is the same stays, what repeats the request follows it, the rest is left out', async t => {
  const user = (id: number, name: string): unknown => ({
    id,
    self: `/users/${id}`,
    name,
    address: { country: 'NL', street: `${name} street` },
    tags: ['a', 'b'],
    links: [{ rel: 'self', href: `/users/${id}?full=1` }],
  })
  const examples = [example(['7'], '', user(7, 'Ada')), example(['8'], '', user(8, 'Bob'))]
  t.same(asked(examples, ['42']), {
    id: 42,
    self: '/users/42',
    address: { country: 'NL' },
    tags: ['a', 'b'],
    links: [{ rel: 'self', href: '/users/42?full=1' }],
  })
})

t.test('one request, however often, teaches nothing', async t => {
  t.equal(learnTemplate('r', 1, []), undefined)
  t.equal(learnTemplate('r', 1, [example(['7'], '', { id: 7 }), example(['7'], '', { id: 7 })]), undefined)
})

t.test('a constant is no slot because it happens to equal the request once', async t => {
  const examples = [example(['7'], '', { page: 7 }), example(['8'], '', { page: 7 })]
  t.same(asked(examples, ['9']), { page: 7 })
  t.equal(asked([example(['7'], '', { a: 7 }), example(['8'], '', { a: 9 })], ['9']), undefined, 'nor a slot once')
})

t.test('values of the query are slots, decoded, and needed', async t => {
  const examples = [
    example([], 'q=red+shoes&page=1', { query: 'red shoes', page: 1 }),
    example([], 'page=2&q=blue%20hats', { query: 'blue hats', page: 2 }),
  ]
  t.same(asked(examples, [], 'q=a%22b&page=3'), { query: 'a"b', page: 3 })
  t.equal(asked(examples, [], 'page=3'), undefined)
  t.equal(asked(examples, [], 'q=a&page=03'), undefined, 'no JSON number')
})

t.test('ids beyond 2^53 and odd spellings of numbers stay exact', async t => {
  const examples = [
    example(['9007199254740993'], '', '{"id":9007199254740993,"v":1.10}'),
    example(['9007199254740995'], '', '{"id":9007199254740995,"v":1.10}'),
  ]
  const template = learnTemplate('r', 1, examples)!
  t.equal(
    fillTemplate(template, { params: ['9007199254740997'], query: '' })!.body.toString(),
    '{"id":9007199254740997,"v":1.10}',
  )
})

t.test('members that only some answers have are left out', async t => {
  const examples = [
    example(['7'], '', { id: 7, kind: 'x', first: true }),
    example(['8'], '', { kind: 'x', id: 8, second: true }),
  ]
  t.same(asked(examples, ['9']), { id: 9, kind: 'x' })
  const template = learnTemplate('r', 1, examples)!
  t.equal(fillTemplate(template, { params: ['9'], query: '' })!.missing, 2, 'and counted')
})

t.test('lists of another length, and objects of which nothing is known, are left out, not emptied', async t => {
  t.same(asked([example(['7'], '', { id: 7, list: [1] }), example(['8'], '', { id: 8, list: [1, 2] })], ['9']), {
    id: 9,
  })
  t.same(asked([example(['7'], '', { id: 7, o: { a: 1 } }), example(['8'], '', { id: 8, o: { a: 2 } })], ['9']), {
    id: 9,
  })
  t.same(asked([example(['7'], '', { id: 7, o: {} }), example(['8'], '', { id: 8, o: {} })], ['9']), { id: 9, o: {} })
})

t.test('answers that have nothing in common make no template', async t => {
  t.equal(learnTemplate('r', 1, [example(['7'], '', { a: 1 }), example(['8'], '', { a: 2 })]), undefined)
  t.equal(learnTemplate('r', 1, [example(['7'], '', [1]), example(['8'], '', { a: 2 })]), undefined)
  t.equal(
    learnTemplate('r', 1, [example(['7'], '', { a: 1 }), example(['8'], '', { a: 1 }, { status: 201 })]),
    undefined,
    'nor do answers with different statuses',
  )
})

t.test('fields common to all answers, but none that speak of one body', async t => {
  const headers = (etag: string, lang: string): string[] => [
    'content-type',
    'application/json',
    'etag',
    '"same"',
    'content-length',
    '9',
    'x-lang',
    lang,
    'x-etag',
    etag,
  ]
  const template = learnTemplate('r', 1, [
    example(['7'], '', { id: 7 }, { headers: headers('1', 'nl') }),
    example(['8'], '', { id: 8 }, { headers: headers('2', 'nl') }),
  ])!
  t.same(template.headers, ['content-type', 'application/json', 'x-lang', 'nl'])
})

t.test('__proto__ and broken escapes in the request hurt nobody', async t => {
  const examples = [
    example(['7'], '__proto__=1&q=%', '{"id":7,"__proto__":{"x":1}}'),
    example(['8'], '__proto__=2&q=%zz', '{"id":8,"__proto__":{"x":1}}'),
  ]
  const template = learnTemplate('r', 1, examples)!
  t.equal(
    fillTemplate(template, { params: ['9'], query: '__proto__=3' })!.body.toString(),
    '{"id":9,"__proto__":{"x":1}}',
  )
})

t.test('where all identifiers look alike, one of another look is most likely none', async t => {
  const of = (ids: readonly string[]) => ids.map(id => example([id], '', { id, kind: 'map' }))
  const codes = of(['alb', 'and', 'arg', 'bel', 'bra'])
  t.same(asked(codes, ['nor']), { id: 'nor', kind: 'map' })
  for (const id of ['xkx0', 'norw', 'NOR', 'n-r']) t.equal(asked(codes, [id]), undefined, id)
  t.same(asked(of(['7', '12', '99', '1024', '5']), ['123456']), { id: '123456', kind: 'map' }, 'numbers grow longer')
  t.equal(asked(of(['7', '12', '99', '1024', '5']), ['x7']), undefined)
  t.same(asked(of(['rome', 'oslo', 'amsterdam', 'paris', 'bern']), ['turin']), { id: 'turin', kind: 'map' })
  t.ok(asked(of(['alb', 'and', 'arg', 'bel']), ['xkx0']), 'four may look alike by chance')
  t.ok(asked(of(['a1', 'b-2', 'c', 'd4d', '77']), ['xkx0']), 'they look in many ways')
  t.ok(asked(of(['%61lb', 'and', 'arg', 'bel', 'bra']), ['%6Eor']), 'as they are, not as they are written')
})
