// The origin of the integration tests: users, echoes, searches, streams, oddities. Deterministic.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

const seen: Record<string, number> = {}
/** One word, and behind it the beginning of the paths that it is for, where it is not for all. */
let behaviour = 'well'
/** Answered when the behaviour changes. */
const held: Asked[] = []

interface Asked {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly url: URL
}

function json(res: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(value)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  res.end(body)
}

/** By path; `user` and `greet` for what has a name in it. */
const endpoints: Record<string, (asked: Asked) => void> = {
  '/me': ({ req, res }) => {
    const user = req.headers.authorization
    if (user === undefined) json(res, 401, { error: 'who are you' })
    else json(res, 200, { account: user.replace('Bearer ', ''), balance: user.length })
  },
  '/users': ({ req, res }) => {
    if (req.method === 'POST') json(res, 201, { id: 1000 }, { location: '/users/1000' })
    else {
      const users = [1, 2, 3].map(id => ({ id, name: `User ${id}` }))
      json(res, 200, users)
    }
  },
  user: ({ req, res, url }) => {
    const id = Number(url.pathname.split('/')[2])
    if (req.method !== 'GET' && req.method !== 'HEAD') json(res, 200, { ok: true })
    else if (id > 900) json(res, 404, { error: 'no such user' })
    else json(res, 200, { id, name: `User ${id}`, big: 1 }, { etag: `"u${id}"` })
  },
  greet: ({ res, url }) => {
    json(res, 200, { hello: decodeURIComponent(url.pathname.split('/')[2]!), polite: true, version: 3 })
  },
  '/search': ({ res, url }) => {
    const said = url.searchParams.get('q') ?? ''
    const words = said.toLowerCase().split(/\s+/)
    const hits = words
      .filter(word => word !== '')
      .sort()
      .map(word => ({ word, length: word.length }))
    json(res, 200, { hits })
  },
  '/big': big,
  '/half': ({ res }) => {
    // Announces a hundred octets, sends ten, and is gone.
    res.writeHead(200, { 'content-length': 100, 'content-type': 'text/plain' })
    res.write('0123456789', () => res.destroy())
  },
  '/events': ({ res }) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: 1\n\n')
  },
  '/html': ({ res }) => {
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    res.end('<p>caf\u00e9</p>')
  },
  '/binary': ({ res }) => {
    res.writeHead(200, { 'content-type': 'application/octet-stream' })
    res.end(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))
  },
  '/gzip': ({ res }) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', vary: 'accept-encoding' })
    res.end(gzipSync('{"packed":true}'))
  },
  '/broken-gzip': ({ res }) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    res.end(Buffer.from('1f8b0800deadbeef', 'hex'))
  },
  '/language': ({ req, res }) => {
    json(res, 200, { language: req.headers['accept-language'] ?? 'none' }, { vary: 'Accept-Language' })
  },
  '/secret': ({ res }) => json(res, 200, { access_token: 'very-secret-value', name: 'n' }),
  '/no-store': ({ res }) => json(res, 200, { never: 'again' }, { 'cache-control': 'no-store' }),
  '/public': ({ res }) => json(res, 200, { for: 'all' }, { 'cache-control': 'public, max-age=60' }),
  '/cookie': ({ res }) => json(res, 200, { ok: 1 }, { 'set-cookie': 'session=very-secret-cookie' }),
  '/empty': ({ res }) => {
    res.writeHead(204).end()
  },
  '/not-modified': ({ res }) => {
    res.writeHead(304, { etag: '"x"' }).end()
  },
  '/headers': ({ req, res }) => json(res, 200, { raw: req.rawHeaders, target: req.url, method: req.method }),
  '/upload': ({ req, res }) => {
    let bytes = 0
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    req.on('end', () => {
      json(res, 200, { bytes, framing: req.headers['transfer-encoding'] ?? req.headers['content-length'] ?? 'none' })
    })
  },
  '/graphql': asked => withBody(asked, body => graph(asked, body)),
  '/rpc': asked =>
    withBody(asked, body => {
      const { id, method, params } = JSON.parse(body) as { id: unknown; method: string; params: unknown }
      json(asked.res, 200, { jsonrpc: '2.0', result: { method, params }, id })
    }),
  '/users/find': asked => withBody(asked, body => json(asked.res, 200, { asked: body.length })),
  '/login': asked => withBody(asked, () => json(asked.res, 200, { session: 1 })),
  '/health': ({ res }) => json(res, 200, { well: true }),
  '/error': ({ res }) => json(res, 503, { error: 'sorry' }),
}

function withBody({ req }: Asked, use: (body: string) => void): void {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => use(Buffer.concat(chunks).toString()))
}

/** Knows one film, whatever its id; what it does not know is an error beside no data. */
function graph({ req, res, url }: Asked, body: string): void {
  const isJson = req.headers['content-type']?.includes('json') === true
  const query = url.searchParams.get('query') ?? (isJson ? (JSON.parse(body) as { query: string }).query : body)
  if (query.includes('mutation')) json(res, 200, { data: { rename: true } })
  else if (query.includes('film')) json(res, 200, { data: { film: { title: 'T' } } })
  else json(res, 200, { errors: [{ message: 'no such field' }] })
}

/** `?bytes=N`, with `&chunked` without a length; written no faster than it is read. */
function big({ res, url }: Asked): void {
  const bytes = Number(url.searchParams.get('bytes'))
  const length = url.searchParams.has('chunked') ? {} : { 'content-length': bytes }
  res.writeHead(200, { 'content-type': 'application/octet-stream', ...length })
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
  more()
}

function answer(asked: Asked): void {
  const { pathname } = asked.url
  const name = /^\/users\/\d+$/.test(pathname) ? 'user' : /^\/greet\/[^/]+$/.test(pathname) ? 'greet' : pathname
  const endpoint = endpoints[name]
  if (endpoint === undefined) json(asked.res, 404, { error: 'no such thing' })
  else endpoint(asked)
}

const server = createServer((req, res) => {
  const name = `${req.method} ${req.url}`
  seen[name] = (seen[name] ?? 0) + 1
  req.on('aborted', () => {
    seen[`aborted ${req.url}`] = (seen[`aborted ${req.url}`] ?? 0) + 1
  })
  res.on('error', () => {})
  const asked = { req, res, url: new URL(req.url!, 'http://origin') }
  const [kind, prefix = '/'] = behaviour.split(' ')
  if (!req.url!.startsWith(prefix)) answer(asked)
  else if (kind === 'errors') json(res, 500, { error: 'broken' })
  else if (kind === 'unwell' && req.url === '/health') json(res, 503, { error: 'not now' })
  else if (kind === 'reset') req.socket.destroy()
  else if (kind === 'slow') setTimeout(() => answer(asked), 100)
  else if (kind === 'held') held.push(asked)
  else if (kind !== 'silent') answer(asked)
})
server.keepAliveTimeout = 60_000
server.on('connection', () => {
  seen.connections = (seen.connections ?? 0) + 1
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.send!({ port: (server.address() as { port: number }).port })
})
process.on('message', (question: { ask: string; behaviour?: string }) => {
  if (question.ask === 'behave') {
    behaviour = question.behaviour!
    for (const asked of held.splice(0)) answer(asked)
  }
  process.send!(question.ask === 'seen' ? seen : { done: true })
})
process.on('disconnect', () => process.exit())
