// The brain through its door, small enough for a test, and something for it to learn.
import { type Brain, type BrainOptions, openBrain } from '../../brain/pool.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { silentLog } from '../../core/log/log.js'

/** The caller's to close. */
export function openSmallBrain(folder: string, options: Partial<BrainOptions> = {}): Brain {
  return openBrain({
    memoryDir: folder,
    maxBytes: 1 << 30,
    embedder: 'lexical',
    modelDir: folder,
    embedThreads: 1,
    gradeShare: 0.25,
    rules: { minConfidence: 0.7, maxAgeS: 0, honour: 'no-store' },
    maxPending: 10_000,
    log: silentLog,
    ...options,
  })
}

/** Its key is `user 7`. */
export function userExchange(id: number): Exchange {
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
