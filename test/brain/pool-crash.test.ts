// The learner thread ends in the middle of its work: what it had committed stays, and the next one goes on.
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { packExchanges } from '../../core/contract/exchange-wire.js'
import type { Lesson } from '../../core/contract/lesson.js'
import { openReader } from '../../core/memory/lmdb.js'
import { openSmallBrain, userExchange } from '../support/brain.js'
import { temporaryFolder } from '../support/proxy.js'

t.test('a learner that ends is replaced, and only its batch is lost', async t => {
  const threads: Worker[] = []
  const seen = (worker: Worker): void => {
    threads.push(worker)
  }
  process.on('worker', seen)
  t.teardown(() => process.off('worker', seen))
  const folder = temporaryFolder()
  const brain = openSmallBrain(folder)
  t.teardown(() => brain.close())
  const lessons: Lesson[] = []
  brain.onLesson(lesson => lessons.push(lesson))
  await brain.start()
  brain.learn(packExchanges([userExchange(1), userExchange(2)]), 2)
  await brain.flush()
  const learner = threads[0]!
  const before = lessons.at(-1)!

  // Enough that it is at work when it ends.
  for (let batch = 0; batch < 20; batch++) {
    brain.learn(packExchanges(Array.from({ length: 64 }, (_, i) => userExchange(100 + batch * 64 + i))), 64)
  }
  const ended = once(learner, 'exit')
  void learner.terminate()
  await ended
  brain.learn(packExchanges([userExchange(3)]), 1)
  await brain.flush()

  const { captured, learned, dropped, pending, learnerRestarts, exemplars } = brain.status()
  t.equal(captured, 2 + 20 * 64 + 1)
  t.equal(pending, 0)
  t.equal(learned + dropped, captured, `${learned} learned, ${dropped} dropped`)
  t.ok(dropped <= 64, 'no more than the batch that it was at')
  t.equal(learnerRestarts, 1)
  t.ok(exemplars >= learned, 'what a batch had committed when it was lost may be there as well')
  const memory = openReader(folder)
  t.teardown(() => memory.close())
  for (const id of [1, 2, 3]) t.match(memory.exemplar(`user ${id}`), { status: 200 })
  const after = lessons.at(-1)!
  t.ok(after.version > before.version, 'its lessons are newer')
  t.equal(after.routes[0]?.pattern, '/users/{id}')
  t.ok(after.routes[0]!.templateVersion > 0)
})
