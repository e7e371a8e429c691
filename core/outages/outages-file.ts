// thread: main
// The reports of past outages on the disk, so that a restart does not lose them. Small, and written anew as a whole; a disk that
// does not take it costs no more than that.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type OutageReport, outageStates } from '../contract/outages.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Log } from '../log/log.js'
import { FileSeal, LockedFileError } from '../sealing/file-seal.js'

/** Of the form: reports of another one are not read. */
const VERSION = 1

export class OutagesFile {
  readonly #path: string
  readonly #log: Pick<Log, 'warn'>
  readonly #seal: FileSeal
  /** What is there was encrypted with a key that is not given: it is not overwritten. */
  #isLocked = false
  #writing: Promise<void> = Promise.resolve()
  #next: readonly OutageReport[] | undefined

  /** `keys`: what it is encrypted with; undefined: it is not. */
  constructor(path: string, log: Pick<Log, 'warn'>, keys?: SealingKeys) {
    this.#path = path
    this.#seal = new FileSeal(keys, basename(path))
    this.#log = log
  }

  /** Oldest first; none where there is no file, or it cannot be read. What is not encrypted with the key of now is written anew. */
  read(): readonly OutageReport[] {
    let octets: Buffer
    try {
      octets = readFileSync(this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#unread(error)
      return []
    }
    try {
      const { version, outages } = JSON.parse(this.#seal.open(octets)) as { version: unknown; outages: unknown }
      if (version !== VERSION || !Array.isArray(outages)) throw new Error('it is of another version')
      const reports = outages.filter(isReport)
      if (this.#seal.isOld(octets)) this.#put(reports)
      return reports.map(report => ({ ...report, state: report.state === 'done' ? 'done' : 'interrupted' }))
    } catch (error) {
      this.#isLocked = error instanceof LockedFileError
      this.#unread(error)
      return []
    }
  }

  /** Some time soon; what was handed in last is what stays. */
  write(reports: readonly OutageReport[]): void {
    if (this.#isLocked) return
    const waits = this.#next !== undefined
    this.#next = reports
    if (waits) return
    this.#writing = this.#writing.then(async () => {
      const octets = this.#seal.seal(textOf(this.#next!))
      this.#next = undefined
      try {
        await writeFile(`${this.#path}.new`, octets, { mode: 0o600 })
        await rename(`${this.#path}.new`, this.#path)
      } catch (error) {
        this.#unwritten(error)
      }
    })
  }

  /** The proxy ends. */
  async close(reports: readonly OutageReport[]): Promise<void> {
    await this.#writing
    if (!this.#isLocked) this.#put(reports)
  }

  #put(reports: readonly OutageReport[]): void {
    try {
      writeFileSync(`${this.#path}.new`, this.#seal.seal(textOf(reports)), { mode: 0o600 })
      renameSync(`${this.#path}.new`, this.#path)
    } catch (error) {
      this.#unwritten(error)
    }
  }

  #unread(error: unknown): void {
    this.#log.warn(
      { err: error, file: this.#path },
      `the reports of past outages cannot be read; ${this.#isLocked ? 'they stay as they are, and new ones are not written' : 'new ones replace them'}`,
    )
  }

  #unwritten(error: unknown): void {
    this.#log.warn(
      { err: error, file: this.#path },
      'the reports of outages cannot be written; a restart will lose them',
    )
  }
}

function textOf(outages: readonly OutageReport[]): string {
  return `${JSON.stringify({ version: VERSION, outages })}\n`
}

/** As far as it is needed for showing it: the file may have been edited. */
function isReport(value: unknown): value is OutageReport {
  if (typeof value !== 'object' || value === null) return false
  const { id, state, since, circuit, routes, notAsked } = value as Partial<Record<keyof OutageReport, unknown>>
  return (
    typeof id === 'string' &&
    typeof since === 'string' &&
    typeof circuit === 'string' &&
    outageStates.some(known => known === state) &&
    typeof notAsked === 'object' &&
    notAsked !== null &&
    Array.isArray(routes) &&
    routes.every(route => Array.isArray((route as { fields?: unknown } | null)?.fields))
  )
}
