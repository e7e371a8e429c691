// thread: main
// The admin port: a table of endpoints behind the checks that hold for all of them. Nothing here is on the path of a
// proxied request.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { AdminSources } from '../contract/status.js'
import type { Log } from '../log/log.js'
import { drillEndpoints } from './drill-endpoints.js'
import type { Endpoint } from './endpoint.js'
import { healthEndpoints } from './health-endpoints.js'
import { historyEndpoints } from './history-endpoints.js'
import { isOwnHost } from './host-check.js'
import { journalEndpoints } from './journal-endpoints.js'
import { LiveFeed } from './live-feed.js'
import { LiveSocket } from './live-socket.js'
import { matchEndpoints } from './match-endpoints.js'
import { outageEndpoints } from './outage-endpoints.js'
import { recordedEndpoints } from './recorded-endpoints.js'
import { type AdminReply, problem } from './reply.js'
import { settingsEndpoints } from './settings-endpoints.js'
import { StaticFiles, type StaticReply } from './static-files.js'
import { statusEndpoints } from './status-endpoints.js'
import { upstreamEndpoints } from './upstream-endpoints.js'

export interface AdminOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Of a socket that listens already, handed over by the process before. */
  readonly inheritedFd?: number | undefined
  /** '' asks for none. */
  readonly token: string
  readonly log: Log
  readonly sources: AdminSources
}

export interface AdminServer {
  readonly port: number
  /** Of the listening socket; undefined where it cannot be told. */
  readonly fd: number | undefined
  close(): Promise<void>
}

const MAX_BODY_BYTES = 1 << 20
const REQUEST_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 256

