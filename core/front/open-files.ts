// thread: main
// How many clients the limit of open files leaves room for. One that is reached costs more than those who come too late: no
// upstream can be connected to, no file opened, and nobody is told why.
import { readFileSync } from 'node:fs'

/** Memory, journal, log, admin port and libraries; and for each edge its loop, its threads' pipes and its listening socket. */
const BASE = 96
const EACH_EDGE = 16

/** Of this process. Undefined: the system does not tell. */
export function openFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

/** Each client may need a connection to the upstream beside its own. */
export function clientsWithin(openFiles: number, edges: number): number {
  return Math.max(edges, Math.floor((openFiles - BASE - EACH_EDGE * edges) / 2))
}
