// thread: any
// Where recorded traffic may be sent: only to what CHAOS_REPLAY_TARGETS lists, at an address that was looked at and stays the same
// for the whole replay, and never to this proxy. Pure.
import { BlockList, isIP } from 'node:net'

export interface ReplayTarget {
  /** Normalised: scheme, host, port and path. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

export interface OwnPlaces {
  /** Ports on which this proxy listens. */
  readonly ports: readonly number[]
  /** Of the interfaces of this machine. */
  readonly addresses: readonly string[]
}

/** `asked`: undefined where there is only one to choose from. */
export function chooseTarget(
  asked: string | undefined,
  allowed: readonly string[],
): ReplayTarget | { readonly problem: string } {
  if (allowed.length === 0)
    return { problem: 'no target is allowed; name those that are in CHAOS_REPLAY_TARGETS and start the proxy again' }
  const named = `CHAOS_REPLAY_TARGETS allows ${allowed.join(', ')}`
  if (asked === undefined) {
    if (allowed.length > 1) return { problem: `which target? ${named}` }
    return targetOf(new URL(allowed[0]!))
  }
  if (!URL.canParse(asked)) return { problem: `«${asked.slice(0, 200)}» is no URL; ${named}` }
  const url = new URL(asked)
  if (url.username !== '' || url.password !== '')
    return { problem: 'the target must not carry credentials; they go into the secrets' }
  if (url.search !== '' || url.hash !== '') return { problem: `«${url.href}» must not have a query or a fragment` }
  if (!allowed.some(one => covers(new URL(one), url)))
    return { problem: `«${url.href}» is not in the allow-list; ${named}` }
  return targetOf(url)
}

/** Same scheme, host and port, and the path or one below it. Both are normalised by URL: `..`, case, spellings of addresses. */
function covers(allowed: URL, asked: URL): boolean {
  if (allowed.origin !== asked.origin || allowed.origin === 'null') return false
  const prefix = withoutSlash(allowed.pathname)
  const path = withoutSlash(asked.pathname)
  // What a server may take for a slash, or for a step up, must not lead out of the path that is allowed.
  if (prefix !== '' && /%2e|%2f|%5c|\\/i.test(path)) return false
  return path === prefix || path.startsWith(`${prefix}/`)
}

function targetOf(url: URL): ReplayTarget {
  const tls = url.protocol === 'https:'
  return {
    url: url.origin + withoutSlash(url.pathname),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    tls,
  }
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '')
}

const never = new BlockList()
never.addAddress('255.255.255.255')
never.addSubnet('224.0.0.0', 4)
never.addSubnet('ff00::', 8, 'ipv6')

/** Where machines tell their own secrets to whoever asks from there. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16)
linkLocal.addSubnet('fe80::', 10, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addSubnet('0.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
loopback.addAddress('::', 'ipv6')

/** `address`: what the name of the target stands for. Undefined: it may be connected to. */
export function addressProblem({ host, port }: ReplayTarget, address: string, own: OwnPlaces): string | undefined {
  const plain = unmapped(address)
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(plain) === 0) return `«${address}» is no address`
  if (never.check(plain, family)) return `${host} is ${address}, which is no address of one machine`
  // Written out it was meant; a name may come to stand for it by whoever has the name.
  if (isIP(host) === 0 && linkLocal.check(plain, family))
    return `${host} stands for ${address}, a link-local address; write the address itself into CHAOS_REPLAY_TARGETS where that is meant`
  if (own.ports.includes(port) && (loopback.check(plain, family) || own.addresses.map(unmapped).includes(plain)))
    return `${host}:${port} is this proxy itself: what is replayed would be recorded and forwarded again`
  return undefined
}

/** `::ffff:127.0.0.1`, and `::ffff:7f00:1`, is 127.0.0.1. */
function unmapped(address: string): string {
  const bare = address.split('%')[0]!.toLowerCase()
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)
  if (dotted !== null) return dotted[1]!
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare)
  if (hex === null) return bare
  const [high, low] = [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
