// A thread that behaves like an edge and breaks when it is told to.
import { parentPort, workerData } from 'node:worker_threads'

parentPort!.on('message', message => {
  if (message.kind === 'mode') throw new Error('broken on purpose')
  if (message.kind === 'outage-over') {
    const end = performance.now() + workerData.hangsForMs
    while (performance.now() < end);
    parentPort!.postMessage({ kind: 'fault-seen' })
  }
  if (message.kind === 'drain') parentPort!.postMessage({ kind: 'drained', edge: 0 })
  if (message.kind === 'end') process.exit(0)
})
process.on('uncaughtException', error => {
  parentPort!.postMessage({ kind: 'crashed', edge: 0, error: error.message })
  setImmediate(() => process.exit(1))
})
parentPort!.postMessage({ kind: 'ready', edge: 0, descriptor: `thread ${Math.random()}` })
