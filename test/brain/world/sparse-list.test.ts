import t from 'tap'
import { SparseList } from '../../../brain/world/sparse-list.js'

t.test('slices put a list together; holes stay holes', async t => {
  const list = new SparseList()
  list.place(0, ['a', 'b'], 1, false, undefined)
  list.place(4, ['e'], 2, true, undefined)
  t.same(list.slice(1, 3), ['b', undefined, undefined])
  t.equal(list.total, 5)
  t.notOk(list.isWhole)
  list.place(2, ['c', 'd'], 3, false, undefined)
  t.ok(list.isWhole)
})

t.test('an empty page behind the end says nothing of where the end is', async t => {
  const list = new SparseList()
  list.place(20, [], 1, true, undefined)
  t.equal(list.total, undefined)
})

t.test('where something moved, what stands behind it is not known any more', async t => {
  const list = new SparseList()
  list.place(0, ['a', 'b', 'c', 'd'], 1, true, undefined)
  list.place(0, ['x', 'a'], 2, false, undefined)
  t.same(list.slice(0, 4), ['x', 'a', undefined, undefined])
})
