// The origin of the integration tests: users, echoes, searches, streams, oddities. Deterministic.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

const seen: Record<string, number> = {}
let behaviour = 'well'

function json(res: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(value)
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers })
  res.end(body)
}

function answer(req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url!, 'http://origin')
  const user = req.headers.authorization ?? ''
  const path = url.pathname
  let match: RegExpExecArray | null
  if (path === '/me') {
    if (user === '') return json(res, 401, { error: 'who are you' })
    return json(res, 200, { account: user.replace('Bearer ', ''), balance: user.length })
  }
  if ((match = /^\/users\/(\d+)$/.exec(path))) {
    if (req.method === 'PUT' || req.method === 'DELETE') return json(res, 200, { ok: true })
    const id = Number(match[1])
    if (id > 900) return json(res, 404, { error: 'no such user' })
    return json(res, 200, { id, name: `User ${id}`, big: 1 }, { etag: `"u${id}"` })
  }
  if (path === '/users') {
    if (req.method === 'POST') return json(res, 201, { id: 1000 }, { location: '/users/1000' })
    return json(res, 200, [1, 2, 3].map(id => ({ id, name: `User ${id}` })))
  }
  if ((match = /^\/greet\/([^/]+)$/.exec(path))) return json(res, 200, { hello: decodeURIComponent(match[1]!), polite: true, version: 3 })
  if (path === '/search') {
    const words = (url.searchParams.get('q') ?? '').toLowerCase().split(/\s+/).filter(word => word !== '').sort()
    return json(res, 200, { hits: words.map(word => ({ word, length: word.length })) })
  }
  if (path === '/big') {
    const bytes = Number(url.searchParams.get('bytes'))
    res.writeHead(200, { 'content-type': 'application/octet-stream', ...(url.searchParams.has('chunked') ? {} : { 'content-length': bytes }) })
    const piece = Buffer.alloc(65536, 'x')
    let left = bytes
    const more = (): void => {
      while (left > 0) {
        const part = left >= piece.length ? piece : piece.subarray(0, left)
        left -= part.length
        if (!res.write(part)) {
          res.once('drain', more)
          return
        }
      }
      res.end()
    }
    return more()
  }
  if (path === '/half') {
    // Announces a hundred bytes, sends ten, and is gone.
    res.writeHead(200, { 'content-length': 100, 'content-type': 'text/plain' })
    res.write('0123456789', () => res.destroy())
    return
  }
  if (path === '/events') {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: 1\n\n')
    return
  }
  if (path === '/html') {
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    res.end('<p>caf\u00e9</p>')
    return
  }
  if (path === '/binary') {
    res.writeHead(200, { 'content-type': 'application/octet-stream' })
    res.end(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))
    return
  }
  if (path === '/gzip') {
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', vary: 'accept-encoding' })
    res.end(gzipSync('{"packed":true}'))
    return
  }
  if (path === '/broken-gzip') {
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    res.end(Buffer.from('1f8b0800deadbeef', 'hex'))
    return
  }
  if (path === '/language') return json(res, 200, { language: req.headers['accept-language'] ?? 'none' }, { vary: 'Accept-Language' })
  if (path === '/secret') return json(res, 200, { access_token: 'very-secret-value', name: 'n' })
  if (path === '/no-store') return json(res, 200, { never: 'again' }, { 'cache-control': 'no-store' })
  if (path === '/public') return json(res, 200, { for: 'all' }, { 'cache-control': 'public, max-age=60' })
  if (path === '/cookie') return json(res, 200, { ok: 1 }, { 'set-cookie': 'session=very-secret-cookie' })
  if (path === '/empty') {
    res.writeHead(204).end()
    return
  }
  if (path === '/not-modified') {
    res.writeHead(304, { etag: '"x"' }).end()
    return
  }
  if (path === '/headers') return json(res, 200, { raw: req.rawHeaders, target: req.url, method: req.method })
  if (path === '/upload') {
    let bytes = 0
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    req.on('end', () => json(res, 200, { bytes, framing: req.headers['transfer-encoding'] ?? req.headers['content-length'] ?? 'none' }))
    return
  }
  if (path === '/slow') return // never answers
  if (path === '/error') return json(res, 503, { error: 'sorry' })
  json(res, 404, { error: 'no such thing' })
}

const server = createServer((req, res) => {
  const name = `${req.method} ${req.url}`
  seen[name] = (seen[name] ?? 0) + 1
  req.on('aborted', () => {
    seen[`aborted ${req.url}`] = (seen[`aborted ${req.url}`] ?? 0) + 1
  })
  res.on('error', () => {})
  if (behaviour === 'errors') json(res, 500, { error: 'broken' })
  else if (behaviour === 'silent') return
  else if (behaviour === 'reset') req.socket.destroy()
  else answer(req, res)
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => process.send!({ port: (server.address() as { port: number }).port }))
process.on('message', (question: { ask: string; behaviour?: string }) => {
  if (question.ask === 'behave') behaviour = question.behaviour!
  process.send!(question.ask === 'seen' ? seen : { done: true })
})
process.on('disconnect', () => process.exit())
