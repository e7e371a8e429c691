// The children of the bench: origins and proxies on free ports. Nothing of them is left behind.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Origin {
  readonly url: string
  readonly port: number
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
}

export interface ProxyProcess extends Server {
  readonly adminUrl: string
}

/** Something that answers requests until it is stopped. */
export interface Server {
  readonly url: string
  /** Of the process that was started; it may have children. */
  readonly pid: number
  stop(): Promise<void>
}

const children = new Map<ChildProcess, NodeJS.Signals>()
const folders = new Set<string>()

export function cleanUp(): void {
  for (const [child, signal] of children) child.kill(signal)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** `signal` ends it at clean-up: one that the child hears where it has children of its own. */
export function keep(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  children.set(child, signal)
  child.once('exit', () => children.delete(child))
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-bench-'))
  folders.add(folder)
  return folder
}

const END_WITHIN_MS = 5000

/** Ends a child that was kept, and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  const signal = children.get(child)
  if (signal === undefined) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
  await gone
  clearTimeout(timer)
}

/** Starts the file in a process of its own, sends it the order and resolves with the first message that it answers. */
export async function askProcess<Order extends object, Reply extends object>(
  file: URL,
  order: Order,
): Promise<{ reply: Reply; child: ChildProcess }> {
  const child = fork(fileURLToPath(file), [], { execArgv: [] })
  keep(child)
  child.send(order)
  const [reply] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Reply | number]
  if (typeof reply !== 'object') throw new Error(`${basename(fileURLToPath(file))} ended with exit code ${reply}`)
  return { reply, child }
}

export async function startOrigin(port = 0): Promise<Origin> {
  const child = fork(fileURLToPath(new URL('./origin.js', import.meta.url)), [String(port)], { execArgv: [] })
  keep(child)
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [{ port: number } | number]
  if (typeof message !== 'object') throw new Error(`the origin ended with exit code ${message}`)
  return {
    port: message.port,
    url: `http://127.0.0.1:${message.port}`,
    kill: () => end(child),
  }
}

const SAID_CHARS = 4000
const UP_WITHIN_MS = 60_000

/** Runs the program as a user does, with its defaults but for what is set here. */
export async function startProxy(upstream: string, settings: Readonly<Record<string, string>>): Promise<ProxyProcess> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../core/main.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      CHAOS_MODEL_DIR: join(process.cwd(), 'chaos-data', 'models'),
      CHAOS_FETCH_MODEL: 'off',
      ...process.env,
      CHAOS_UPSTREAM: upstream,
      CHAOS_HOST: '127.0.0.1',
      CHAOS_PORT: '0',
      CHAOS_ADMIN_HOST: '127.0.0.1',
      CHAOS_ADMIN_PORT: '0',
      CHAOS_DATA_DIR: temporaryFolder(),
      CHAOS_LOG_LEVEL: 'info',
      CHAOS_ADMIN_TOKEN: undefined,
      ...settings,
    },
  })
  keep(child)
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said = (said + chunk).slice(-SAID_CHARS)
      const up = /"listening":"https?:\/\/[^"]+:(\d+)","admin":"http:\/\/[^"]+:(\d+)"/.exec(said)
      if (up === null) return
      clearTimeout(late)
      resolve({
        url: `${settings.CHAOS_TLS_CERT === undefined ? 'http' : 'https'}://127.0.0.1:${up[1]}`,
        adminUrl: `http://127.0.0.1:${up[2]}`,
        pid: child.pid!,
        stop: () => end(child),
      })
    }
    const late = setTimeout(() => {
      void end(child)
      reject(new Error(`the proxy was not up within ${UP_WITHIN_MS / 1000} s:\n${said}`))
    }, UP_WITHIN_MS)
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', code => {
      clearTimeout(late)
      reject(new Error(`the proxy ended with exit code ${code}:\n${said}`))
    })
  })
}
