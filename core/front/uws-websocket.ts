// thread: edge
// WebSockets on the uWebSockets.js front. The binary cannot hand over the connection after an upgrade, so it speaks
// WebSocket with the client itself: it answers pings, checks frames and UTF-8, and drops a client that breaks the rules.
import { MAX_MESSAGE_BYTES, NO_CODE, type WebSocketEnd, type WebSocketEvents } from '../contract/websocket.js'
import { asksForWebSocket } from '../http1/upgrade.js'
import type { Downstream, DownstreamHandler } from './downstream.js'
import type { UwsAnchor } from './uws-anchor.js'
import type { HttpRequest, HttpResponse, Uws, UwsModule, us_socket_context_t } from './uws-loader.js'
import type { WebSocketHandler, WebSocketUpgrade } from './websocket-upgrade.js'

/** The binary asks a client that is silent for so long whether it lives, and drops it when no answer comes. */
const ALIVE_S = 120
/** Shorter messages do not get shorter. */
const COMPRESS_FROM_BYTES = 1024
/** What `ws.send` returns where something is left to be sent. */
const BACKPRESSURE = 0

/** The binary copies this onto the socket itself: its names must be none of the socket's own. */
interface Kept {
  clientEnd: UwsEnd
}
type Socket = Uws.WebSocket<Kept>

/**
 * `admit`: what asks for a WebSocket can be answered like any other request; undefined where that has been done. `ended`: the
 * connection of one is gone.
 */
export function uwsWebSockets(
  uws: UwsModule,
  anchor: UwsAnchor,
  admit: (res: HttpResponse, req: HttpRequest) => Downstream | undefined,
  handler: DownstreamHandler,
  upgrade: WebSocketHandler,
  ended: () => void,
): Uws.WebSocketBehavior<Kept> {
  const endOf = (ws: Socket): UwsEnd => ws.getUserData().clientEnd
  // Shared: no memory of its own for each of thousands of sockets. The types know these numbers as types only.
  const { SHARED_COMPRESSOR, SHARED_DECOMPRESSOR } = uws as unknown as Record<string, number>
  return {
    maxPayloadLength: MAX_MESSAGE_BYTES,
    // No limit here, where messages would be dropped in silence: the upstream is not read while much waits.
    maxBackpressure: 0,
    idleTimeout: ALIVE_S,
    sendPingsAutomatically: true,
    compression: SHARED_COMPRESSOR! | SHARED_DECOMPRESSOR!,
    upgrade: (res, req, context) => {
      const downstream = admit(res, req)
      if (downstream === undefined) return
      if (asksForWebSocket(downstream.request.method, downstream.request.headers)) {
        upgrade(new UwsUpgrade(downstream, res, req, context, anchor))
      } else handler.onRequest(downstream)
    },
    open: ws => endOf(ws).opened(ws),
    message: (ws, message, isBinary) => endOf(ws).events.onMessage(new Uint8Array(message), isBinary),
    drain: ws => endOf(ws).events.onDrain(),
    ping: (ws, payload) => endOf(ws).events.onPing(new Uint8Array(payload)),
    pong: (ws, payload) => endOf(ws).events.onPong(new Uint8Array(payload)),
    close: (ws, code, reason) => {
      ended()
      endOf(ws).closed(code, new Uint8Array(reason))
    },
  }
}

class UwsUpgrade implements WebSocketUpgrade {
  readonly downstream: Downstream
  readonly #res: HttpResponse
  readonly #context: us_socket_context_t
  readonly #anchor: UwsAnchor
  readonly #key: string
  readonly #extensions: string

  constructor(
    downstream: Downstream,
    res: HttpResponse,
    req: HttpRequest,
    context: us_socket_context_t,
    anchor: UwsAnchor,
  ) {
    this.downstream = downstream
    this.#res = res
    this.#context = context
    this.#anchor = anchor
    this.#key = req.getHeader('sec-websocket-key')
    this.#extensions = req.getHeader('sec-websocket-extensions')
  }

  accept(headers: readonly string[], protocol: string, events: WebSocketEvents): WebSocketEnd {
    const res = this.#res
    const end = new UwsEnd(events, throttleOf(res))
    this.#anchor.cork(() => {
      res.writeStatus('101 Switching Protocols')
      for (let i = 0; i < headers.length; i += 2) res.writeHeader(headers[i]!, headers[i + 1]!)
      res.upgrade<Kept>({ clientEnd: end }, this.#key, protocol, this.#extensions, this.#context)
    })
    return end
  }
}

class UwsEnd implements WebSocketEnd {
  readonly events: WebSocketEvents
  readonly #throttle: Throttle
  /** Undefined before it is open and when it is closed: the binary throws where it is used then. */
  #ws: Socket | undefined
  #paused = false

  constructor(events: WebSocketEvents, throttle: Throttle) {
    this.events = events
    this.#throttle = throttle
  }

  opened(ws: Socket): void {
    this.#ws = ws
  }

  closed(code: number, reason: Uint8Array): void {
    this.#ws = undefined
    this.events.onClose(code, reason)
  }

  get backlogBytes(): number {
    return this.#ws?.getBufferedAmount() ?? 0
  }

  send(message: Uint8Array, binary: boolean): void {
    const status = this.#ws?.send(message, binary, message.length >= COMPRESS_FROM_BYTES)
    this.#sent(status)
  }

  ping(payload: Uint8Array): void {
    this.#sent(this.#ws?.ping(payload))
  }

  close(code: number, reason: Uint8Array): void {
    // It must be read again, or it never hears the client's own Close.
    this.resume()
    if (code === NO_CODE) this.#ws?.end()
    else this.#ws?.end(code, reason)
  }

  cut(): void {
    this.#ws?.close()
  }

  pause(): void {
    // With a backlog the binary polls for reading and writing in one; stopping both would keep the backlog for ever.
    if (this.#ws === undefined || this.#paused || this.#ws.getBufferedAmount() > 0) return
    this.#paused = this.#throttle.pause(this.#ws)
  }

  resume(): void {
    if (this.#ws === undefined || !this.#paused) return
    this.#paused = false
    this.#throttle.resume(this.#ws)
  }

  #sent(status: number | undefined): void {
    // A write that is not taken whole makes the binary poll again, for reading too.
    if (status === BACKPRESSURE) this.#paused = false
  }
}

/** False: it cannot be paused. */
interface Throttle {
  pause(ws: Socket): boolean
  resume(ws: Socket): void
}

/**
 * The binary lets responses be paused but not WebSockets. Both are the same socket to it, and neither call looks at more
 * than that, so the methods of a response do for a WebSocket; a binary that minds throws, and what the client sends is then
 * only limited by the relay, which ends a WebSocket with too long a backlog.
 */
function throttleOf(res: HttpResponse): Throttle {
  const { pause, resume } = Object.getPrototypeOf(res) as HttpResponse
  return {
    pause: ws => {
      try {
        pause.call(ws as unknown as HttpResponse)
        return true
      } catch {
        return false
      }
    },
    resume: ws => {
      resume.call(ws as unknown as HttpResponse)
    },
  }
}
