// Preloaded into a proxy (`--import`): what breaks inside of it when the parent process says so, as a bug or a bad machine
// would break it. The product knows nothing of it.
import { open } from 'node:fs/promises'
import { BroadcastChannel, isMainThread, threadId, type Worker, workerData } from 'node:worker_threads'

/** `brain`: the learner, the embedders and the history. */
export type CrashOrder = 'edge' | 'edges' | 'brain'
/** So many ms: an edge, or the threads of the brain, do nothing else; the disk takes so long to sync; the time of day is off. */
export type SpoilOrder = { readonly [Of in 'hangEdge' | 'hangBrain' | 'slowSync' | 'clock']?: number } & {
  /** Of memory that is held until another number is said. */
  readonly holdMiB?: number
}

type ToThreads =
  | { readonly crash: readonly number[] }
  | { readonly hang: readonly number[]; readonly ms: number }
  | { readonly clock: number }

const channel = new BroadcastChannel('own-faults')
channel.unref()
const isEdge = (workerData as { edge?: number } | null)?.edge !== undefined
const onMessage = (listener: (message: unknown) => void): void => {
  channel.onmessage = event => listener((event as { data: unknown }).data)
}
const tell = (message: ToThreads): void => channel.postMessage(message)

const now = Date.now
let offMs = 0
Date.now = () => now() + offMs

if (isMainThread) {
  const edges = new Set<number>()
  const threads = new Set<Worker>()
  onMessage(edge => edges.add(edge as number))
  process.on('worker', worker => {
    const id = worker.threadId
    threads.add(worker)
    worker.once('exit', () => {
      threads.delete(worker)
      edges.delete(id)
    })
  })
  const others = (): Worker[] => [...threads].filter(({ threadId: id }) => !edges.has(id))
  const held: Buffer[] = []
  let syncMs = 0
  const handle = await open(process.execPath)
  const files = Object.getPrototypeOf(handle) as { datasync(): Promise<void> }
  await handle.close()
  const { datasync } = files
  files.datasync = async function (this: object) {
    if (syncMs > 0) await new Promise(resolve => setTimeout(resolve, syncMs))
    await Reflect.apply(datasync, this, [])
  }

  const crash = (order: CrashOrder): number => {
    const broken = order === 'edge' ? [...edges].slice(0, 1) : [...edges]
    if (order !== 'brain') {
      tell({ crash: broken })
      return broken.length
    }
    // A learner that computes hears no message: it is ended from outside, at whatever it does.
    const ended = others()
    for (const thread of ended) void thread.terminate()
    return ended.length
  }
  const spoil = ({ hangEdge, hangBrain, slowSync, clock, holdMiB }: SpoilOrder): number => {
    if (hangEdge !== undefined) tell({ hang: [...edges].slice(0, 1), ms: hangEdge })
    if (hangBrain !== undefined) tell({ hang: others().map(({ threadId: id }) => id), ms: hangBrain })
    if (slowSync !== undefined) syncMs = slowSync
    if (holdMiB !== undefined) {
      held.length = Math.min(held.length, holdMiB)
      while (held.length < holdMiB) held.push(Buffer.alloc(1 << 20, 1))
    }
    if (clock !== undefined) {
      offMs = clock
      tell({ clock })
    }
    return held.length
  }
  process.on('message', (order: { crash?: CrashOrder; spoil?: SpoilOrder }) => {
    // A proxy that takes over from another is told other things by this way.
    if (order.crash !== undefined) process.send!(crash(order.crash))
    else if (order.spoil !== undefined) process.send!(spoil(order.spoil))
  })
  // The channel to the parent keeps nobody alive.
  process.channel?.unref()
} else {
  if (isEdge) channel.postMessage(threadId)
  onMessage(message => {
    const told = message as ToThreads
    if (typeof told !== 'object') return
    if ('crash' in told && isEdge && told.crash.includes(threadId)) throw new Error('broken on purpose')
    if ('hang' in told && told.hang.includes(threadId))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, told.ms)
    if ('clock' in told) offMs = told.clock
  })
}
