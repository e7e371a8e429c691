// A disk in memory that loses power: at any step, and with it all that was not synced, or any part of that.
import type { JournalDisk, JournalFile } from '../../core/journal/disk.js'

interface Stored {
  /** As a reader sees it. */
  bytes: Buffer
  /** As it would be after a loss of power. */
  synced: Buffer
}

export class PowerLoss extends Error {}

export class LossyDisk implements JournalDisk {
  readonly files: Map<string, Stored>
  steps = 0
  /** Power is lost at this step. */
  loseAt = Number.POSITIVE_INFINITY
  /** Has the step still happened, or not. */
  loseAfter = false
  /** Of all writes from now on a half is written, and they fail. */
  full = false
  /** Nothing can be synced, though it is written. */
  failsToSync = false
  #dead = false

  constructor(files = new Map<string, Stored>()) {
    this.files = files
  }

  /** What there is when power is back: what was synced, and of the rest as much as `share` says. */
  afterPowerLoss(share: number): LossyDisk {
    const files = new Map<string, Stored>()
    for (const [name, { bytes, synced }] of this.files) {
      const left = Buffer.from(
        bytes.length > synced.length ? bytes.subarray(0, keptLength(bytes, synced, share)) : synced,
      )
      files.set(name, { bytes: left, synced: left })
    }
    return new LossyDisk(files)
  }

  async list(): Promise<string[]> {
    return [...this.files.keys()]
  }

  async readWhole(name: string): Promise<Buffer> {
    return Buffer.from(this.files.get(name)!.bytes)
  }

  open(name: string): Promise<JournalFile> {
    return Promise.resolve(this.#file(this.files.get(name)!))
  }

  create(name: string): Promise<JournalFile> {
    if (this.files.has(name)) throw new Error(`${name} is there already`)
    const stored = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
    return this.#step(() => {
      this.files.set(name, stored)
      return this.#file(stored)
    })
  }

  rename(name: string, to: string): Promise<void> {
    return this.#step(() => {
      this.files.set(to, this.files.get(name)!)
      this.files.delete(name)
    })
  }

  remove(name: string): Promise<void> {
    return this.#step(() => {
      this.files.delete(name)
    })
  }

  #file(stored: Stored): JournalFile {
    return {
      write: (pieces, at) =>
        this.#step(() => {
          const all = Buffer.concat(pieces)
          const added = this.full ? all.subarray(0, all.length / 2) : all
          const bytes = Buffer.alloc(Math.max(stored.bytes.length, at + added.length))
          stored.bytes.copy(bytes)
          added.copy(bytes, at)
          stored.bytes = bytes
          if (this.full) throw new Error('ENOSPC: no space left on device')
        }),
      sync: () =>
        this.#step(() => {
          if (this.failsToSync) throw new Error('EIO: i/o error')
          stored.synced = stored.bytes
        }),
      truncate: length =>
        this.#step(() => {
          stored.bytes = Buffer.from(stored.bytes.subarray(0, length))
        }),
      read: async (at, length) => Buffer.from(stored.bytes.subarray(at, at + length)),
      close: async () => {},
    }
  }

  async #step<T>(act: () => T): Promise<T> {
    if (this.#dead) throw new PowerLoss()
    // As with a real one, nothing is done in the turn that asks for it.
    await new Promise(resolve => setImmediate(resolve))
    if (this.#dead) throw new PowerLoss()
    this.steps += 1
    if (this.steps < this.loseAt) return act()
    this.#dead = true
    if (this.loseAfter) act()
    throw new PowerLoss()
  }
}

function keptLength(bytes: Buffer, synced: Buffer, share: number): number {
  return synced.length + Math.floor((bytes.length - synced.length) * share)
}
