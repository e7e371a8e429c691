// thread: edge
// The two ends of a WebSocket that is relayed, whichever library speaks at each of them.

/** Largest message that is relayed; it is in memory whole while it is. */
export const MAX_MESSAGE_BYTES = 64 << 20

/** RFC 6455 §7.4.1: these never stand in a Close frame. They say that one had no code, and that there was none. */
export const NO_CODE = 1005
export const NO_CLOSE_FRAME = 1006

/** One end: the client's, or the upstream's. When it has closed, calls are ignored. */
export interface WebSocketEnd {
  /** Bytes that were sent and have not left the process yet. */
  readonly backlogBytes: number
  /** A whole message. It is copied or written before this returns. */
  send(message: Uint8Array, binary: boolean): void
  ping(payload: Uint8Array): void
  /** A Close frame behind all that was sent; with NO_CODE an empty one. */
  close(code: number, reason: Uint8Array): void
  /** Ends it without a Close frame, as it looks where a peer is lost. */
  cut(): void
  /** Stop and go on reading. Messages that were read already still come. */
  pause(): void
  resume(): void
}

/** The upstream's end also says by itself whether a ping is answered: the client does that. */
export interface UpstreamEnd extends WebSocketEnd {
  pong(payload: Uint8Array): void
  /** Set once, before anything can come. */
  listen(events: WebSocketEvents): void
}

/** What an end tells. Bytes are valid during the call only. */
export interface WebSocketEvents {
  /** Whole, decompressed; text is valid UTF-8. */
  onMessage(message: Uint8Array, binary: boolean): void
  onPing(payload: Uint8Array): void
  onPong(payload: Uint8Array): void
  /** Some of the backlog has left. */
  onDrain(): void
  /** The last thing that is heard. NO_CODE: a Close frame without code; NO_CLOSE_FRAME: the peer is lost, or broke the protocol. */
  onClose(code: number, reason: Uint8Array): void
}
