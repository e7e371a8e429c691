// thread: main
// A memory that is plain though there is a key, or sealed with an older one, is written anew beside itself and takes its own
// place: all of it is sealed with one key, so that a look at it costs one look-up, and the older key is of no use from then on.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SealingKeys } from '../contract/sealing.js'
import { openAnew } from './lmdb.js'
import { codeOf, isDamage, MemoryError } from './memory-file.js'
import { SEAL_MARK } from './seal-mark.js'
import { type TableName, type Tables, tableNames } from './tables.js'

const FILE = 'memory.mdb'
const FRESH = 'memory.anew.mdb'
const ROWS_AT_ONCE = 1000
const BYTES_AT_ONCE = 16 << 20
/** They say of the file itself what it is. */
const ofFile: readonly string[] = ['version', SEAL_MARK, 'bytes', 'scrubbed']

export interface SealedAnew {
  readonly rows: number
  /** Could not be decrypted, for they were damaged or moved: they are left out. */
  readonly lost: number
}

/**
 * To be called before anybody opens it. Undefined: it is sealed with the first key as it is, or there is no key. Rejects
 * with a {@link MemoryError} where a key is missing; then nothing was changed. A process that ends in the middle leaves the old one.
 * `mayChange` false: another process may still take it back. `begins`: called before it is written anew, which may take a while.
 */
export async function sealMemory(
  dir: string,
  keys: SealingKeys | undefined,
  mayChange: boolean,
  begins: () => void = () => {},
): Promise<SealedAnew | undefined> {
  // Whoever opens one that is sealed hears that there is a key.
  if (keys === undefined) return undefined
  removeFresh(dir)
  if (!existsSync(join(dir, FILE))) return undefined
  const anew = await openAnew(dir, FRESH, keys)
  if (anew === undefined) return undefined
  if (!mayChange) {
    await anew.close()
    removeFresh(dir)
    throw new MemoryError(
      'sealed',
      join(dir, FILE),
      'stop the proxy and start it again',
      'is to be encrypted with another key, which one process cannot leave to another',
    )
  }
  const { from, to } = anew
  let copied: SealedAnew
  try {
    begins()
    copied = await copy(from, to)
  } catch (error) {
    await anew.close()
    removeFresh(dir)
    if (isDamage((error as Error).message)) throw error
    throw new MemoryError(
      'not-accessible',
      join(dir, FRESH),
      'make room for a second copy of the memory on that disk; nothing was changed',
      `cannot be written (${codeOf(error)})`,
    )
  }
  await anew.close()
  // Who has the old one open (an export) goes on with it, lock and all.
  rmSync(join(dir, `${FILE}-lock`), { force: true })
  renameSync(join(dir, FRESH), join(dir, FILE))
  rmSync(join(dir, `${FRESH}-lock`), { force: true })
  syncFolder(dir)
  return copied
}

async function copy(from: Tables, to: Tables): Promise<SealedAnew> {
  let waiting: { readonly table: TableName; readonly name: string; readonly octets: Buffer }[] = []
  let waitingBytes = 0
  let rows = 0
  let seen = 0
  let copied = 0
  let bytes = 0
  const write = async (): Promise<void> => {
    const batch = waiting
    waiting = []
    waitingBytes = 0
    await to.root.childTransaction(() => {
      for (const { table, name, octets } of batch) to.byName[table].put(name, octets)
    })
  }
  for (const table of tableNames) {
    const { moreBytes } = to.byName[table]
    // A state that cannot be decrypted is damage, and not left out.
    if (table !== 'state') seen += from.byName[table].count
    // From place to place, so that no view of the file is held while is written.
    for (let place = ''; ; ) {
      let found = 0
      for (const { name, octets, place: at } of from.byName[table].from(place, ROWS_AT_ONCE)) {
        place = `${at}\0`
        found += 1
        if (table === 'state' && ofFile.includes(name)) continue
        rows += 1
        if (table !== 'state') copied += 1
        if (table === 'exemplars' || table === 'vectors') bytes += octets.length + moreBytes
        waiting.push({ table, name, octets: Buffer.from(octets) })
        waitingBytes += octets.length
      }
      if (found === 0) break
      if (waitingBytes >= BYTES_AT_ONCE || waiting.length >= ROWS_AT_ONCE) await write()
    }
  }
  waiting.push({ table: 'state', name: 'bytes', octets: Buffer.from(String(bytes)) })
  await write()
  return { rows, lost: Math.max(0, seen - copied) }
}

function removeFresh(dir: string): void {
  for (const name of [FRESH, `${FRESH}-lock`]) rmSync(join(dir, name), { force: true })
}

/** The name outlives a loss of power. */
function syncFolder(dir: string): void {
  const folder = openSync(dir, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
