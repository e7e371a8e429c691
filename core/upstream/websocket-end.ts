// thread: edge
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { NO_CODE, type UpstreamEnd, type WebSocketEvents } from '../contract/websocket.js'

/** Shorter messages do not get shorter. */
const COMPRESS_FROM_BYTES = 1024
/** How long an upstream that takes nothing is waited for with the rest, when the client is gone already. */
const LAST_WORDS_MS = 10_000

/** The upstream's end of a WebSocket, spoken by `ws`. */
export class WsEnd implements UpstreamEnd {
  readonly #ws: WebSocket
  readonly #socket: Socket
  /** What is sent may lie in a queue (compressing takes time) after the call. */
  readonly #copies: boolean
  #onDrain: () => void = () => {}

  constructor(ws: WebSocket, socket: Socket) {
    this.#ws = ws
    this.#socket = socket
    this.#copies = ws.extensions !== ''
  }

  listen(events: WebSocketEvents): void {
    this.#onDrain = () => events.onDrain()
    this.#ws.on('message', (message, isBinary) => events.onMessage(message as Buffer, isBinary))
    this.#ws.on('ping', payload => events.onPing(payload))
    this.#ws.on('pong', payload => events.onPong(payload))
    this.#ws.on('close', (code, reason) => events.onClose(code, reason))
  }

  get backlogBytes(): number {
    return this.#ws.bufferedAmount
  }

  send(message: Uint8Array, binary: boolean): void {
    const compress = this.#copies && message.length >= COMPRESS_FROM_BYTES
    // Without compression `ws` masks into a buffer of its own at once.
    this.#ws.send(this.#copies ? Buffer.from(message) : message, { binary, compress }, this.#onDrain)
  }

  ping(payload: Uint8Array): void {
    this.#ws.ping(this.#copies ? Buffer.from(payload) : payload)
  }

  pong(payload: Uint8Array): void {
    this.#ws.pong(this.#copies ? Buffer.from(payload) : payload)
  }

  close(code: number, reason: Uint8Array): void {
    this.#ws.resume()
    if (code === NO_CODE) this.#ws.close()
    else this.#ws.close(code, Buffer.from(reason))
  }

  cut(): void {
    this.#socket.destroySoon()
    // Progress starts it anew.
    this.#socket.setTimeout(LAST_WORDS_MS, () => this.#socket.destroy())
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }
}
