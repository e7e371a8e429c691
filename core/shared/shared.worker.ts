// thread: shared
// Composition root of the thread that speaks with Redis: nothing of it is waited for by any other.
import { parentPort, workerData } from 'node:worker_threads'
import type { SealingKeys } from '../contract/sealing.js'
import type { MainToShared, SharedToMain } from '../contract/shared.js'
import { openScanner } from '../memory/lmdb.js'
import { LoadCells } from './load-cells.js'
import type { RedisPlace } from './redis-url.js'
import { SharedMemory } from './shared-memory.js'

export interface SharedWorkerData {
  readonly place: RedisPlace
  readonly prefix: string
  readonly maxBytes: number
  readonly instance: string
  readonly scopeKey: Uint8Array
  readonly isScopeKeySet: boolean
  readonly memoryDir: string
  /** What it is encrypted with; undefined: it is not. */
  readonly memoryKeys: SealingKeys | undefined
  /** What is kept in Redis is encrypted with them; undefined: it is not. */
  readonly sharedKeys: SealingKeys | undefined
  /** See load-cells.ts. */
  readonly load: SharedArrayBuffer
  readonly startedAt: number
}

const data = workerData as SharedWorkerData
const port = parentPort!
const memory = openScanner(data.memoryDir, data.memoryKeys)
const shared = new SharedMemory({
  ...data,
  scopeKey: Buffer.from(data.scopeKey),
  memory,
  keys: data.sharedKeys,
  load: new LoadCells(data.load, data.startedAt),
  tell: (message: SharedToMain, moved: ArrayBuffer[] = []) => port.postMessage(message, moved),
})
port.on('message', (message: MainToShared) => shared.hear(message))
shared.start()
