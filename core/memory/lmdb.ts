// thread: any
// The embedded memory: LMDB, one writer (the learner), any number of threads that read without locks. The only file that
// knows the package.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { MemoryErasure, MemoryReader, MemoryScanner } from '../contract/memory.js'
import type { SealingKeys } from '../contract/sealing.js'
import { SealingBox } from '../sealing/box.js'
import { decodeExemplar } from './exemplar-codec.js'
import { checkFile, codeOf, MemoryError, resetRemedy, setAsideDamaged } from './memory-file.js'
import { LmdbReader } from './reader.js'
import { boxOfMark, keyIdOfMark, SEAL_MARK, sealMarkOf } from './seal-mark.js'
import type { OctetsDb } from './table.js'
import { type TableName, type Tables, tableNames, tablesOf } from './tables.js'
import { LmdbWriter, type WriterOptions } from './writer.js'

export { isDamage, MemoryError, type MemoryErrorCode, resetMemory } from './memory-file.js'
export type { WriterOptions } from './writer.js'

/** Grows when the layout changes; a file of another version is never guessed at. */
export const DATA_VERSION = 1
/** The same layout, with all rows sealed: releases that know of no keys do not take it for theirs. */
export const SEALED_DATA_VERSION = 2
const versions: readonly string[] = [String(DATA_VERSION), String(SEALED_DATA_VERSION)]
const FILE = 'memory.mdb'

/**
 * Throws a {@link MemoryError} where there is something that cannot be used; it changes nothing of it then. `keys`: the first one
 * seals; a memory that is sealed otherwise is to be sealed anew before, see seal-memory.ts.
 */
export function openWriter(dir: string, options: WriterOptions, keys?: SealingKeys): MemoryErasure {
  return new LmdbWriter(openTables(dir, keys, true), join(dir, FILE), options)
}

/**
 * To be called before anybody opens it: one that is damaged is moved aside, so that a new one can be begun. Where to; undefined:
 * it is as it should be.
 */
export function setAsideIfDamaged(dir: string): string | undefined {
  return setAsideDamaged(dir, join(dir, FILE))
}

/** Any thread, also before there is a writer. Exemplars are as new as the last commit, the rest as this turn of the event loop. */
export function openReader(dir: string, keys?: SealingKeys): MemoryReader {
  return new LmdbReader(openTables(dir, keys))
}

export function openScanner(dir: string, keys?: SealingKeys): MemoryScanner {
  const { root, exemplars, state } = openTables(dir, keys)
  return {
    state: name => state.get(name)?.toString(),
    after: (place, limit) =>
      [...exemplars.from(`${place}\0`, limit)].map(({ place: key, octets }) => ({
        key,
        // A view of the file ends with this turn.
        stored: decodeExemplar(Buffer.from(octets)),
      })),
    close: () => root.close(),
  }
}

/** A memory as rows of octets, as they stand in the file: for a copy of it, sealed where it is. */
export interface MemoryRows {
  readonly dataVersion: number
  /** All there were when it was asked, whatever is written meanwhile. */
  rows(): Iterable<{ readonly table: TableName; readonly key: string; readonly value: Buffer }>
  /** Resolves when they are in the file, all of them or none. */
  put(rows: readonly { readonly table: TableName; readonly key: string; readonly value: Buffer }[]): Promise<void>
  /** Other processes that have it open. */
  users(): number[]
  close(): Promise<void>
}

/** Throws a {@link MemoryError} where it is none of this release. */
export function openRows(dir: string): MemoryRows {
  const { root, db, version, mark } = openFile(dir, FILE)
  return {
    dataVersion: Number(version ?? DATA_VERSION),
    *rows() {
      // biome-ignore lint/correctness/useHookAtTopLevel: it is no hook of React.
      const transaction = root.useReadTransaction()
      try {
        for (const table of tableNames)
          for (const { key, value } of db(table).getRange({ transaction }))
            yield { table, key, value: Buffer.from(value) }
      } finally {
        transaction.done()
      }
    },
    put: rows =>
      root.childTransaction(() => {
        for (const { table, key, value } of rows) db(table).put(key, value)
      }),
    users: () => {
      // Only who reads is in the list.
      mark()
      root.readerCheck()
      const found = [...root.readerList().matchAll(/^ *(\d+) /gm)].map(([, pid]) => Number(pid))
      return [...new Set(found)].filter(pid => pid !== process.pid)
    },
    close: () => root.close(),
  }
}

