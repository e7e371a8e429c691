// thread: edge
// Ids of traces and spans: random octets as hexadecimal digits, cut out of a long text of them, for the system is asked once a few
// hundred, and digits are made all at once.
import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096
const DIGITS = 2 * POOL_BYTES
const TRACE_DIGITS = 32
const SPAN_DIGITS = 16
const noTrace = '0'.repeat(TRACE_DIGITS)
const noSpan = '0'.repeat(SPAN_DIGITS)

export class TraceIds {
  readonly #pool = Buffer.allocUnsafeSlow(POOL_BYTES)
  readonly #fill: (octets: Uint8Array) => void
  #digits = ''
  #at = DIGITS

  /** `fill`: for tests. */
  constructor(fill: (octets: Uint8Array) => void = randomFillSync) {
    this.#fill = fill
  }

  traceId(): string {
    const id = this.#draw(TRACE_DIGITS)
    // W3C Trace Context §3.2.2.3: nothing but zeros is no id.
    return id === noTrace ? `${id.slice(1)}1` : id
  }

  spanId(): string {
    const id = this.#draw(SPAN_DIGITS)
    return id === noSpan ? `${id.slice(1)}1` : id
  }

  #draw(length: number): string {
    if (this.#at + length > DIGITS) {
      this.#fill(this.#pool)
      this.#digits = this.#pool.toString('hex')
      this.#at = 0
    }
    const from = this.#at
    this.#at += length
    return this.#digits.slice(from, this.#at)
  }
}
