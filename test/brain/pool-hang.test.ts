// The learner hangs: it is ended and started again, and what came after is learned. Real threads; one that ends while it has
// nothing to do is counted as well.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { openBrain } from '../../brain/pool.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { packExchanges } from '../../core/contract/exchange-wire.js'
import { silentLog } from '../../core/log/log.js'
import { temporaryFolder } from '../support/proxy.js'

const user = (id: number): Exchange => ({
  startedAt: 1000 + id,
  completedAt: 1001 + id,
  firstByteMs: 1,
  method: 'GET',
  path: `/users/${id}`,
  query: '',
  scope: '',
  shared: false,
  baseKey: `user ${id}`,
  key: `user ${id}`,
  vary: [],
  requestHeaders: [],
  requestBody: new Uint8Array(0),
  status: 200,
  headers: ['content-type', 'application/json'],
  body: Buffer.from(JSON.stringify({ id, kind: 'user' })),
  redactions: 0,
  repeats: 0,
})

t.test('a task without end: its thread is ended, and the next one learns', async t => {
  const folder = temporaryFolder()
  const preload = new URL('../support/preload/hang-brain.js', import.meta.url)
  const program = fileURLToPath(new URL('../support/hanging-brain-process.js', import.meta.url))
  const child = spawn(process.execPath, ['--import', preload.href, program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HANG_FILE: join(folder, 'hang') },
  })
  t.teardown(() => child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', piece => {
    out += piece
  })
  await once(child, 'close')
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
  const brain = openBrain({
    memoryDir: folder,
    maxBytes: 1 << 30,
    embedder: 'lexical',
    modelDir: folder,
    embedThreads: 1,
    gradeShare: 0.25,
    rules: { minConfidence: 0.7, maxAgeS: 0, honour: 'no-store' },
    maxPending: 10_000,
    log: silentLog,
  })
  t.teardown(() => brain.close())
  await brain.start()
  t.equal(brain.status().learnerRestarts, 0)
  // The first thread that a brain starts is its learner.
  const ended = once(threads[0]!, 'exit')
  void threads[0]!.terminate()
  await ended
  while (brain.status().learnerRestarts === 0) await new Promise(resolve => setTimeout(resolve, 5))
  brain.learn(packExchanges([user(3)]), 1)
  await brain.flush()
  t.match(brain.status(), { learned: 1, learnerRestarts: 1, learnerHangs: 0 })
})
