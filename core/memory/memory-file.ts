// thread: any
// The file of the memory as a thing of the file system: may it be opened, and how it is put aside.
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync } from 'node:fs'

/** `sealed`: it is encrypted with a key that is not given, which is no damage. */
export type MemoryErrorCode = 'not-accessible' | 'damaged' | 'other-version' | 'sealed'

/** The memory cannot be used. The message names the file and the remedy. */
export class MemoryError extends Error {
  constructor(
    readonly code: MemoryErrorCode,
    readonly path: string,
    readonly remedy: string,
    problem: string,
  ) {
    super(`the memory ${path} ${problem}: ${remedy}`)
    this.name = 'MemoryError'
  }
}

export const resetRemedy =
  'start once with --reset-memory, which moves it aside and begins with an empty one, or put a good copy in its place'

/** Moves the files aside and says where to; deletes nothing. Undefined where there were none. */
export function resetMemory(dir: string): string | undefined {
  if (!existsSync(dir)) return undefined
  for (let n = 1; ; n++) {
    const aside = `${dir}.old-${n}`
    if (existsSync(aside)) continue
    renameSync(dir, aside)
    return aside
  }
}

/** By name or number (lmdb.h): page not found, corrupted, panic, version mismatch, invalid, and what follows from these. */
const damage =
  /is damaged|MDB_(PAGE_NOTFOUND|CORRUPTED|PANIC|INVALID|BAD_TXN)|-307(82|9[34567])\b|Can not abort this transaction/

/**
 * Whether a failure of the memory says that what is in the file is no memory (any more). Messages, for errors lose all else on
 * their way between threads.
 */
export function isDamage(message: string): boolean {
  return damage.test(message)
}

/** Moves a file aside that cannot be one of LMDB: where to, or undefined where nothing is wrong with it. */
export function setAsideDamaged(dir: string, file: string): string | undefined {
  try {
    checkFile(file)
    return undefined
  } catch (error) {
    if (error instanceof MemoryError && error.code === 'damaged') return resetMemory(dir)
    throw error
  }
}

/**
 * LMDB maps the file into memory, and reading beyond its end would end the process (SIGBUS): whether it is one of LMDB and
 * as long as it says is looked at beforehand.
 */
export function checkFile(file: string): void {
  if (!existsSync(file)) return
  let fd: number
  try {
    fd = openSync(file, 'r+')
  } catch (error) {
    const remedy = 'give this user the right to read and write it'
    throw new MemoryError('not-accessible', file, remedy, `cannot be opened (${codeOf(error)})`)
  }
  try {
    const { size } = fstatSync(fd)
    // An empty one is what a process leaves that ended just after it had made it.
    if (size === 0) return
    const first = readMeta(fd, 0)
    const second = first === undefined ? undefined : readMeta(fd, first.pageBytes)
    if (first === undefined)
      throw new MemoryError('damaged', file, resetRemedy, 'is damaged, or not a memory of this proxy')
    const newest = second !== undefined && second.transaction > first.transaction ? second : first
    if (size < Math.max(2, newest.pages) * newest.pageBytes) {
      throw new MemoryError(
        'damaged',
        file,
        resetRemedy,
        `is damaged: ${size} of ${newest.pages * newest.pageBytes} octets are there`,
      )
    }
  } finally {
    closeSync(fd)
  }
}

interface Meta {
  readonly pageBytes: number
  readonly pages: number
  readonly transaction: bigint
}

/**
 * A meta page of LMDB as the package builds it (64 bits): magic number behind the page header, then version, address, map
 * size, two databases of 48 octets of which the first begins with the page size, last page, last transaction. Octets are
 * in the order of the machine; all that Node runs on here are little endian.
 */
function readMeta(fd: number, at: number): Meta | undefined {
  const page = Buffer.alloc(160)
  if (readSync(fd, page, 0, page.length, at) < page.length || page.readUInt32LE(24) !== 0xbeefc0de) return undefined
  const pageBytes = page.readUInt32LE(48)
  if (pageBytes < 512 || pageBytes > 65536) return undefined
  return { pageBytes, pages: Number(page.readBigUInt64LE(144)) + 1, transaction: page.readBigUInt64LE(152) }
}

export function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return String(code ?? message)
}
