// thread: main
// What the journal asks of a disk, and the real one. Tests have another that forgets what was not synced.
import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface JournalFile {
  write(pieces: readonly Uint8Array[], at: number): Promise<void>
  /** Resolves when all that was written would outlive a loss of power. */
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  read(at: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export interface JournalDisk {
  list(): Promise<readonly string[]>
  readWhole(name: string): Promise<Buffer>
  open(name: string): Promise<JournalFile>
  /** It must not be there yet. Its name outlives a loss of power. */
  create(name: string): Promise<JournalFile>
  rename(name: string, to: string): Promise<void>
  remove(name: string): Promise<void>
}

/** The entries hold credentials: nobody else may read them. */
const OWNER_ONLY = 0o600

export async function openDisk(folder: string): Promise<JournalDisk> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const syncFolder = async (): Promise<void> => {
    const handle = await open(folder, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  return {
    list: () => readdir(folder),
    readWhole: name => readFile(join(folder, name)),
    open: async name => new RealFile(await open(join(folder, name), constants.O_RDWR)),
    create: async name => {
      const { O_RDWR, O_CREAT, O_EXCL } = constants
      const file = new RealFile(await open(join(folder, name), O_RDWR | O_CREAT | O_EXCL, OWNER_ONLY))
      await syncFolder()
      return file
    },
    rename: async (name, to) => {
      await rename(join(folder, name), join(folder, to))
      await syncFolder()
    },
    remove: async name => {
      await rm(join(folder, name))
      await syncFolder()
    },
  }
}

class RealFile implements JournalFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(pieces: readonly Uint8Array[], at: number): Promise<void> {
    const left = [...pieces]
    let position = at
    while (left.length > 0) {
      // A disk that is nearly full takes a part.
      let { bytesWritten } = await this.#handle.writev(left, position)
      if (bytesWritten === 0) throw new Error('the disk takes nothing more')
      position += bytesWritten
      while (left.length > 0 && bytesWritten >= left[0]!.length) bytesWritten -= left.shift()!.length
      if (bytesWritten > 0) left[0] = left[0]!.subarray(bytesWritten)
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length)
  }

  async read(at: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    let got = 0
    while (got < length) {
      const { bytesRead } = await this.#handle.read(bytes, got, length - got, at + got)
      if (bytesRead === 0) throw new Error(`the file ends ${length - got} octets too early`)
      got += bytesRead
    }
    return bytes
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
