// thread: main
// The only door to what several instances share: one thread that speaks with Redis, and what may wait before it. Nothing here
// makes anybody wait: what does not fit is dropped and counted, and found again in the memory when Redis takes more.
import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Forgetting } from '../contract/forgetting.js'
import type { SealingKeys } from '../contract/sealing.js'
import type {
  MainToShared,
  SharedCircuits,
  SharedForgot,
  SharedProblem,
  SharedStatus,
  SharedToMain,
} from '../contract/shared.js'
import type { Log } from '../log/log.js'
import { LoadCells } from './load-cells.js'
import { parseRedisUrl, type RedisPlace } from './redis-url.js'
import type { SharedWorkerData } from './shared.worker.js'

export interface SharedDoorOptions {
  readonly url: string
  readonly prefix: string
  readonly maxBytes: number
  readonly scopeKey: Buffer
  readonly isScopeKeySet: boolean
  readonly memoryDir: string
  /** What it is encrypted with; undefined: it is not. */
  readonly memoryKeys: SealingKeys | undefined
  /** What is kept in Redis is encrypted with them; undefined: it is not. */
  readonly sharedKeys: SealingKeys | undefined
  readonly log: Log
  /** Resolves with how many there were when they are learned. */
  readonly learn: (bytes: ArrayBuffer, position: string | undefined) => Promise<number>
  readonly grades: () => Promise<string | undefined>
  readonly adoptGrades: (json: string) => void
  /** All instances hash credentials under this key. */
  readonly onScopeKey: (key: Buffer) => void
  readonly onCircuits: (circuits: SharedCircuits) => void
  /** Another instance wants it to be forgotten. `textKeys`: names of vectors that went. Never rejects. */
  readonly onForget: (
    forgetting: Forgetting,
  ) => Promise<{ readonly textKeys: readonly string[]; readonly done: boolean }>
}

export interface SharedDoor {
  /** Exchanges that were captured here. Copied, not moved. */
  append(bytes: ArrayBuffer, count: number): void
  /** Circuits that are not closed, when they change. */
  circuits(upstreams: string, open: readonly string[]): void
  /** Resolves when joining has worked or failed for the first time; at the latest after `withinMs`. */
  tried(withinMs: number): Promise<void>
  /** In Redis, and by the other instances. Rejects with a sentence that says why it could not be done, and what to do. */
  forget(forgetting: Forgetting, textKeys: readonly string[], dryRun: boolean): Promise<SharedForgot>
  status(): SharedStatus
  close(): Promise<void>
}

/** Octets that wait for Redis at most. */
const MAX_PENDING = 32 << 20
/** A thread that failed is started again after so long. */
const RESTART_MS = 1000
const CLOSE_MS = 2000
/** To look through all that is in Redis, and for other instances to look through what they have. */
const FORGET_MS = 120_000

export function openSharedDoor(options: SharedDoorOptions): SharedDoor {
  const place = parseRedisUrl(options.url)
  if ('problem' in place) {
    const problem: SharedProblem = { code: 'wrong-url', says: `CHAOS_REDIS_URL: ${place.problem}` }
    options.log.warn({ code: problem.code }, problem.says)
    return new ClosedDoor({ ...unknown('', options.prefix), state: 'down', problem })
  }
  return new ThreadDoor(options, place)
}

function unknown(url: string, prefix: string): SharedStatus {
  return {
    ...{ state: 'connecting' as const, problem: undefined, url, prefix, sent: 0, dropped: 0, received: 0, shelved: 0 },
    ...{ pendingBytes: 0, resyncs: 0, refills: 0, catchingUp: false, lessonVersion: 0 },
  }
}

/** There is nobody to share with. */
class ClosedDoor implements SharedDoor {
  readonly #status: SharedStatus

  constructor(status: SharedStatus) {
    this.#status = status
  }

  append(): void {}
  circuits(): void {}
  tried(): Promise<void> {
    return Promise.resolve()
  }
  forget(): Promise<SharedForgot> {
    return Promise.reject(new Error(`it was not searched: ${this.#status.problem?.says ?? 'it is not reached'}`))
  }
  status(): SharedStatus {
    return this.#status
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}

class ThreadDoor implements SharedDoor {
  readonly #options: SharedDoorOptions
  readonly #place: RedisPlace
  readonly #startedAt = Date.now()
  #scopeKey: Buffer
  #load: LoadCells
  #worker: Worker
  #status: SharedStatus
  #isClosing = false
  #hasTried = false
  readonly #waiting: (() => void)[] = []
  #closed: () => void = () => {}
  readonly #forgets = new Map<number, (reply: SharedForgot | { readonly problem: string }) => void>()
  #nextForget = 0

  constructor(options: SharedDoorOptions, place: RedisPlace) {
    this.#options = options
    this.#place = place
    this.#scopeKey = options.scopeKey
    this.#status = unknown(place.shown, options.prefix)
    this.#load = new LoadCells(LoadCells.create(), this.#startedAt)
    this.#worker = this.#start()
  }

