// thread: edge
// A WebSocket is opened long after its request came, outside of all callbacks of the binary. There it wants writes corked
// (it complains on stderr otherwise), but a response that is upgraded inside its own cork is at times closed right away: the
// binary does not notice the upgrade where memory is reallocated in place, and reads the WebSocket as a response (mended in
// uWebSockets of July 2026; seen with the binaries that this proxy loads, in one run of three). So the upgrade runs inside
// the cork of another response: one that this edge asks of itself at its start and never answers.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { HttpResponse, UwsModule, us_listen_socket } from './uws-loader.js'

export interface UwsAnchor {
  /** Runs `write` corked, outside of the cork of what it writes to. */
  cork(write: () => void): void
  close(): void
}

/** Rejects where this thread cannot reach itself over the loopback. */
export async function openUwsAnchor(uws: UwsModule): Promise<UwsAnchor> {
  // Nobody else may become the anchor in the moment in which the port is open.
  const path = `/${randomUUID()}`
  let anchor: HttpResponse | undefined
  let arrived: () => void
  const arrival = new Promise<void>(resolve => {
    arrived = resolve
  })
  const app = uws.App()
  app.get(path, res => {
    anchor = res
    res.onAborted(() => {
      anchor = undefined
    })
    arrived()
  })
  app.any('/*', res => {
    res.close()
  })
  const listener = await new Promise<us_listen_socket>((resolve, reject) => {
    app.listen('127.0.0.1', 0, opened => {
      if (opened === false) reject(new Error('cannot listen on 127.0.0.1: an edge needs one connection to itself'))
      else resolve(opened)
    })
  })
  const socket = connect(uws.us_socket_local_port(listener), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: anchor\r\n\r\n`)
  await arrival
  uws.us_listen_socket_close(listener)
  return {
    cork: write => {
      if (anchor === undefined) write()
      else anchor.cork(write)
    },
    close: () => {
      socket.destroy()
      app.close()
    },
  }
}
