// The same octets to our parsers and to Node's llhttp, through http.createServer and http.request in their strict default.
// What one of them refuses the other must not read as something else: where both accept they agree, and what we accept
// llhttp accepts. The other way round we may be stricter.
import { ClientRequest, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import t from 'tap'
import { seededRandom } from '../../support/random.js'
import { type Heard, readAnswer } from './answer-reader.js'
import { doubtfulAnswers, doubtfulRequests, spoil, validAnswers, validRequests } from './message-corpus.js'
import { bytesOf, type ReadRequest, readRequests } from './request-reader.js'

/** A connection that delivers `bytes`, then the end, and swallows what is written to it. */
class Wire extends Duplex {
  #bytes: Buffer | undefined

  constructor(bytes: Buffer) {
    super()
    this.#bytes = bytes
  }

  override _read(): void {
    if (this.#bytes === undefined) return
    const bytes = this.#bytes
    this.#bytes = undefined
    this.push(bytes)
    this.push(null)
  }

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  // Asked for by http.
  setTimeout(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

interface Theirs {
  readonly message: IncomingMessage
  readonly method: string
  readonly target: string
  readonly version: string
  readonly headers: readonly string[]
  body: string
  complete: boolean
}

let reading: Theirs[] = []
const server: Server = createServer({ maxHeaderSize: 16 * 1024, keepAliveTimeout: 0 })
function onRequest(request: IncomingMessage, response: ServerResponse): void {
  const theirs: Theirs = {
    message: request,
    method: request.method!,
    target: request.url!,
    version: request.httpVersion,
    headers: request.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
    body: '',
    complete: false,
  }
  reading.push(theirs)
  request.setEncoding('latin1')
  request.on('data', (chunk: string) => {
    theirs.body += chunk
  })
  request.on('end', () => response.end())
  request.on('error', () => {})
}
for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, onRequest)
// Later: what was read before the fault is still on its way to us.
server.on('clientError', (_error, socket) => setImmediate(() => socket.destroy()))

/** What llhttp makes of it. Resolves when the connection is over. */
async function theirsOf(bytes: Buffer): Promise<Theirs[]> {
  reading = []
  const wire = new Wire(bytes)
  const over = new Promise(resolve => wire.once('close', resolve))
  server.emit('connection', wire)
  await over
  for (const theirs of reading) theirs.complete = theirs.message.complete
  return reading
}

/** Deliberate differences: what we take and llhttp refuses. Nothing is here that it would read as something else. */
const llhttpRefuses: readonly [why: string, matches: (text: string, request?: ReadRequest) => boolean][] = [
  [
    'a method that is not in its list (RFC 9110 §9.1: methods are extensible)',
    (_text, request) => request !== undefined && !knownMethods.has(request.method),
  ],
  [
    'a host in an absolute-form target that it likes less than RFC 3986 does',
    (_text, request) => request?.authority !== undefined,
  ],
  [
    'chunk extensions with blanks or other octets than those of a token: they end here, and only their end matters',
    text => /\r\n[0-9a-f]+;[^\r\n]*\r\n/i.test(text),
  ],
  [
    'a tab behind a length (RFC 9110 §5.6.3: a blank like any other)',
    text => /content-length:[^\r\n]*\t[ \t]*\r\n/i.test(text),
  ],
  [
    'Connection among trailers or in an interim answer, which it heeds and which is no field of the message (RFC 9110 §6.5)',
    text => /\r\n0+[^\r\n]*\r\n(?:[^\r\n]+\r\n)*connection:|^HTTP\/1\.1 1[\s\S]*\r\nconnection:/i.test(text),
  ],
  [
    'several equal lengths in an answer (RFC 9112 §6.3)',
    (text, request) =>
      request === undefined && /content-length:[\s\S]*content-length:|content-length:[^\r\n]*,/i.test(text),
  ],
]
const knownMethods = new Set([
  ...['DELETE', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'COPY', 'LOCK', 'MKCOL', 'MOVE', 'PROPFIND', 'PATCH'],
])

/** Undefined where they agree as far as they must. */
function disagreement(text: string, ours: ReadRequest[], theirs: Theirs[]): string | undefined {
  for (const [i, mine] of ours.entries()) {
    if (!mine.complete) continue
    const other = theirs[i]
    if (other === undefined || !other.complete) {
      if (llhttpRefuses.some(([, matches]) => matches(text, mine))) return undefined
      return `we take the request ${i}, llhttp does not`
    }
    // Node names the host of an absolute form in the target, we apart from it.
    const target = mine.authority === undefined ? mine.target : other.target
    const same =
      mine.method === other.method &&
      target === other.target &&
      mine.version === other.version &&
      mine.body === other.body &&
      mine.headers.join('\0') === other.headers.join('\0')
    if (!same) return `the request ${i} is read differently`
  }
  return undefined
}

t.test('requests: what we take llhttp takes, and reads the same', async t => {
  const next = seededRandom(17)
  const cases: string[] = [
    ...validRequests,
    ...doubtfulRequests,
    ...validRequests.map(text => text + validRequests[0]),
    ...doubtfulRequests.map(text => text + validRequests[0]),
  ]
  for (let i = 0; i < 4000; i++) {
    const from = i % 3 === 0 ? doubtfulRequests : validRequests
    const one = from[Math.floor(next() * from.length)]!
    cases.push(spoil(one, next) + (next() < 0.5 ? validRequests[Math.floor(next() * validRequests.length)] : ''))
  }
  const counts = { both: 0, neither: 0, weRefuse: 0 }
  for (const text of cases) {
    const bytes = bytesOf(text)
    const ours = readRequests([bytes])
    const theirs = await theirsOf(bytes)
    const problem = disagreement(text, ours.requests, theirs)
    if (problem !== undefined)
      t.fail(problem, {
        text: JSON.stringify(text),
        ours: JSON.stringify(ours),
        theirs: JSON.stringify(theirs.map(({ message, ...rest }) => rest)),
      })
    const [mine, other] = [
      ours.requests.filter(({ complete }) => complete).length,
      theirs.filter(x => x.complete).length,
    ]
    counts[mine === 0 && other === 0 ? 'neither' : mine < other ? 'weRefuse' : 'both'] += 1
  }
  t.ok(counts.both > 400 && counts.neither > 500, JSON.stringify(counts))
})

function theirAnswer(bytes: Buffer, method: string): Promise<Heard> {
  const heard: Heard = { status: 0, reason: '', headers: '', body: '', outcome: 'fault' }
  return new Promise(resolve => {
    const request = new ClientRequest({
      method,
      host: 'a.test',
      path: '/',
      maxHeaderSize: 16 * 1024,
      createConnection: () => new Wire(bytes) as never,
    })
    const done = (): void => resolve(heard)
    request.on('error', done)
    request.on('close', done)
    request.on('upgrade', (_response, socket) => socket.destroy())
    request.on('response', response => {
      Object.assign(heard, {
        status: response.statusCode,
        reason: response.statusMessage,
        headers: response.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)).join('\0'),
      })
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        heard.body += chunk
      })
      response.on('error', () => {})
      response.on('end', () => {
        if (response.complete) heard.outcome = 'whole'
      })
    })
    request.end()
  })
}

