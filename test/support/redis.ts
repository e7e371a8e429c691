// A real Redis in a process of its own, on a free port and in a folder of its own.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { temporaryFolder } from './proxy.js'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Arguments of redis-cli; what it prints. */
  cli(...args: string[]): Promise<string>
  signal(signal: NodeJS.Signals): void
  /** SIGKILL unless said, and wait until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** On the same port, with what it had on the disk. */
  start(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Why there is none on this machine; false: there is. For `skip`. */
export const noRedis: string | false =
  spawnSync('redis-server', ['--version']).status === 0 && spawnSync('redis-cli', ['--version']).status === 0
    ? false
    : 'needs redis-server and redis-cli, which are not installed here'

const run = promisify(execFile)

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Ends with the test. */
export async function startRedis(
  t: { teardown(fn: () => unknown): void },
  options: readonly string[] = [],
  login: readonly string[] = [],
): Promise<RedisServer> {
  const port = await freePort()
  const dir = temporaryFolder()
  let child: ChildProcess | undefined
  const redis: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    cli: async (...args) => (await run('redis-cli', ['-p', String(port), ...login, ...args])).stdout.trim(),
    signal: signal => child?.kill(signal),
    kill: async (signal = 'SIGKILL') => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      // One that is stopped does not hear anything else.
      if (signal !== 'SIGKILL') child.kill('SIGCONT')
      child.kill(signal)
      await gone
      running.delete(child)
    },
    start: async () => {
      const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir]
      child = spawn('redis-server', [...place, '--save', '', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
      running.add(child)
      let output = ''
      for await (const chunk of child.stdout!) {
        output += chunk
        if (output.includes('Ready to accept connections')) break
      }
      child.stdout!.resume()
      if (!output.includes('Ready to accept')) throw new Error(`redis-server did not start:\n${output}`)
    },
  }
  await redis.start()
  t.teardown(() => redis.kill())
  return redis
}
