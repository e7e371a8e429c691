import t from 'tap'
import { FIRST_ROUTE_CIRCUIT, shapeCircuitOf } from '../../../core/contract/circuits.js'

t.test('paths that differ in a number, or in something long, share a circuit', async t => {
  t.equal(shapeCircuitOf('GET', '/orders/7/lines'), shapeCircuitOf('GET', '/orders/4711/lines'))
  t.equal(shapeCircuitOf('GET', '/o/8a-b'), shapeCircuitOf('GET', '/o/c9'))
  t.equal(shapeCircuitOf('GET', `/o/${'x'.repeat(33)}`), shapeCircuitOf('GET', `/o/${'y'.repeat(80)}`))
})

t.test('words, methods and depths tell circuits apart, within the bound', async t => {
  const paths = Array.from({ length: 400 }, (_, i) => `/${String.fromCharCode(97 + (i % 26))}${'w'.repeat(i % 17)}`)
  const used = new Set(paths.flatMap(path => ['GET', 'POST'].map(method => shapeCircuitOf(method, path))))
  t.equal(used.size, FIRST_ROUTE_CIRCUIT - 1, 'all of them are used')
  t.equal(Math.min(...used), 1)
  t.equal(Math.max(...used), FIRST_ROUTE_CIRCUIT - 1)
  const some = ['/a', '/b', '/a/', '/a/b', '/b/a', '/ab'].map(path => shapeCircuitOf('GET', path))
  t.ok(new Set(some).size > 2, `${some}`)
})
