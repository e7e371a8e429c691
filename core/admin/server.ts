// thread: main
// The admin port: a table of endpoints behind the checks that hold for all of them. Nothing here is on the path of a
// proxied request.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { AdminSources } from '../contract/status.js'
import { splitTarget } from '../contract/target.js'
import type { Log } from '../log/log.js'
import { Access, type Admission, type NotAdmitted, type Who } from './access.js'
import { type Audit, type AuditEntry, noAudit, toldOf } from './audit.js'
import type { Endpoint } from './endpoint.js'
import { adminEndpoints } from './endpoints.js'
import { isForeignPage } from './foreign-page.js'
import { isOwnHost } from './host-check.js'
import { LiveFeed } from './live-feed.js'
import { LiveSocket } from './live-socket.js'
import { type AdminReply, problem } from './reply.js'
import { tooMany } from './session-endpoints.js'
import { StaticFiles, type StaticReply } from './static-files.js'

export interface AdminOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Of a socket that listens already, handed over by the process before. */
  readonly inheritedFd?: number | undefined
  /** Further names under which the port is asked for, in lower case. */
  readonly names?: readonly string[]
  /** '' asks for none. */
  readonly token: string
  /** Of those who may look only; '' or undefined: there is none. */
  readonly viewToken?: string
  readonly audit?: Audit
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
  const access = new Access({ operate: options.token, view: options.viewToken ?? '' }, () => performance.now())
  const names = [host, ...(options.names ?? [])]
  const served: Served = {
    access,
    audit: options.audit ?? noAudit,
    endpoints: adminEndpoints(sources, access),
    files: new StaticFiles(),
    isOwnHost: name => isOwnHost(name, names),
  }
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  const live = new LiveSocket({
    feed: new LiveFeed({
      sources: sources.live,
      run: randomBytes(8).toString('hex'),
      now: () => Date.now(),
      steady: () => performance.now(),
    }),
    admit: (token, request) => access.admitWatcher(token, request.headers, addressOf(request)),
    isOwnHost: served.isOwnHost,
  })
  server.on('clientError', refuseMalformed)
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') live.upgrade(request, socket, head)
    // RFC 9110 §7.8: an upgrade may be ignored, as that to h2c is, which curl offers by itself.
    else answerPlainly(request, socket as Socket, response => server.emit('request', request, response))
  })
  server.on('request', (request, response) => {
    answer(request, served).then(
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
            server.close(() => served.audit.close().then(done))
            server.closeAllConnections()
          }),
      })
    })
  })
}

interface Served {
  readonly access: Access
  readonly audit: Audit
  readonly endpoints: readonly Endpoint[]
  readonly files: StaticFiles
  readonly isOwnHost: (host: string | undefined) => boolean
}

async function answer(request: IncomingMessage, served: Served): Promise<AdminReply | StaticReply> {
  const { headers } = request
  if (!served.isOwnHost(headers.host)) {
    return problem(
      403,
      'not our name',
      `Host «${(headers.host ?? '').slice(0, 200)}» is not a name of this port; use an address, localhost, or a name in CHAOS_ADMIN_HOST or CHAOS_ADMIN_NAMES`,
      'host',
    )
  }
  const target = request.url ?? ''
  if (!target.startsWith('/')) return problem(400, 'not a target', 'the request target must begin with /', 'target')
  const { path, query: asked = '' } = splitTarget(target)
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  if (isForeignPage(headers, method)) {
    return problem(
      403,
      'another site',
      'a page of another origin asks; open the dashboard of this port itself, and let whatever stands before it pass Host on',
      'origin',
    )
  }
  const there = served.endpoints.flatMap(endpoint => {
    const id = idIn(endpoint.path, path)
    return id === undefined ? [] : [{ endpoint, id }]
  })
  const found = there.find(({ endpoint }) => endpoint.method === method)
  if (there.length === 0 && method === 'GET') {
    // The page holds no data: what it shows it asks for, as who has logged in.
    const { accept = '', 'accept-encoding': acceptEncoding } = headers
    const file = served.files.at(path, accept, String(acceptEncoding ?? ''))
    if (file !== undefined) return file
  }
  const address = addressOf(request)
  const admission: Admission =
    found?.endpoint.open === true
      ? { who: { role: 'view', via: 'open', address } }
      : served.access.admit({ method, headers, address })
  if ('refused' in admission) {
    // Those that are kept waiting are as many as they like.
    if (admission.refused === 'wrong-token')
      audited(served.audit, 'refused', undefined, { address, method, path }, 401, '')
    return unauthorised(admission)
  }
  const { who } = admission
  if (there.length === 0) return problem(404, 'no such endpoint', `there is nothing at ${path.slice(0, 200)}`, 'path')
  if (found === undefined) {
    const allow = there
      .flatMap(({ endpoint }) => (endpoint.method === 'GET' ? ['GET', 'HEAD'] : [endpoint.method]))
      .join(', ')
    return problem(405, 'not this method', `${path.slice(0, 200)} takes ${allow}`, 'method', { allow })
  }
  const needed = found.endpoint.role ?? (method === 'GET' ? 'view' : 'operate')
  if (needed === 'operate' && who.role !== 'operate') {
    audited(served.audit, 'refused', who, { address, method, path }, 403, '')
    return problem(
      403,
      'may only look',
      'this token may look and change nothing; use the one in CHAOS_ADMIN_TOKEN',
      'authorization',
    )
  }
  const { maxBodyBytes = MAX_BODY_BYTES } = found.endpoint
  const body = await readBody(request, maxBodyBytes)
  if (body === undefined) {
    return problem(413, 'too large', `the body is larger than ${maxBodyBytes} octets`, 'body')
  }
  const query = new URLSearchParams(asked)
  const accept = headers.accept ?? ''
  const reply = await found.endpoint.handle({ method, path, query, body, accept, id: found.id, headers, address, who })
  if (needed === 'operate') {
    const told = toldOf(body, found.endpoint.told)
    audited(served.audit, 'change', who, { address, method, path }, reply.status, told)
  } else if (path === '/api/session' && (reply.status < 300 || reply.status === 401) && method !== 'GET')
    audited(
      served.audit,
      method === 'POST' ? 'login' : 'logout',
      method === 'POST' ? reply.letIn : who,
      { address, method, path },
      reply.status,
      '',
    )
  return reply
}

function audited(
  audit: Audit,
  action: AuditEntry['action'],
  who: Partial<Who> | undefined,
  asked: { readonly address: string; readonly method: string; readonly path: string },
  status: number,
  body: string,
): void {
  audit.record({ action, role: who?.role ?? '', via: who?.via ?? '', ...asked, status, body })
}

function unauthorised({ refused, waitS }: NotAdmitted): AdminReply {
  if (refused === 'too-many') return tooMany(waitS)
  return problem(401, 'no token', 'send Authorization: Bearer <the token in CHAOS_ADMIN_TOKEN>', 'authorization', {
    'www-authenticate': 'Bearer',
  })
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? ''
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

/** undefined: larger than allowed. Rejects where the client goes away. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  // `for await` would destroy the socket on the way out, and the answer with it.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
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
    // No page of another site embeds what is told here (Fetch, Cross-Origin-Resource-Policy).
    'cross-origin-resource-policy': 'same-origin',
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
