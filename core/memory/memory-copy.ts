// thread: any
// A learned memory as one file: for moving it, for seeding another instance, as a backup. Written while a proxy runs, as of one
// moment; read into a folder that nobody uses, whole or not at all.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { SHARED_POSITION } from '../contract/shared.js'
import { ByteReader } from './byte-reader.js'
import { DATA_VERSION, MemoryError, openRows, resetMemory, SEALED_DATA_VERSION } from './lmdb.js'
import { type TableName, tableNames as tables } from './tables.js'

/**
 * Of the file: a gzip of one line of JSON (CopyHead), of rows (u8 table from 1 on, u32 octets of key, u32 of value, key, value; little
 * endian) and of an end (u8 0, u32 rows, SHA-256 of all before it). Grows when that changes.
 */
const COPY_VERSION = 1
const FORMAT = 'chaos-proxy-memory'
const MAX_HEAD_BYTES = 64 << 10
const MAX_KEY_BYTES = 8 << 10
const MAX_VALUE_BYTES = 1 << 30
const ROWS_AT_ONCE = 1000
const BYTES_AT_ONCE = 16 << 20
const ROW_HEAD_BYTES = 9

export interface CopyHead {
  readonly format: typeof FORMAT
  readonly version: number
  /** Of what is in the rows; {@link SEALED_DATA_VERSION}: they are encrypted, with the key that the memory had. */
  readonly dataVersion: number
  /** Release that wrote it, and when; ISO 8601. */
  readonly release: string
  readonly exportedAt: string
  readonly tables: readonly string[]
  /** Under which credentials are hashed: files of the data folder by name. */
  readonly keys: Readonly<Record<string, string>>
}

export interface CopyReport {
  readonly head: CopyHead
  readonly rows: number
  readonly answers: number
  /** Where what was there before was moved to; null: nothing was. */
  readonly setAside: string | null
}

/** The file is no copy of a memory, or not one for this release, or damaged. The message names it and says what to do. */
export class CopyError extends Error {}

export interface WriteCopy {
  readonly memoryDir: string
  readonly file: string
  readonly release: string
  /** ISO 8601. */
  readonly at: string
  readonly keys: CopyHead['keys']
}

/** An older file of that name stays until the new one is complete. */
export async function writeCopy({ memoryDir, file, release, at, keys }: WriteCopy): Promise<CopyReport> {
  if (!existsSync(join(memoryDir, 'memory.mdb')))
    throw new CopyError(
      `there is no memory in ${memoryDir}: nothing was learned yet, or CHAOS_DATA_DIR is another folder`,
    )
  const memory = openRows(memoryDir)
  const { dataVersion } = memory
  const head: CopyHead = {
    ...{ format: FORMAT, version: COPY_VERSION, dataVersion, release, exportedAt: at },
    ...{ tables, keys },
  }
  const counts = { rows: 0, answers: 0 }
  const partial = `${file}.partial-${process.pid}`
  try {
    await pipeline(
      Readable.from(copyOctets(head, memory.rows(), counts), { objectMode: false }),
      createGzip(),
      // It holds what an API answered to people, and the key of their credentials.
      createWriteStream(partial, { mode: 0o600, flush: true }),
    )
    renameSync(partial, file)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error instanceof CopyError || error instanceof MemoryError
      ? error
      : new CopyError(`${file} cannot be written: ${(error as Error).message}`)
  } finally {
    await memory.close()
  }
  return { head, ...counts, setAside: null }
}

function* copyOctets(
  head: CopyHead,
  rows: ReturnType<ReturnType<typeof openRows>['rows']>,
  counts: { rows: number; answers: number },
): Generator<Buffer> {
  const hash = createHash('sha256')
  const told = (bytes: Buffer): Buffer => {
    hash.update(bytes)
    return bytes
  }
  yield told(Buffer.from(`${JSON.stringify(head)}\n`))
  for (const { table, key, value } of rows) {
    // Where another Redis is, it would skip what this one has not learned.
    if (table === 'state' && key === SHARED_POSITION) continue
    counts.rows += 1
    if (table === 'exemplars') counts.answers += 1
    const name = Buffer.from(key)
    const row = Buffer.alloc(ROW_HEAD_BYTES)
    row.writeUInt8(tables.indexOf(table) + 1, 0)
    row.writeUInt32LE(name.length, 1)
    row.writeUInt32LE(value.length, 5)
    yield told(Buffer.concat([row, name, value]))
  }
  const end = Buffer.alloc(5)
  end.writeUInt32LE(counts.rows, 1)
  yield told(end)
  yield hash.digest()
}

export interface ReadCopy {
  readonly file: string
  readonly memoryDir: string
  /** Called when all of the file is read and good, before the memory is exchanged. */
  readonly beforeExchange: (head: CopyHead) => void
}

