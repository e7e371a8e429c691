import t from 'tap'
import { RequestParser } from '../../../core/http1/request-parser.js'
import { seededRandom } from '../../support/random.js'
import { doubtfulRequests, spoil, validRequests } from './message-corpus.js'
import { bytesOf, cutAnywhere, type Read, readRequests } from './request-reader.js'

const whole = (text: string, max?: number): Read => readRequests([bytesOf(text)], max)
const single = (text: string, max?: number): Read =>
  readRequests(
    [...bytesOf(text)].map(byte => Buffer.of(byte)),
    max,
  )

t.test('a request comes as it is, names in lower case', async t => {
  const { requests } = whole(
    'PoST /%2F//a;b?c&d=%zz HTTP/1.1\r\nHost: A.test\r\nX-Y:\t b c \t\r\nx-y: \r\nX-L: caf\xe9\r\nContent-Length: 3\r\n\r\na\r\n',
  )
  t.same(requests, [
    {
      method: 'PoST',
      target: '/%2F//a;b?c&d=%zz',
      version: '1.1',
      authority: undefined,
      headers: ['host', 'A.test', 'x-y', 'b c', 'x-y', '', 'x-l', 'caf\xe9', 'content-length', '3'],
      body: 'a\r\n',
      complete: true,
    },
  ])
})

t.test('what is valid is read, whole and octet by octet', async t => {
  for (const text of validRequests) {
    const read = whole(text)
    t.match(read, { refused: undefined, requests: [{ complete: true }] }, JSON.stringify(text))
    t.equal(read.requests.length, 1)
    t.same(single(text), read)
  }
})

t.test('random cuts of pipelined requests read the same as all at once', async t => {
  const next = seededRandom(3)
  for (let round = 0; round < 400; round++) {
    const text = Array.from(
      { length: 1 + next() * 5 },
      () => validRequests[Math.floor(next() * validRequests.length)]!,
    ).join('')
    const expected = whole(text)
    const read = readRequests(cutAnywhere(bytesOf(text), next))
    if (JSON.stringify(read) !== JSON.stringify(expected)) t.same(read, expected, JSON.stringify(text))
    if (!expected.requests.every(request => request.complete)) t.fail(JSON.stringify(text))
  }
})

t.test('what is doubtful is refused, however it is cut, or read as the same', async t => {
  const next = seededRandom(5)
  let refused = 0
  for (let round = 0; round < 6000; round++) {
    const from = round % 2 === 0 ? doubtfulRequests : validRequests
    const text = spoil(from[Math.floor(next() * from.length)]!, next) + validRequests[0]
    const expected = whole(text)
    const read = readRequests(cutAnywhere(bytesOf(text), next))
    if (expected.refused !== undefined) refused += 1
    // Which of two faults is found first may depend on the cuts; what is read before it may not.
    const same =
      (read.refused === undefined) === (expected.refused === undefined) &&
      JSON.stringify(read.requests.filter(({ complete }) => complete)) ===
        JSON.stringify(expected.requests.filter(({ complete }) => complete))
    if (!same) t.same(read, expected, JSON.stringify(text))
  }
  t.ok(refused > 2000, `${refused} refused`)
})

t.test('random octets are refused or waited for, never read as a request, never an exception', async t => {
  const next = seededRandom(9)
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(Array.from({ length: 1 + next() * 200 }, () => next() * 256))
    const { requests } = readRequests([bytes])
    if (requests.length > 0) t.fail(bytes.toString('latin1'))
  }
})

t.test('limits decide to the octet, and do not wait for the end', async t => {
  const head = (bytes: number): string => 'GET / HTTP/1.1\r\nHost: a\r\nX: '.padEnd(bytes, 'x')
  for (const feed of [whole, single]) {
    t.equal(feed(`${head(2000)}\r\n\r\n`, 2000).requests.length, 1)
    t.equal(feed(`${head(2001)}\r\n\r\n`, 2000).refused, 'CHAOS_ERR_REQUEST_HEADER_TOO_LARGE')
    t.equal(feed(head(2004), 2000).refused, 'CHAOS_ERR_REQUEST_HEADER_TOO_LARGE')
    t.equal(feed(`GET /${'a'.repeat(3000)}`, 2000).refused, 'CHAOS_ERR_REQUEST_TARGET_TOO_LONG')
    t.equal(feed(`${head(9000)}\r\n\r\n`, 9000).requests.length, 1, 'longer than the first look')
    t.equal(feed('\r\n'.repeat(50), 2000).refused, 'CHAOS_ERR_REQUEST_MALFORMED')
  }
})

t.test('a fault is known as soon as it is there', async t => {
  for (const [text, code] of [
    ['GET / HTTP/1.1\r\nHost : ', 'MALFORMED'],
    ['GET / HTTP/1.1\n', 'MALFORMED'],
    ['GET / HTTP/3.0\r\n', 'VERSION'],
    ['GET /\x00', 'MALFORMED'],
    [' GET', 'MALFORMED'],
    ['GET / HTTP/1.1\r\nHost: a\r\n folded', 'MALFORMED'],
    ['GET /a#b HTTP/1.1\r\n', 'MALFORMED'],
    ['\x16\x03\x01\x02', 'MALFORMED'],
    ['GET / HTTP/1.1\r\nX: a\rb', 'MALFORMED'],
  ] as const) {
    t.equal(whole(text).refused, `CHAOS_ERR_REQUEST_${code}`, JSON.stringify(text))
    t.equal(single(text).refused, `CHAOS_ERR_REQUEST_${code}`, JSON.stringify(text))
  }
})

t.test('what follows a request is left alone until it is wanted', async t => {
  const bytes = bytesOf(`${validRequests[0]}${validRequests[0]}`)
  let heads = 0
  const parser = new RequestParser({ onHead: () => heads++ * 0, onData() {}, onEnd() {} }, 1000)
  const after = parser.read(bytes, 0, bytes.length)
  t.equal(after, bytes.length / 2)
  t.ok(parser.ended)
  t.equal(parser.read(bytes, Number(after), bytes.length), after, 'not before next')
  parser.next()
  t.notOk(parser.inHead)
  t.equal(parser.read(bytes, Number(after), bytes.length), bytes.length)
  t.equal(heads, 2)
})
