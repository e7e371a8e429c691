// Preloaded into a process (`--import`): a thread of the brain that looks at the clock while there is the file HANG_FILE is at
// that for ever, as with a loop without end. One thread a file.
import { existsSync, rmSync } from 'node:fs'
import { isMainThread, workerData } from 'node:worker_threads'

const file = process.env.HANG_FILE
const isEdge = (workerData as { edge?: number } | null)?.edge !== undefined
if (!isMainThread && !isEdge && file !== undefined) {
  const now = Date.now
  Date.now = () => {
    if (existsSync(file)) {
      rmSync(file)
      for (;;);
    }
    return now()
  }
}
