// Requests and answers, valid and not, and a way to spoil them: what the fuzz and differential tests start from.

const head = (fields: string, line = 'POST /a?b=c HTTP/1.1'): string => `${line}\r\nHost: a.test\r\n${fields}\r\n`

export const validRequests: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET /%2F//..;a?b=c&b=%zz HTTP/1.1\r\nhost:a.test:8080\r\nAccept: */*\r\nX-A: 1\r\nx-a: 2, 3\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: a\r\n\r\n',
  'HEAD /x HTTP/1.1\r\nHost: a\r\nIf-None-Match: "x"\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://other.test/x?y HTTP/1.1\r\nHost: a\r\n\r\n',
  `${head('Content-Length: 5\r\n')}hello`,
  head('Content-Length: 0\r\n'),
  `${head('Content-Length:   007  \r\nX: \t y \t\r\n')}GET / H`,
  `${head('Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n0\r\n\r\n`,
  head('transfer-encoding: ChuNKed\r\nTrailer: X-T\r\n') +
    '5;a=b;c="d"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\nY: 2\r\n\r\n',
  `${head('Transfer-Encoding: chunked\r\n', 'PUT /p HTTP/1.1')}0\r\n\r\n`,
  head('X-Empty:\r\nX-Latin: caf\xe9\xff\r\nCookie: a=1; b=2\r\nContent-Length: 3\r\n', 'PATCH /caf HTTP/1.1') +
    '\r\n\r',
  `${head('Connection: close, x\r\nX: y\r\nExpect: 100-continue\r\nContent-Length: 2\r\n')}hi`,
  `\r\n\r\n${head('', 'DELETE /d HTTP/1.1')}`,
  head(`X: ${'x'.repeat(500)}\r\n`, `GET /${'p'.repeat(500)} HTTP/1.1`),
]

/** The tricks that requests are smuggled with, and what resembles them. */
export const doubtfulRequests: readonly string[] = [
  ...[
    ...['Content-Length: 5\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: chunked\r\nContent-Length: 5'],
    ...['Content-Length: 5\r\nContent-Length: 5', 'Content-Length: 5\r\nContent-Length: 6', 'Content-Length: 5, 5'],
    ...[
      'Content-Length: +5',
      'Content-Length: -5',
      'Content-Length: 0x5',
      'Content-Length: 5 5',
      'Content-Length:',
      'Content-Length: 5;',
    ],
    ...[
      'Content-Length: 99999999999999999999',
      'Content-Length: 5.0',
      'Content-Length: \x0b5',
      'Content-Length\x00: 5',
    ],
    ...[
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding: chunked;x',
      'Transfer-Encoding: gzip, chunked',
    ],
    ...[
      'Transfer-Encoding: chunked, gzip',
      'Transfer-Encoding: identity',
      'Transfer-Encoding: "chunked"',
      'Transfer-Encoding: \x0bchunked',
    ],
    ...[
      'Transfer-Encoding:\tchunked',
      'Transfer-Encoding: chunked\t',
      'Transfer-Encoding:\r\n chunked',
      'Transfer-Encoding : chunked',
    ],
    ...[
      ' Transfer-Encoding: chunked',
      'X: y\r\n Transfer-Encoding: chunked',
      'X: y\rTransfer-Encoding: chunked',
      'X: y\nTransfer-Encoding: chunked',
    ],
    ...[
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
      'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
    ],
    ...[
      'Transfer-Encoding:',
      'Transfer-Encoding: ,chunked',
      'Transfer-Encoding: chunked,',
      'Transfer_Encoding: chunked',
      'Transfer-Encoding: \xa0chunked',
    ],
    ...[
      ': x',
      'X',
      'X y: z',
      'X\x00: y',
      'X: \x00',
      'X: a\x7fb',
      'X: a\x01b',
      'X(: y',
      'X: y\r\n z',
      'Host: b.test',
      'Host: a b',
      'X: \r',
    ],
  ].map(field => `${head(`${field}\r\n`)}0\r\n\r\n`),
  ...[
    ...[
      '5\nhello\r\n0\r\n\r\n',
      '5\r\nhello\n0\r\n\r\n',
      '5\r\nhello0\r\n\r\n',
      '+5\r\nhello\r\n0\r\n\r\n',
      '0x5\r\nhello\r\n0\r\n\r\n',
      '5 \r\nhello\r\n0\r\n\r\n',
    ],
    ...[
      ' 5\r\nhello\r\n0\r\n\r\n',
      '\r\n5\r\nhello\r\n0\r\n\r\n',
      'ffffffffffffffff\r\nx',
      '10000000000000005\r\nhello\r\n0\r\n\r\n',
      '5;\x00\r\nhello\r\n0\r\n\r\n',
    ],
    ...[
      '5;a\nb\r\nhello\r\n0\r\n\r\n',
      '5\r\nhello\r\n0\r\n\n',
      '0\n\n',
      '0\r\nX: y\n\r\n',
      '0\r\n X: y\r\n\r\n',
      '0\r\nX : y\r\n\r\n',
      '-0\r\n\r\n',
      '5\rhello\r\n0\r\n\r\n',
    ],
    ...[
      '0\r\nContent-Length: 5\r\n\r\n',
      '0\r\n\r\r\n',
      '5 ;a\r\nhello\r\n0\r\n\r\n',
      '0;\r\n\r\n',
      '5;"a\r\nhello\r\n0\r\n\r\n',
      ';\r\n\r\n',
      '\r\n\r\n',
    ],
  ].map(body => head('Transfer-Encoding: chunked\r\n') + body),
  ...[
    ...[
      'GET  / HTTP/1.1',
      'GET /  HTTP/1.1',
      ' GET / HTTP/1.1',
      'GET\t/ HTTP/1.1',
      'GET / HTTP/1.1 ',
      'GET / HTTP/1.2',
      'GET / HTTP/2.0',
      'GET / http/1.1',
    ],
    ...[
      'GET /a b HTTP/1.1',
      'GET /\x00 HTTP/1.1',
      'GET /a#b HTTP/1.1',
      'GET /caf\xe9 HTTP/1.1',
      'GET a HTTP/1.1',
      'GET / HTTP/1.1x',
      'GET /',
      'GET',
    ],
    ...[
      'get / HTTP/1.1',
      'G\x00T / HTTP/1.1',
      'GET * HTTP/1.1',
      'GET //u@h/ HTTP/1.1',
      'GET http://u@h/ HTTP/1.1',
      'GET http:///x HTTP/1.1',
      'GET / HTTP/0.9',
    ],
    ...[
      'CONNECT a:443 HTTP/1.1',
      'PRI * HTTP/2.0',
      'GET /a\rb HTTP/1.1',
      '\x16\x03\x01',
      'GET / HTTP/1.10',
      'GET ?a HTTP/1.1',
      'GET / ICE/1.0',
    ],
  ].map(line => head('', line)),
  'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\nHost: a\n\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\rHost: a\r\n\r\n',
]

