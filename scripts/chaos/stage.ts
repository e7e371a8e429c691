// The processes of one scenario: a backend, proxies, the load; and what must not be left behind of them.
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { BackendOrder, Behaviour } from './backend-process.js'
import { freePort } from './free-port.js'
import type { LedgerLine } from './ledger.js'
import { Load } from './load.js'
import type { CrashOrder, SpoilOrder } from './own-faults.js'

/** A connection for each question: one that is kept may be closed from the other side as it is asked on. */
const alone = { connection: 'close' }

export interface Backend {
  readonly port: number
  readonly url: string
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  /** On the same port, with the same ledger. */
  start(behaviour?: Behaviour): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  behave(behaviour: Behaviour, delayMs?: number): Promise<void>
  /** Requests that reached it since it was started. */
  requests(): Promise<number>
  ledger(): LedgerLine[]
}

export interface ProxyProcess {
  /** Another one after `handOver`. */
  readonly pid: number
  readonly port: number
  readonly dataDir: string
  /** Undefined while it runs. */
  ended(): string | undefined
  kill(signal?: NodeJS.Signals): Promise<void>
  /** SIGUSR2: resolves with '' when another process took over, or with why none did. */
  handOver(): Promise<string>
  /** Another process took over by itself, and said so: that one is the proxy from now on. */
  follow(): void
  /** All that it and those after it logged lately. */
  said(): string
  /** GET on the admin port. */
  admin<T>(path: string): Promise<T>
  /** As Prometheus reads them. */
  metrics(): Promise<string>
  /** When ghosts answer, see CHAOS_GHOST. */
  setMode(mode: 'auto' | 'off' | 'forced'): Promise<void>
  /** Another list of upstreams. */
  setUpstreams(urls: readonly string[]): Promise<void>
  /** Resolves with how many threads were broken. */
  crash(order: CrashOrder): Promise<number>
  /** Resolves when it is so. */
  spoil(order: SpoilOrder): Promise<void>
  /** From now on none of its writes to files succeeds, or all do again. */
  setWritable(isWritable: boolean): void
}

export interface ProxyOptions {
  readonly env?: Record<string, string>
  /** To follow one that ended. */
  readonly port?: number
  readonly dataDir?: string
  /** Limit of open files. */
  readonly openFiles?: number
}

const children = new Set<ChildProcess>()
/** Proxies that took over from a child. */
const successors = new Set<number>()
const folders = new Set<string>()
const mounts = new Set<string>()

/** Ends every child and removes every folder. May be called at any moment, also twice. */
export function cleanUp(): void {
  for (const child of children) {
    // One that is stopped does not end before it goes on.
    child.kill('SIGKILL')
    child.kill('SIGCONT')
  }
  children.clear()
  for (const pid of successors) if (isThere(pid)) process.kill(pid, 'SIGKILL')
  successors.clear()
  for (const folder of mounts) execFileSync('umount', ['-l', folder])
  mounts.clear()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  folders.clear()
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isThere(pid)) await sleep(10)
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-run-'))
  folders.add(folder)
  return folder
}

/** A disk of that size. Throws where this user may not mount one. */
export function smallDisk(size: string): string {
  const folder = temporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' })
  mounts.add(folder)
  return folder
}

export async function startBackend(): Promise<Backend> {
  const ledger = join(temporaryFolder(), 'ledger')
  const program = fileURLToPath(new URL('./backend-process.js', import.meta.url))
  const port = await freePort()
  let child: ChildProcess | undefined
  const order = async (message: BackendOrder): Promise<number> => {
    const reply = once(child!, 'message')
    child!.send(message)
    return ((await reply) as [{ requests: number }])[0].requests
  }
  const backend: Backend = {
    port,
    url: `http://127.0.0.1:${port}`,
    kill: async () => {
      if (child === undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      children.delete(child)
      child = undefined
    },
    start: async (behaviour = 'well') => {
      child = fork(program, [String(port), ledger, behaviour], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: [],
      })
      children.add(child)
      await once(child, 'message')
    },
    signal: signal => void child?.kill(signal),
    behave: async (behaviour, delayMs = 0) => {
      await order({ order: 'behave', behaviour, delayMs })
    },
    requests: () => order({ order: 'count' }),
    ledger: () =>
      existsSync(ledger)
        ? readFileSync(ledger, 'utf8')
            .split('\n')
            .filter(line => line !== '')
            .map(line => JSON.parse(line) as LedgerLine)
        : [],
  }
  await backend.start()
  return backend
}

const SAID_CHARS = 16_000
const HAND_OVER_WITHIN_MS = 150_000

