// thread: edge
// Exchanges wait here for a moment, so that they travel in batches. Bounded: when main does not keep up it drops and
// counts, it never makes an edge wait.
import type { Exchange } from '../contract/exchange.js'
import { packExchanges } from '../contract/exchange-wire.js'

const BATCH_COUNT = 64
const BATCH_BYTES = 1 << 20
const BATCH_MS = 25

export class Outbox {
  readonly #send: (bytes: ArrayBuffer, count: number) => void
  #waiting: Exchange[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(send: (bytes: ArrayBuffer, count: number) => void) {
    this.#send = send
  }

  add(exchange: Exchange): void {
    this.#waiting.push(exchange)
    this.#bytes += exchange.body.length + exchange.requestBody.length
    if (this.#waiting.length >= BATCH_COUNT || this.#bytes >= BATCH_BYTES) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    this.#send(packExchanges(batch), batch.length)
  }
}
