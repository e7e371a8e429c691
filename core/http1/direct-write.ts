// thread: any
// Writes to a socket past the stream that Node puts around it. A stream costs a request more than its octets do: state, a
// callback, a turn of the tick queue for each write. The only file that knows how; it is not documented by Node, so where
// the parts are not what they are in the versions that we know, everything goes through the stream.
import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import { frame } from './framing.js'

interface WriteRequest {
  handle: RawHandle
  oncomplete: (status: number) => void
  /** Keeps the octets alive until they have gone. */
  buffer: Buffer | null
}

interface RawHandle {
  /** Octets that libuv still has to write. */
  readonly writeQueueSize: number
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

/** As much as one read gives, with a head before it. */
const SCRATCH_BYTES = 72 * 1024
/** More than this waits for the peer: whoever writes should wait as well. */
const MAX_WAITING_BYTES = 64 * 1024

/** Where octets and what stands around them are put together. What the kernel takes at once leaves it free for the next. */
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)

/** The short way to one plain TCP socket. Not for TLS. */
export class DirectWriter {
  readonly #socket: Socket
  readonly #onDrain: () => void
  /** Writes that the kernel did not take at once. */
  #waiting = 0
  /** Used again as long as the kernel takes everything at once, which is nearly always. */
  #request: WriteRequest | undefined

  /** `onDrain`: after a `writeAround` that said no, when nothing waits any more. */
  constructor(socket: Socket, onDrain: () => void = () => {}) {
    this.#socket = socket
    this.#onDrain = onDrain
  }

  /** `bytes` between two pieces of latin1 text; they may be overwritten once this returns. False: wait for `onDrain`. */
  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    const length = before.length + bytes.length + after.length
    const raw = length <= SCRATCH_BYTES ? this.#rawHandle() : undefined
    if (parts === undefined || raw === undefined) {
      this.#socket.write(frame(before, bytes, after))
      return this.#socket.writableLength < MAX_WAITING_BYTES
    }
    // Behind something that waits it will wait as well, and must not keep the whole of the scratch for a few octets.
    const waits = this.#waiting > 0
    const whole = waits ? frame(before, bytes, after) : inScratch(before, bytes, after)
    this.#request ??= this.#newRequest(parts, raw)
    if (this.#sent(parts, this.#request, raw.writeBuffer(this.#request, whole), whole)) return true
    // What waits is read from there until it is gone.
    if (!waits) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
    return raw.writeQueueSize < MAX_WAITING_BYTES
  }

  /**
   * In order with what is written to the socket otherwise. `data`: latin1 text, or octets that must not change afterwards. A
   * failure ends the socket, as it does with a stream.
   */
  write(data: string | Buffer): void {
    const raw = this.#rawHandle()
    if (parts === undefined || raw === undefined) {
      this.#socket.write(data as string, 'latin1')
      return
    }
    this.#request ??= this.#newRequest(parts, raw)
    const request = this.#request
    if (typeof data === 'string') this.#sent(parts, request, raw.writeLatin1String(request, data), null)
    else this.#sent(parts, request, raw.writeBuffer(request, data), data)
  }

  /** Undefined where the write has to go through the stream. */
  #rawHandle(): RawHandle | undefined {
    const socket = this.#socket
    // What waits in the stream must leave first.
    if (parts === undefined || socket.writableLength > 0 || socket.connecting) return undefined
    const handle = (socket as unknown as { _handle: Partial<RawHandle> | null | undefined })._handle
    return handle?.writeLatin1String === undefined ? undefined : (handle as RawHandle)
  }

  /** True: the kernel has taken all of it. */
  #sent(
    { streamBaseState, kLastWriteWasAsync }: StreamWrap,
    request: WriteRequest,
    status: number,
    bytes: Buffer | null,
  ): boolean {
    if (status !== 0) {
      this.#socket.destroy(writeError(status))
      return true
    }
    if (streamBaseState[kLastWriteWasAsync] === 0) return true
    // The request is under way now, and holds what the kernel did not take.
    request.buffer = bytes
    this.#request = undefined
    this.#waiting += 1
    return false
  }

  #newRequest({ WriteWrap }: StreamWrap, handle: RawHandle): WriteRequest {
    const socket = this.#socket
    const request = new WriteWrap()
    request.handle = handle
    request.buffer = null
    request.oncomplete = status => {
      request.buffer = null
      this.#waiting -= 1
      if (status < 0) socket.destroy(writeError(status))
      else if (this.#waiting === 0) this.#onDrain()
    }
    return request
  }
}

/** As `frame`, without a buffer of its own. */
function inScratch(before: string, bytes: Uint8Array, after: string): Buffer {
  if (before !== '') scratch.write(before, 0, 'latin1')
  scratch.set(bytes, before.length)
  if (after !== '') scratch.write(after, before.length + bytes.length, 'latin1')
  return scratch.subarray(0, before.length + bytes.length + after.length)
}

function writeError(status: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`write failed: ${status}`), { errno: status, code: 'EPIPE', syscall: 'write' })
}