export async function startProxy(upstream: string, options: ProxyOptions = {}): Promise<ProxyProcess> {
  const dataDir = options.dataDir ?? temporaryFolder()
  const main = fileURLToPath(new URL('../../core/main.js', import.meta.url))
  const breaking = new URL('./own-faults.js', import.meta.url).href
  const { openFiles } = options
  const program = [process.execPath, '--enable-source-maps', '--import', breaking, main]
  const limited = ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, ...program]
  const [command, ...args] = openFiles === undefined ? program : limited
  const child = spawn(command!, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH ?? '',
      CHAOS_UPSTREAM: upstream,
      CHAOS_HOST: '127.0.0.1',
      CHAOS_PORT: String(options.port ?? (await freePort())),
      CHAOS_ADMIN_PORT: '0',
      CHAOS_WORKERS: '2',
      CHAOS_EMBEDDER: 'lexical',
      CHAOS_FETCH_MODEL: 'off',
      CHAOS_DATA_DIR: dataDir,
      // Both fronts make the same promises: CHAOS_FRONT=strict holds the other one to them.
      ...(process.env.CHAOS_FRONT === undefined ? {} : { CHAOS_FRONT: process.env.CHAOS_FRONT }),
      ...options.env,
    },
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  let said = ''
  let successor: number | undefined
  const ended = (): string | undefined => {
    if (successor !== undefined) return isThere(successor) ? undefined : `the proxy that took over ended:\n${said}`
    return child.exitCode === null && child.signalCode === null
      ? undefined
      : `the proxy ended with ${child.signalCode ?? `exit code ${child.exitCode}`}:\n${said}`
  }
  const [port, adminPort] = await new Promise<[number, number]>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      said = (said + chunk).slice(-SAID_CHARS)
      const line = /"listening":"http:\/\/[^:]+:(\d+)","admin":"http:\/\/[^:]+:(\d+)"/.exec(said)
      if (line !== null) resolve([Number(line[1]), Number(line[2])])
    }
    child.stdout!.on('data', look)
    child.stderr!.on('data', look)
    child.once('close', () => reject(new Error(ended())))
  })
  const tell = async (order: { crash: CrashOrder } | { spoil: SpoilOrder }): Promise<number> => {
    const reply = once(child, 'message')
    child.send(order)
    return ((await reply) as [number])[0]
  }
  const put = async (path: string, value: object): Promise<void> => {
    const body = JSON.stringify(value)
    const reply = await fetch(`http://127.0.0.1:${adminPort}${path}`, { method: 'PUT', body, headers: alone })
    if (!reply.ok) throw new Error(`PUT ${path} was not taken: ${await reply.text()}`)
  }
  return {
    get pid() {
      return successor ?? child.pid!
    },
    port,
    dataDir,
    ended,
    said: () => said,
    follow: () => {
      const next = /"successor":(\d+)/.exec(said)
      if (next === null) return
      successor = Number(next[1])
      successors.add(successor)
    },
    handOver: async () => {
      said = ''
      process.kill(successor ?? child.pid!, 'SIGUSR2')
      for (const end = performance.now() + HAND_OVER_WITHIN_MS; performance.now() < end; await sleep(10)) {
        const next = /"successor":(\d+)/.exec(said)
        const failed = /"because":"(.*?)","msg":"no other process took over/.exec(said)
        if (failed !== null) return failed[1]!
        if (next === null) continue
        successor = Number(next[1])
        successors.add(successor)
        return ''
      }
      return `nothing was said of it for ${HAND_OVER_WITHIN_MS / 1000} s:\n${said}`
    },
    kill: async (signal = 'SIGKILL') => {
      if (ended() !== undefined) return
      if (successor !== undefined) {
        process.kill(successor, signal)
        await untilGone(successor)
        return
      }
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
    admin: async <T>(path: string) => {
      const reply = await fetch(`http://127.0.0.1:${adminPort}${path}`, { headers: alone })
      return (await reply.json()) as T
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`, { headers: alone })).text(),
    setMode: mode => put('/api/mode', { mode }),
    setUpstreams: upstreams => put('/api/upstreams', { upstreams }),
    crash: order => tell({ crash: order }),
    spoil: async order => {
      await tell({ spoil: order })
    },
    setWritable: isWritable => {
      const size = isWritable ? 'unlimited' : '0'
      execFileSync('prlimit', ['--pid', String(successor ?? child.pid!), `--fsize=${size}:`], { stdio: 'pipe' })
    },
  }
}

interface Learning {
  readonly captured: number
  readonly learned: number
  readonly dropped: number
  readonly pending: number
  readonly untaught: boolean
}

const SETTLE_WITHIN_MS = 60_000
const LOOK_MS = 40

/** Shows it all that the load will ask for, and waits until that is learned. */
export async function teach(proxy: ProxyProcess): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const { counts, samples } = await new Load({ port: proxy.port, connections: 0 }).once()
    if (counts.failed + counts.wrong + counts['unmarked-wrong'] > 0)
      throw new Error(`while the backend was well: ${samples.join('; ')}`)
    await settled(proxy)
  }
}

/** Waits until all that it has seen is learned. */
export async function settled(proxy: ProxyProcess): Promise<void> {
  const end = performance.now() + SETTLE_WITHIN_MS
  for (let calm = 0; calm < 2; ) {
    const learning = await proxy.admin<Learning>('/api/learning')
    const { captured, learned, dropped, pending, untaught } = learning
    calm = captured <= learned + dropped && pending === 0 && !untaught ? calm + 1 : 0
    if (performance.now() > end)
      throw new Error(`the proxy was still learning after ${SETTLE_WITHIN_MS / 1000} s: ${JSON.stringify(learning)}`)
    await sleep(LOOK_MS)
  }
}