/** A memory beside the one that is used, which is to take its place; see seal-memory.ts. */
export interface MemoryAnew {
  readonly from: Tables
  readonly to: Tables
  close(): Promise<void>
}

/** Where it is to be written anew, for it is sealed otherwise than `keys` say; undefined: it is as it should be, or nothing is in it. */
export async function openAnew(
  dir: string,
  file: string,
  keys: SealingKeys | undefined,
): Promise<MemoryAnew | undefined> {
  const { root, db, version, mark } = openFile(dir, FILE)
  let box: SealingBox | undefined
  try {
    box = boxOfMark(mark(), keys, join(dir, FILE))
  } catch (error) {
    await root.close()
    throw error
  }
  if (version === undefined || box?.keyId === keys?.[0]?.id) {
    await root.close()
    return undefined
  }
  const from = tablesOf(root, db, box)
  const fresh = openFile(dir, file)
  const to = begin(fresh, keys)
  return {
    from,
    to,
    close: async () => {
      await fresh.root.flushed
      await fresh.root.close()
      await root.close()
    },
  }
}

interface OpenedFile {
  readonly root: RootDatabase
  readonly db: (name: TableName) => OctetsDb
  /** Undefined: nothing was written yet. */
  readonly version: string | undefined
  /** See seal-mark.ts; as it is now. */
  readonly mark: () => string | undefined
}

function openFile(dir: string, name: string): OpenedFile {
  const file = join(dir, name)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new MemoryError(
      'not-accessible',
      dir,
      'give this user the right to write there, or set CHAOS_DATA_DIR to another folder',
      `cannot be made (${codeOf(error)})`,
    )
  }
  checkFile(file)
  try {
    const root = open({ path: file, maxDbs: 16, encoding: 'string' })
    const dbs = new Map(
      tableNames.map(table => [table, root.openDB<Buffer, string>({ name: table, encoding: 'binary' })]),
    )
    const db = (table: TableName): OctetsDb => dbs.get(table)!
    const state = db('state')
    const version = state.getBinary('version')?.toString()
    if (version !== undefined && !versions.includes(version)) {
      void root.close()
      const problem = `has data version ${version}, this release reads ${DATA_VERSION}, and ${SEALED_DATA_VERSION} with a key`
      throw new MemoryError('other-version', file, `use the release that wrote it, or ${resetRemedy}`, problem)
    }
    return { root, db, version, mark: () => state.getBinary(SEAL_MARK)?.toString() }
  } catch (error) {
    if (error instanceof MemoryError) throw error
    throw codeOf(error) === 'EACCES'
      ? new MemoryError('not-accessible', file, 'give this user the right to write it', 'cannot be opened (EACCES)')
      : new MemoryError('damaged', file, resetRemedy, `cannot be opened (${codeOf(error)})`)
  }
}

/** As the file is; one in which nothing is yet, as `keys` say. */
function openTables(dir: string, keys: SealingKeys | undefined, isWriter = false): Tables {
  const opened = openFile(dir, FILE)
  const { root, db, version, mark } = opened
  try {
    if (version === undefined && isWriter) return begin(opened, keys)
    if (version === undefined) return tablesOf(root, db, keys && new SealingBox(keys.slice(0, 1)))
    const box = boxOfMark(mark(), keys, join(dir, FILE))
    if (isWriter && keyIdOfMark(mark()) !== keys?.[0]?.id)
      throw new MemoryError(
        'sealed',
        join(dir, FILE),
        'let the proxy start with it, which writes it anew',
        'is not encrypted with the first key',
      )
    return tablesOf(root, db, box)
  } catch (error) {
    void root.close()
    throw error
  }
}

function begin({ root, db }: OpenedFile, keys: SealingKeys | undefined): Tables {
  const box = keys && new SealingBox(keys.slice(0, 1))
  const version = String(box === undefined ? DATA_VERSION : SEALED_DATA_VERSION)
  root.transactionSync(() => {
    if (box !== undefined) db('state').put(SEAL_MARK, Buffer.from(sealMarkOf(box)))
    db('state').put('version', Buffer.from(version))
  })
  return tablesOf(root, db, box)
}
