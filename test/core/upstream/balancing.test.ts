import t from 'tap'
import { nextUpstream } from '../../../core/upstream/balancing.js'

const up = { restsUntil: Number.NEGATIVE_INFINITY }
const down = { restsUntil: 5000 }

t.test('each call begins with another upstream and tries each once', async t => {
  const upstreams = [up, up, up]
  t.same(
    [0, 1, 2, 3].map(turn => nextUpstream(upstreams, turn, [], 0)),
    [0, 1, 2, 0],
  )
  t.equal(nextUpstream(upstreams, 1, [1], 0), 2)
  t.equal(nextUpstream(upstreams, 1, [1, 2], 0), 0)
  t.equal(nextUpstream(upstreams, 1, [1, 2, 0], 0), -1)
})

t.test('one that rests comes last, until its rest is over', async t => {
  const upstreams = [up, down, up]
  t.equal(nextUpstream(upstreams, 1, [], 0), 2)
  t.equal(nextUpstream(upstreams, 1, [2, 0], 0), 1, 'still, before giving up')
  t.equal(nextUpstream(upstreams, 1, [], 5000), 1)
  t.equal(nextUpstream([down, down], 1, [], 0), 1, 'where all rest they are asked all the same')
})
