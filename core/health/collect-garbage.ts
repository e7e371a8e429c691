// thread: any
// Asks V8 for memory that nobody uses any more. By itself it collects when something is allocated; a process that refuses
// requests for want of memory allocates next to nothing, and would refuse them for ever.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Of this thread alone; stops it for tens of milliseconds. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
