// thread: main
// Listens once for all edges; uWebSockets.js hands each accepted socket to the app of one edge thread, in turn.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { faults } from '../contract/faults.js'
import type { Acceptor } from './acceptor.js'
import type { Certificate } from './downstream.js'
import { type HttpResponse, openPlainOrTls, type UwsModule, type us_listen_socket } from './uws-loader.js'

interface AcceptorApp {
  addChildAppDescriptor(descriptor: unknown): void
  removeChildAppDescriptor(descriptor: unknown): void
}

/** `besideAnother`: this process follows one that still listens there. */
export function openUwsAcceptor(uws: UwsModule, certificate: Certificate | undefined, besideAnother = false): Acceptor {
  const app = openPlainOrTls(uws, certificate)
  app.any('/*', refuseWithoutEdge)
  const children = app as unknown as AcceptorApp
  let socket: us_listen_socket | undefined
  const stop = (): void => {
    if (socket !== undefined) uws.us_listen_socket_close(socket)
    socket = undefined
  }
  return {
    add: descriptor => children.addChildAppDescriptor(descriptor),
    remove: descriptor => children.removeChildAppDescriptor(descriptor),
    listen: async (host, port) => {
      // The binary shares the port with whoever else would (SO_REUSEPORT), so that a successor can listen before this one
      // stops. A stranger must not, in silence.
      const free = besideAnother ? port : await freePort(host, port)
      if (free === undefined) throw cannotListen(host, port)
      return new Promise((resolve, reject) => {
        const listenAt = app.listen as unknown as (
          host: string,
          port: number,
          options: number,
          done: (socket: us_listen_socket | false) => void,
        ) => void
        listenAt.call(app, host, free, SHARED_PORT, opened => {
          if (opened === false) {
            reject(cannotListen(host, port))
            return
          }
          socket = opened
          resolve(uws.us_socket_local_port(opened))
        })
      })
    },
    stop,
    leave: () =>
      new Promise(resolve => {
        // Right behind a look at the socket, which takes all that waits there: what comes between the two is reset by the
        // kernel, unless it moves connections to the other listener (net.ipv4.tcp_migrate_req).
        setImmediate(() => {
          stop()
          resolve()
        })
      }),
  }
}

const SHARED_PORT = 0

/** `port`, or where it is 0 any: one that the binary chose itself it would not share. Undefined: it is taken. */
async function freePort(host: string, port: number): Promise<number | undefined> {
  const server = createServer()
  const isFree = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => resolve(true))
  })
  if (!isFree) return undefined
  const address = server.address()
  await once(server.close(), 'close')
  return typeof address === 'object' && address !== null ? address.port : port
}

function cannotListen(host: string, port: number): Error {
  return new Error(
    `cannot listen on ${host}:${port}: the port is taken or not allowed; free it or set CHAOS_PORT / CHAOS_HOST`,
  )
}

const NO_EDGE = 'CHAOS_ERR_INTERNAL_NO_EDGE'

/**
 * While every edge is down the binary keeps in this thread what it accepts, and would answer 404 there by itself, also long
 * after the edges are back: a connection never moves. So it is closed, and the next one finds an edge.
 */
function refuseWithoutEdge(response: HttpResponse): void {
  const { status, text, proxyStatus } = faults[NO_EDGE]
  response.cork(() => {
    response.writeStatus(`${status} Service Unavailable`)
    response.writeHeader('content-type', 'application/problem+json')
    response.writeHeader('cache-control', 'no-store')
    response.writeHeader('proxy-status', `chaos-proxy; error=${proxyStatus}; details="${NO_EDGE}"`)
    response.writeHeader('retry-after', '1')
    response.writeHeader('connection', 'close')
    response.end(`${JSON.stringify({ type: 'about:blank', title: text, status, code: NO_EDGE })}\n`, true)
  })
}
