// thread: any
// CHAOS_REDIS_URL: where Redis is, in one of the forms that its clients know. Pure.

export interface RedisNode {
  readonly host: string
  readonly port: number
}

export interface RedisPlace {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly nodes: readonly RedisNode[]
  /** Of the master that Sentinels watch; '' elsewhere. */
  readonly master: string
  readonly tls: boolean
  /** Of the ACL; '' for the default user. */
  readonly username: string
  readonly password: string
  readonly db: number
  /** Without credentials: for people. */
  readonly shown: string
}

const PORT = 6379
const SENTINEL_PORT = 26379
const form = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#@]+)(?:\/([^?#@]*))?$/
const remedy =
  'write redis://user:password@host:6379/0 (with @ and / in a password as %40 and %2F), rediss:// for TLS, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379'

/** What it says, or what is wrong with it and what to write instead. */
export function parseRedisUrl(text: string): RedisPlace | { readonly problem: string } {
  const parts = form.exec(text)
  if (parts === null) return { problem: `«${withoutCredentials(text)}» is no URL of a Redis: ${remedy}` }
  const [, scheme = '', kind = 'single', credentials = '', hosts = '', rest = ''] = parts
  const shown = withoutCredentials(text)
  const nodes: RedisNode[] = []
  for (const host of hosts.split(',')) {
    const node = nodeOf(host, kind === 'sentinel' ? SENTINEL_PORT : PORT)
    if (node === undefined) return { problem: `«${shown}» has «${host}», which is no host with a port: ${remedy}` }
    nodes.push(node)
  }
  if (kind === 'single' && nodes.length > 1) return { problem: `«${shown}» names several hosts: ${remedy}` }
  const path = rest.split('/')
  const master = kind === 'sentinel' ? (path.shift() ?? '') : ''
  if (kind === 'sentinel' && master === '')
    return { problem: `«${shown}» does not say which master the Sentinels watch: ${remedy}` }
  const [db = '', ...more] = path
  if (!/^\d{0,4}$/.test(db) || more.length > 0)
    return { problem: `«${shown}» has «/${path.join('/')}», which is no number of a database: ${remedy}` }
  if (kind === 'cluster' && Number(db) !== 0)
    return { problem: `«${shown}» names database ${db}, and a cluster has none but 0: leave it out` }
  const [username, password] = credentialsOf(credentials)
  if (username === undefined || password === undefined)
    return { problem: `«${shown}» has credentials that are not URL-encoded: write % as %25 and @ as %40` }
  return {
    kind: kind as RedisPlace['kind'],
    ...{ nodes, master, username, password, shown },
    tls: scheme === 'rediss',
    db: Number(db),
  }
}

function nodeOf(text: string, fallback: number): RedisNode | undefined {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text)
  if (parts === null) return undefined
  const port = parts[2] === undefined ? fallback : Number(parts[2])
  if (port < 1 || port > 65535) return undefined
  return { host: parts[1]!.replace(/^\[|\]$/g, ''), port }
}

/** `user:password`, `:password`, or, as older clients write it, the password alone behind a colon. */
function credentialsOf(text: string): [username: string | undefined, password: string | undefined] {
  const colon = text.indexOf(':')
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  return [decoded(user), decoded(password)]
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function withoutCredentials(text: string): string {
  return text.replace(/^([^/]*\/\/)?.*@/, '$1')
}