/** Rejects with a sentence that says what to do where it cannot listen. */
export function openAdmin(options: AdminOptions): Promise<AdminServer> {
  const { host, port, sources, log } = options
  const endpoints = [
    ...healthEndpoints(sources),
    ...statusEndpoints(sources),
    ...upstreamEndpoints(sources),
    ...matchEndpoints(sources),
    ...journalEndpoints(sources),
    ...outageEndpoints(sources),
    ...historyEndpoints(sources),
    ...recordedEndpoints(sources),
    ...drillEndpoints(sources),
    ...settingsEndpoints(sources),
  ]
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  const files = new StaticFiles()
  const live = new LiveSocket({
    feed: new LiveFeed({
      sources: sources.live,
      run: randomBytes(8).toString('hex'),
      now: () => Date.now(),
      steady: () => performance.now(),
    }),
    hasToken: token => options.token === '' || isToken(token, options.token),
    isOwnHost: name => isOwnHost(name, host),
  })
  server.on('clientError', refuseMalformed)
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') live.upgrade(request, socket, head)
    // RFC 9110 §7.8: an upgrade may be ignored, as that to h2c is, which curl offers by itself.
    else answerPlainly(request, socket as Socket, response => server.emit('request', request, response))
  })
  server.on('request', (request, response) => {
    answer(request, options, endpoints, files).then(
      reply => write(request, response, reply),
      error => {
        // The client went away in the middle of its body: nobody is there to be answered.
        if (request.destroyed && !request.complete) return
        log.error({ err: error, path: request.url }, 'an admin request failed inside the proxy')
        write(
          request,
          response,
          problem(500, 'a bug of the proxy', 'the request could not be answered; the log says why'),
        )
      },
    )
  })
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(
        new Error(
          `the admin port cannot listen on ${host}:${port}: ${error.message}; free the port or set CHAOS_ADMIN_PORT / CHAOS_ADMIN_HOST`,
        ),
      ),
    )
    const { inheritedFd } = options
    server.listen(inheritedFd === undefined ? { port, host } : { fd: inheritedFd }, () => {
      const address = server.address()
      server.removeAllListeners('error')
      server.on('error', error => log.error({ err: error }, 'the admin port failed'))
      resolve({
        // Node does not document it.
        fd: (server as unknown as { _handle?: { fd?: number } })._handle?.fd,
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise(done => {
            live.close()
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}

async function answer(
  request: IncomingMessage,
  options: AdminOptions,
  endpoints: readonly Endpoint[],
  files: StaticFiles,
): Promise<AdminReply | StaticReply> {
  if (!isOwnHost(request.headers.host, options.host)) {
    return problem(
      403,
      'not our name',
      `Host «${request.headers.host ?? ''}» is not a name of this port; use an address, localhost, or the name in CHAOS_ADMIN_HOST`,
      'host',
    )
  }
  const target = request.url ?? ''
  if (!target.startsWith('/')) return problem(400, 'not a target', 'the request target must begin with /', 'target')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const there = endpoints.flatMap(endpoint => {
    const id = idIn(endpoint.path, path)
    return id === undefined ? [] : [{ endpoint, id }]
  })
  const found = there.find(({ endpoint }) => endpoint.method === method)
  if (there.length === 0 && method === 'GET') {
    // The page holds no data: what it shows it asks for, with the token.
    const { accept = '', 'accept-encoding': acceptEncoding } = request.headers
    const file = files.at(path, accept, String(acceptEncoding ?? ''))
    if (file !== undefined) return file
  }
  const needsToken = options.token !== '' && found?.endpoint.open !== true
  if (needsToken && !hasToken(request.headers.authorization, options.token)) {
    return problem(401, 'no token', 'send Authorization: Bearer <the token in CHAOS_ADMIN_TOKEN>', 'authorization', {
      'www-authenticate': 'Bearer',
    })
  }
  if (there.length === 0) return problem(404, 'no such endpoint', `there is nothing at ${path.slice(0, 200)}`, 'path')
  if (found === undefined) {
    const allow = there
      .flatMap(({ endpoint }) => (endpoint.method === 'GET' ? ['GET', 'HEAD'] : [endpoint.method]))
      .join(', ')
    return problem(405, 'not this method', `${path} takes ${allow}`, 'method', { allow })
  }
  const body = await readBody(request)
  if (body === undefined) {
    return problem(413, 'too large', `the body is larger than ${MAX_BODY_BYTES} octets`, 'body')
  }
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  return found.endpoint.handle({ method, path, query, body, accept: request.headers.accept ?? '', id: found.id })
}

/** What `{id}` stands for, '' where the pattern has none; undefined where the path is another. */
function idIn(pattern: string, path: string): string | undefined {
  const at = pattern.indexOf('{id}')
  if (at < 0) return pattern === path ? '' : undefined
  const behind = pattern.slice(at + '{id}'.length)
  if (!path.startsWith(pattern.slice(0, at)) || !path.endsWith(behind)) return undefined
  const id = path.slice(at, path.length - behind.length)
  if (id === '' || id.includes('/')) return undefined
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

/** node:http lets go of a request that asks for an upgrade: it is answered on its connection, which then ends. */
function answerPlainly(request: IncomingMessage, socket: Socket, answerOn: (response: ServerResponse) => void): void {
  const response = new ServerResponse(request)
  socket.on('error', () => socket.destroy())
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  answerOn(response)
}

/** Compared as hashes of one length: neither the token nor its length shows in the time. */
function hasToken(header: string | undefined, token: string): boolean {
  return isToken(/^Bearer +(.+)$/i.exec(header ?? '')?.[1] ?? '', token)
}

function isToken(given: string, token: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest())
}

/** undefined: larger than allowed. Rejects where the client goes away. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  // `for await` would destroy the socket on the way out, and the answer with it.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
      else resolve(undefined)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', reject)
  })
}

function write(request: IncomingMessage, response: ServerResponse, reply: AdminReply | StaticReply): void {
  const body = Buffer.from(reply.body)
  response.writeHead(reply.status, {
    ...('contentType' in reply ? { 'content-type': reply.contentType } : {}),
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // The rest of a body that nobody read is not worth waiting for.
    ...(request.complete ? {} : { connection: 'close' }),
    ...reply.headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** What node:http could not read as a request. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, body } =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? problem(431, 'header too large', 'the header section is larger than 16384 octets', 'header')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? problem(408, 'too late', 'the request did not arrive in time')
        : problem(400, 'not a request', 'this is not valid HTTP/1.1')
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
