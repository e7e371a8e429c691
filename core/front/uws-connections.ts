// thread: edge
// How many connections of clients the binary holds for this edge. It has no limit of its own and tells only that one came or
// went, so those above the limit are sent away as they come.
import type { FrontRefusal } from './downstream.js'
import { writeHead } from './uws-head.js'
import type { HttpResponse, TemplatedApp } from './uws-loader.js'

export class UwsConnections {
  readonly #max: number
  readonly #refuse: () => FrontRefusal
  #open = 0
  /** Of `#open` those that were sent away, and whose end the binary has not told yet: they take nobody's place. */
  #turnedAway = 0

  /** `refuse`: counts a connection above the limit, and says what it is told. */
  constructor(max: number, refuse: () => FrontRefusal) {
    this.#max = max
    this.#refuse = refuse
  }

  get open(): number {
    return this.#open
  }

  /** To be called before the app listens. Apps of the same edge share one limit. */
  watch(app: TemplatedApp, secure: boolean): void {
    const heard = (res: HttpResponse, change: number): void => {
      this.#open += change
      if (change < 0) {
        // Never more wrong than by who of them went first: each of them goes at once.
        if (this.#turnedAway > 0) this.#turnedAway -= 1
        return
      }
      if (this.#open - this.#turnedAway <= this.#max) return
      this.#turnedAway += 1
      const refusal = this.#refuse()
      if (secure) closeSoon(res)
      else tell(res, refusal)
    }
    app.filter(heard)
  }

  /** A WebSocket has ended: its connection went out of the sight of the binary's filter when it was upgraded. */
  webSocketEnded(): void {
    this.#open -= 1
  }
}

/** Not waiting for its request: a connection that says nothing would stay. */
function tell(res: HttpResponse, { status, reason, headers, body }: FrontRefusal): void {
  res.cork(() => {
    writeHead(res, status, reason, headers)
    res.end(body as Uint8Array<ArrayBuffer>, true)
  })
}

/**
 * Before the handshake nothing can be said over TLS: the binary would keep the words and the connection. Nor may it be closed
 * while the binary is still opening it.
 */
function closeSoon(res: HttpResponse): void {
  let isGone = false
  res.onAborted(() => {
    isGone = true
  })
  setImmediate(() => {
    if (!isGone) res.close()
  })
}
