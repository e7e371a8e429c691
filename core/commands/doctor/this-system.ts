// thread: main of a process that is no proxy
// What can be told of this system without trying anything. Pure: facts in, findings out.
import { type Finding, ok, warning, wrong } from './finding.js'

/** package.json, `engines`. */
const OLDEST_NODE = [20, 12] as const

/** `version`: process.version. */
export function nodeFinding(version: string): Finding {
  const [, major = '0', minor = '0'] = /^v(\d+)\.(\d+)/.exec(version) ?? []
  const isNew = Number(major) > OLDEST_NODE[0] || (Number(major) === OLDEST_NODE[0] && Number(minor) >= OLDEST_NODE[1])
  return isNew
    ? ok('Node', version)
    : wrong('Node', `${version} is too old`, `install Node ${OLDEST_NODE.join('.')} or newer`)
}

/** `glibc`: undefined where the process has none. */
export function systemFinding(platform: string, arch: string, glibc: string | undefined): Finding {
  if (platform !== 'linux') return ok('system', `${platform} ${arch}`)
  if (glibc !== undefined) return ok('system', `linux ${arch}, glibc ${glibc}`)
  return warning(
    'system',
    `linux ${arch} without glibc (musl?)`,
    'there are no binaries of uWebSockets.js and of the embedding model for it: use a system with glibc, such as Debian, or go on with CHAOS_FRONT=strict and CHAOS_EMBEDDER=lexical',
  )
}

export interface OpenFiles {
  /** Undefined: the system does not tell. */
  readonly limit: number | undefined
  /** For how many clients that is enough. */
  readonly clients: number
  readonly maxClients: number
}

export function openFilesFinding({ limit, clients, maxClients }: OpenFiles): Finding {
  const name = 'open files'
  if (limit === undefined) return ok(name, 'this system does not tell its limit')
  if (clients >= maxClients) return ok(name, `${limit}, enough for CHAOS_MAX_CLIENTS=${maxClients}`)
  return warning(
    name,
    `the limit of ${limit} is enough for ${clients} clients, and CHAOS_MAX_CLIENTS is ${maxClients}`,
    'raise it (ulimit -n, LimitNOFILE in a systemd unit), or lower CHAOS_MAX_CLIENTS',
  )
}
