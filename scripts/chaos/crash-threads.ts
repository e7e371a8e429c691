// Preloaded into a proxy (`--import`): threads break when the parent process says so, as a bug would break them. The product
// knows nothing of it.
import { BroadcastChannel, isMainThread, threadId, type Worker, workerData } from 'node:worker_threads'

/** `brain`: the learner, the embedders and the history. */
export type CrashOrder = 'edge' | 'edges' | 'brain'

const channel = new BroadcastChannel('crash-threads')
channel.unref()
const isEdge = (workerData as { edge?: number } | null)?.edge !== undefined
const onMessage = (listener: (message: unknown) => void): void => {
  channel.onmessage = event => listener((event as { data: unknown }).data)
}

if (isMainThread) {
  const edges = new Set<unknown>()
  const threads = new Set<Worker>()
  onMessage(edge => edges.add(edge))
  process.on('worker', worker => {
    const id = worker.threadId
    threads.add(worker)
    worker.once('exit', () => {
      threads.delete(worker)
      edges.delete(id)
    })
  })
  process.on('message', (order: CrashOrder | object) => {
    // A proxy that takes over from another is told other things by this way.
    if (typeof order !== 'string') return
    const ids = order === 'edge' ? [...edges].slice(0, 1) : [...edges]
    const others = [...threads].filter(({ threadId: id }) => !edges.has(id))
    if (order !== 'brain') channel.postMessage(ids)
    // A learner that computes hears no message: it is ended from outside, at whatever it does.
    else for (const thread of others) void thread.terminate()
    process.send!(order === 'brain' ? others.length : ids.length)
  })
  // The channel to the parent keeps nobody alive.
  process.channel?.unref()
} else if (isEdge) {
  channel.postMessage(threadId)
  onMessage(message => {
    if (Array.isArray(message) && message.includes(threadId)) throw new Error('broken on purpose')
  })
}
