// Memory of a process and of all that it started, from /proc: undefined where there is none.
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
}

/** The process and all below it. */
export function familyOf(pid: number, processes: readonly ProcessEntry[]): number[] {
  const family = [pid]
  // Grows while it is walked.
  for (const member of family)
    for (const { pid: child, parent } of processes) if (parent === member && child !== member) family.push(child)
  return family
}

/** From `/proc/PID/stat`. The name in its parentheses may hold anything, also a parenthesis. */
export function parentOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Resident bytes in `/proc/PID/status`; 0 where it tells none, as of a process that has just ended. */
export function residentOf(status: string): number {
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

/** Pages that several of the family share are counted in each of them. */
export function residentBytes(pid: number): number | undefined {
  const processes = listProcesses()
  if (processes === undefined || !processes.some(entry => entry.pid === pid)) return undefined
  return familyOf(pid, processes).reduce((sum, member) => sum + residentOf(read(`/proc/${member}/status`)), 0)
}

function listProcesses(): ProcessEntry[] | undefined {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(name => ({ pid: Number(name), parent: parentOf(read(`/proc/${name}/stat`)) }))
  } catch {
    return undefined
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
