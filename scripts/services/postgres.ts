// PostgreSQL without extensions, of the machine's own package.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall } from './debian.js'
import { type PostgresProgram, startPostgres } from './postgres-server.js'
import { type Identity, identityIn, runAs } from './run-as.js'
import type { Service } from './service.js'

const DEBIAN_VERSIONS = '/usr/lib/postgresql'

export const postgres: Service = {
  name: 'postgres',
  missing() {
    if (binaries() === undefined) return 'no PostgreSQL (`npm run services -- install postgres`)'
    return canRun() ? '' : 'PostgreSQL refuses to run as root, and there is no user `postgres`'
  },
  async install(log) {
    if (postgres.missing() === '') return
    log('PostgreSQL: installing the package of the machine')
    await aptInstall(['postgresql'])
    const missing = postgres.missing()
    if (missing !== '') throw new Error(missing)
  },
  async start(options = {}) {
    const missing = postgres.missing()
    if (missing !== '') throw new Error(missing)
    return startPostgres(program(binaries()!), options)
  },
}

/** The newest that Debian has in its place, or what is on the PATH. */
function binaries(): string | undefined {
  const versions = existsSync(DEBIAN_VERSIONS) ? readdirSync(DEBIAN_VERSIONS).map(Number).filter(Number.isFinite) : []
  const folders = versions
    .sort((a, b) => b - a)
    .map(version => join(DEBIAN_VERSIONS, String(version), 'bin'))
    .concat((process.env.PATH ?? '').split(':'))
  return folders.find(folder => ['initdb', 'postgres'].every(name => existsSync(join(folder, name))))
}

function canRun(): boolean {
  return process.getuid?.() !== 0 || serverUser() !== undefined
}

function serverUser(): Identity | undefined {
  return process.getuid?.() === 0 ? identityIn(readFileSync('/etc/passwd', 'utf8'), 'postgres') : undefined
}

function program(folder: string): PostgresProgram {
  const identity = serverUser()
  return {
    name: 'postgres',
    parent: tmpdir(),
    seenParent: tmpdir(),
    identity,
    command: (name, args, detached) => [...runAs(identity, detached), join(folder, name), ...args],
    settings: [],
  }
}
