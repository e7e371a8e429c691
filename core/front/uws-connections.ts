// thread: edge
// How many connections of clients the binary holds for this edge. It has no limit of its own and tells only that one came or
// went, so those above the limit are sent away as they come. And from where they come, as long as all came from one place (behind a
// load balancer, as a side-car): the binary knows it by request only, and to ask costs as much as the whole head of an answer.
import type { ClientRoom } from './client-room.js'
import type { FrontRefusal } from './downstream.js'
import { addressText } from './uws-address.js'
import { writeHead } from './uws-head.js'
import type { HttpResponse, TemplatedApp } from './uws-loader.js'

export class UwsConnections {
  readonly #room: ClientRoom
  readonly #refuse: () => FrontRefusal
  #open = 0
  /** Of `#open` those that were sent away, and whose end the binary has not told yet: they take nobody's place. */
  #turnedAway = 0
  #soleAddress: string | undefined
  #cameFromSeveral = false

  /** `refuse`: counts a connection for which there is no room, and says what it is told. */
  constructor(room: ClientRoom, refuse: () => FrontRefusal) {
    this.#room = room
    this.#refuse = refuse
  }

  get open(): number {
    return this.#open
  }

  /**
   * From which all connections came that there ever were; undefined: from several. It never is one again: the binary does not say whose
   * connection has ended, and who is taken for another may be trusted for another.
   */
  get soleAddress(): string | undefined {
    return this.#soleAddress
  }

  /** To be called before the app listens. Apps of the same edge share one limit. */
  watch(app: TemplatedApp, secure: boolean): void {
    const heard = (res: HttpResponse, change: number): void => {
      this.#open += change
      if (change > 0) this.#cameFrom(addressOf(res))
      if (change < 0) {
        // Never more wrong than by who of them went first: each of them goes at once.
        if (this.#turnedAway > 0) this.#turnedAway -= 1
        this.#noteOpen()
        return
      }
      this.#noteOpen()
      if (!this.#room.isExceeded) return
      this.#turnedAway += 1
      this.#noteOpen()
      const refusal = this.#refuse()
      if (secure) closeSoon(res)
      else tell(res, refusal)
    }
    app.filter(heard)
  }

  #noteOpen(): void {
    this.#room.note(this.#open - this.#turnedAway)
  }

  #cameFrom(address: string): void {
    if (this.#cameFromSeveral || address === this.#soleAddress) return
    this.#cameFromSeveral = this.#soleAddress !== undefined || address === ''
    this.#soleAddress = this.#cameFromSeveral ? undefined : address
  }

  /** A WebSocket has ended: its connection went out of the sight of the binary's filter when it was upgraded. */
  webSocketEnded(): void {
    this.#open -= 1
    this.#noteOpen()
  }
}

/** Of the client; '' where it is gone. */
export function addressOf(res: HttpResponse): string {
  return addressText(new Uint8Array(res.getRemoteAddress()))
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
