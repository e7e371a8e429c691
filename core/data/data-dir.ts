// thread: main
// The data folder: made where it is missing, checked before anything depends on it, never emptied.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  /** Folder of the history; made when there is one. */
  readonly history: string
  /** Tells this installation from others that share a store. */
  readonly instance: string
  /** Random bytes of this installation, which key the hashes of credentials. They outlive a restart, and only then do scopes. */
  readonly scopeKey: Buffer
}

/** Throws an Error whose message names the folder and what to do. */
export function openDataDir(configured: string): DataDir {
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
  return {
    path,
    memory: join(path, 'memory'),
    journal: join(path, 'journal'),
    outages: join(path, 'outages.json'),
    history: join(path, 'history'),
    instance: instanceIn(path),
    scopeKey: scopeKeyIn(path),
  }
}

function instanceIn(path: string): string {
  const file = join(path, 'instance.id')
  try {
    writeFileSync(file, randomBytes(4).toString('hex'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new Error(`the file ${file} cannot be written (${codeOf(error)})`)
  }
  return readFileSync(file, 'utf8').trim()
}

function scopeKeyIn(path: string): Buffer {
  const file = join(path, 'scope.key')
  try {
    // `wx`: a key that is there already is never overwritten, or everything learned under credentials would be lost.
    writeFileSync(file, randomBytes(KEY_BYTES).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new Error(`the key file ${file} cannot be written (${codeOf(error)})`)
  }
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
