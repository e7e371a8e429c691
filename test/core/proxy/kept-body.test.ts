import t from 'tap'
import { KeptBody } from '../../../core/proxy/kept-body.js'

t.test('a body in pieces is whole when its last piece is here, whatever becomes of their buffer', async t => {
  const kept = new KeptBody(10)
  const buffer = Buffer.from('abc')
  kept.add(buffer, false)
  buffer.fill('x')
  t.equal(kept.whole(), undefined)
  t.ok(kept.mayEndWithin(3))
  t.notOk(kept.mayEndWithin(2))
  kept.add(Buffer.from('de'), false)
  kept.add(Buffer.alloc(0), true)
  t.equal(kept.whole()?.toString(), 'abcde')
  t.notOk(kept.mayEndWithin(100))
  t.equal(kept.whole()?.toString(), 'abcde', 'as often as it is asked for')
})

t.test('nothing is kept of one that is too long', async t => {
  const kept = new KeptBody(4)
  kept.add(Buffer.from('abc'), false)
  kept.add(Buffer.from('de'), false)
  t.notOk(kept.mayEndWithin(100))
  kept.add(Buffer.from('f'), true)
  t.equal(kept.whole(), undefined)
})

t.test('an empty one is whole as well', async t => {
  const kept = new KeptBody(4)
  kept.add(Buffer.alloc(0), true)
  t.equal(kept.whole()?.length, 0)
})
