// A backend that writes down in a file what it did, honours Idempotency-Key across its own death, and does as a body says:
// "conflict" 409, "broken" 500 as long as the file `mend` is not there, "unheard" does it and drops the connection.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const [, , port, ledger] = process.argv as [string, string, string, string]

interface Line {
  readonly key: string
  readonly by: string
}

function lines(): Line[] {
  if (!existsSync(ledger)) return []
  return readFileSync(ledger, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)
}

function answer(res: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    location: '/made',
  })
  res.end(body)
}

function write(req: IncomingMessage, res: ServerResponse, text: string): void {
  const { 'idempotency-key': key = '', authorization: by = '' } = req.headers
  if (text.includes('conflict')) answer(res, 409, { error: 'it is not what you think' })
  else if (text.includes('broken') && !existsSync(`${ledger}.mend`)) answer(res, 500, { error: 'broken' })
  else if (key !== '' && lines().some(line => line.key === key && line.by === by)) answer(res, 201, { again: true })
  else {
    const line = { key, method: req.method, target: req.url, text, by, length: req.headers['content-length'] ?? '' }
    appendFileSync(ledger, `${JSON.stringify(line)}\n`)
    if (text.includes('unheard')) req.socket.destroy()
    else answer(res, 201, { ok: true })
  }
}

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('error', () => {})
  req.on('end', () => {
    const text = Buffer.concat(chunks).toString()
    if (req.method === 'GET' || text.includes('{ film }')) answer(res, 200, { data: { film: 1 } })
    else write(req, res, text)
  })
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), '127.0.0.1', () => {
  process.send!({ port: (server.address() as { port: number }).port })
})
process.on('disconnect', () => process.exit())
