// thread: main
// The data folder: made where it is missing, checked before anything depends on it, never emptied.
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const KEY_BYTES = 32

export interface DataDir {
  readonly path: string
  /** Folder of the embedded memory. */
  readonly memory: string
  /** Folder of the journalled writes; made by the journal when it is needed. */
  readonly journal: string
  /** File with the reports of past outages; made when there is one. */
  readonly outages: string
  /** File with the switches of routes; made when one is set. */
  readonly switches: string
  /** File that says who changed what by the admin port. */
  readonly audit: string
  /** File with the anomalies and what was said of them; made when there is one. */
  readonly anomalies: string
  /** Folder of the history; made when there is one. */
  readonly history: string
  /** Keys the hashes of credentials. It outlives a restart, and only then do scopes. */
  readonly scopeKey: Buffer
  /** Tells this installation from others, and says nothing of it. */
  readonly installation: string
  /** The other instances have this one: it holds from the next start on as well, whether they are reached or not. */
  keepSharedScopeKey(key: Buffer): void
}

export interface ScopeKeyChoice {
  /** Set by hand; '': it is not. */
  readonly set: string
  /** Other instances may have one that holds for all. */
  readonly shared: boolean
}

/** Throws an Error whose message names the folder and what to do. */
export function openDataDir(configured: string, choice: ScopeKeyChoice = { set: '', shared: false }): DataDir {
  const path = resolve(configured)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const probe = join(path, `.writable-${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    throw new Error(
      `the data folder ${path} cannot be written (${codeOf(error)}): give this user the right to write there, or set CHAOS_DATA_DIR to another folder`,
    )
  }
  const own = ownKeyIn(path)
  return {
    path,
    memory: join(path, 'memory'),
    journal: join(path, 'journal'),
    outages: join(path, 'outages.json'),
    switches: join(path, 'switches.json'),
    audit: join(path, 'audit.log'),
    anomalies: join(path, 'anomalies.json'),
    history: join(path, 'history'),
    scopeKey: choice.set !== '' ? sha256(choice.set) : ((choice.shared ? sharedKeyIn(path) : undefined) ?? own),
    installation: sha256(own).toString('hex').slice(0, 8),
    keepSharedScopeKey: key => {
      const file = join(path, SHARED_KEY_FILE)
      writeFileSync(`${file}.new`, key.toString('base64url'), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}

/** Beside the own one, which is never overwritten. */
const SHARED_KEY_FILE = 'scope.shared.key'

function sharedKeyIn(path: string): Buffer | undefined {
  const file = join(path, SHARED_KEY_FILE)
  return existsSync(file) ? readKey(file) : undefined
}

function sha256(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest()
}

function ownKeyIn(path: string): Buffer {
  const file = join(path, 'scope.key')
  try {
    // `wx`: a key that is there already is never overwritten, or everything learned under credentials would be lost.
    writeFileSync(file, randomBytes(KEY_BYTES).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new Error(`the key file ${file} cannot be written (${codeOf(error)})`)
  }
  return readKey(file)
}

function readKey(file: string): Buffer {
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64url')
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `the key file ${file} is damaged: put it back from a copy, or remove it (what was learned under credentials is then no longer found)`,
    )
  }
  return key
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
