// A small, fast origin in a process of its own: on uWebSockets.js where a binary loads, else on node:http, so that it is
// never the slowest part. Argument: the port, 0 for any. Ends when its parent does.
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type HttpResponse, loadUws } from '../core/front/uws-loader.js'

/** The answer to a target as JSON, about 400 bytes; undefined where there is nothing. */
export function answerOf(path: string, query: string, nowMs: number): string | undefined {
  const [, api, resource, name] = path.split('/')
  if (api !== 'api') return undefined
  if (resource === 'items' && name !== undefined) return unchanging(name)
  // Another answer every second: what a learner never gets to the end of.
  if (resource === 'stock' && name !== undefined) return item(name, Math.floor(nowMs / 1000))
  if (resource === 'echo' && name !== undefined)
    return echo(name, new URLSearchParams(query).get('greeting') ?? 'hello')
  if (resource === 'search') return found(new URLSearchParams(query).get('q') ?? '')
  return undefined
}

const items = new Map<string, string>()
const MAX_ITEMS = 100_000

/** Composed once: an origin that spends its time on JSON is a slower part than it need be. */
function unchanging(id: string): string {
  const known = items.get(id)
  if (known !== undefined) return known
  const composed = item(id, 1)
  if (items.size < MAX_ITEMS) items.set(id, composed)
  return composed
}

function item(id: string, revision: number): string {
  return JSON.stringify({
    id,
    revision,
    name: `Item ${id}`,
    description:
      'Sturdy, light and made to be carried about all day; comes in a box of recycled board with a printed guide.',
    price: { amount: 1999 + id.length, currency: 'EUR', includesTax: true },
    stock: { available: 10 + (revision % 90), warehouse: 'north' },
    tags: ['sturdy', 'light', 'daily'],
    links: { self: `/api/items/${id}`, reviews: `/api/items/${id}/reviews`, image: `/images/${id}.webp` },
  })
}

/** What is asked comes back among constants: a template can answer for names that it never saw. */
function echo(name: string, greeting: string): string {
  return JSON.stringify({
    name,
    greeting,
    service: 'echo',
    version: 3,
    note: 'Everything that is not a name or a greeting is the same in every answer of this route, as it is in many an API.',
    limits: { perMinute: 600, burst: 50 },
    links: { self: `/api/echo/${name}`, docs: '/api/docs/echo' },
  })
}

/** Neither case nor the order of words changes what is found. */
function found(q: string): string {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean).sort()
  return JSON.stringify({
    total: words.length * 3,
    results: words.flatMap(word => [
      { sku: `${word}-1`, title: `${word}, first quality` },
      { sku: `${word}-2`, title: `${word}, second hand` },
    ]),
  })
}

const json = 'application/json'
const octets = 'application/octet-stream'
const missing = '{"error":"not found"}'

/** A body is sent in pieces of this size, so that one of a gigabyte costs no more memory than one of a megabyte. */
const PIECE_BYTES = 1 << 20
const piece = Buffer.alloc(PIECE_BYTES, 'All work and no play makes a dull body. ')

/** How long the body of `/bytes/1024` is; undefined for another path. */
export function bytesOf(path: string): number | undefined {
  const [, digits] = /^\/bytes\/(\d{1,12})$/.exec(path) ?? []
  return digits === undefined ? undefined : Number(digits)
}

const received = (bytes: number): string => `{"received":${bytes}}`

/** Resolves with the port. */
async function listen(wanted: number): Promise<number> {
  const loaded = await loadUws(32_768)
  if (!loaded.ok) return listenNode(wanted)
  const app = loaded.uws.App()
  app.post('/*', response => {
    let bytes = 0
    response.onAborted(() => {})
    response.onData((chunk, last) => {
      bytes += chunk.byteLength
      if (last) response.cork(() => response.writeHeader('content-type', json).end(received(bytes)))
    })
  })
  app.any('/*', (response, request) => {
    const path = request.getUrl()
    const bytes = bytesOf(path)
    if (bytes !== undefined) {
      sendBytes(response, bytes)
      return
    }
    const body = answerOf(path, request.getQuery() ?? '', Date.now())
    if (body === undefined) response.writeStatus('404 Not Found')
    response.writeHeader('content-type', json).end(body ?? missing)
  })
  return new Promise((resolve, reject) => {
    app.listen('127.0.0.1', wanted, socket => {
      if (socket) resolve(loaded.uws.us_socket_local_port(socket))
      else reject(new Error(`the origin cannot listen on port ${wanted}`))
    })
  })
}

/** No faster than the client takes it. */
function sendBytes(response: HttpResponse, bytes: number): void {
  let gone = false
  const send = (): boolean => {
    while (!gone) {
      const at = response.getWriteOffset()
      const wanted = Math.min(PIECE_BYTES, bytes - at)
      const [taken, done] = response.tryEnd(piece.subarray(0, wanted), bytes)
      if (done) gone = true
      if (!taken) return false
    }
    return true
  }
  response.onAborted(() => {
    gone = true
  })
  response.onWritable(send)
  response.writeHeader('content-type', octets)
  send()
}

function listenNode(wanted: number): Promise<number> {
  const server = createServer(async (request, response) => {
    const [path, query] = request.url!.split('?', 2)
    const bytes = bytesOf(path!)
    if (request.method === 'POST') {
      let length = 0
      for await (const chunk of request) length += (chunk as Buffer).length
      response.writeHead(200, { 'content-type': json }).end(received(length))
    } else if (bytes !== undefined) {
      response.writeHead(200, { 'content-type': octets, 'content-length': bytes })
      await pipeline(Readable.from(pieces(bytes)), response).catch(() => response.destroy())
    } else {
      const body = answerOf(path!, query ?? '', Date.now())
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': json }).end(body ?? missing)
    }
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

function* pieces(bytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += PIECE_BYTES) yield piece.subarray(0, Math.min(PIECE_BYTES, bytes - at))
}

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0))
  process.send({ port: await listen(Number(process.argv[2] ?? 0)) })
}
