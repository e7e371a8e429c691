// thread: any
// RFC 9112 §4: the head of an answer, with one framing and never two.

import type { FieldLines } from '../contract/header-section.js'

/** How the end of the body is known: its length, the chunked coding, the end of the connection, or there is no body. */
export type ResponseFraming = number | 'chunked' | 'close' | 'none'

/** `headers`: checked before, without framing, `Date` and `Connection`. Latin1, ends in the empty line. */
export function composeResponseHead(
  status: number,
  reason: string,
  headers: FieldLines,
  framing: ResponseFraming,
  connection: 'close' | 'keep-alive' | undefined,
  date: string,
): string {
  let head = `HTTP/1.1 ${status} ${reason}\r\n${headers.text}`
  if (typeof framing === 'number') head += `content-length: ${framing}\r\n`
  else if (framing === 'chunked') head += 'transfer-encoding: chunked\r\n'
  if (connection !== undefined) head += `connection: ${connection}\r\n`
  return `${head}date: ${date}\r\n\r\n`
}

/** `Date` of a message (RFC 9110 §6.6.1), composed once a second. `nowMs`: epoch. */
export class HttpDate {
  #second = -1
  #text = ''

  at(nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(nowMs).toUTCString()
    }
    return this.#text
  }
}
