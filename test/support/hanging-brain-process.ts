// A brain whose learner hangs in the midst, see preload/hang-brain.ts. Says how it went, as JSON.
import { writeFileSync } from 'node:fs'
import { openBrain } from '../../brain/pool.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { packExchanges } from '../../core/contract/exchange-wire.js'
import { silentLog } from '../../core/log/log.js'

const folder = process.argv[2]!
const said: string[] = []
const brain = openBrain({
  memoryDir: folder,
  maxBytes: 1 << 30,
  embedder: 'lexical',
  modelDir: folder,
  embedThreads: 1,
  gradeShare: 0.25,
  rules: { minConfidence: 0.7, maxAgeS: 0, honour: 'no-store' },
  maxPending: 10_000,
  hangMs: 2000,
  log: { ...silentLog, error: (_facts: object, sentence: string) => said.push(sentence) },
})

function user(id: number): Exchange {
  return {
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
  }
}

await brain.start()
brain.learn(packExchanges([user(1)]), 1)
await brain.flush()
writeFileSync(process.env.HANG_FILE!, '')
brain.learn(packExchanges([user(10)]), 1)
while (brain.status().learnerHangs === 0) await new Promise(resolve => setTimeout(resolve, 5))
// In its pause what could be learned is dropped.
while (!brain.learn(packExchanges([user(2)]), 1)) await new Promise(resolve => setTimeout(resolve, 5))
await brain.flush()
process.stdout.write(JSON.stringify({ ...brain.status(), said }))
await brain.close()
process.exit(0)
