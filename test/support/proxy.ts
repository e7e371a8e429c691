// The real program, started as a user starts it, on free ports and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrainStatus } from '../../brain/pool.js'
import { type Ended, heard } from './heard.js'

export interface Reply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
  /** Body as JSON. */
  json<T = Record<string, unknown>>(): T
}

export interface Proxy {
  readonly port: number
  readonly adminPort: number
  readonly dataDir: string
  readonly child: ChildProcess
  readonly output: () => string
  get(path: string, headers?: Record<string, string>): Promise<Reply>
  send(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: Buffer | string },
  ): Promise<Reply>
  admin<T = Record<string, unknown>>(path: string, options?: { method?: string; body?: unknown }): Promise<T>
  adminText(path: string): Promise<string>
  /** Resolves when all that was captured has been learned. */
  settled(): Promise<void>
  /** Ends it (SIGTERM unless said) and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const main = fileURLToPath(new URL('../../core/main.js', import.meta.url))
const running = new Set<ChildProcess>()
const folders = new Set<string>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-test-'))
  folders.add(folder)
  return folder
}

/** Runs the command and resolves when it has ended. */
export async function runMain(env: Record<string, string>, args: string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH ?? '', ...env } })
  running.add(child)
  const ended = await heard(child).ended
  running.delete(child)
  return ended
}

/** Ends with the test. */
export async function startProxy(
  t: { teardown(fn: () => unknown): void },
  upstream: string,
  env: Record<string, string> = {},
  /** Limit of open files. */
  openFiles?: number,
): Promise<Proxy> {
  const dataDir = env.CHAOS_DATA_DIR ?? temporaryFolder()
  const program = [process.execPath, '--enable-source-maps', main]
  const limited = ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, ...program]
  const [command, ...args] = openFiles === undefined ? program : limited
  const child = spawn(command!, args, {
    env: {
      PATH: process.env.PATH ?? '',
      CHAOS_UPSTREAM: upstream,
      CHAOS_PORT: '0',
      CHAOS_HOST: '127.0.0.1',
      CHAOS_ADMIN_PORT: '0',
      CHAOS_WORKERS: '2',
      CHAOS_EMBEDDER: 'lexical',
      CHAOS_FETCH_MODEL: 'off',
      CHAOS_DATA_DIR: dataDir,
      ...env,
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let output = ''
  let ports: { port: number; adminPort: number } | undefined
  await new Promise<void>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      output += chunk
      const line = /"listening":"https?:\/\/[^:]+:(\d+)","admin":"http:\/\/[^:]+:(\d+)"/.exec(output)
      if (line === null || ports !== undefined) return
      ports = { port: Number(line[1]), adminPort: Number(line[2]) }
      resolve()
    }
    child.stdout!.on('data', look)
    child.stderr!.on('data', look)
    child.once('exit', code => reject(new Error(`the proxy ended with ${code}:\n${output}`)))
  })
  const { port, adminPort } = ports!
  // Shorter than any front keeps an idle connection (uws ends it after 8 to 12 s): a request on one that ends at this very moment
  // would fail, and nobody could tell it from a fault of the proxy.
  const agent = new Agent({ keepAlive: true, timeout: 4000 })
  const ask = (
    toPort: number,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Buffer | string,
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: toPort, method, path, headers, agent }, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const all = Buffer.concat(chunks)
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: all,
            json: () => JSON.parse(all.toString()),
          })
        })
      })
      request.on('error', reject)
      request.end(body)
    })
  const proxy: Proxy = {
    port,
    adminPort,
    dataDir,
    child,
    output: () => output,
    get: (path, headers = {}) => ask(port, 'GET', path, headers),
    send: (method, path, { headers = {}, body } = {}) => ask(port, method, path, headers, body),
    admin: async (path, { method = 'GET', body } = {}) =>
      (
        await ask(
          adminPort,
          method,
          path,
          body === undefined ? {} : { 'content-type': 'application/json' },
          body === undefined ? undefined : JSON.stringify(body),
        )
      ).json(),
    adminText: async path => (await ask(adminPort, 'GET', path, {})).body.toString(),
    settled: async () => {
      // The edge ships within 25 ms; the learner says itself when nothing is left, nor to be told to the edges. Asked again until
      // all agree twice.
      let calm = 0
      while (calm < 2) {
        const status = (await proxy.admin('/api/learning')) as Pick<
          BrainStatus,
          'captured' | 'learned' | 'dropped' | 'pending' | 'untaught'
        >
        const { captured, learned, dropped, pending, untaught } = status
        calm = captured <= learned + dropped && pending === 0 && !untaught ? calm + 1 : 0
        await new Promise(resolve => setTimeout(resolve, 40))
      }
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const gone = once(child, 'exit')
      child.kill(signal)
      const [code] = (await gone) as [number | null]
      agent.destroy()
      return code
    },
  }
  t.teardown(() => proxy.stop('SIGKILL'))
  return proxy
}
