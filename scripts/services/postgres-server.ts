// What PostgreSQL and TimescaleDB have in common: a cluster made anew, and a server on it.
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answersWith } from './answers-with.js'
import { runCommand } from './command.js'
import { freePort } from './free-port.js'
import type { Identity } from './run-as.js'
import { startServer } from './server-process.js'
import type { RunningService, ServiceName, StartOptions } from './service.js'

export interface PostgresProgram {
  readonly name: ServiceName
  /** Where folders for data are made, as seen from here. */
  readonly parent: string
  /** The same as the server sees it. */
  readonly seenParent: string
  /** Who runs it: the server refuses root. */
  readonly identity: Identity | undefined
  /** The words that run a program of the server, `initdb` or `postgres`. */
  command(program: string, args: readonly string[], detached: boolean): string[]
  readonly settings: readonly string[]
}

const USER = 'chaos'
const PASSWORD = 'chaos'
const INIT_MS = 60_000
/** Version 3.0 of the protocol. */
const PROTOCOL = 196_608

/** A superuser `chaos` with the password `chaos`; the database `postgres`. */
export async function startPostgres(program: PostgresProgram, options: StartOptions): Promise<RunningService> {
  const port = options.port ?? (await freePort())
  const dataDir = await mkdtemp(join(program.parent, 'chaos-postgres-'))
  const seen = join(program.seenParent, dataDir.slice(program.parent.length))
  const cluster = join(dataDir, 'cluster')
  const passwordFile = join(dataDir, 'password')
  await mkdir(cluster, { mode: 0o700 })
  await writeFile(passwordFile, PASSWORD)
  if (program.identity !== undefined) {
    for (const path of [dataDir, cluster, passwordFile]) await chown(path, program.identity.uid, program.identity.gid)
  }
  const init = ['-D', join(seen, 'cluster'), '-U', USER, `--pwfile=${join(seen, 'password')}`, '--auth=scram-sha-256']
  const [initdb, ...initArgs] = program.command('initdb', [...init, '--no-sync', '-E', 'UTF8', '--locale=C'], true)
  try {
    await runCommand(initdb!, initArgs, { timeoutMs: INIT_MS, cwd: '/' })
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true })
    throw error
  }
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    // Data of tests: what a crash of the machine would lose does not matter, a crash of the server loses nothing.
    'fsync=off',
    'shared_buffers=64MB',
    'max_connections=50',
    ...program.settings,
  ].flatMap(setting => ['-c', setting])
  const args = ['-D', join(seen, 'cluster'), ...settings, ...(options.args ?? [])]
  return startServer({
    name: program.name,
    url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    dataDir,
    command: program.command('postgres', args, options.detached ?? false),
    logFile: join(dataDir, 'server.log'),
    detached: options.detached ?? false,
    answers: () => asksForPassword(port),
  })
}

/** While it starts or recovers it answers with an error instead. */
function asksForPassword(port: number): Promise<boolean> {
  const words = Buffer.from(`user\0${USER}\0database\0postgres\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + words.length, 0)
  head.writeInt32BE(PROTOCOL, 4)
  return answersWith(port, Buffer.concat([head, words]), reply => reply[0] === 'R'.charCodeAt(0))
}
