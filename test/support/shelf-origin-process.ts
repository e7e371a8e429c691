// A backend with books and their reviews that outlives its own SIGKILL: lists with a total, ETags that it insists on where a
// request names one, 201 with Location, Idempotency-Key honoured. Everything is in one file; what it did stands in it in order.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

type Thing = { id: number } & Record<string, unknown>

interface Shelf {
  books: Thing[]
  reviews: Thing[]
  next: number
  /** By Idempotency-Key. */
  said: Record<string, Answer>
  log: { method: string; target: string; body: unknown; ifMatch: string; by: string }[]
}

const [, , port, file] = process.argv as [string, string, string, string]

function load(): Shelf {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Shelf
  const books = ['Emma', 'Dracula', 'Walden'].map((title, i) => ({ id: i + 1, title, stock: 3, state: 'shelved' }))
  return { books, reviews: [], next: 4, said: {}, log: [] }
}

const tagOf = (thing: Thing): string =>
  `"${createHash('sha1').update(JSON.stringify(thing)).digest('hex').slice(0, 12)}"`

function send(res: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const body = status === 204 ? '' : JSON.stringify(value)
  res.writeHead(status, { 'content-type': 'application/json', ...headers })
  res.end(body)
}

function read(res: ServerResponse, shelf: Shelf, url: URL): void {
  const [, kind, id] = url.pathname.split('/') as [string, 'books' | 'reviews', string?]
  const things = shelf[kind]
  if (!Array.isArray(things)) send(res, 404, { error: 'nothing is here' })
  else if (id === undefined) {
    const found = things.filter(one => [...url.searchParams].every(([name, value]) => String(one[name]) === value))
    send(res, 200, { total: found.length, items: found })
  } else {
    const thing = things.find(one => one.id === Number(id))
    if (thing === undefined) send(res, 404, { error: 'there is none', id })
    else send(res, 200, thing, { etag: tagOf(thing) })
  }
}

interface Answer {
  readonly status: number
  readonly value: unknown
  readonly headers?: Record<string, string>
}

function written(req: IncomingMessage, shelf: Shelf, url: URL, body: Record<string, unknown> | undefined): Answer {
  const [, kind, id, action] = url.pathname.split('/') as [string, 'books' | 'reviews', string?, string?]
  const ifMatch = req.headers['if-match'] ?? ''
  const things = shelf[kind]
  if (!Array.isArray(things)) return { status: 404, value: { error: 'nothing is here' } }
  if (id === undefined) {
    if (body?.title === 'refused') return { status: 422, value: { error: 'not this one' } }
    const made = { id: shelf.next++, ...body, state: 'shelved', madeAt: new Date().toISOString() }
    things.push(made)
    return { status: 201, value: made, headers: { location: `/${kind}/${made.id}` } }
  }
  const at = things.findIndex(one => one.id === Number(id))
  const thing = things[at]
  if (thing === undefined) return { status: 404, value: { error: 'there is none', id } }
  if (ifMatch !== '' && ifMatch !== tagOf(thing)) return { status: 412, value: { error: 'it is another one by now' } }
  if (action !== undefined) {
    thing.state = action
    return { status: 200, value: { ok: true } }
  }
  if (req.method === 'DELETE') {
    things.splice(at, 1)
    return { status: 204, value: undefined }
  }
  const now: Thing = req.method === 'PUT' ? { ...body, id: thing.id, state: thing.state } : { ...thing, ...body }
  things[at] = now
  return { status: 200, value: now, headers: { etag: tagOf(now) } }
}

function write(req: IncomingMessage, res: ServerResponse, shelf: Shelf, url: URL, text: string): void {
  const { 'idempotency-key': sent = '', 'if-match': ifMatch = '', authorization: by = '' } = req.headers
  const key = String(sent)
  const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>)
  let answer = key === '' ? undefined : shelf.said[key]
  if (answer === undefined) {
    answer = written(req, shelf, url, body)
    if (answer.status < 400) {
      shelf.log.push({ method: req.method!, target: req.url!, body, ifMatch, by })
      if (key !== '') shelf.said[key] = answer
      writeFileSync(file, JSON.stringify(shelf))
    }
  }
  send(res, answer.status, answer.value, answer.headers)
}

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('error', () => {})
  req.on('end', () => {
    const url = new URL(req.url!, 'http://here')
    const shelf = load()
    if (req.method === 'GET' || req.method === 'HEAD') read(res, shelf, url)
    else write(req, res, shelf, url, Buffer.concat(chunks).toString())
  })
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), '127.0.0.1', () => {
  process.send!({ port: (server.address() as { port: number }).port })
})
process.on('message', () => process.send!(load()))
process.on('disconnect', () => process.exit())
