import t from 'tap'
import { FieldLines } from '../../../core/contract/header-section.js'
import { composeResponseHead, HttpDate } from '../../../core/http1/response-head.js'
import { ResponseParser } from '../../../core/http1/response-parser.js'

const DATE = 'Tue, 15 Nov 1994 08:12:31 GMT'

t.test('one framing, one Date, Connection only where it says something', async t => {
  t.equal(
    composeResponseHead(
      200,
      'OK',
      new FieldLines(['x-a', '1', 'set-cookie', 'a', 'set-cookie', 'b']),
      5,
      undefined,
      DATE,
    ),
    `HTTP/1.1 200 OK\r\nx-a: 1\r\nset-cookie: a\r\nset-cookie: b\r\ncontent-length: 5\r\ndate: ${DATE}\r\n\r\n`,
  )
  t.equal(
    composeResponseHead(404, 'No', new FieldLines([]), 'chunked', 'keep-alive', DATE),
    `HTTP/1.1 404 No\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\ndate: ${DATE}\r\n\r\n`,
  )
  t.equal(
    composeResponseHead(200, '', new FieldLines([]), 'close', 'close', DATE),
    `HTTP/1.1 200 \r\nconnection: close\r\ndate: ${DATE}\r\n\r\n`,
  )
  t.equal(
    composeResponseHead(204, 'No Content', new FieldLines([]), 'none', undefined, DATE),
    `HTTP/1.1 204 No Content\r\ndate: ${DATE}\r\n\r\n`,
  )
})

t.test('what is composed is read as what it was composed from', async t => {
  const headers = ['x-empty', '', 'x-latin', 'caf\xe9\xff', 'x-a', '1', 'x-b', 'a, b', 'x-a', '2']
  for (const framing of [0, 7, 'chunked', 'close'] as const) {
    const text = composeResponseHead(299, 'Very \xe9 well', new FieldLines(headers), framing, undefined, DATE)
    const seen: unknown[] = []
    const parser = new ResponseParser(
      {
        onHead: ({ status, reason, section: { fields } }, length) => {
          seen.push(
            status,
            reason,
            fields.filter((_, i) => fields[i - (i % 2)]!.startsWith('x-')),
            length,
          )
        },
        onData() {},
        onEnd() {},
        onInterim() {},
        onSwitch() {},
      },
      4096,
    )
    parser.expect('GET')
    t.equal(parser.read(Buffer.from(text, 'latin1'), text.length), undefined)
    t.same(seen, [299, 'Very \xe9 well', headers, typeof framing === 'number' ? framing : -1])
  }
})

t.test('a date is composed once a second', async t => {
  const date = new HttpDate()
  const first = date.at(784887151000)
  t.equal(first, DATE)
  t.equal(date.at(784887151999), first)
  t.equal(date.at(784887152000), 'Tue, 15 Nov 1994 08:12:32 GMT')
  t.equal(date.at(784887151000), first, 'also where the clock is set back')
})
