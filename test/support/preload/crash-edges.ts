// Preloaded into a proxy (`--import`): on SIGUSR2 each edge thread throws outside of all requests, as a bug would.
import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads'

const order = new BroadcastChannel('crash-edges')
order.unref()
if (isMainThread) process.on('SIGUSR2', () => order.postMessage('now'))
else if ((workerData as { edge?: number } | null)?.edge !== undefined) {
  order.onmessage = () => {
    throw new Error('broken on purpose')
  }
}
