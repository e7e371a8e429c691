import t from 'tap'
import {
  type ComparedAnswer,
  type ComparisonRules,
  compareAnswers,
  usualFields,
} from '../../../core/replay/comparison.js'

const RECORDED = Date.parse('2026-01-31T14:00:00Z')
const NOW = Date.parse('2026-02-07T09:30:00Z')
const JSON_TYPE = ['content-type', 'application/json']

const said = (body: unknown, more: Partial<ComparedAnswer> = {}): ComparedAnswer => ({
  ...{ status: 200, headers: JSON_TYPE, at: RECORDED, endedAt: RECORDED + 20 },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  ...more,
})
const says = (body: unknown, more: Partial<ComparedAnswer> = {}): ComparedAnswer =>
  said(body, { at: NOW, endedAt: NOW + 20, ...more })
const rules: ComparisonRules = {
  ...{ fields: usualFields, fewFieldsKept: false, volatile: undefined },
  isPair: (was, is) => was === '17' && is === '42',
  target: target => target.replace('/orders/17', '/orders/42'),
}
const parted = (a: ComparedAnswer, b: ComparedAnswer, more: Partial<ComparisonRules> = {}) =>
  compareAnswers(a, b, { ...rules, ...more })

t.test('as recorded, however members are ordered and blanks are put', async t => {
  t.same(parted(said({ a: 1, b: [1, 2] }), says({ a: 1, b: [1, 2] })), { partings: [], differences: [] })
  t.same(parted(said('{"a":1,"b":2}'), says('{ "b": 2, "a": 1 }')).partings, [])
})

t.test('another status is another answer', async t => {
  t.same(parted(said({ a: 1 }), says({ error: 'x' }, { status: 500 })), {
    partings: ['status'],
    differences: [{ at: 'status', given: '200', truth: '500' }],
  })
})

t.test('values', async t => {
  t.same(parted(said({ a: 1, b: 'x' }), says({ a: 2, b: 'x' })), {
    partings: ['values'],
    differences: [{ at: '/a', given: '1', truth: '2' }],
  })
  t.same(
    parted(said([1, 2, 3]), says([0, 1, 2, 3])),
    {
      partings: ['values'],
      differences: [{ at: '/~', given: null, truth: '0' }],
    },
    'a row that came does not move the others',
  )
  t.same(parted(said({ id: 17 }), says({ id: 42 })).partings, [], 'what its id became')
  t.same(parted(said({ id: 42 }), says({ id: 17 })).partings, ['values'])
  t.same(
    parted(
      said([
        { id: 17, n: 1 },
        { id: 3, n: 2 },
      ]),
      says([
        { id: 42, n: 9 },
        { id: 3, n: 2 },
      ]),
    ).differences,
    [{ at: '/~/n', given: '1', truth: '9' }],
  )
  t.same(
    parted(
      said('<p>a', { headers: ['content-type', 'text/html'] }),
      says('<p>bc', { headers: ['content-type', 'text/html'] }),
    ),
    {
      partings: ['values'],
      differences: [{ at: 'body', given: '4 octets', truth: '5 octets' }],
    },
  )
})

t.test('shape', async t => {
  const was = { id: 1, name: 'x', tags: ['a'], owner: { id: 7, mail: 'm' } }
  t.same(parted(said(was), says({ ...was, name: undefined })), {
    partings: ['shape'],
    differences: [{ at: '/name', given: 'string', truth: null }],
  })
  t.same(parted(said(was), says({ ...was, id: '1' })).differences, [{ at: '/id', given: 'number', truth: 'string' }])
  t.same(parted(said(was), says({ ...was, more: true })).differences, [{ at: '/more', given: null, truth: 'boolean' }])
  t.same(parted(said(was), says({ ...was, owner: { id: 7 } })).partings, ['shape'])
  t.same(parted(said(was), says({ ...was, name: null })).partings, ['values'], 'null may stand for any value')
  t.same(parted(said(was), says({ ...was, tags: [] })).partings, ['values'], 'rows come and go')
  t.same(parted(said({ rows: [] }), says({ rows: [{ id: 1 }] })).partings, ['values'])
  const rows = [{ id: 1, note: 'n' }, { id: 2 }]
  t.same(parted(said(rows), says([{ id: 2 }])).partings, ['values'], 'a member that not all rows have')
  t.same(parted(said([{ id: 1, n: 1 }]), says([{ id: 1 }, { id: 2 }])).partings, ['shape', 'values'])
  t.same(parted(said(was), says('<html>', { headers: JSON_TYPE })).partings, ['shape'])
})

t.test('what is new with each answer is no difference: learned leaves, and moments of the answer', async t => {
  const volatile = { leaves: [{ at: '/requestId', class: { kind: 'link' as const } }] }
  t.same(parted(said({ requestId: 'a' }), says({ requestId: 'b' }), { volatile }).partings, [])
  t.same(parted(said({ requestId: 'a' }), says({ requestId: 'b' })).partings, ['values'])
  const moment = (at: number) => ({ iso: new Date(at).toISOString(), ms: at, s: Math.floor(at / 1000) })
  t.same(parted(said(moment(RECORDED + 5)), says(moment(NOW + 5))).partings, [])
  t.same(parted(said(moment(RECORDED - 60_000)), says(moment(NOW + 5))).partings, ['values'], 'a moment in the data')
  t.same(parted(said({ at: '2026-01-31T14:00:00Z' }), says({ at: NOW })).partings, ['shape'])
})

t.test('fields that matter', async t => {
  const headers = (...more: string[]) => ({ headers: [...JSON_TYPE, ...more] })
  t.same(parted(said({}, headers('location', '/a')), says({}, headers('location', '/b'))), {
    partings: ['fields'],
    differences: [{ at: ':location', given: '/a', truth: '/b' }],
  })
  t.same(
    parted(said({}, headers('location', 'http://old/orders/17')), says({}, headers('location', 'http://new/orders/42')))
      .partings,
    [],
  )
  t.same(parted(said({}, headers('etag', '"1"', 'date', 'x')), says({}, headers('etag', '"2"'))).partings, [])
  t.same(parted(said({}, headers('vary', 'Accept, Origin')), says({}, headers('vary', 'origin,accept'))).partings, [])
  t.same(parted(said({}, headers()), says({}, headers('cache-control', 'no-store'))).partings, ['fields'])
  t.same(
    parted(said({}, headers()), says({}, headers('cache-control', 'no-store')), { fewFieldsKept: true }).partings,
    [],
  )
  t.same(
    parted(
      said({}, { headers: ['content-type', 'application/json; charset=utf-8'] }),
      says({}, { headers: ['content-type', 'Application/JSON;charset=UTF-8'] }),
    ).partings,
    [],
  )
  const fields = [...usualFields, 'x-total']
  t.same(parted(said({}, headers('x-total', '1')), says({}, headers('x-total', '2')), { fields }).partings, ['fields'])
  const volatile = { leaves: [{ at: ':x-total', class: { kind: 'link' as const } }] }
  t.same(
    parted(said({}, headers('x-total', '1')), says({}, headers('x-total', '2')), { fields, volatile }).partings,
    [],
  )
})

t.test('where a body is not known nothing is said of it', async t => {
  t.same(parted(said({}, { body: undefined }), says({ a: 1 })).partings, [])
})
