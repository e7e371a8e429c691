import t from 'tap'
import { ChunkDecoder } from '../../../core/http1/chunk-decoder.js'

/** Body, and where it ended; 'broken', or 'more'. */
function decode(
  text: string,
  pieceBytes = Number.POSITIVE_INFINITY,
  maxTrailerBytes = 100,
): { body: string; end: number | 'broken' | 'more' } {
  const decoder = new ChunkDecoder(maxTrailerBytes)
  const bytes = Buffer.from(text, 'latin1')
  let body = ''
  const sink = {
    onData: (chunk: Buffer) => {
      body += chunk.toString('latin1')
    },
  }
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    const end = Math.min(bytes.length, from + pieceBytes)
    const read = decoder.read(bytes, from, end, sink)
    if (read < 0) return { body, end: 'broken' }
    if (decoder.done) return { body, end: read }
  }
  return { body, end: 'more' }
}

t.test('whole or a byte at a time, the body and its end are the same', async t => {
  for (const [text, body] of [
    ['0\r\n\r\n', ''],
    ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['A\r\n0123456789\r\n0005\r\n0\r\n\r\n\r\n0\r\n\r\n', '01234567890\r\n\r\n'],
    ['5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n', 'hello'],
    [`${'0'.repeat(30)}5\r\nhello\r\n${'0'.repeat(30)}\r\n\r\n`, 'hello'],
    ['5; a="\\"; b" ;c\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['5\r\nhello\r\n0\r\nX-A: 1\r\nX-B: \xe9\r\n\r\n', 'hello'],
  ] as const) {
    t.same(decode(`${text}GET /`), { body, end: text.length })
    t.same(decode(`${text}GET /`, 1), { body, end: text.length })
    t.equal(decode(text.slice(0, -1)).end, 'more')
  }
})

t.test('what another parser could read differently is broken', async t => {
  for (const text of [
    ...[
      '\r\n',
      ' 5\r\nhello',
      '+5\r\nhello',
      '-5\r\nhello',
      '0x5\r\nhello',
      '5 \r\nhello',
      '5\nhello',
      'g\r\n',
      ';a\r\n',
    ],
    ...[
      '5\r\nhelloX',
      '5\r\nhello\n',
      '5\r\nhello\rX',
      '5\r\r\nhello',
      '5;a\nhello',
      `${'0'.repeat(64)}5\r\nhello`,
      '10000000000000\r\n',
      '5;\r\nhello',
      '5;a;\r\nhello',
      '5;a="b\r\nhello',
      '5;a="b\\"\r\nhello',
      '5;a\x00\r\n',
      '5;a\rb\r\n',
      '5;\x7f\r\n',
    ],
    ...['fffffffffffffff\r\n', '0\r\n\n', '0\r\nX-A\r\n\r\n', '0\r\nX-A : 1\r\n\r\n', '0\r\n: 1\r\n'],
    ...['0\r\n folded\r\n', '0\r\na: b\n\r\n', '0\r\na: \x00\r\n\r\n', '0\r\n\rX'],
  ]) {
    t.equal(decode(text).end, 'broken', JSON.stringify(text))
    t.equal(decode(text, 1).end, 'broken', JSON.stringify(text))
  }
})

t.test('extensions and trailers are bounded, in sum', async t => {
  t.equal(decode(`5;${'x'.repeat(4095)}\r\nhello\r\n0\r\n\r\n`).body, 'hello')
  t.equal(decode(`5;${'x'.repeat(4097)}\r\nhello`).end, 'broken')
  t.equal(decode(`1;${'x'.repeat(100)}\r\na\r\n`.repeat(45)).end, 'broken', 'many small ones are one long one')
  t.equal(decode(`200;${'x'.repeat(100)}\r\n${'a'.repeat(512)}\r\n`.repeat(45)).end, 'more', 'signed chunks go through')
  t.equal(decode(`0\r\n${'a: b\r\n'.repeat(15)}\r\n`).end, 3 + 6 * 15 + 2)
  t.equal(decode(`0\r\n${'a: b\r\n'.repeat(40)}\r\n`).end, 'broken')
})

t.test('after reset it reads another body', async t => {
  const decoder = new ChunkDecoder(100)
  const seen: string[] = []
  for (const text of ['1\r\na\r\n0\r\n\r\n', '2\r\nbc\r\n0\r\n\r\n']) {
    decoder.reset()
    const bytes = Buffer.from(text)
    t.equal(decoder.read(bytes, 0, bytes.length, { onData: chunk => void seen.push(chunk.toString()) }), text.length)
    t.ok(decoder.done)
  }
  t.same(seen, ['a', 'bc'])
})
