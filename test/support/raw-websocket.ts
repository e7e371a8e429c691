// A WebSocket client that can say what no library says: RFC 6455 §5.2, frame by frame.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Frame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  readonly payload: Buffer
}

export interface FrameToSend {
  readonly opcode: number
  readonly payload?: Buffer | string
  readonly fin?: boolean
  readonly rsv?: number
  readonly mask?: boolean
}

export function frameOf({ opcode, payload = '', fin = true, rsv = 0, mask = true }: FrameToSend): Buffer {
  const body = Buffer.from(payload as string)
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode]
  const bit = mask ? 0x80 : 0
  if (body.length < 126) head.push(bit | body.length)
  else if (body.length < 65536) head.push(bit | 126, body.length >> 8, body.length & 255)
  else {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(body.length))
    head.push(bit | 127, ...length)
  }
  const key = Buffer.from([1, 2, 3, 4])
  if (!mask) return Buffer.concat([Buffer.from(head), body])
  const masked = Buffer.from(body)
  for (let i = 0; i < masked.length; i++) masked[i]! ^= key[i & 3]!
  return Buffer.concat([Buffer.from(head), key, masked])
}

/** Payload of a Close frame. */
export function closePayload(code: number, reason: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(reason as string)
  const payload = Buffer.alloc(2 + bytes.length)
  payload.writeUInt16BE(code)
  bytes.copy(payload, 2)
  return payload
}

export class RawWebSocket {
  readonly socket: Socket
  #unread = Buffer.alloc(0)
  #ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      this.#unread = Buffer.concat([this.#unread, chunk])
      socket.emit('more')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      socket.emit('more')
    })
  }

  /** Opens it and reads the answer's head; `fields` besides those of a handshake. */
  static async open(port: number, path: string, fields: readonly string[] = []): Promise<[RawWebSocket, string]> {
    const socket = connect(port, '127.0.0.1')
    const raw = new RawWebSocket(socket)
    socket.write(
      [
        `GET ${path} HTTP/1.1`,
        'Host: proxy.test',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...fields,
        '\r\n',
      ].join('\r\n'),
    )
    for (;;) {
      const end = raw.#unread.indexOf('\r\n\r\n')
      if (end >= 0) {
        const head = raw.#unread.toString('latin1', 0, end)
        raw.#unread = raw.#unread.subarray(end + 4)
        return [raw, head]
      }
      if (raw.#ended) return [raw, '']
      await once(socket, 'more')
    }
  }

  send(...frames: readonly (FrameToSend | Buffer)[]): void {
    this.socket.write(Buffer.concat(frames.map(frame => (Buffer.isBuffer(frame) ? frame : frameOf(frame)))))
  }

  /** The next frame, or undefined when the connection has ended. */
  async frame(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#take()
      if (frame !== undefined) return frame
      if (this.#ended) return undefined
      await once(this.socket, 'more')
    }
  }

  #take(): Frame | undefined {
    const bytes = this.#unread
    if (bytes.length < 2) return undefined
    let length = bytes[1]! & 0x7f
    let at = 2
    if (length === 126) {
      if (bytes.length < 4) return undefined
      length = bytes.readUInt16BE(2)
      at = 4
    } else if (length === 127) {
      if (bytes.length < 10) return undefined
      length = Number(bytes.readBigUInt64BE(2))
      at = 10
    }
    if (bytes.length < at + length) return undefined
    this.#unread = bytes.subarray(at + length)
    return {
      fin: (bytes[0]! & 0x80) !== 0,
      rsv: (bytes[0]! >> 4) & 7,
      opcode: bytes[0]! & 15,
      masked: (bytes[1]! & 0x80) !== 0,
      payload: bytes.subarray(at, at + length),
    }
  }
}
