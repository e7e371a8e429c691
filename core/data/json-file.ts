// thread: any
// A small file of JSON that is written anew as a whole, so that it is never found half written.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { SealingKeys } from '../contract/sealing.js'
import type { Log } from '../log/log.js'
import { FileSeal, LockedFileError } from '../sealing/file-seal.js'

export class JsonFile<T> {
  readonly #path: string
  readonly #version: number
  readonly #log: Pick<Log, 'warn'>
  readonly #seal: FileSeal
  /** One line is enough. */
  #isUnwritten = false
  /** What is there was encrypted with a key that is not given: it is not overwritten. */
  #isLocked = false
  #isOld = false

  /** `version`: of the form; files of another one are not read. `keys`: what it is encrypted with; undefined: it is not. */
  constructor(path: string, version: number, log: Pick<Log, 'warn'>, keys?: SealingKeys) {
    this.#seal = new FileSeal(keys, basename(path))
    this.#path = path
    this.#version = version
    this.#log = log
  }

  get path(): string {
    return this.#path
  }

  /**
   * For what can be learned anew: what cannot be read is none, and the log says so. What is not encrypted with the key that there is
   * now is written anew.
   */
  read(): T | undefined {
    try {
      const value = this.load()
      if (value !== undefined && this.#isOld) this.write(value)
      return value
    } catch (error) {
      this.#isLocked = error instanceof LockedFileError
      const then = this.#isLocked
        ? 'it stays as it is, and what is new is not written'
        : 'what is in it is learned anew'
      this.#log.warn({ err: error, file: this.#path }, `the file cannot be read; ${then}`)
    }
    return undefined
  }

  /** Undefined: there is no such file. Throws where there is one that cannot be read, or of another version. */
  load(): T | undefined {
    let octets: Buffer
    try {
      octets = readFileSync(this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    this.#isOld = this.#seal.isOld(octets)
    const { version, value } = JSON.parse(this.#seal.open(octets)) as { version: unknown; value: T }
    if (version !== this.#version)
      throw new Error(`it is of version ${String(version)}, and this program reads version ${this.#version}`)
    return value
  }

  /** For what can be learned anew: what cannot be written stays in memory, and the log says so. */
  write(value: T): void {
    if (this.#isLocked) return
    try {
      this.#put(value, false)
      this.#isUnwritten = false
    } catch (error) {
      if (!this.#isUnwritten)
        this.#log.warn({ err: error, file: this.#path }, 'the file cannot be written; a restart will lose what is new')
      this.#isUnwritten = true
    }
  }

  /** On the disk when it returns. Throws where it cannot be; then the file is as it was. */
  save(value: T): void {
    this.#put(value, true)
  }

  #put(value: T, isSynced: boolean): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const fresh = `${this.#path}.new`
    const file = openSync(fresh, 'w', 0o600)
    try {
      writeFileSync(file, this.#seal.seal(JSON.stringify({ version: this.#version, value })))
      if (isSynced) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(fresh, this.#path)
  }
}
