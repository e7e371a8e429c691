// thread: main
// Who changed what, and who tried: one JSON object a line in the data folder, and in the log. It outlives the process.
import { appendFile, rename, stat } from 'node:fs/promises'
import type { Log } from '../log/log.js'

export interface AuditEntry {
  readonly action: 'change' | 'login' | 'logout' | 'refused'
  /** '' where nobody was let in. */
  readonly role: string
  readonly via: string
  readonly address: string
  readonly method: string
  readonly path: string
  readonly status: number
  /** What was sent; '' for nothing. Never a token. */
  readonly body: string
}

export interface Audit {
  record(entry: AuditEntry): void
  /** Resolves when all is written. */
  close(): Promise<void>
}

const MAX_BODY_CHARS = 1000
const MAX_FILE_BYTES = 8 << 20
/** Beyond this many that wait for the disk they stand in the log alone. */
const MAX_WAITING = 1000

/** `file` is readable for its owner alone. The one before it is kept as `file.1`. */
export function openAudit(file: string, log: Log, now: () => number, maxFileBytes = MAX_FILE_BYTES): Audit {
  let last = Promise.resolve()
  let waiting = 0
  let failing = false
  const append = async (line: string): Promise<void> => {
    try {
      const bytes = await stat(file).then(
        ({ size }) => size,
        () => 0,
      )
      if (bytes >= maxFileBytes) await rename(file, `${file}.1`)
      await appendFile(file, line, { mode: 0o600 })
      failing = false
    } catch (error) {
      if (!failing) log.error({ err: error, file }, 'the audit log cannot be written: changes stand in this log alone')
      failing = true
    }
    waiting -= 1
  }
  return {
    record: entry => {
      const { body, ...rest } = entry
      const told = {
        time: new Date(now()).toISOString(),
        ...rest,
        path: entry.path.slice(0, MAX_BODY_CHARS),
        body: shown(body),
      }
      log.info(
        { audit: told },
        entry.action === 'change' ? 'somebody changed something by the admin port' : `admin port: ${entry.action}`,
      )
      if (waiting >= MAX_WAITING) return
      waiting += 1
      last = last.then(() => append(`${JSON.stringify(told)}\n`))
    },
    close: () => last,
  }
}

/** Of a JSON object these members alone; '' where it is none, or nothing of it may be told. Pure. */
export function toldOf(body: string, members: readonly string[] | undefined): string {
  if (members === undefined) return body
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return ''
  }
  if (typeof given !== 'object' || given === null) return ''
  const told = Object.entries(given).filter(([name]) => members.includes(name))
  return told.length === 0 ? '' : JSON.stringify(Object.fromEntries(told))
}

/** Credentials in URLs are not anybody's business. */
function shown(body: string): string {
  return body.replace(/\/\/[^/@\s"']*@/g, '//***@').slice(0, MAX_BODY_CHARS)
}

/** For tests. */
export const noAudit: Audit = { record: () => {}, close: () => Promise.resolve() }
