import t from 'tap'
import { ResponseMemory } from '../../../core/http1/response-memory.js'
import { ResponseParser } from '../../../core/http1/response-parser.js'
import { seededRandom } from '../../support/random.js'

const MAX_HEADER_BYTES = 2048
const deaf = { onInterim() {}, onSwitch() {} }

interface Seen {
  heads: [number, string, string[], number][]
  body: string
  /** undefined: the answer is not complete. */
  reusable: boolean | undefined
  fault: string | undefined
}

/** Feeds `pieces` as reads of their own, all into one buffer as a connection does, then closes where `closes`. */
function read(
  pieces: readonly Buffer[],
  {
    method = 'GET',
    closes = false,
    max = MAX_HEADER_BYTES,
    memory,
  }: { method?: string; closes?: boolean; max?: number; memory?: ResponseMemory } = {},
): Seen {
  const seen: Seen = { heads: [], body: '', reusable: undefined, fault: undefined }
  const parser = new ResponseParser(
    {
      ...deaf,
      onHead: ({ status, reason, section }, bodyLength) =>
        void seen.heads.push([status, reason, [...section.fields], bodyLength]),
      onData: chunk => {
        seen.body += chunk.toString('latin1')
      },
      onEnd: reusable => {
        seen.reusable = reusable
      },
    },
    max,
    memory,
  )
  parser.expect(method)
  const shared = Buffer.alloc(64 * 1024)
  for (const piece of pieces) {
    piece.copy(shared)
    const fault = parser.read(shared, piece.length)
    if (fault !== undefined) {
      // What follows an answer costs the connection, not the answer, however it is cut.
      if (seen.reusable === undefined) seen.fault = fault
      else seen.reusable = false
      return seen
    }
  }
  if (closes) parser.close()
  return seen
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')
const whole = (text: string, options = {}): Seen => read([bytesOf(text)], options)
const single = (text: string, options = {}): Seen =>
  read(
    [...bytesOf(text)].map(byte => Buffer.of(byte)),
    options,
  )

const ok = 'HTTP/1.1 200 OK\r\n'
const chunkedHead = `${ok}Transfer-Encoding: Chunked\r\n\r\n`

interface Example {
  text: string
  status?: number
  body: string
  length: number
  reusable: boolean
  method?: string
  closes?: boolean
}
const answers: Example[] = [
  { text: `${ok}Content-Length: 5\r\n\r\nhello`, body: 'hello', length: 5, reusable: true },
  { text: `${ok}Content-Length: 5\r\n\r\nhello!`, body: 'hello', length: 5, reusable: false },
  { text: `${ok}Content-Length: 0\r\n\r\n`, body: '', length: 0, reusable: true },
  { text: `${ok}Content-Length: 5\r\ncontent-length: 5, 5\r\n\r\nhello`, body: 'hello', length: 5, reusable: true },
  { text: `${ok}Content-Length: 5\r\nConnection: x, Close\r\n\r\nhello`, body: 'hello', length: 5, reusable: false },
  {
    text: `${ok}Content-Length: 5\r\nConnection: close\r\nConnection: keep-alive\r\n\r\nhello`,
    body: 'hello',
    length: 5,
    reusable: false,
  },
  { text: `${chunkedHead}5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\n`, body: 'hello world', length: -1, reusable: true },
  { text: `${chunkedHead}5\r\nhello\r\n0\r\nX-T: 1\r\n\r\nX`, body: 'hello', length: -1, reusable: false },
  { text: `${ok}\r\nuntil close`, body: 'until close', length: -1, reusable: false, closes: true },
  { text: `${ok}\r\n`, body: '', length: -1, reusable: false, closes: true },
  { text: `HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi`, body: 'hi', length: 2, reusable: false },
  {
    text: `HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nhi`,
    body: 'hi',
    length: 2,
    reusable: true,
  },
  { text: `${ok}Content-Length: 500\r\n\r\n`, body: '', length: 0, reusable: true, method: 'HEAD' },
  { text: `${ok}Transfer-Encoding: chunked\r\n\r\n`, body: '', length: 0, reusable: true, method: 'HEAD' },
  { text: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, body: '', length: 0, reusable: true },
  { text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', status: 304, body: '', length: 0, reusable: true },
  {
    text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`,
    body: 'x',
    length: 1,
    reusable: true,
  },
  { text: 'HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nx', status: 404, body: 'x', length: 1, reusable: true },
  { text: `${ok}Content-Length: 4\r\n\r\n\r\n\r\n`, body: '\r\n\r\n', length: 4, reusable: true },
]

t.test('every framing: body, length and whether the connection may be used again', async t => {
  for (const { text, status = 200, body, length, reusable, method = 'GET', closes = false } of answers) {
    const seen = whole(text, { method, closes })
    t.match(seen, { body, reusable, fault: undefined }, JSON.stringify(text))
    t.equal(seen.heads.length, 1)
    t.equal(seen.heads[0]![0], status)
    t.equal(seen.heads[0]![3], length)
    t.same(single(text, { method, closes }), seen, 'a byte at a time')
  }
})

t.test('head fields come flat, in order, in lower case, framing included', async t => {
  const seen = whole(
    `HTTP/1.1 201 Very Cr\xe9ated\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\nset-cookie:b=2 \r\nX: \xe9\r\n\r\n`,
  )
  t.same(seen.heads, [
    [201, 'Very Cr\xe9ated', ['set-cookie', 'a=1', 'content-length', '0', 'set-cookie', 'b=2', 'x', '\xe9'], 0],
  ])
})

t.test('random splits of any answer read the same as all at once', async t => {
  const next = seededRandom(7)
  let cases = 0
  for (let round = 0; round < 60; round++) {
    for (const { text, method = 'GET', closes = false } of answers) {
      const bytes = bytesOf(text)
      const pieces: Buffer[] = []
      for (let from = 0; from < bytes.length; ) {
        const end = Math.min(bytes.length, from + 1 + Math.floor(next() * (next() < 0.5 ? 4 : 60)))
        pieces.push(bytes.subarray(from, end))
        from = end
      }
      const seen = read(pieces, { method, closes })
      const expected = whole(text, { method, closes })
      if (JSON.stringify(seen) !== JSON.stringify(expected)) {
        t.same(seen, expected, JSON.stringify(pieces.map(piece => piece.toString('latin1'))))
      }
      cases += 1
    }
  }
  t.ok(cases >= 500, `${cases} cases`)
})

t.test('what is not certain is malformed, at once and a byte at a time', async t => {
  for (const text of [
    ...[
      '\r\n',
      'GET / HTTP/1.1\r\n',
      'http/1.1 200 OK\r\n\r\n',
      'HTTP/2 200 OK\r\n\r\n',
      'HTTP/1.2 200 OK\r\n\r\n',
      '220 smtp ready\r\n',
    ],
    ...[
      'HTTP/1.1  200 OK\r\n\r\n',
      'HTTP/1.1 20 OK\r\n\r\n',
      'HTTP/1.1 2000 OK\r\n\r\n',
      'HTTP/1.1 099 OK\r\n\r\n',
      'HTTP/1.1\t200 OK\r\n\r\n',
    ],
    ...[
      'HTTP/1.1 2x0 OK\r\n\r\n',
      'HTTP/1.1\r\n\r\n',
      'HTTP/1.1 200 O\x00K\r\n\r\n',
      'HTTP/1.1 200 OK\nA: 1\r\n\r\n',
      'HTTP/1.1 101 Switching\r\n\r\n',
    ],
    ...[
      'A: 1\r\n folded\r\n',
      'A : 1\r\n',
      ': 1\r\n',
      'A\r\n',
      'A: \x00\r\n',
      'A: b\rc\r\n',
      'A: b\nc\r\n',
      'A b: c\r\n',
    ].map(line => `${ok}${line}\r\n`),
    ...['-1', '+1', '0x1', '1 1', '', '1.0', '99999999999999999999', '5, 6', '5\r\nContent-Length: 6'].map(
      value => `${ok}Content-Length: ${value}\r\n\r\n`,
    ),
    ...[
      'gzip, chunked',
      'chunked, chunked',
      'xchunked',
      'identity',
      'chunked;q=1',
      '"chunked"',
      '',
      'chunked\r\nTransfer-Encoding: chunked',
      'chunked\x0b',
    ].map(value => `${ok}Transfer-Encoding: ${value}\r\n\r\n`),
    `${ok}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n`,
    `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    ...['5\nhello', '5\r\nhelloX', '-1\r\n', 'x\r\n', '0\r\n\n', '5;\x00\r\n'].map(body => chunkedHead + body),
  ]) {
    t.equal(whole(text).fault, 'malformed', JSON.stringify(text))
    t.equal(single(text).fault, 'malformed', JSON.stringify(text))
    t.equal(whole(text).reusable, undefined)
  }
})

