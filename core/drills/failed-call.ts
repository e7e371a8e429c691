// thread: edge
import type { Clock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { ResponseSink, UpstreamCall } from '../upstream/client.js'

/** Ends in a fault; no upstream hears of it. `isBegun`: it looks as if something of it had been sent. */
export class FailedCall implements UpstreamCall {
  readonly connectedAt: number
  readonly sentAt: number
  readonly headAt = 0
  readonly wasBegun: boolean
  #isOver = false

  constructor(code: FaultCode, isBegun: boolean, sink: ResponseSink, clock: Clock) {
    this.wasBegun = isBegun
    this.connectedAt = isBegun ? clock.now() : 0
    this.sentAt = this.connectedAt
    // A sink never hears anything from inside `request`.
    setImmediate(() => {
      if (this.#isOver) return
      this.#isOver = true
      sink.onFault(code, 0)
    })
  }

  write(): boolean {
    return true
  }

  end(): void {}

  pause(): void {}

  resume(): void {}

  abort(): void {
    this.#isOver = true
  }

  giveUp(): void {
    this.abort()
  }
}
