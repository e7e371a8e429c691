// thread: edge

/** Slower than this a body is an attack: what a client gets besides the time limit is a second for so many octets. */
const MIN_BODY_BYTES_PER_S = 500

/** How fast a request body arrives. Times in ms, never set back. */
export class BodyPace {
  #since = 0
  #at = 0
  #bytes = 0

  /** From here on the client is waited for. */
  begin(now: number): void {
    this.#since = now
    this.#at = now
    this.#bytes = 0
  }

  came(bytes: number, now: number): void {
    this.#bytes += bytes
    this.#at = now
  }

  /** Silence is silence however much came before it; and octets one by one are as good as silence. */
  isTooSlow(now: number, idleTimeoutMs: number): boolean {
    const allowedMs = idleTimeoutMs + (this.#bytes / MIN_BODY_BYTES_PER_S) * 1000
    return now - this.#at >= idleTimeoutMs || now - this.#since >= allowedMs
  }
}
