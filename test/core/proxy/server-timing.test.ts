import t from 'tap'
import { ghostTiming, liveTiming } from '../../../core/proxy/server-timing.js'

t.test('metrics of a live answer, milliseconds', async t => {
  t.equal(liveTiming(undefined, 1.234, 0.1), 'upstream;dur=1.23, proxy;dur=0.10')
  t.equal(liveTiming(12, 1, 0), 'connect;dur=12.00, upstream;dur=1.00, proxy;dur=0.00')
  t.equal(liveTiming(undefined, -0.001, -1), 'upstream;dur=0.00, proxy;dur=0.00', 'never below 0')
})

t.test('and of a ghost', async t => {
  t.equal(ghostTiming(0.5), 'ghost;dur=0.50')
})
