// An API of its own kind, served on a free port in this process.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

const book = (id: number) => ({ id, title: `Title ${id}`, author: id % 7, pages: 100 + ((id * 37) % 211) })
const row = (id: number) => ({ id, title: `Title ${id}` })

export interface Shop {
  readonly url: string
  kill(): void
  /** Requests in order, with their fields. */
  readonly seen: readonly { readonly target: string; readonly headers: IncomingHttpHeaders }[]
}

/** A shop: a list in pages that shows less than details do, details, something that is never the same, and something that may not be kept. */
export async function startShop(
  t: { teardown(fn: () => unknown): void },
  { books = 60, refused = [] }: { readonly books?: number; readonly refused?: readonly number[] } = {},
): Promise<Shop> {
  const seen: { target: string; headers: IncomingHttpHeaders }[] = []
  let n = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://shop')
    seen.push({ target: request.url!, headers: request.headers })
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    const id = /^\/books\/(\d+)$/.exec(url.pathname)?.[1]
    if (url.pathname === '/basket') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end('{"items":[]}')
      return
    }
    if (refused.includes(Number(id))) json(403, { error: 'not for you' })
    else if (id !== undefined)
      json(Number(id) <= books ? 200 : 404, Number(id) <= books ? book(Number(id)) : { error: 'no' })
    else if (url.pathname === '/books') {
      const page = Number(url.searchParams.get('page') ?? 1)
      const ids = Array.from({ length: books }, (_, i) => i + 1).slice((page - 1) * 10, page * 10)
      json(200, { total: books, items: ids.map(row) })
    } else json(200, { lucky: `${(n++ * 7919) % 1000}`, words: `w${n} x${n * 3}` })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const kill = (): void => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(kill)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill, seen }
}