t.test('answers: what we take llhttp takes, and reads the same', async t => {
  const next = seededRandom(23)
  const cases = [...validAnswers, ...doubtfulAnswers]
  for (let i = 0; i < 2500; i++) {
    const from = i % 3 === 0 ? doubtfulAnswers : validAnswers
    cases.push(spoil(from[Math.floor(next() * from.length)]!, next))
  }
  const counts = { both: 0, neither: 0, weRefuse: 0 }
  for (const [i, text] of cases.entries()) {
    const method = i % 7 === 0 ? 'HEAD' : 'GET'
    const bytes = bytesOf(text)
    const ours = readAnswer(bytes, method)
    const theirs = await theirAnswer(bytes, method)
    if (ours.outcome === 'whole') {
      const deliberate = theirs.outcome === 'fault' && llhttpRefuses.some(([, matches]) => matches(text))
      if (JSON.stringify(ours) !== JSON.stringify(theirs) && !deliberate)
        t.fail('read differently', {
          text: JSON.stringify(text),
          method,
          ours: JSON.stringify(ours),
          theirs: JSON.stringify(theirs),
        })
      counts.both += 1
    } else counts[theirs.outcome === 'whole' ? 'weRefuse' : 'neither'] += 1
  }
  t.ok(counts.both > 200 && counts.neither > 200, JSON.stringify(counts))
})
