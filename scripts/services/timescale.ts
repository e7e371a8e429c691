// PostgreSQL with TimescaleDB (its Apache edition, as Debian 13 has it), in a root folder of its own.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, fillOnce } from './cache.js'
import { runCommand } from './command.js'
import { aptInstall, debianMirror } from './debian.js'
import { type PostgresProgram, startPostgres } from './postgres-server.js'
import { identityIn, runAs } from './run-as.js'
import type { Service } from './service.js'

const ROOT = 'timescale-17'
const SUITE = 'trixie'
const PACKAGES = 'postgresql-17,postgresql-17-timescaledb'
const BINARIES = '/usr/lib/postgresql/17/bin'
const DEBOOTSTRAP_MS = 600_000

export const timescale: Service = {
  name: 'timescale',
  missing() {
    if (process.getuid?.() !== 0) return 'TimescaleDB runs in a chroot, which only root can enter'
    return existsSync(join(cached(ROOT), BINARIES)) ? '' : 'no TimescaleDB (`npm run services -- install timescale`)'
  },
  async install(log) {
    if (process.getuid?.() !== 0) throw new Error(timescale.missing())
    if (timescale.missing() === '') return
    log(`TimescaleDB: making a Debian ${SUITE} root with it, which takes a minute`)
    if (!existsSync('/usr/sbin/debootstrap')) await aptInstall(['debootstrap'])
    const mirror = await debianMirror()
    await fillOnce(ROOT, async folder => {
      const args = ['--variant=minbase', `--include=${PACKAGES}`, SUITE, folder, mirror]
      await runCommand('debootstrap', args, { timeoutMs: DEBOOTSTRAP_MS })
    })
  },
  async start(options = {}) {
    const missing = timescale.missing()
    if (missing !== '') throw new Error(missing)
    return startPostgres(program(cached(ROOT)), options)
  },
}

function program(root: string): PostgresProgram {
  const identity = identityIn(readFileSync(join(root, 'etc', 'passwd'), 'utf8'), 'postgres')
  if (identity === undefined)
    throw new Error(`there is no user postgres in ${root}; remove that folder and install anew`)
  // A mount namespace of its own: the mounts are gone with the last process in it, however that ends.
  const enter = `mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"`
  return {
    name: 'timescale',
    parent: join(root, 'var', 'tmp'),
    seenParent: '/var/tmp',
    identity,
    command: (name, args, detached) => [
      ...['unshare', '--mount', 'sh', '-c', enter, root],
      ...runAs(identity, detached, 'setpriv'),
      join(BINARIES, name),
      ...args,
    ],
    settings: [
      'shared_preload_libraries=timescaledb',
      'dynamic_shared_memory_type=mmap',
      'timescaledb.telemetry_level=off',
    ],
  }
}
