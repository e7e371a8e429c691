// thread: main
// Listens once for all edges; uWebSockets.js hands each accepted socket to the app of one edge thread, in turn.
import { faults } from '../contract/faults.js'
import type { Acceptor } from './acceptor.js'
import type { Certificate } from './downstream.js'
import { type HttpResponse, openPlainOrTls, type UwsModule, type us_listen_socket } from './uws-loader.js'

interface AcceptorApp {
  addChildAppDescriptor(descriptor: unknown): void
  removeChildAppDescriptor(descriptor: unknown): void
}

export function openUwsAcceptor(uws: UwsModule, certificate: Certificate | undefined): Acceptor {
  const app = openPlainOrTls(uws, certificate)
  app.any('/*', refuseWithoutEdge)
  const children = app as unknown as AcceptorApp
  let socket: us_listen_socket | undefined
  return {
    add: descriptor => children.addChildAppDescriptor(descriptor),
    remove: descriptor => children.removeChildAppDescriptor(descriptor),
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        // Exclusive: without it a second proxy would share the port in silence (SO_REUSEPORT).
        const options = (uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number }).LIBUS_LISTEN_EXCLUSIVE_PORT
        const listenAt = app.listen as unknown as (
          host: string,
          port: number,
          options: number,
          done: (socket: us_listen_socket | false) => void,
        ) => void
        listenAt.call(app, host, port, options, opened => {
          if (opened === false) {
            reject(
              new Error(
                `cannot listen on ${host}:${port}: the port is taken or not allowed; free it or set CHAOS_PORT / CHAOS_HOST`,
              ),
            )
            return
          }
          socket = opened
          resolve(uws.us_socket_local_port(opened))
        })
      }),
    stop: () => {
      if (socket !== undefined) uws.us_listen_socket_close(socket)
      socket = undefined
    },
  }
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
