// thread: main
// What this process uses of memory, and what it may.
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

/**
 * Without what is mapped from files: the embedded memory is such a file, and the kernel takes back those pages where it needs
 * room.
 */
export function usedBytes(): number {
  try {
    const status = readFileSync('/proc/self/status', 'latin1')
    const anonymous = kibIn(status, 'RssAnon')
    if (anonymous > 0) return (anonymous + kibIn(status, 'RssShmem')) * 1024
  } catch {
    // Not Linux.
  }
  return process.memoryUsage.rss()
}

function kibIn(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

/** `configured`: CHAOS_PROCESS_MAX_BYTES; 0: that of the container. 0 as result: nobody has set a limit. */
export function memoryLimit(configured: number): number {
  if (configured > 0) return configured
  const limit = process.constrainedMemory()
  // Without a limit the kernel names a number larger than any machine.
  return limit > 0 && limit < totalmem() ? limit : 0
}