  append(bytes: ArrayBuffer, count: number): void {
    if (this.#isClosing) return
    if (this.#load.pendingBytes + bytes.byteLength > MAX_PENDING) {
      this.#load.lost(count, Date.now())
      return
    }
    this.#load.handedOver(bytes.byteLength)
    const copy = bytes.slice(0)
    this.#send({ kind: 'append', bytes: copy, count }, [copy])
  }

  circuits(upstreams: string, open: readonly string[]): void {
    this.#send({ kind: 'circuits', upstreams, open })
  }

  forget(forgetting: Forgetting, textKeys: readonly string[], dryRun: boolean): Promise<SharedForgot> {
    return new Promise((resolve, reject) => {
      const askId = this.#nextForget++
      const timer = setTimeout(() => {
        this.#forgets.delete(askId)
        reject(new Error(`${this.#place.shown} does not answer in time: ask once more when it does`))
      }, FORGET_MS)
      this.#forgets.set(askId, reply => {
        clearTimeout(timer)
        if ('problem' in reply) reject(new Error(reply.problem))
        else resolve(reply)
      })
      this.#send({ kind: 'forget', askId, forgetting, textKeys, dryRun })
    })
  }

  async tried(withinMs: number): Promise<void> {
    if (this.#hasTried) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>(resolve => {
      this.#waiting.push(resolve)
      timer = setTimeout(resolve, withinMs)
    })
    clearTimeout(timer)
  }

  status(): SharedStatus {
    return { ...this.#status, dropped: this.#load.dropped, pendingBytes: this.#load.pendingBytes }
  }

  async close(): Promise<void> {
    this.#isClosing = true
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>(resolve => {
      this.#closed = resolve
      timer = setTimeout(resolve, CLOSE_MS)
      this.#send({ kind: 'close' })
    })
    clearTimeout(timer)
    await this.#worker.terminate()
  }

  #start(): Worker {
    const { prefix, maxBytes, isScopeKeySet, memoryDir, memoryKeys, sharedKeys, log } = this.#options
    const worker = new Worker(new URL('./shared.worker.js', import.meta.url), {
      workerData: {
        ...{ place: this.#place, prefix, maxBytes, isScopeKeySet, memoryDir, startedAt: this.#startedAt },
        ...{ memoryKeys, sharedKeys },
        instance: randomBytes(6).toString('hex'),
        scopeKey: this.#scopeKey,
        load: this.#load.memory,
      } satisfies SharedWorkerData,
    })
    worker.on('message', (message: SharedToMain) => this.#hear(message))
    worker.on('error', error => log.error({ err: error }, 'the thread that speaks with Redis failed; it starts again'))
    worker.on('exit', () => {
      if (this.#isClosing || worker !== this.#worker) return
      // What waited there is gone with it, and is in the memory.
      const before = this.#load
      this.#load = new LoadCells(LoadCells.create(), this.#startedAt)
      this.#load.lost(before.dropped, this.#startedAt)
      setTimeout(() => {
        if (!this.#isClosing) this.#worker = this.#start()
      }, RESTART_MS)
    })
    return worker
  }

  #send(message: MainToShared, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved)
  }

  #hear(message: SharedToMain): void {
    const { learn, grades, adoptGrades, onScopeKey, onCircuits } = this.#options
    switch (message.kind) {
      case 'scope-key':
        this.#scopeKey = Buffer.from(message.key, 'base64url')
        onScopeKey(this.#scopeKey)
        break
      case 'tried':
        this.#hasTried = true
        for (const resolve of this.#waiting.splice(0)) resolve()
        break
      case 'status':
        this.#status = message.status
        this.#logNews(message.news)
        break
      case 'exchanges': {
        const { batch, bytes, position } = message
        void learn(bytes, position).then(count => this.#send({ kind: 'learned', batch, count }))
        break
      }
      case 'circuits':
        onCircuits(message.circuits)
        break
      case 'grades-ask':
        void grades().then(json => this.#send({ kind: 'grades', json }))
        break
      case 'grades':
        adoptGrades(message.json)
        break
      case 'forgot':
        this.#forgets.get(message.askId)?.(message.reply)
        this.#forgets.delete(message.askId)
        break
      case 'forget-here': {
        const { id } = message.forgetting
        void this.#options
          .onForget(message.forgetting)
          .then(({ textKeys, done }) => this.#send({ kind: 'forgot-here', id, textKeys, done }))
        break
      }
      case 'closed':
        this.#closed()
        break
    }
  }

  /** Once for each change, not for each attempt. */
  #logNews(news: 'none' | 'better' | 'worse'): void {
    const { log } = this.#options
    const { problem, url, prefix } = this.#status
    if (news === 'worse' && problem !== undefined) log.warn({ code: problem.code }, problem.says)
    if (news === 'better') log.info({ redis: url, prefix }, 'what is learned is shared again')
  }
}
