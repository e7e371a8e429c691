// The process of one server: started until it answers, stopped and killed with all its children.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { RunningService, ServiceName } from './service.js'

export interface ServerCommand {
  readonly name: ServiceName
  readonly url: string
  readonly port: number
  readonly dataDir: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly logFile: string
  readonly detached: boolean
  /** Whether it answers now. */
  answers(): Promise<boolean>
}

const READY_MS = 30_000
const LOOK_MS = 25
const STOP_MS = 10_000
const LAST_WORDS = 600

const running = new Set<ServerProcess>()
process.on('exit', () => {
  for (const server of running) server.end()
})

/** Rejects with the last words of the server. */
export async function startServer(server: ServerCommand): Promise<RunningService> {
  const process = new ServerProcess(server)
  try {
    await process.start()
  } catch (error) {
    await process.stop()
    throw error
  }
  return process
}

class ServerProcess implements RunningService {
  readonly #server: ServerCommand
  #child: ChildProcess | undefined

  constructor(server: ServerCommand) {
    this.#server = server
  }

  get name(): ServiceName {
    return this.#server.name
  }

  get url(): string {
    return this.#server.url
  }

  get port(): number {
    return this.#server.port
  }

  get dataDir(): string {
    return this.#server.dataDir
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  async start(): Promise<void> {
    const { command, env, logFile, detached } = this.#server
    const log = openSync(logFile, 'a')
    const [program, ...args] = command
    const child = spawn(program!, args, {
      detached,
      env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...env },
      stdio: ['ignore', log, log],
      cwd: '/',
    })
    closeSync(log)
    this.#child = child
    if (detached) child.unref()
    else running.add(this)
    child.on('error', () => {})
    const until = Date.now() + READY_MS
    while (!(await this.#server.answers())) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`${this.name} ended before it answered: ${this.#lastWords()}`)
      }
      if (Date.now() > until) throw new Error(`${this.name} did not answer in ${READY_MS} ms: ${this.#lastWords()}`)
      await wait(LOOK_MS)
    }
  }

  pause(): void {
    signalTree(this.pid, 'SIGSTOP')
  }

  resume(): void {
    signalTree(this.pid, 'SIGCONT')
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.#end('SIGINT')
    await this.start()
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT')
    await rm(this.dataDir, { recursive: true, force: true })
  }

  /** At the exit of this process, where nothing can be waited for. */
  end(): void {
    signalTree(this.pid, 'SIGKILL')
    execFileSync('rm', ['-rf', this.dataDir])
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    running.delete(this)
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const gone = once(child, 'exit')
    const children = childrenOf(child.pid)
    signalTree(child.pid, 'SIGCONT')
    if (signal === 'SIGKILL') signalTree(child.pid, signal)
    else child.kill(signal)
    const timer = setTimeout(() => signalTree(child.pid!, 'SIGKILL'), STOP_MS)
    await gone
    clearTimeout(timer)
    // Whoever starts on the same data finds nobody at them.
    while (children.some(isThere)) await wait(LOOK_MS)
  }

  #lastWords(): string {
    try {
      return readFileSync(this.#server.logFile, 'utf8').trim().slice(-LAST_WORDS)
    } catch {
      return 'it said nothing'
    }
  }
}

/** A server with processes of its own (PostgreSQL: one a connection) stands still only where they do too. */
function signalTree(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0) return
  for (const one of [pid, ...childrenOf(pid)]) {
    try {
      process.kill(one, signal)
    } catch {
      // It is gone.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
    return direct.flatMap(child => [child, ...childrenOf(child)])
  } catch {
    return []
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
