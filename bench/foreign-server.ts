// Servers that are not ours: run in the foreground, waited for until they listen, ended with the bench.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { end, keep } from './processes.js'

export interface ForeignServer {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** It is up when something listens here. */
  readonly port: number
  /** SIGKILL, unless it has children that it must end itself. */
  readonly endWith?: NodeJS.Signals
}

const READY_WITHIN_MS = 15_000
const SAID_CHARS = 2000

export async function startForeignServer(server: ForeignServer): Promise<{ pid: number; stop(): Promise<void> }> {
  const { program, args, env, port, endWith } = server
  const name = basename(program)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  keep(child, endWith)
  let said = ''
  const hear = (chunk: Buffer): void => {
    said = (said + chunk).slice(-SAID_CHARS)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  child.once('error', error => hear(Buffer.from(error.message)))
  const startedAt = performance.now()
  while (!(await listens(port))) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${name} did not start:\n${said}`)
    if (performance.now() - startedAt > READY_WITHIN_MS) {
      await end(child)
      throw new Error(`${name} did not listen on port ${port} within ${READY_WITHIN_MS / 1000} s:\n${said}`)
    }
    await sleep(20)
  }
  return { pid: child.pid!, stop: () => end(child) }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
