import t from 'tap'
import { compareAnswers } from '../../../core/drills/comparison.js'

const json = (value: unknown, status = 200) => ({ status, body: Buffer.from(JSON.stringify(value)) })

t.test('what is equal differs nowhere', async t => {
  t.same(compareAnswers(json({ a: 1, b: 2 }), json({ b: 2, a: 1 }), undefined), { similarity: 1, differences: [] })
})

t.test('where they part is named', async t => {
  const found = compareAnswers(
    json({ id: 7, price: 1, 'a/b': true, rows: [1, 2], old: 'x'.repeat(300) }),
    json({ id: 7, price: 2, rows: [1, 3, 4], 'a/b': false }),
    undefined,
  )
  t.ok(found.similarity > 0 && found.similarity < 1)
  t.match(found.differences, [
    { at: '/price', given: '1', truth: '2' },
    { at: '/a~1b', given: 'true', truth: 'false' },
    // One example of what stands in all places of a list.
    { at: '/rows/~', given: '2', truth: '3' },
    { at: '/old', given: /^"x{119}…$/, truth: null },
  ])
  t.equal(found.differences.length, 4)
})

t.test('bounded, whatever they say; what is no JSON is the same or not', async t => {
  const many = (sign: number) => Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`m${i}`, sign * (i + 1)]))
  t.equal(compareAnswers(json(many(1)), json(many(-1)), undefined).differences.length, 10)
  const text = (body: string) => ({ status: 200, body: Buffer.from(body) })
  t.same(compareAnswers(text('<p>'), text('<b>'), undefined), { similarity: 0, differences: [] })
  t.equal(compareAnswers(json({}, 200), json({}, 404), undefined).similarity, 0)
})

t.test('what is made anew with each answer is not compared', async t => {
  const at = { at: '/at', class: { kind: 'link' } } as const
  t.same(compareAnswers(json({ at: 'a', n: 1 }), json({ at: 'b', n: 1 }), { leaves: [at] }), {
    similarity: 1,
    differences: [],
  })
})