const ok = 'HTTP/1.1 200 OK\r\n'

export const validAnswers: readonly string[] = [
  `${ok}Content-Length: 5\r\n\r\nhello`,
  `${ok}content-length:0\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n`,
  `${ok}Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n`,
  `${ok}\r\nto the end`,
  'HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi',
  'HTTP/1.0 404 Not Found\r\n\r\nold',
  'HTTP/1.1 204 No Content\r\nX: caf\xe9\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
  `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`,
  'HTTP/1.1 500 Very Bad\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!',
]

export const doubtfulAnswers: readonly string[] = [
  ...[
    ...[
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Content-Length: 5\r\nContent-Length: 6',
      'Content-Length: 5, 6',
      'Content-Length: -5',
    ],
    ...[
      'Content-Length: 0x5',
      'Content-Length: ',
      'Transfer-Encoding: gzip',
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: xchunked',
    ],
    ...[
      'X: y\r\n folded',
      'X : y',
      'X',
      ': y',
      'X: \x00',
      'X: a\rb',
      'X: a\nb',
      'Transfer-Encoding:\r\n chunked',
      ' X: y',
      'Content-Length: 5\r\nContent-Length: 5',
    ],
  ].map(field => `${ok}${field}\r\n\r\nhello`),
  ...[
    '5\nhello\r\n0\r\n\r\n',
    '5\r\nhelloX\r\n0\r\n\r\n',
    '+5\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    '0\n\n',
    '5;\x00\r\nhello\r\n',
  ].map(body => `${ok}Transfer-Encoding: chunked\r\n\r\n${body}`),
  ...[
    'HTTP/1.1 200',
    'HTTP/1.1  200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'http/1.1 200 OK',
    'HTTP/1.1 2x0 OK',
    'ICY 200 OK',
  ].map(line => `${line}\r\nContent-Length: 5\r\n\r\nhello`),
]

/** Pieces that change what a message means. */
const spices = [
  ...[
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    '\x00',
    ':',
    ',',
    ';',
    '0',
    '5',
    'a',
    '\x0b',
    '\x7f',
    '\xe9',
    '\r\n ',
    '\r\n\r\n',
    '"',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'chunked',
    'identity',
    ' HTTP/1.1',
  ],
  ...[
    'Host: b\r\n',
    'X: y\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    'Connection: close\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
]

/** One small change, or a few. */
export function spoil(text: string, next: () => number): string {
  let spoiled = text
  for (let changes = next() < 0.6 ? 1 : 3; changes > 0; changes--) {
    const at = Math.floor(next() * (spoiled.length + 1))
    const spice = spices[Math.floor(next() * spices.length)]!
    const kind = next()
    if (kind < 0.45) spoiled = spoiled.slice(0, at) + spice + spoiled.slice(at)
    else if (kind < 0.6) spoiled = spoiled.slice(0, at) + spoiled.slice(at + 1 + Math.floor(next() * 3))
    else if (kind < 0.75) spoiled = spoiled.slice(0, at) + spice + spoiled.slice(at + spice.length)
    else if (kind < 0.85) spoiled = spoiled.slice(0, at) + String.fromCharCode(next() * 256) + spoiled.slice(at + 1)
    else if (kind < 0.95) {
      const end = Math.min(spoiled.length, at + Math.floor(next() * 40))
      spoiled = spoiled.slice(0, end) + spoiled.slice(at, end) + spoiled.slice(end)
    } else spoiled = spoiled.replace(/[a-z]/, letter => letter.toUpperCase())
  }
  return spoiled
}
