// A backend that breaks on command, on bare sockets. It counts what reaches it, repeats X-Asked, and writes down its writes
// in a file, once for each Idempotency-Key, also across its own death.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { truthOf } from './known-api.js'
import type { LedgerLine } from './ledger.js'

/** `hold`: accepts and answers when it is well again. `cut`: resets in the middle of bodies. */
export type Behaviour = 'well' | 'hold' | 'errors' | 'garbage' | 'slow-head' | 'slow-body' | 'cut'

export type BackendOrder =
  | { readonly order: 'behave'; readonly behaviour: Behaviour; readonly delayMs: number }
  | { readonly order: 'count' }

const [, , port, ledger] = process.argv as [string, string, string, string]
let behaviour: Behaviour = (process.argv[4] as Behaviour | undefined) ?? 'well'
let delayMs = 0
let requests = 0
const held: (() => void)[] = []
const keys = new Set(ledgerLines().map(({ key }) => key))

function ledgerLines(): LedgerLine[] {
  if (!existsSync(ledger)) return []
  const lines = readFileSync(ledger, 'utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as LedgerLine)
}

interface Request {
  readonly method: string
  readonly target: string
  readonly head: string
  readonly body: string
}

function fieldOf(head: string, name: string): string {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(head)?.[1] ?? ''
}

function answerTo({ method, target, head, body }: Request): { status: number; body: string } {
  if (method === 'GET') return truthOf(target)
  const key = fieldOf(head, 'idempotency-key')
  if (key === '' || !keys.has(key)) {
    keys.add(key)
    appendFileSync(ledger, `${JSON.stringify({ key, target, text: body } satisfies LedgerLine)}\n`)
  }
  return { status: 201, body: '{"ok":true}' }
}

function respond(socket: Socket, request: Request): void {
  if (behaviour === 'hold') {
    held.push(() => respond(socket, request))
    return
  }
  if (delayMs > 0) setTimeout(() => send(socket, request), delayMs)
  else send(socket, request)
}

function send(socket: Socket, request: Request): void {
  if (socket.destroyed) return
  if (behaviour === 'garbage') {
    socket.write('\u0000\u0016\u0003 this is no HTTP\r\n\r\n<<<>>>'.repeat(4))
    return
  }
  const { status, body } = behaviour === 'errors' ? { status: 500, body: '{"error":"broken"}' } : answerTo(request)
  const head = `HTTP/1.1 ${status} Said\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Asked: ${fieldOf(request.head, 'x-asked')}\r\n\r\n`
  if (behaviour === 'slow-head') trickle(socket, head + body)
  else if (behaviour === 'slow-body') {
    socket.write(head)
    trickle(socket, body)
  } else if (behaviour === 'cut') socket.write(head + body.slice(0, body.length / 2), () => socket.resetAndDestroy())
  else socket.write(head + body)
}

/** A byte a second. */
function trickle(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => {
    if (socket.destroyed || at === text.length) clearInterval(timer)
    else socket.write(text[at++]!)
  }, 1000)
}

const server = createServer({ noDelay: true }, socket => {
  let text = ''
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('data', (piece: string) => {
    text += piece
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = text.slice(0, headEnd)
      const end = headEnd + 4 + Number(fieldOf(head, 'content-length') || 0)
      if (text.length < end) return
      const [method = '', target = ''] = head.slice(0, head.indexOf('\r\n')).split(' ')
      const request = { method, target, head, body: text.slice(headEnd + 4, end) }
      text = text.slice(end)
      requests += 1
      respond(socket, request)
    }
  })
})
server.listen(Number(port), '127.0.0.1', 1024, () =>
  process.send!({ port: (server.address() as { port: number }).port }),
)

process.on('message', (message: BackendOrder) => {
  if (message.order === 'behave') {
    behaviour = message.behaviour
    delayMs = message.delayMs
    if (behaviour !== 'hold') for (const answer of held.splice(0)) answer()
  }
  process.send!({ requests })
})
process.on('disconnect', () => process.exit())
