// thread: edge
import type { WebSocketEnd, WebSocketEvents } from '../contract/websocket.js'
import type { Downstream } from './downstream.js'

/** A client that asks for a WebSocket. It is answered through `downstream` (refused), or accepted, never both. */
export interface WebSocketUpgrade {
  readonly downstream: Downstream
  /**
   * 101 with `headers` beside those of the handshake itself, and `protocol` where it is not ''. Not to be called after
   * `onAbort`. `events` hear of it from now on.
   */
  accept(headers: readonly string[], protocol: string, events: WebSocketEvents): WebSocketEnd
}

export type WebSocketHandler = (upgrade: WebSocketUpgrade) => void
