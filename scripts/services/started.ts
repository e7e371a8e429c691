// What `npm run services -- start` left running, told by a small file in the cache folder.
import { readFileSync, readlinkSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { cacheFolder } from './cache.js'
import type { ServiceName } from './service.js'

export interface Started {
  readonly name: ServiceName
  readonly url: string
  readonly pid: number
  readonly dataDir: string
}

const STOP_MS = 10_000
const LOOK_MS = 50

function file(): string {
  return join(cacheFolder(), 'services', 'started.json')
}

/** Those that run now. */
export function readStarted(): Started[] {
  try {
    return (JSON.parse(readFileSync(file(), 'utf8')) as Started[]).filter(runs)
  } catch {
    return []
  }
}

export async function writeStarted(started: readonly Started[]): Promise<void> {
  await mkdir(dirname(file()), { recursive: true })
  await writeFile(`${file()}.new`, `${JSON.stringify(started, null, 2)}\n`)
  await rename(`${file()}.new`, file())
}

export async function stopStarted(started: Started): Promise<void> {
  const until = Date.now() + STOP_MS
  if (runs(started)) process.kill(started.pid, 'SIGINT')
  while (runs(started)) {
    if (Date.now() > until) process.kill(started.pid, 'SIGKILL')
    await wait(LOOK_MS)
  }
  await rm(started.dataDir, { recursive: true, force: true })
}

/** The number of a process that is gone may be another's by now: ours work in their data folder. */
function runs({ pid, dataDir }: Started): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDir)
  } catch {
    return false
  }
}
