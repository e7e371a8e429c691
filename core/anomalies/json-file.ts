// thread: any
// A small file of JSON that is written anew as a whole. What cannot be read is none, what cannot be written stays in memory.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

  read(): T | undefined {
    try {
      const { version, value } = JSON.parse(readFileSync(this.#path, 'utf8')) as { version: unknown; value: T }
      if (version === this.#version) return value
      this.#log.warn({ file: this.#path, version }, 'the file is of another version; what is in it is learned anew')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ err: error, file: this.#path }, 'the file cannot be read; what is in it is learned anew')
    }
    return undefined
  }

  write(value: T): void {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      writeFileSync(`${this.#path}.new`, JSON.stringify({ version: this.#version, value }), { mode: 0o600 })
      renameSync(`${this.#path}.new`, this.#path)
      this.#isUnwritten = false
    } catch (error) {
      if (!this.#isUnwritten)
        this.#log.warn({ err: error, file: this.#path }, 'the file cannot be written; a restart will lose what is new')
      this.#isUnwritten = true
    }
  }
}
