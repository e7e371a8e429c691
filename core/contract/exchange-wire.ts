// thread: any
// Exchanges travel between threads as one moved buffer a batch: no structured clone, one allocation.
// Layout, little endian, per exchange: u32 head bytes, u32 request body bytes, u32 response body bytes, head (JSON, UTF-8),
// request body, response body.
import type { Exchange } from './exchange.js'

const FRAME_BYTES = 12

/** Packs exchanges into one buffer of their own, fit to be moved to another thread. */
export function packExchanges(exchanges: readonly Exchange[]): ArrayBuffer {
  const heads = exchanges.map(exchange => {
    const { requestBody: _request, body: _body, ...head } = exchange
    return Buffer.from(JSON.stringify(head))
  })
  let total = 0
  exchanges.forEach((exchange, i) => {
    total += FRAME_BYTES + heads[i]!.length + exchange.requestBody.length + exchange.body.length
  })
  const bytes = new ArrayBuffer(total)
  const out = Buffer.from(bytes)
  let at = 0
  exchanges.forEach((exchange, i) => {
    const head = heads[i]!
    out.writeUInt32LE(head.length, at)
    out.writeUInt32LE(exchange.requestBody.length, at + 4)
    out.writeUInt32LE(exchange.body.length, at + 8)
    at += FRAME_BYTES
    out.set(head, at)
    at += head.length
    out.set(exchange.requestBody, at)
    at += exchange.requestBody.length
    out.set(exchange.body, at)
    at += exchange.body.length
  })
  return bytes
}

/** The inverse of {@link packExchanges}. Bodies are views into `bytes`. */
export function unpackExchanges(bytes: ArrayBuffer | Buffer): Exchange[] {
  const from = bytes instanceof ArrayBuffer ? Buffer.from(bytes) : bytes
  const exchanges: Exchange[] = []
  let at = 0
  while (at < from.length) {
    const headBytes = from.readUInt32LE(at)
    const requestBytes = from.readUInt32LE(at + 4)
    const bodyBytes = from.readUInt32LE(at + 8)
    at += FRAME_BYTES
    const head = JSON.parse(from.toString('utf8', at, at + headBytes)) as Omit<Exchange, 'requestBody' | 'body'>
    at += headBytes
    const requestBody = from.subarray(at, at + requestBytes)
    at += requestBytes
    const body = from.subarray(at, at + bodyBytes)
    at += bodyBytes
    exchanges.push({ ...head, requestBody, body })
  }
  return exchanges
}

export type ExchangeHead = Omit<Exchange, 'requestBody' | 'body'>

/** Each exchange as it lies there, for those who look at the head alone. Throws a RangeError where it is cut off. */
export function* exchangeFrames(bytes: Buffer): Generator<{ readonly head: ExchangeHead; readonly frame: Buffer }> {
  for (let at = 0; at < bytes.length; ) {
    const headBytes = bytes.readUInt32LE(at)
    const end = at + FRAME_BYTES + headBytes + bytes.readUInt32LE(at + 4) + bytes.readUInt32LE(at + 8)
    if (end > bytes.length)
      throw new RangeError(`an exchange of ${end - at} octets is cut off after ${bytes.length - at}`)
    const text = bytes.toString('utf8', at + FRAME_BYTES, at + FRAME_BYTES + headBytes)
    yield { head: JSON.parse(text) as ExchangeHead, frame: bytes.subarray(at, end) }
    at = end
  }
}