t.test('the header section is bounded, interim answers included, and an octet decides', async t => {
  const head = (bytes: number): string => `${ok}Content-Length: 0\r\nX: `.padEnd(bytes, 'x')
  for (const feed of [whole, single]) {
    t.equal(feed(`${head(MAX_HEADER_BYTES)}\r\n\r\n`).reusable, true)
    t.equal(feed(`${head(MAX_HEADER_BYTES + 1)}\r\n\r\n`).fault, 'header-too-large')
    t.equal(feed(head(MAX_HEADER_BYTES + 4)).fault, 'header-too-large', 'without waiting for its end')
    t.equal(feed(`HTTP/1.1 100 Continue\r\n\r\n${head(MAX_HEADER_BYTES - 10)}\r\n\r\n`).fault, 'header-too-large')
    t.ok(feed('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)).fault, 'endless interim answers')
    t.equal(feed(`${head(9000)}\r\n\r\n`, { max: 9000 }).reusable, true, 'longer than the first look')
    t.equal(feed(`${head(9000)}\r\n\r\n`, { max: 8999 }).fault, 'header-too-large')
  }
})

t.test('random and mutated bytes end in a fault, an answer, or wait for more; never in an exception', async t => {
  const next = seededRandom(11)
  const outcomes = { fault: 0, answer: 0, more: 0 }
  for (let round = 0; round < 4000; round++) {
    const bytes =
      round % 4 === 0
        ? Buffer.from(Array.from({ length: 1 + next() * 300 }, () => next() * 256))
        : bytesOf(answers[round % answers.length]!.text)
    for (let i = 0; i < 1 + next() * 3; i++) bytes[Math.floor(next() * bytes.length)] = next() * 256
    const cut = Math.floor(next() * bytes.length)
    const seen = read([bytes.subarray(0, cut), bytes.subarray(cut)])
    outcomes[seen.fault !== undefined ? 'fault' : seen.reusable !== undefined ? 'answer' : 'more'] += 1
  }
  t.ok(outcomes.fault > 1000 && outcomes.answer > 20 && outcomes.more > 100, JSON.stringify(outcomes))
})

t.test('what a thread remembers of heads changes nothing, whatever comes and however it is cut', async t => {
  const next = seededRandom(13)
  const memory = new ResponseMemory()
  let found = 0
  const { recent } = memory
  const find = recent.find.bind(recent)
  recent.find = (bytes, from, end) => {
    const known = find(bytes, from, end)
    if (known !== undefined) found += 1
    return known
  }
  for (let round = 0; round < 6000; round++) {
    const { text, method = 'GET', closes = false } = answers[Math.floor(next() * answers.length)]!
    const bytes = bytesOf(text)
    if (next() < 0.3) bytes[Math.floor(next() * bytes.length)] = next() < 0.5 ? 0x0d : next() * 256
    const cut = next() < 0.5 ? bytes.length : Math.floor(next() * bytes.length)
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(piece => piece.length > 0)
    const options = { method, closes, max: next() < 0.1 ? 40 : MAX_HEADER_BYTES }
    const seen = read(pieces, { ...options, memory })
    const expected = read(pieces, options)
    if (JSON.stringify(seen) !== JSON.stringify(expected))
      t.same(seen, expected, JSON.stringify(bytes.toString('latin1')))
  }
  t.ok(found > 1000, `${found} of 6,000 were known where they lay`)
})

t.test('bytes that nobody asked for are a fault', async t => {
  const parser = new ResponseParser({ ...deaf, onHead() {}, onData() {}, onEnd() {} }, MAX_HEADER_BYTES)
  const bytes = bytesOf(`${ok}Content-Length: 0\r\n\r\n`)
  t.equal(parser.read(bytes, bytes.length), 'malformed', 'before any request')
  parser.expect('GET')
  t.equal(parser.read(bytes, bytes.length), undefined)
  t.equal(parser.read(bytes, bytes.length), 'malformed', 'a second answer to one request')
})

t.test('what is not even the beginning of an answer is told from a bad one', async t => {
  const parser = new ResponseParser({ ...deaf, onHead() {}, onData() {}, onEnd() {} }, MAX_HEADER_BYTES)
  for (const [text, startless] of [
    ['the body of an answer before', true],
    [`hi${ok}\r\n`, true],
    ['HTTP/1.1 2x0 OK\r\n\r\n', false],
    [`${ok}X : y\r\n\r\n`, false],
    ['HTTP/1.1 100 Continue\r\n\r\nhi', false],
  ] as const) {
    for (const pieces of [[text], [...text]]) {
      parser.expect('GET')
      t.ok(
        pieces.some(piece => parser.read(bytesOf(piece), piece.length) === 'malformed'),
        text,
      )
      t.equal(parser.startless, startless, text)
    }
  }
})

t.test('an answer may be stopped from inside, and the next one expected from inside its end', async t => {
  const log: string[] = []
  const parser: ResponseParser = new ResponseParser(
    {
      ...deaf,
      onHead: ({ status }) => {
        log.push(`head ${status}`)
        if (status === 500) parser.stop()
      },
      onData: chunk => void log.push(chunk.toString()),
      onEnd: () => {
        log.push('end')
        parser.expect('GET')
      },
    },
    MAX_HEADER_BYTES,
  )
  const feed = (text: string): string | undefined => parser.read(bytesOf(text), text.length)
  parser.expect('GET')
  t.equal(feed(`${ok}Content-Length: 2\r\n\r\nhi`), undefined)
  for (const body of ['ho', 'hu']) t.equal(feed(`${chunkedHead}2\r\n${body}\r\n0\r\n\r\n`), undefined)
  t.equal(parser.received, 0)
  feed('HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nhi')
  t.same(log, ['head 200', 'hi', 'end', 'head 200', 'ho', 'end', 'head 200', 'hu', 'end', 'head 500'])
})

t.test('Keep-Alive says how long an idle connection lives', async t => {
  const parser = new ResponseParser({ ...deaf, onHead() {}, onData() {}, onEnd() {} }, MAX_HEADER_BYTES)
  for (const [field, ms] of [
    ['Keep-Alive: timeout=5, max=100', 5000],
    ['keep-alive: max=3,Timeout=60', 60_000],
    ['Keep-Alive: xtimeout=5', -1],
    ['X: 1', -1],
  ] as const) {
    parser.expect('GET')
    const bytes = bytesOf(`${ok}Content-Length: 0\r\n${field}\r\n\r\n`)
    parser.read(bytes, bytes.length)
    t.equal(parser.keepAliveMs, ms, field)
  }
})
