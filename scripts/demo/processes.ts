// The children of the demo, and what must not be left behind: no process, no folder.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Something that the person who runs the demo can act on; its message is the whole story. */
export class DemoError extends Error {}

export interface Api {
  readonly pid: number
  readonly port: number
  readonly url: string
  /** SIGKILL, and wait until the system says that it is gone. */
  kill(): Promise<void>
}

export interface ProxyProcess {
  readonly pid: number
  readonly url: string
  readonly adminUrl: string
  /** undefined while it runs, else why the demo cannot go on. */
  ended(): string | undefined
  stop(): Promise<void>
}

const children = new Set<ChildProcess>()
const folders = new Set<string>()

/** Ends every child and removes every folder. May be called at any moment, also twice. */
export function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  folders.clear()
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-demo-'))
  folders.add(folder)
  return folder
}

/** Throws where the port cannot be had. */
export async function needFreePort(port: number, host: string, option: string): Promise<void> {
  const server = createServer()
  const because = await new Promise<NodeJS.ErrnoException | undefined>(resolve => {
    server.once('error', resolve)
    server.listen(port, host, () => resolve(undefined))
  })
  if (because !== undefined) {
    const why = because.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${because.code})`
    throw new DemoError(`port ${port} ${why}; give another one with ${option} <port>`)
  }
  server.close()
  await once(server, 'close')
}

/** `port` 0: any free one. */
export async function startApi(dataFile: string, port: number): Promise<Api> {
  const child = fork(fileURLToPath(new URL('./api.js', import.meta.url)), [dataFile, String(port)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  })
  const said = keep(child)
  const message = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof message[0] !== 'object')
    throw new DemoError(`the API did not start: ${said() || `exit code ${message[0]}`}`)
  const listening = (message[0] as { port: number }).port
  return {
    pid: child.pid!,
    port: listening,
    url: `http://127.0.0.1:${listening}`,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

const READY_WITHIN_MS = 30_000

export async function startProxy(
  upstream: string,
  port: number,
  adminPort: number,
  dataDir: string,
): Promise<ProxyProcess> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../core/main.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // A model that was fetched for `npm start` is used; the demo itself downloads nothing.
      CHAOS_MODEL_DIR: join(process.cwd(), 'chaos-data', 'models'),
      CHAOS_FETCH_MODEL: 'off',
      CHAOS_LOG_LEVEL: 'warn',
      ...process.env,
      CHAOS_UPSTREAM: upstream,
      CHAOS_HOST: '127.0.0.1',
      CHAOS_PORT: String(port),
      CHAOS_ADMIN_HOST: '127.0.0.1',
      CHAOS_ADMIN_PORT: String(adminPort),
      CHAOS_DATA_DIR: dataDir,
      CHAOS_ADMIN_TOKEN: undefined,
    },
  })
  const said = keep(child)
  const ended = (): string | undefined =>
    child.exitCode === null && child.signalCode === null
      ? undefined
      : `the proxy ended with ${child.signalCode ?? `exit code ${child.exitCode}`}${said() === '' ? '' : `:\n${said()}`}`
  const adminUrl = `http://127.0.0.1:${adminPort}`
  const startedAt = Date.now()
  for (;;) {
    const because = ended()
    if (because !== undefined) throw new DemoError(because)
    if (await isReady(adminUrl)) break
    if (Date.now() - startedAt > READY_WITHIN_MS)
      throw new DemoError(`the proxy was not ready within ${READY_WITHIN_MS / 1000} s; it said:\n${said()}`)
    await sleep(50)
  }
  return {
    pid: child.pid!,
    url: `http://127.0.0.1:${port}`,
    adminUrl,
    ended,
    stop: async () => {
      if (ended() !== undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function isReady(adminUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${adminUrl}/readyz`)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

const SAID_CHARS = 4000

/** Remembers the child for the clean-up; returns the end of what it wrote. */
function keep(child: ChildProcess): () => string {
  children.add(child)
  child.once('exit', () => children.delete(child))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      said = (said + chunk).slice(-SAID_CHARS)
    })
  return () => said.trim()
}
