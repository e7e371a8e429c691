// thread: any
// The file of the memory as a thing of the file system: may it be opened, and how it is put aside.
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync } from 'node:fs'
import { pagesInUse, type Roots, rootOf } from './live-pages.js'

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
 * has all that is in use is looked at beforehand.
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
    const problem = problemOf(fd)
    if (problem !== undefined) throw new MemoryError('damaged', file, resetRemedy, problem)
  } finally {
    closeSync(fd)
  }
}

/** It may be written meanwhile, by the process that this one takes over from: then it is looked at once more. */
const LOOKS = 5

/** Undefined: nothing is wrong. */
function problemOf(fd: number): string | undefined {
  for (let look = 1; ; look++) {
    const metas = metasOf(fd)
    // Not before: it is longer by the time that a meta page says so.
    const { size } = fstatSync(fd)
    // An empty one is what a process leaves that ended just after it had made it.
    if (size === 0) return undefined
    const opened = openedOf(metas)
    if (opened === undefined) return 'is damaged, or not a memory of this proxy'
    const { pageBytes, pages, roots } = opened
    if (size >= Math.max(2, pages) * pageBytes) return undefined
    const whole = Math.floor(size / pageBytes)
    if (whole >= 2 && pagesInUse((at, length) => readFrom(fd, at, length), pageBytes, whole, roots) !== undefined)
      return undefined
    const isSame = openedOf(metasOf(fd))?.transaction === opened.transaction
    if (isSame || look === LOOKS) return `is damaged: ${size} of ${pages * pageBytes} octets are there`
  }
}

function readFrom(fd: number, at: number, length: number): Buffer {
  const octets = Buffer.alloc(length)
  return octets.subarray(0, readSync(fd, octets, 0, length, at))
}

interface Meta {
  readonly pageBytes: number
  /** Given out so far. */
  readonly pages: number
  readonly roots: Roots
  readonly transaction: bigint
  /** It was written before its transaction was known to be on the disk. */
  readonly isUnsynced: boolean
  /** Of the start of the machine that it was written under. */
  readonly boot: bigint
}

/**
 * A meta page of LMDB as the package builds it (64 bits): magic number behind the page header, then version, address, map
 * size, two databases of 48 octets of which the first begins with the page size and ends, as the other, with its root, last page,
 * last transaction, start of the machine. Octets are in the order of the machine; all that Node runs on here are little endian.
 */
function readMeta(fd: number, at: number, isFirst: boolean): Meta | undefined {
  const page = readFrom(fd, at, 168)
  if (page.length < 168 || (isFirst && page.readUInt32LE(24) !== 0xbeefc0de)) return undefined
  const pageBytes = page.readUInt32LE(48)
  if (pageBytes < 512 || pageBytes > 65536) return undefined
  return {
    pageBytes,
    pages: Number(page.readBigUInt64LE(144)) + 1,
    roots: [...rootOf(page.readBigUInt64LE(88)), ...rootOf(page.readBigUInt64LE(136))],
    transaction: page.readBigUInt64LE(152),
    isUnsynced: (page.readUInt16LE(52) & MDB_OVERLAPPINGSYNC) !== 0,
    boot: page.readBigInt64LE(160),
  }
}

const MDB_OVERLAPPINGSYNC = 0x1000

/** The two that transactions write in turn, and in the middle of the first page the last one that was known to be on the disk. */
function metasOf(fd: number): readonly Meta[] {
  const first = readMeta(fd, 0, true)
  if (first === undefined) return []
  const { pageBytes } = first
  const others = [readMeta(fd, pageBytes, true), readMeta(fd, pageBytes >> 1, false)]
  return [first, ...others.filter(meta => meta !== undefined)]
}

/**
 * That which LMDB goes by when it opens the file (mdb_pick_meta): the newest, but where the machine was started anew since it was
 * written, and the disk may not have had all of it, the one before.
 */
function openedOf(metas: readonly Meta[]): Meta | undefined {
  const boot = bootId()
  return metas.reduce<Meta | undefined>((a, b) => {
    if (a === undefined || b.transaction === 0n) return a ?? b
    const newer = a.transaction >= b.transaction ? a : b
    const isBelieved = boot === undefined || newer.boot === boot || !newer.isUnsynced
    return isBelieved ? newer : a.transaction > b.transaction ? b : a
  }, undefined)
}

/** Of this start of the machine, as LMDB reads it: up to the first dash. Undefined: unknown here. */
function bootId(): bigint | undefined {
  try {
    return BigInt(`0x${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').split('-', 1)[0]}`)
  } catch {
    return undefined
  }
}

export function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return String(code ?? message)
}