/** Rejects with a {@link CopyError}, and then all is as before. */
export async function readCopy({ file, memoryDir, beforeExchange }: ReadCopy): Promise<CopyReport> {
  await refuseIfUsed(memoryDir)
  const staging = join(dirname(memoryDir), 'memory.importing')
  rmSync(staging, { recursive: true, force: true })
  try {
    const read = await readInto(file, staging)
    beforeExchange(read.head)
    const setAside = resetMemory(memoryDir) ?? null
    renameSync(staging, memoryDir)
    return { ...read, setAside }
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    throw error
  }
}

/** A memory that is exchanged under a process would go on being written, and be nobody's. */
async function refuseIfUsed(memoryDir: string): Promise<void> {
  if (!existsSync(join(memoryDir, 'memory.mdb'))) return
  let users: number[]
  try {
    const memory = openRows(memoryDir)
    users = memory.users()
    await memory.close()
  } catch (error) {
    // It is no good anyway, and is moved aside.
    if (error instanceof MemoryError && error.code === 'damaged') return
    throw error
  }
  if (users.length > 0)
    throw new CopyError(
      `a proxy runs with the memory ${memoryDir} (process ${users.join(', ')}): stop it, import, and start it again`,
    )
}

async function readInto(file: string, staging: string): Promise<Omit<CopyReport, 'setAside'>> {
  const source = createReadStream(file)
  const unzipped = createGunzip()
  const feeding = pipeline(source, unzipped)
  feeding.catch(() => {})
  const hash = createHash('sha256')
  const reader = new ByteReader(unzipped)
  try {
    const head = headOf(file, told(hash, await reader.line(MAX_HEAD_BYTES)))
    const memory = openRows(staging)
    try {
      return { head, ...(await readRows(reader, hash, head, memory)) }
    } finally {
      await memory.close()
    }
  } catch (error) {
    if (error instanceof CopyError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
      throw new CopyError(`${file} cannot be read (${code}): name a file that was made by chaos-proxy export`)
    throw new CopyError(`${file} is damaged or cut short (${message}): take another copy; nothing was changed`)
  } finally {
    source.destroy()
    unzipped.destroy()
  }
}

function headOf(file: string, line: Buffer): CopyHead {
  let head: Partial<CopyHead> | null
  try {
    head = JSON.parse(line.toString('utf8'))
  } catch {
    head = null
  }
  if (head?.format !== FORMAT) throw new CopyError(`${file} is no memory that chaos-proxy export has written`)
  const { version = 0, dataVersion = 0, release = '?' } = head
  if (version > COPY_VERSION || dataVersion > SEALED_DATA_VERSION)
    throw new CopyError(`${file} was written by a newer release (${release}): import it with that one, or a newer one`)
  if (version < 1 || dataVersion < DATA_VERSION)
    throw new CopyError(
      `${file} holds data version ${dataVersion}, this release reads ${DATA_VERSION}: import it with release ${release} and start the new one with that folder`,
    )
  return head as CopyHead
}

async function readRows(
  reader: ByteReader,
  hash: Hash,
  head: CopyHead,
  memory: ReturnType<typeof openRows>,
): Promise<{ rows: number; answers: number }> {
  let rows = 0
  let answers = 0
  let waiting: { table: TableName; key: string; value: Buffer }[] = []
  let bytes = 0
  const write = async (): Promise<void> => {
    await memory.put(waiting)
    waiting = []
    bytes = 0
  }
  for (;;) {
    const [number = 0] = told(hash, await reader.take(1))
    if (number === 0) break
    const table = tables.find(name => name === head.tables[number - 1])
    const lengths = told(hash, await reader.take(ROW_HEAD_BYTES - 1))
    const [keyBytes, valueBytes] = [lengths.readUInt32LE(0), lengths.readUInt32LE(4)]
    if (table === undefined || keyBytes > MAX_KEY_BYTES || valueBytes > MAX_VALUE_BYTES)
      throw new Error(`row ${rows + 1} makes no sense`)
    const key = told(hash, await reader.take(keyBytes)).toString('utf8')
    const value = told(hash, await reader.take(valueBytes))
    waiting.push({ table, key, value })
    rows += 1
    bytes += valueBytes
    if (table === 'exemplars') answers += 1
    if (waiting.length >= ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE) await write()
  }
  const count = told(hash, await reader.take(4)).readUInt32LE(0)
  const sum = hash.digest()
  if (count !== rows || !sum.equals(await reader.take(sum.length))) throw new Error('its checksum is another one')
  if (!(await reader.isAtEnd())) throw new Error('something stands behind its end')
  await write()
  return { rows, answers }
}

function told(hash: Hash, bytes: Buffer): Buffer {
  hash.update(bytes)
  return bytes
}
