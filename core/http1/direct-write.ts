// thread: edge
// Writes to a socket past the stream that Node puts around it. A stream costs a request more than its octets do: state, a
// callback, a turn of the tick queue for each write. The only file that knows how; it is not documented by Node, so where
// the parts are not what they are in the versions that we know, everything goes through the stream.
import type { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

interface WriteRequest {
  handle: RawHandle
  oncomplete: (this: WriteRequest, status: number) => void
  /** Keeps the octets alive until they have gone. */
  buffer: Buffer | null
}

interface RawHandle {
  writeLatin1String(request: WriteRequest, text: string): number
  writeBuffer(request: WriteRequest, bytes: Buffer): number
}

interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest
  readonly streamBaseState: Int32Array
  readonly kLastWriteWasAsync: number
}

const parts = loadParts()

function loadParts(): StreamWrap | undefined {
  try {
    const { binding } = process as unknown as { binding?: (name: string) => Partial<StreamWrap> }
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding?.call(process, 'stream_wrap') ?? {}
    if (WriteWrap === undefined || streamBaseState === undefined || kLastWriteWasAsync === undefined) return undefined
    return { WriteWrap, streamBaseState, kLastWriteWasAsync }
  } catch {
    return undefined
  }
}

/** Is the short way open, or does everything go through streams. */
export const writesDirectly = parts !== undefined

/** The short way to one plain TCP socket. Not for TLS. */
export class DirectWriter {
  readonly #socket: Socket
  /** Used again as long as the kernel takes everything at once, which is nearly always. */
  #request: WriteRequest | undefined

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /**
   * In order with what is written to the socket otherwise. `data`: latin1 text, or octets that must not change afterwards. A
   * failure ends the socket, as it does with a stream.
   */
  write(data: string | Buffer): void {
    const socket = this.#socket
    const handle = (socket as unknown as { _handle: Partial<RawHandle> | null })._handle
    // What waits in the stream must leave first.
    if (
      parts === undefined ||
      socket.writableLength > 0 ||
      socket.connecting ||
      handle === null ||
      handle.writeLatin1String === undefined
    ) {
      socket.write(data as string, 'latin1')
      return
    }
    const raw = handle as RawHandle
    this.#request ??= this.#newRequest(parts, raw)
    const request = this.#request
    const status = typeof data === 'string' ? raw.writeLatin1String(request, data) : raw.writeBuffer(request, data)
    if (status !== 0) socket.destroy(writeError(status))
    else if (parts.streamBaseState[parts.kLastWriteWasAsync] !== 0) {
      // The request is under way now, and holds what the kernel did not take.
      if (typeof data !== 'string') request.buffer = data
      this.#request = undefined
    }
  }

  #newRequest({ WriteWrap }: StreamWrap, handle: RawHandle): WriteRequest {
    const socket = this.#socket
    const request = new WriteWrap()
    request.handle = handle
    request.buffer = null
    request.oncomplete = function (status) {
      this.buffer = null
      if (status < 0) socket.destroy(writeError(status))
    }
    return request
  }
}

function writeError(status: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`write failed: ${status}`), { errno: status, code: 'EPIPE', syscall: 'write' })
}
