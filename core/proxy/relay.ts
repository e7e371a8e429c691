// thread: edge
// One WebSocket: what either end says goes to the other, no faster than that takes it. Knows no library: both ends stand
// behind an interface.
import { NO_CLOSE_FRAME, type UpstreamEnd, type WebSocketEnd, type WebSocketEvents } from '../contract/websocket.js'

export interface RelayRules {
  /** Neither end said anything for so long: it is closed. */
  readonly idleMs: number
  readonly now: () => number
  /** `out`: to the client. */
  readonly count: (direction: 'in' | 'out', bytes: number) => void
  readonly onEnd: () => void
  /** A bug of ours; the WebSocket has been ended. */
  readonly onBroken: (error: unknown) => void
}

/** A backlog above this stops the reading of the other end, below LOW it goes on. */
export const HIGH_BYTES = 1 << 20
export const LOW_BYTES = 256 << 10
/**
 * Where the reading cannot be stopped, or much was read before it was, this ends the WebSocket. Not less: uWebSockets.js reads
 * on until the kernel has nothing more, paused or not, and of a fast client on the same machine it has a lot.
 */
export const MAX_BACKLOG_BYTES = 128 << 20
/** An upstream that is silent for so long is asked whether it lives; silent once more as long, it is lost. */
export const ALIVE_MS = 60_000

const none = new Uint8Array(0)
const text = (words: string): Uint8Array => Buffer.from(words)

export class Relay {
  readonly #rules: RelayRules
  readonly #upstream: UpstreamEnd
  #client: WebSocketEnd | undefined
  #over = false
  /** When a message or a ping came from either end. An answer to a ping says only that somebody is there. */
  #saidAt: number
  /** When anything came from the upstream. */
  #heardAt: number
  #asked = false
  #upstreamPaused = false

  /** Nothing comes before `join`. */
  constructor(upstream: UpstreamEnd, rules: RelayRules) {
    this.#rules = rules
    this.#upstream = upstream
    this.#saidAt = rules.now()
    this.#heardAt = this.#saidAt
  }

  join(client: WebSocketEnd): void {
    this.#client = client
    this.#upstream.listen(this.fromUpstream)
  }

  readonly fromClient: WebSocketEvents = {
    onMessage: (message, binary) =>
      this.#guard(() => {
        const upstream = this.#upstream
        this.#saidAt = this.#rules.now()
        if (upstream.backlogBytes > MAX_BACKLOG_BYTES) {
          this.#lose(this.#client!, upstream, 1013, 'the upstream reads too slowly')
          return
        }
        this.#rules.count('in', message.length)
        upstream.send(message, binary)
        if (upstream.backlogBytes > HIGH_BYTES) this.#client!.pause()
      }),
    // The client's end has answered it; the upstream may want to know that the client asks.
    onPing: payload =>
      this.#guard(() => {
        this.#saidAt = this.#rules.now()
        // Not behind a long backlog, or a flood of pings would grow it past every limit.
        if (this.#upstream.backlogBytes <= HIGH_BYTES) this.#upstream.ping(payload)
      }),
    onPong: payload =>
      this.#guard(() => {
        if (this.#upstream.backlogBytes <= HIGH_BYTES) this.#upstream.pong(payload)
      }),
    onDrain: () =>
      this.#guard(() => {
        if (this.#upstreamPaused && this.#client!.backlogBytes <= LOW_BYTES) {
          this.#upstreamPaused = false
          this.#heardAt = this.#rules.now()
          this.#upstream.resume()
        }
        // While something waited to be sent to it, it could not be paused.
        if (this.#upstream.backlogBytes > HIGH_BYTES) this.#client!.pause()
      }),
    onClose: (code, reason) =>
      this.#guard(() => {
        if (code === NO_CLOSE_FRAME) this.#upstream.cut()
        else this.#upstream.close(code, reason)
        this.#end()
      }),
  }

  readonly fromUpstream: WebSocketEvents = {
    onMessage: (message, binary) =>
      this.#guard(() => {
        const client = this.#client!
        this.#heard()
        this.#saidAt = this.#heardAt
        if (client.backlogBytes > MAX_BACKLOG_BYTES) {
          this.#lose(this.#upstream, client, 1013, 'the client reads too slowly')
          return
        }
        this.#rules.count('out', message.length)
        client.send(message, binary)
        this.#slowUpstream()
      }),
    onPing: payload =>
      this.#guard(() => {
        this.#heard()
        this.#saidAt = this.#heardAt
        this.#client!.ping(payload)
        this.#slowUpstream()
      }),
    // Its client has had an answer already, or it was we who asked.
    onPong: () => this.#guard(() => this.#heard()),
    onDrain: () =>
      this.#guard(() => {
        this.#heardAt = this.#rules.now()
        if (this.#upstream.backlogBytes <= LOW_BYTES) this.#client!.resume()
      }),
    onClose: (code, reason) =>
      this.#guard(() => {
        // 1011 and not silence: a client that sees the connection just break does not know on which side.
        if (code === NO_CLOSE_FRAME) this.#client!.close(1011, text('the connection to the upstream is lost'))
        else this.#client!.close(code, reason)
        this.#end()
      }),
  }

  /** Ends what has lasted too long. */
  sweep(): void {
    this.#guard(() => {
      const now = this.#rules.now()
      if (now - this.#saidAt >= this.#rules.idleMs) {
        this.close(1001, 'idle')
      } else if (this.#upstreamPaused || now - this.#heardAt < ALIVE_MS) {
        return
      } else if (now - this.#heardAt >= 2 * ALIVE_MS && this.#asked) {
        this.#lose(this.#client!, this.#upstream, 1011, 'the upstream does not answer')
      } else if (!this.#asked) {
        this.#asked = true
        this.#upstream.ping(none)
      }
    })
  }

  /** To both ends, with one of our own codes. */
  close(code: number, reason: string): void {
    if (this.#over) return
    this.#end()
    this.#client?.close(code, text(reason))
    this.#upstream.close(code, text(reason))
  }

  #heard(): void {
    this.#heardAt = this.#rules.now()
    this.#asked = false
  }

  #slowUpstream(): void {
    if (this.#upstreamPaused || this.#client!.backlogBytes <= HIGH_BYTES) return
    this.#upstreamPaused = true
    this.#upstream.pause()
  }

  /** Of `lost` nothing can be hoped for; `told` hears why. */
  #lose(told: WebSocketEnd, lost: WebSocketEnd, code: number, why: string): void {
    this.#end()
    lost.cut()
    told.close(code, text(why))
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#rules.onEnd()
  }

  /** A bug costs one WebSocket, never the edge. */
  #guard(step: () => void): void {
    if (this.#over) return
    try {
      step()
    } catch (error) {
      this.#end()
      this.#client?.cut()
      this.#upstream.cut()
      this.#rules.onBroken(error)
    }
  }
}
