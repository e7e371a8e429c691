// A small, fast origin in a process of its own: on uWebSockets.js where a binary loads, else on node:http, so that it is
// never the slowest part. Argument: the port, 0 for any. Ends when its parent does.
import { createServer } from 'node:http'
import { loadUws } from '../core/front/uws-loader.js'

/** The answer to a target as JSON, about 400 bytes; undefined where there is nothing. */
export function answerOf(path: string, query: string, nowMs: number): string | undefined {
  const [, api, resource, name] = path.split('/')
  if (api !== 'api') return undefined
  if (resource === 'items' && name !== undefined) return item(name, 1)
  // Another answer every second: what a learner never gets to the end of.
  if (resource === 'stock' && name !== undefined) return item(name, Math.floor(nowMs / 1000))
  if (resource === 'echo' && name !== undefined)
    return echo(name, new URLSearchParams(query).get('greeting') ?? 'hello')
  if (resource === 'search') return found(new URLSearchParams(query).get('q') ?? '')
  return undefined
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
const missing = '{"error":"not found"}'

/** Resolves with the port. */
async function listen(wanted: number): Promise<number> {
  const loaded = await loadUws(32_768)
  if (!loaded.ok) return listenNode(wanted)
  const app = loaded.uws.App()
  app.any('/*', (response, request) => {
    const body = answerOf(request.getUrl(), request.getQuery() ?? '', Date.now())
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

function listenNode(wanted: number): Promise<number> {
  const server = createServer((request, response) => {
    const [path, query] = request.url!.split('?', 2)
    const body = answerOf(path!, query ?? '', Date.now())
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': json })
    response.end(body ?? missing)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0))
  process.send({ port: await listen(Number(process.argv[2] ?? 0)) })
}
