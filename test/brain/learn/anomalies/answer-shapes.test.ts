import t from 'tap'
import { AnswerShapes } from '../../../../brain/learn/anomalies/answer-shapes.js'
import { fieldsOf } from '../../../../brain/learn/anomalies/json-fields.js'
import type { AnomalySignal } from '../../../../core/contract/anomalies.js'
import { parseJson } from '../../../../core/contract/json.js'

const example = () => ({ at: 1, method: 'GET', target: '/a', status: 200, scope: '' })
const node = (value: unknown) => parseJson(JSON.stringify(value))!

const record = (id: number): Record<string, unknown> => ({
  id,
  name: `n${id}`,
  price: id * 1.5,
  tags: id % 3 === 0 ? [] : [{ label: 'x' }],
  ...(id % 7 === 0 ? { note: 'sometimes' } : {}),
})

function learned(): AnswerShapes {
  const shapes = new AnswerShapes()
  for (let id = 0; id < 200; id++) {
    const said = observe(shapes, record(id), undefined)
    if (said.length > 0) throw new Error(said[0]!.says)
  }
  return shapes
}

function observe(shapes: AnswerShapes, now: unknown, before: unknown, isPlain = true): AnomalySignal[] {
  const earlier = () => (before === undefined ? undefined : node(before))
  return shapes.observe('GET /a/{id}', { json: node(now), isPlain, before: earlier }, example, 1)
}

const without = (id: number, name: string) => Object.fromEntries(Object.entries(record(id)).filter(([k]) => k !== name))

t.test('fields of lists are those that all items have', async t => {
  t.same(
    [...fieldsOf(node({ items: [{ a: 1, b: null }, { a: 'x' }] }))],
    [
      ['', ['object']],
      ['items', ['array']],
      ['items[]', ['object']],
      ['items[].a', ['number', 'string']],
    ],
  )
})

t.test('a field that is gone from requests that had it', async t => {
  const shapes = learned()
  const said = Array.from({ length: 6 }, (_, id) => observe(shapes, without(id, 'price'), record(id))).flat()
  t.match(said[0], { kind: 'shape-drift', detail: 'price: gone', severity: 'high' })
  t.match(said[0]!.says, /«price» was in all of 200 answers and is gone from \d of the last \d/)
})

t.test('records of another sort that lack it are nothing, while others still have it', async t => {
  const shapes = learned()
  const said = Array.from({ length: 100 }, (_, i) => [
    ...observe(shapes, without(i, 'price'), undefined),
    ...observe(shapes, record(i), record(i)),
  ])
  t.same(said.flat(), [])
})

t.test('what a query leaves out is nothing', async t => {
  const shapes = learned()
  const said = Array.from({ length: 60 }, (_, id) => observe(shapes, { id, name: 'x' }, undefined, false))
  t.same(said.flat(), [])
})

t.test('another type, deep in a list, for everybody from one moment on', async t => {
  const shapes = learned()
  const changed = (id: number) => ({ ...record(id), tags: [{ label: 7 }] })
  const said = Array.from({ length: 40 }, (_, id) => observe(shapes, changed(id), undefined)).flat()
  t.match(said[0], { kind: 'shape-drift', detail: 'tags[].label: now number' })
  shapes.expect(said[0]!.subject, said[0]!.detail)
  const again = new AnswerShapes(JSON.parse(JSON.stringify(shapes)))
  t.same(Array.from({ length: 40 }, (_, id) => observe(again, changed(id), undefined)).flat(), [], 'it was expected')
})

t.test('no value in new records is nothing', async t => {
  const shapes = learned()
  for (let id = 1000; id < 1010; id++) t.same(observe(shapes, { ...record(id), price: null }, undefined), [])
})
