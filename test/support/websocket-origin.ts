// An upstream that speaks WebSocket through the package `ws`, in the process of the test.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export interface WebSocketOrigin {
  readonly url: string
  readonly port: number
  /** Sockets by the path that was asked for, the newest last. */
  readonly sockets: Map<string, WebSocket[]>
  /** Every request for a WebSocket, as it came. */
  readonly requests: IncomingMessage[]
  /** The next socket that opens; ask before it is opened. */
  next(): Promise<WebSocket>
}

export interface OriginOptions {
  readonly compress?: boolean
  readonly tls?: { readonly key: Buffer | string; readonly cert: Buffer | string }
}

/**
 * `/echo…` says everything back, `/chosen` takes the second subprotocol, `/refused` answers 401 and `/plain` 200, `/broken`
 * 500, `/silent` nothing; `/liar` says 101 with a wrong key; any other path opens and leaves the socket to the test.
 */
export async function startWebSocketOrigin(
  t: { teardown(fn: () => unknown): void },
  { compress = false, tls }: OriginOptions = {},
): Promise<WebSocketOrigin> {
  const plain = (req: IncomingMessage, res: import('node:http').ServerResponse): void => {
    res.writeHead(200, { 'content-type': 'text/plain' })
    res.end(`plain ${req.method} ${req.url}`)
  }
  const server = tls === undefined ? createServer(plain) : createTlsServer(tls, plain)
  const sockets = new Map<string, WebSocket[]>()
  const requests: IncomingMessage[] = []
  const waiting: ((socket: WebSocket) => void)[] = []
  const open = new Set<Socket>()
  const speaker = new WebSocketServer({
    noServer: true,
    maxPayload: 256 << 20,
    perMessageDeflate: compress ? { threshold: 0 } : false,
    handleProtocols: (offered, req) => (req.url === '/chosen' ? ([...offered][1] ?? false) : false),
  })
  speaker.on('headers', (headers, req) => {
    if (req.url === '/cookie') headers.push('Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-From: upstream')
  })
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    requests.push(req)
    socket.on('error', () => {})
    if (req.url === '/refused') {
      socket.end(
        'HTTP/1.1 401 Who Are You\r\nWWW-Authenticate: Basic\r\nSet-Cookie: a=1\r\nContent-Length: 9\r\n\r\nnot for u',
      )
    } else if (req.url === '/plain') {
      socket.end(
        'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nplain\r\n0\r\n\r\n',
      )
    } else if (req.url === '/broken') {
      socket.end('HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\noh')
    } else if (req.url === '/cut') {
      socket.end('HTTP/1.1 403 No\r\nContent-Length: 200000\r\n\r\nshort')
    } else if (req.url === '/liar') {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n',
      )
    } else if (req.url === '/reset') {
      socket.destroy()
    } else if (req.url === '/silent') {
      // Unread, it would not notice that the other end leaves.
      socket.on('end', () => socket.end()).resume()
    } else {
      speaker.handleUpgrade(req, socket, head, ws => {
        const path = req.url!.split('?')[0]!
        sockets.set(path, [...(sockets.get(path) ?? []), ws])
        ws.on('error', () => {})
        if (path.startsWith('/echo')) ws.on('message', (message, binary) => ws.send(message as Buffer, { binary }))
        waiting.shift()?.(ws)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    sockets,
    requests,
    next: () => new Promise(resolve => waiting.push(resolve)),
  }
}
