// Preloaded into a proxy (`--import`): what the brain answers never gets to the edges, and the log says that it was asked.
import { writeSync } from 'node:fs'
import { isMainThread, Worker } from 'node:worker_threads'

const { postMessage } = Worker.prototype
if (isMainThread)
  Worker.prototype.postMessage = function (this: Worker, message: unknown, ...rest: unknown[]) {
    const kind = (message as { kind?: string } | null)?.kind
    if (kind === 'compose-reply' || kind === 'match-reply') writeSync(2, 'the brain was asked\n')
    else Reflect.apply(postMessage, this, [message, ...rest])
  }
