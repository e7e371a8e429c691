// thread: main
// A file with the number of the process that serves, for whoever sends it signals: after a hand-over it is another one.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Log } from '../log/log.js'

export class PidFile {
  readonly #path: string
  readonly #pid: number
  readonly #log: Pick<Log, 'warn'>

  /** `path`: '' for none. */
  constructor(path: string, pid: number, log: Pick<Log, 'warn'>) {
    this.#path = path
    this.#pid = pid
    this.#log = log
  }

  /** A file that cannot be written costs no more than a line in the log. */
  write(): void {
    if (this.#path === '') return
    try {
      // Nobody reads half of it.
      writeFileSync(`${this.#path}.new`, `${this.#pid}\n`)
      renameSync(`${this.#path}.new`, this.#path)
    } catch (error) {
      this.#log.warn({ err: error, file: this.#path }, 'the number of the process could not be written')
    }
  }

  /** Only where it still is the number of this process. */
  remove(): void {
    if (this.#path === '') return
    try {
      if (readFileSync(this.#path, 'utf8').trim() === String(this.#pid)) rmSync(this.#path)
    } catch {
      // It is gone already.
    }
  }
}
