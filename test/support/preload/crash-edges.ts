// Preloaded into a proxy (`--import`): on SIGWINCH, which means nothing to it otherwise, each edge thread throws outside of all
// requests, as a bug would.
import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads'

const order = new BroadcastChannel('crash-edges')
order.unref()
if (isMainThread) process.on('SIGWINCH', () => order.postMessage('now'))
else if ((workerData as { edge?: number } | null)?.edge !== undefined) {
  order.onmessage = () => {
    throw new Error('broken on purpose')
  }
}
