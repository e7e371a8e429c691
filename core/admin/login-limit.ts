// thread: main
// How often a wrong token may be tried from one address. State follows from the clock; there is no timer.
import { isIPv6 } from 'node:net'

export interface LoginLimitRules {
  /** Wrong tokens in a row before it must be waited. */
  readonly tries: number
  /** For one more. */
  readonly refillMs: number
  /** Addresses that are remembered; those beyond share one count. */
  readonly addresses: number
}

export const loginLimitRules: LoginLimitRules = { tries: 10, refillMs: 6000, addresses: 1024 }

interface Count {
  left: number
  /** When `left` was true. */
  at: number
}

const OTHERS = 'others'

export class LoginLimit {
  readonly #counts = new Map<string, Count>()
  readonly #rules: LoginLimitRules
  readonly #now: () => number

  /** `now`: ms of a steady clock. */
  constructor(now: () => number, rules = loginLimitRules) {
    this.#now = now
    this.#rules = rules
  }

  /** 0: it may be tried; else how long to wait, in whole seconds. A right token has to wait as well, or guessing would go on. */
  waitS(address: string): number {
    const count = this.#counts.get(this.#keyOf(address))
    if (count === undefined) return 0
    this.#refill(count)
    return count.left >= 1 ? 0 : Math.ceil(((1 - count.left) * this.#rules.refillMs) / 1000)
  }

  /** A wrong token was tried. */
  failed(address: string): void {
    const key = this.#keyOf(address)
    const count = this.#counts.get(key) ?? { left: this.#rules.tries, at: this.#now() }
    this.#refill(count)
    count.left = Math.max(0, count.left - 1)
    this.#counts.set(key, count)
  }

  #refill(count: Count): void {
    const now = this.#now()
    count.left = Math.min(this.#rules.tries, count.left + (now - count.at) / this.#rules.refillMs)
    count.at = now
  }

  #keyOf(address: string): string {
    const key = networkOf(address)
    if (this.#counts.has(key)) return key
    if (this.#counts.size >= this.#rules.addresses) this.#forgetWhole()
    return this.#counts.size >= this.#rules.addresses ? OTHERS : key
  }

  /** Those that waited long enough count as never seen. */
  #forgetWhole(): void {
    for (const [key, count] of this.#counts) {
      this.#refill(count)
      if (count.left >= this.#rules.tries) this.#counts.delete(key)
    }
  }
}

/** Whoever has one IPv6 address has a /64 of them (RFC 4291 §2.5.1). */
function networkOf(address: string): string {
  if (!isIPv6(address) || /^::ffff:\d+\./i.test(address)) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0')
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':')
}
