// thread: main
// The admin port: node:http, the guard, the endpoint table. Nothing here is on the path of a proxied request.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { AdminSources } from '../contract/status.js'
import type { Log } from '../log/log.js'
import { type AdminReply, problemReply } from './endpoint.js'
import { findEndpoint } from './endpoints.js'
import { hasToken, isOwnHost } from './guard.js'
import { readJsonBody } from './read-body.js'

export interface AdminOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** '' asks for none. */
  readonly token: string
  readonly log: Log
  readonly sources: AdminSources
}

export interface AdminServer {
  readonly port: number
  close(): Promise<void>
}

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const MAX_CONNECTIONS = 256

/** Rejects with an Error that says what to do where the port cannot be had. */
export async function openAdmin(options: AdminOptions): Promise<AdminServer> {
  const { host, port, log } = options
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: 1000,
  })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => void serve(request, response, options))
  server.on('clientError', refuseMalformed)
  await listen(server, host, port)
  server.on('error', error => log.error({ err: error }, 'the admin port failed'))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const because = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message
      reject(
        new Error(`cannot listen on ${host}:${port}: ${because}; free it or set CHAOS_ADMIN_PORT / CHAOS_ADMIN_HOST`),
      )
    })
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

async function serve(request: IncomingMessage, response: ServerResponse, options: AdminOptions): Promise<void> {
  let reply: AdminReply
  try {
    reply = await answer(request, options)
  } catch (error) {
    // The client went away while its body was read, or something that the answer is made of is broken.
    if (request.destroyed && !request.complete) return
    options.log.error({ err: error, method: request.method, target: request.url }, 'the admin port could not answer')
    reply = problemReply(503, 'this cannot be told right now', error instanceof Error ? error.message : String(error))
  }
  const body = Buffer.from(reply.body)
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // What was not read of a body cannot be skipped safely.
    ...(request.complete || !hasBody(request) ? {} : { connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answer(request: IncomingMessage, { host, token, sources }: AdminOptions): Promise<AdminReply> {
  const method = request.method ?? ''
  const target = request.url ?? ''
  if (!target.startsWith('/'))
    return problemReply(400, 'the request is not valid', 'the target must begin with /', { field: 'target' })
  const mark = target.indexOf('?')
  const found = findEndpoint(method, mark < 0 ? target : target.slice(0, mark))

  const known = token !== '' && hasToken(request.headers.authorization, token)
  // Whoever knows the token is no web page that was led here.
  if (!known && !isOwnHost(request.headers.host ?? '', host)) {
    return problemReply(
      403,
      'wrong Host',
      'this port answers to localhost, to addresses and to CHAOS_ADMIN_HOST only',
      { field: 'host' },
    )
  }
  const open = token === '' || known || (found.kind === 'endpoint' && found.endpoint.open === true)
  if (!open) {
    return problemReply(401, 'the token is missing or wrong', 'send authorization: Bearer <CHAOS_ADMIN_TOKEN>', {
      field: 'authorization',
      headers: { 'www-authenticate': 'Bearer realm="chaos-proxy"' },
    })
  }

  switch (found.kind) {
    case 'no-path':
      return problemReply(404, 'no such endpoint', 'the README lists the endpoints of the admin port')
    case 'no-method': {
      const allow = found.allow.join(', ')
      return problemReply(405, 'the method is not allowed here', `this path takes ${allow}`, {
        field: 'method',
        headers: { allow },
      })
    }
    case 'bad-escape':
      return problemReply(400, 'the request is not valid', `${found.name} has a bad percent escape`, {
        field: found.name,
      })
    case 'endpoint': {
      const { endpoint, params } = found
      const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
      if (endpoint.method === 'GET') return endpoint.answer({ params, query, body: undefined }, sources)
      const body = await readJsonBody(request)
      return body.ok ? endpoint.answer({ params, query, body: body.value }, sources) : body.reply
    }
  }
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

/** What node:http could not read as a request. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, text] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request']
  const { body } = problemReply(Number(status), 'the request is not valid', String(text))
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
