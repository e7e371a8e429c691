import t from 'tap'
import { captureShare } from '../../../core/record/backlog.js'

t.test('the more waits for the learner, the less is captured, and never nothing', async t => {
  t.equal(captureShare(0, 800), 1)
  t.equal(captureShare(100, 800), 1)
  t.equal(captureShare(250, 800), 0.5)
  t.equal(captureShare(400, 800), 0.05)
  t.equal(captureShare(800, 800), 0.05)
})
