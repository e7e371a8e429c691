import t from 'tap'
import { shapeOf } from '../../../brain/learn/shape.js'
import { parseJson } from '../../../core/contract/json.js'

const shape = (text: string, type = 'application/json'): string => shapeOf(parseJson(text), type)

t.test('says what kind of answer it is, not what is in it', async t => {
  t.equal(shape('{"id":1,"name":"a"}'), shape('{"name":null,"id":2}'))
  t.equal(shape('[{"id":1}]'), shape('[{"id":2},{"id":3}]'))
  t.not(shape('{"id":1}'), shape('{"id":1,"name":"a"}'))
  t.not(shape('{"id":1}'), shape('[{"id":1}]'))
  t.not(shape('1'), shape('"a"'))
})

t.test('of what is not JSON only the type is known', async t => {
  t.equal(shape('<p>1</p>', 'text/html'), shape('<p>2</p>', 'text/HTML; charset=utf-8'))
  t.not(shape('<p>1</p>', 'text/html'), shape('x', 'text/plain'))
})
