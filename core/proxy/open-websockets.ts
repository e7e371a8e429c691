// thread: edge
import type { Relay } from './relay.js'

/** The WebSockets of one edge. */
export class OpenWebSockets {
  readonly #relays = new Set<Relay>()

  get size(): number {
    return this.#relays.size
  }

  add(relay: Relay): void {
    this.#relays.add(relay)
  }

  delete(relay: Relay): void {
    this.#relays.delete(relay)
  }

  /** To be called every second or so. */
  sweep(): void {
    for (const relay of this.#relays) relay.sweep()
  }

  /** The process ends: RFC 6455 §7.4.1, 1001. Returns how many there were. */
  goAway(): number {
    const { size } = this.#relays
    for (const relay of this.#relays) relay.close(1001, 'the proxy is shutting down')
    return size
  }
}
