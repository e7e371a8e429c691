// thread: edge
// Who asks, where no credential says it: the address that a request came from, as those say it whose word is believed
// (CHAOS_TRUSTED_PROXIES). Told as a keyed hash alone, of the network that one client has. Bounded.
import { Buffer } from 'node:buffer'
import { isIP } from 'node:net'

export interface ClientNamesParts {
  /** Is what this peer says of earlier hops to be believed. */
  readonly trusts: (address: string) => boolean
  /** False: no peer is trusted, and none has to be looked at. */
  readonly trustsAny: boolean
  /** Where this proxy listens: what comes from there comes from itself. */
  readonly host: string
  /** Keyed, see scope.ts. */
  readonly hash: (text: string) => string
}

export interface AskingClient {
  readonly remoteAddress: string
  /** Flat: name, value, … Names in lower case. */
  readonly headers: readonly string[]
}

/** What follows from the header section alone is kept with it, for requests that repeat it. */
export interface ClientNotes {
  /** The client that forwarding fields name; '': none. */
  forwardedClient: string | undefined
}

const REMEMBERED = 4096
/** Longer is no chain of proxies. */
const MAX_CHAIN = 2048

export class ClientNames {
  readonly #parts: ClientNamesParts
  readonly #trusted = new Map<string, boolean>()
  readonly #names = new Map<string, string>()

  constructor(parts: ClientNamesParts) {
    this.#parts = parts
  }

  /** Another key holds from now on. */
  forget(): void {
    this.#names.clear()
  }

  /** The address of the client, as far as it is known; '' where it is not. */
  addressOf({ remoteAddress, headers }: AskingClient, notes: ClientNotes | undefined): string {
    if (!this.#parts.trustsAny || !this.#trusts(remoteAddress)) return remoteAddress
    let forwarded = notes?.forwardedClient
    if (forwarded === undefined) {
      // A copy: it may be a view on the whole head, which would live as long as it.
      forwarded = Buffer.from(this.#forwardedBy(headers), 'latin1').toString('latin1')
      if (notes !== undefined) notes.forwardedClient = forwarded
    }
    return forwarded === '' ? remoteAddress : forwarded
  }

  /** The name of one with this address: 22 characters, or '' where it says nothing of who asks. */
  nameOf(address: string): string {
    let name = this.#names.get(address)
    if (name === undefined) {
      const network = networkOf(address)
      name = network === '' || this.#isOwn(address) ? '' : this.#parts.hash(`client\0${network}`)
      if (this.#names.size >= REMEMBERED) this.#names.clear()
      this.#names.set(address, name)
    }
    return name
  }

  /** This proxy itself, or one before it on this machine that nobody named. */
  #isOwn(address: string): boolean {
    return address.startsWith('127.') || address === this.#parts.host || /^(0*:)*:?0*1$/.test(address)
  }

  #trusts(address: string): boolean {
    let trusts = this.#trusted.get(address)
    if (trusts === undefined) {
      trusts = this.#parts.trusts(address)
      if (this.#trusted.size >= REMEMBERED) this.#trusted.clear()
      this.#trusted.set(address, trusts)
    }
    return trusts
  }

  /** From the nearest hop on, the first that is not one of ours; '' where the last word is no address. */
  #forwardedBy(headers: readonly string[]): string {
    let chain = ''
    let standard = ''
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i] === 'x-forwarded-for') chain += `,${headers[i + 1]}`
      else if (headers[i] === 'forwarded') standard += `,${headers[i + 1]}`
    }
    const hops = chain !== '' ? chain.slice(-MAX_CHAIN).split(',') : nodesIn(standard.slice(-MAX_CHAIN))
    let client = ''
    for (let i = hops.length - 1; i >= 0; i--) {
      const address = addressIn(hops[i]!)
      if (address === '') return client
      client = address
      if (!this.#trusts(address)) return client
    }
    return client
  }
}

/** RFC 7239 §4: the `for` of each element. */
function nodesIn(forwarded: string): string[] {
  return forwarded.split(',').flatMap(element => {
    const found = /(?:^|;)\s*for=("?)([^";]*)\1/i.exec(element.trim())
    return found === null ? [] : [found[2]!]
  })
}

/** `10.0.0.7`, `10.0.0.7:4711`, `[2001:db8::7]:4711`; '' where it is none of these. */
function addressIn(text: string): string {
  const bare = text.trim().replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
  if (isIP(bare) !== 0) return bare
  const withoutPort = bare.replace(/:\d+$/, '')
  return isIP(withoutPort) === 4 ? withoutPort : ''
}

/** An IPv4 address as it is; of an IPv6 address the 64 bits that a client cannot choose. '' where it is none. */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (isIP(bare) !== 6) return isIP(bare) === 4 ? bare : ''
  const mapped = /^(?:0*:)*:?ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)
  if (mapped !== null) return mapped[1]!
  const [head = '', tail] = bare.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // A dotted end stands for two groups.
  const known = before.length + after.length + (bare.includes('.') ? 1 : 0)
  const groups = [...before, ...Array.from({ length: Math.max(0, 8 - known) }, () => '0'), ...after]
  return groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}
