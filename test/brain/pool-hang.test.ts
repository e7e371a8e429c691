// The learner hangs: it is ended and started again, and what came after is learned. Real threads; one that ends while it has
// nothing to do is counted as well.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { packExchanges } from '../../core/contract/exchange-wire.js'
import { openSmallBrain, userExchange } from '../support/brain.js'
import { heard } from '../support/heard.js'
import { temporaryFolder } from '../support/proxy.js'

t.test('a task without end: its thread is ended, and the next one learns', async t => {
  const folder = temporaryFolder()
  const preload = new URL('../support/preload/hang-brain.js', import.meta.url)
  const program = fileURLToPath(new URL('../support/hanging-brain-process.js', import.meta.url))
  const child = spawn(process.execPath, ['--import', preload.href, program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HANG_FILE: join(folder, 'hang') },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const { out } = await heard(child).ended
  const status = JSON.parse(out)
  t.match(status, { learned: 2, dropped: 1, pending: 0, learnerHangs: 1, learnerRestarts: 1, failing: '' })
  t.match(status.said[0], /^the learner hung: its thread is ended/)
})

t.test('one that ends with nothing to do is counted', async t => {
  const threads: Worker[] = []
  const seen = (worker: Worker): void => void threads.push(worker)
  process.on('worker', seen)
  t.teardown(() => process.off('worker', seen))
  const folder = temporaryFolder()
  const brain = openSmallBrain(folder)
  t.teardown(() => brain.close())
  await brain.start()
  t.equal(brain.status().learnerRestarts, 0)
  // The first thread that a brain starts is its learner.
  const ended = once(threads[0]!, 'exit')
  void threads[0]!.terminate()
  await ended
  while (brain.status().learnerRestarts === 0) await new Promise(resolve => setTimeout(resolve, 5))
  brain.learn(packExchanges([userExchange(3)]), 1)
  await brain.flush()
  t.match(brain.status(), { learned: 1, learnerRestarts: 1, learnerHangs: 0 })
})
