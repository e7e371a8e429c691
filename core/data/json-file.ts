// thread: any
// A small file of JSON that is written anew as a whole, so that it is never found half written.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../log/log.js'

export class JsonFile<T> {
  readonly #path: string
  readonly #version: number
  readonly #log: Pick<Log, 'warn'>
  /** One line is enough. */
  #isUnwritten = false

  /** `version`: of the form; files of another one are not read. */
  constructor(path: string, version: number, log: Pick<Log, 'warn'>) {
    this.#path = path
    this.#version = version
    this.#log = log
  }

  get path(): string {
    return this.#path
  }

  /** For what can be learned anew: what cannot be read is none, and the log says so. */
  read(): T | undefined {
    try {
      return this.load()
    } catch (error) {
      this.#log.warn({ err: error, file: this.#path }, 'the file cannot be read; what is in it is learned anew')
    }
    return undefined
  }

  /** Undefined: there is no such file. Throws where there is one that cannot be read, or of another version. */
  load(): T | undefined {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const { version, value } = JSON.parse(text) as { version: unknown; value: T }
    if (version !== this.#version)
      throw new Error(`it is of version ${String(version)}, and this program reads version ${this.#version}`)
    return value
  }

  /** For what can be learned anew: what cannot be written stays in memory, and the log says so. */
  write(value: T): void {
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
      writeFileSync(file, JSON.stringify({ version: this.#version, value }))
      if (isSynced) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(fresh, this.#path)
  }
}
