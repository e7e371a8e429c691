// thread: edge
// Reads an accepted connection the cheap way: straight into one buffer that all connections share, with no stream between.
// The only file that knows how: taking the handle of an accepted socket is not documented by Node. Where there is no handle
// to be taken, the socket is read by its 'data' events, slower and otherwise the same.
import { Socket } from 'node:net'

/** A connection and what is to be done with its bytes. `bytes` is valid during the call only. */
export type OnBytes = (bytes: Buffer, length: number) => void

/**
 * `accepted` must not have been read from (`pauseOnConnect`). Returns the socket to be used in its place; `onBytes` hears
 * from the next turn of the event loop on.
 */
export function readInto(accepted: Socket, buffer: Buffer, onBytes: (socket: Socket) => OnBytes): Socket {
  const holder = accepted as unknown as { _handle: object | null }
  const handle = holder._handle
  if (handle === null || handle === undefined) {
    const read = readEvents(accepted, onBytes(accepted))
    // It was accepted paused, and stays so where only somebody listens.
    return read.resume()
  }
  holder._handle = null
  let hear: OnBytes = () => {}
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer,
      callback: (length: number): boolean => {
        hear(buffer, length)
        return true
      },
    },
  }
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0])
  hear = onBytes(socket)
  return socket
}

/** For TLS, whose bytes have been copied already, and as the fall-back. */
export function readEvents(socket: Socket, onBytes: OnBytes): Socket {
  socket.on('data', (bytes: Buffer) => onBytes(bytes, bytes.length))
  return socket
}

/** Bytes that wait in the process and in libuv for the client. Any change of it is progress, also within one long write. */
export function queuedBytes(socket: Socket): number {
  const handle = (socket as unknown as { _handle: { writeQueueSize?: number } | null })._handle
  return socket.writableLength + (handle?.writeQueueSize ?? 0)
}
