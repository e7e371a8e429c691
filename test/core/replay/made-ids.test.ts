import t from 'tap'
import { parseJson } from '../../../core/contract/json.js'
import { MadeIds, refersTo } from '../../../core/replay/made-ids.js'

const answer = (value: unknown, location = '') => ({
  body: value === undefined ? undefined : parseJson(JSON.stringify(value)),
  location,
})
const post = (path: string, at = 100) => ({ isWrite: true, path, at })

t.test('a short id is exchanged behind its collection, and where a name says that it is meant', async t => {
  const ids = new MadeIds([])
  ids.learn(post('/orders'), answer({ id: 17, total: 30 }), answer({ id: 42, total: 30 }))
  t.equal(ids.target('/orders/17'), '/orders/42')
  t.equal(ids.target('/orders/17/lines/17'), '/orders/42/lines/17', 'the line has the number by chance')
  t.equal(ids.target('/users/17'), '/users/17')
  t.equal(ids.target('/orders/170'), '/orders/170')
  t.equal(ids.target('/bills?orderId=17&page=17&order=17'), '/bills?orderId=42&page=17&order=42')
  const json = (body: string, path: string) => ids.body(body, 'json', path)
  t.equal(json('{"order_id": 17, "count": 17}', '/bills'), '{"order_id":42,"count":17}')
  t.equal(json('{"id": 17, "total": 17}', '/orders/17'), '{"id":42,"total":17}')
  t.equal(json('{"id": 17}', '/users/17'), '{"id": 17}', 'another thing, and not a byte is touched')
  t.equal(json('{"orderIds": [16, 17]}', '/bills'), '{"orderIds":[16,42]}')
  t.equal(ids.body('order=17&n=17', 'form', '/bills'), 'order=42&n=17')
  t.equal(ids.body('17 of them', 'text', '/bills'), '17 of them')
  t.equal(ids.isPair('17', '42'), true)
  t.equal(ids.isPair('17', '43'), false)
})

t.test('an id that can be nothing else is exchanged wherever it stands, as a whole word', async t => {
  const [was, is] = ['0b8e7c1a-5b1f-4c63-9d0e-3f6a1c2b4d5e', '7f3e2d1c-0a9b-4c8d-8e7f-6a5b4c3d2e1f']
  const ids = new MadeIds([])
  ids.learn(post('/uploads'), answer({ data: { key: was } }), answer({ data: { key: is } }))
  t.equal(ids.target(`/anything/${was}?next=${was}`), `/anything/${is}?next=${is}`)
  t.equal(ids.body(`{"a":["x ${was}"]}`, 'json', '/b'), `{"a":["x ${is}"]}`)
  t.equal(ids.body(`see ${was}.`, 'text', '/b'), `see ${is}.`)
  t.equal(ids.target(`/a/${was}0`), `/a/${was}0`)
})

t.test('also those of answers to reads, but none by its place in a list', async t => {
  const [one, two, other] = ['cursor-0001-aa', 'cursor-0002-bb', 'cursor-0003-cc']
  const ids = new MadeIds([])
  const read = { isWrite: false, path: '/a', at: 1 }
  ids.learn(read, answer({ next: one, rows: [{ k: two }] }), answer({ next: other, rows: [{ k: other }] }))
  t.equal(ids.target(`/a?after=${one}`), `/a?after=${other}`)
  t.equal(ids.target(`/a?after=${two}`), `/a?after=${two}`)
  ids.learn(read, answer({ count: 17 }), answer({ count: 18 }))
  t.equal(ids.target('/a/17'), '/a/17', 'a number of a read is no id that was made')
})

t.test('the Location says which collection', async t => {
  const ids = new MadeIds([])
  ids.learn(
    post('/carts/9/checkout'),
    answer(undefined, 'https://api.example/v1/orders/17'),
    answer(undefined, '/v1/orders/42'),
  )
  t.equal(ids.target('/v1/orders/17'), '/v1/orders/42')
  t.equal(ids.target('/carts/17'), '/carts/17')
})

t.test('which of several numbers is the id: the one that was learned, or else the one that is named later', async t => {
  const recorded = answer({ number: 5, id: 17, stock: 30 })
  const replayed = answer({ number: 6, id: 42, stock: 29 })
  const blind = new MadeIds([])
  blind.learn(post('/orders'), recorded, replayed)
  t.equal(blind.target('/orders/17'), '/orders/17', 'it cannot be told')
  const seeing = new MadeIds([])
  seeing.names('/orders/30', 50)
  seeing.names('/orders', 100)
  seeing.names('/orders/17/lines', 200)
  seeing.names('/orders/30', 300)
  seeing.learn(post('/orders', 100), recorded, replayed)
  t.equal(seeing.target('/orders/17'), '/orders/42')
  t.equal(seeing.target('/orders/30'), '/orders/30', 'it was named before: it is another thing')
  const taught = new MadeIds([
    {
      ...{ place: '/orders', status: 201, seen: 9, contentType: 'application/json', idAt: ['number'] },
      ids: { isNumber: true, prefix: '', format: { style: 'count', max: 8 } },
    },
  ])
  taught.learn(post('/orders'), recorded, replayed)
  t.equal(taught.target('/orders/5'), '/orders/6')
})

t.test('names that refer to a collection', async t => {
  for (const name of ['orderId', 'order_id', 'order', 'orders', 'order-ids', 'parentOrderId'])
    t.equal(refersTo(name, '/v1/orders'), true, name)
  for (const name of ['id', 'border', 'orderCount', '']) t.equal(refersTo(name, '/v1/orders'), false, name)
  t.equal(refersTo('categoryId', '/categories'), true)
  t.equal(refersTo('boxId', '/boxes'), true)
})
