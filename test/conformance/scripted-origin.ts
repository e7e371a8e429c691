// An upstream made of bare sockets: it remembers every octet that reached it and answers what a case says.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { GUARD_MS } from './raw-client.js'
import { type Field, parseFieldLines, readChunks, valuesOf } from './read-answers.js'

export interface OriginRequest {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly fields: readonly Field[]
  /** Without its coding, as far as it has come. */
  body: string
  trailers: readonly Field[]
  readonly framing: 'none' | 'length' | 'chunked'
  complete: boolean
  readonly connection: OriginConnection
}

export interface OriginConnection {
  readonly socket: Socket
  /** All that it has received, latin1. */
  received: string
  ended: boolean
  closed: boolean
}

/** What the origin does. Text is sent as it is, when a request is whole. */
export type Script = string | ((request: OriginRequest) => void)

export const answerOf = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`

export class ScriptedOrigin {
  port = 0
  /** Since the last `reset`. */
  connections: OriginConnection[] = []
  /** Those that are whole, and those of which the head has come, since the last `reset`. */
  requests: OriginRequest[] = []
  heads: OriginRequest[] = []
  octets = 0
  /** What the proxy sent that is no HTTP, in words. */
  broken: string[] = []
  onRequest: Script = answerOf('ok')
  /** When the head has come, whether a body follows or not. */
  onHead: ((request: OriginRequest) => void) | undefined
  /** When a connection stands. */
  onConnection: ((connection: OriginConnection) => void) | undefined
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket))
  readonly #open = new Set<Socket>()
  readonly #heard = new Set<() => void>()

  static async open(t: { teardown(fn: () => unknown): void }): Promise<ScriptedOrigin> {
    const origin = new ScriptedOrigin()
    origin.#server.listen(0, '127.0.0.1')
    await once(origin.#server, 'listening')
    origin.port = (origin.#server.address() as AddressInfo).port
    t.teardown(() => {
      for (const socket of origin.#open) socket.destroy()
      origin.#server.close()
    })
    return origin
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** For the next case. Connections stay. */
  reset(): void {
    this.connections = []
    this.requests = []
    this.heads = []
    this.octets = 0
    this.broken = []
    this.onRequest = answerOf('ok')
    this.onHead = undefined
    this.onConnection = undefined
  }

  /** Resolves when `condition` holds; looks whenever something happens here. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#heard.delete(look)
        reject(new Error(`the origin waited in vain; it has ${JSON.stringify(this.connections.map(c => c.received))}`))
      }, GUARD_MS)
      const look = (): void => {
        if (!condition()) return
        this.#heard.delete(look)
        clearTimeout(timer)
        resolve()
      }
      this.#heard.add(look)
      look()
    })
  }

  /** Closes the connections that are open, as an upstream does that idles too long. */
  closeAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #tell(): void {
    for (const look of [...this.#heard]) look()
  }

  #accept(socket: Socket): void {
    const connection: OriginConnection = { socket, received: '', ended: false, closed: false }
    this.#open.add(socket)
    this.connections.push(connection)
    let at = 0
    let request: OriginRequest | undefined
    let bodyAt = 0
    const readOn = (): void => {
      for (;;) {
        if (request === undefined) {
          const end = connection.received.indexOf('\r\n\r\n', at)
          if (end < 0) break
          request = readHead(connection.received.slice(at, end), connection)
          bodyAt = end + 4
          this.heads.push(request)
          this.onHead?.(request)
        }
        const used = readBody(request, connection, bodyAt)
        if (!request.complete) break
        at = bodyAt + used
        const whole = request
        request = undefined
        this.requests.push(whole)
        if (typeof this.onRequest === 'string') socket.write(this.onRequest, 'latin1')
        else this.onRequest(whole)
      }
    }
    socket.on('error', () => {})
    socket.on('end', () => {
      connection.ended = true
      this.#tell()
      socket.end()
    })
    socket.on('close', () => {
      connection.closed = true
      this.#open.delete(socket)
      this.#tell()
    })
    socket.on('data', bytes => {
      if (!this.connections.includes(connection)) this.connections.push(connection)
      connection.received += bytes.toString('latin1')
      this.octets += bytes.length
      try {
        readOn()
      } catch (error) {
        this.broken.push(String(error))
        socket.destroy()
      }
      this.#tell()
    })
    this.onConnection?.(connection)
    this.#tell()
  }
}

function readHead(text: string, connection: OriginConnection): OriginRequest {
  const [line = '', ...lines] = text.split('\r\n')
  const named = /^(\S+) (\S+) HTTP\/(\d\.\d)$/.exec(line)
  if (named === null) throw new Error(`the proxy sent no request line: ${JSON.stringify(line)}`)
  const fields = parseFieldLines(lines)
  const chunked = valuesOf({ fields }, 'transfer-encoding').length > 0
  const length = valuesOf({ fields }, 'content-length').length > 0
  if (chunked && length) throw new Error(`the proxy sent two framings: ${JSON.stringify(text)}`)
  return {
    method: named[1]!,
    target: named[2]!,
    version: named[3]!,
    fields,
    body: '',
    trailers: [],
    framing: chunked ? 'chunked' : length ? 'length' : 'none',
    complete: false,
    connection,
  }
}

/** So much of an unfinished body is looked at, and cut out of what came, again and again. */
const MAX_LOOKED_AT = 1 << 20

/** How many octets of what has come, from `at`, belong to it. */
function readBody(request: OriginRequest, { received }: OriginConnection, at: number): number {
  if (request.framing === 'none') {
    request.complete = true
    return 0
  }
  if (request.framing === 'length') {
    const bytes = Number(valuesOf(request, 'content-length')[0])
    request.complete = received.length - at >= bytes
    if (request.complete || received.length - at < MAX_LOOKED_AT) request.body = received.slice(at, at + bytes)
    return bytes
  }
  const { body, trailers, complete, used } = readChunks(received.slice(at))
  Object.assign(request, { body, trailers, complete })
  return used
}
