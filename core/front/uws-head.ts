// thread: any
import type { FieldLines } from '../contract/header-section.js'
import type { HttpResponse } from './uws-loader.js'

/** Status line and fields, in the order in which they are; to be called within a cork. */
export function writeHead(res: HttpResponse, status: number, reason: string, { list }: FieldLines): void {
  res.writeStatus(`${status} ${reason}`)
  for (let i = 0; i < list.length; i += 2) res.writeHeader(list[i]!, list[i + 1]!)
}
