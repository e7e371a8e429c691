// thread: main
// WS /api/live: who may watch, and how much may wait for one who reads slowly.
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { LIVE_VERSION, type LiveHello, liveCloseCodes } from '../contract/live.js'
import { isSameOrigin } from './foreign-page.js'
import type { LiveFeed, LiveWatcher } from './live-feed.js'

export interface LiveSocketParts {
  readonly feed: LiveFeed
  /** Undefined: may not watch. What is returned tells whether it still may. */
  readonly admit: (token: string, request: IncomingMessage) => (() => boolean) | undefined
  readonly isOwnHost: (host: string | undefined) => boolean
}

// By `require`: `import` reads each file of a CommonJS package once more for its names, which every start would pay for.
const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof import('ws')

const MAX_WATCHERS = 16
const MAX_HELLO_BYTES = 4096
const HELLO_WITHIN_MS = 5000
/** More than this waiting in a socket: its reader is too slow for the next tick. */
const MAX_WAITING_BYTES = 256 << 10
const PING_MS = 15_000

export class LiveSocket {
  readonly #parts: LiveSocketParts
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_HELLO_BYTES, perMessageDeflate: false })
  readonly #pings: NodeJS.Timeout
  readonly #answered = new WeakSet<WebSocket>()
  readonly #admitted = new WeakMap<WebSocket, () => boolean>()

  constructor(parts: LiveSocketParts) {
    this.#parts = parts
    this.#pings = setInterval(() => this.#ping(), PING_MS)
    this.#pings.unref()
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const { host, origin } = request.headers
    if (request.url !== '/api/live') {
      refuse(socket, '404 Not Found', 'the live feed is at /api/live')
      return
    }
    if (!this.#parts.isOwnHost(host)) {
      refuse(socket, '403 Forbidden', 'this Host is not a name of this port')
      return
    }
    // RFC 6455 §10.2: browsers do not keep pages of other sites from connecting, we must.
    if (origin !== undefined && !isSameOrigin(origin, host)) {
      refuse(socket, '403 Forbidden', 'a page of another origin may not watch')
      return
    }
    this.#server.handleUpgrade(request, socket, head, accepted => this.#greet(accepted, request))
  }

  close(): void {
    clearInterval(this.#pings)
    for (const client of this.#server.clients) client.terminate()
    this.#parts.feed.close()
  }

  #greet(socket: WebSocket, request: IncomingMessage): void {
    const { feed, admit } = this.#parts
    this.#answered.add(socket)
    socket.on('pong', () => this.#answered.add(socket))
    // What is wrong with its frames closes it; nobody needs to hear of it.
    socket.on('error', () => socket.terminate())
    if (this.#server.clients.size > MAX_WATCHERS) {
      socket.close(liveCloseCodes.tooMany, `at most ${MAX_WATCHERS} may watch; close another dashboard`)
      return
    }
    const late = setTimeout(() => socket.close(liveCloseCodes.notHello, 'no hello in time'), HELLO_WITHIN_MS)
    const watcher: LiveWatcher = {
      offer: text => {
        if (socket.readyState !== socket.OPEN || socket.bufferedAmount > MAX_WAITING_BYTES) return false
        socket.send(text)
        return true
      },
    }
    socket.once('message', (data, isBinary) => {
      clearTimeout(late)
      const hello = isBinary ? undefined : helloIn(String(data))
      if (hello === undefined) return socket.close(liveCloseCodes.notHello, 'the first message must be a hello')
      const lasts = admit(hello.token, request)
      if (lasts === undefined)
        return socket.close(liveCloseCodes.noToken, 'neither the token in CHAOS_ADMIN_TOKEN nor a session')
      this.#admitted.set(socket, lasts)
      feed.join(watcher, hello.resume)
    })
    socket.once('close', () => {
      clearTimeout(late)
      feed.leave(watcher)
    })
  }

  #ping(): void {
    for (const client of this.#server.clients) {
      if (!this.#answered.delete(client)) client.terminate()
      else if (this.#admitted.get(client)?.() === false) client.close(liveCloseCodes.noToken, 'the session is over')
      else client.ping()
    }
  }
}

function helloIn(text: string): LiveHello | undefined {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof given !== 'object' || given === null) return undefined
  const { v, kind, token, resume = null } = given as Record<string, unknown>
  if (v !== LIVE_VERSION || kind !== 'hello' || typeof token !== 'string') return undefined
  if (resume === null) return { v, kind, token, resume }
  const { run, seq } = resume as Record<string, unknown>
  return typeof run === 'string' && Number.isSafeInteger(seq)
    ? { v, kind, token, resume: { run, seq: seq as number } }
    : undefined
}

function refuse(socket: Duplex, status: string, why: string): void {
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(why)}\r\nconnection: close\r\n\r\n${why}`,
  )
}
