// thread: any
import type { FieldLines } from '../contract/header-section.js'
import type { HttpResponse } from './uws-loader.js'

/** Status line and fields, in the order in which they are; to be called within a cork. */
export function writeHead(res: HttpResponse, status: number, reason: string, fields: FieldLines): void {
  const { list } = fields
  // The binary says 200 OK by itself.
  if (status !== 200 || reason !== 'OK') res.writeStatus(`${status} ${reason}`)
  if (list.length === 0) return
  // Name, colon, value, CR LF is all that the binary makes of a field: the lines of all of them in one call, for each call costs as
  // much as what it copies.
  const name = list[0]!
  res.writeHeader(name, fields.text.slice(name.length + 2, -2))
}
