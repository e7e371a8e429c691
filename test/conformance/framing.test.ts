// The check-list's section «Framing and smuggling»: what two readers could take for different requests is refused, with the
// connection, and nothing of it goes on.
import t from 'tap'
import { type Case, conformance, get, post, refusal } from './conformance-case.js'

const shown = (value: string): string => JSON.stringify(value)
const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'

const lengths = [
  ...[
    '+5',
    '-5',
    '0x5',
    '5 5',
    '5, 5',
    '5,5',
    '5,',
    ',5',
    '5;',
    '5.0',
    '1e1',
    '"5"',
    "'5'",
    '5_000',
    '5 0',
    '',
    'five',
  ],
  ...['99999999999999999999', '9223372036854775808', '18446744073709551621', '4294967301x', '5\x0b', '\xb2', '5 6'],
  ...['0005x', '٥', '５'],
]
const codings = [
  ...['chunked, chunked', 'xchunked', 'chunkedx', 'chunked;x', 'chunked;q=1', 'chunked ;', '"chunked"', "'chunked'"],
  ...['\x0bchunked', 'chunked\x0b', 'chunked\x0c', '\x0cchunked', '\tchunked', 'chunked\t', ' \tchunked', 'identity'],
  ...['gzip', 'gzip, chunked', 'chunked, gzip', 'chunked, identity', 'identity, chunked', '', ',chunked', 'chunked,'],
  ...[
    'chun ked',
    'chunk',
    'chunke',
    'ch\xfcnked',
    '\xa0chunked',
    'chunked\xa0',
    'chunked\\',
    '[chunked]',
    'x, chunked',
  ],
  ...['chunked\x00', '\x00chunked', 'chunked\x1f', 'chunKed\x7f', 'deflate, chunked', '\u017fchunked', 'chun\r\n ked'],
  ...['\r\n chunked', '\r\n\tchunked', 'identity\r\n chunked'],
]

const lengthCases: Case[] = [
  ...lengths.flatMap(value =>
    refusal(`Content-Length: ${shown(value)}`, post(`Content-Length: ${value}\r\n`, 'hello')),
  ),
  ...refusal('two equal Content-Lengths', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')),
  ...refusal('two different Content-Lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!')),
  ...refusal('two Content-Lengths in different case', post('Content-Length: 0\r\ncontent-length: 44\r\n')),
  ...refusal('two different Content-Lengths on GET', get('/', 'Content-Length: 0\r\nContent-Length: 44\r\n')),
]

const codingCases: Case[] = [
  ...codings.flatMap(value =>
    refusal(`Transfer-Encoding: ${shown(value)}`, post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n')),
  ),
  ...codings.flatMap(value =>
    refusal(
      `Content-Length and Transfer-Encoding: ${shown(value)}`,
      post(`Content-Length: 5\r\nTransfer-Encoding: ${value}\r\n`, '0\r\n\r\n'),
    ),
  ),
  ...refusal('Transfer-Encoding with Content-Length', post(both, '0\r\n\r\n')),
  ...refusal(
    'Content-Length behind Transfer-Encoding',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  ),
  ...refusal('Transfer-Encoding with Content-Length: 0', post('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n')),
  ...refusal('Transfer-Encoding with Content-Length on GET', get('/', both)),
  ...refusal(
    'two Transfer-Encodings',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ),
  ...refusal(
    'two Transfer-Encodings, one of them unknown',
    post('Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ),
  ...refusal(
    'two Transfer-Encodings, the second unknown',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
  ),
  ...refusal(
    'Transfer-Encoding in HTTP/1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    { status: [400, 505] },
  ),
  ...refusal(
    'Transfer-Encoding with Content-Length in HTTP/1.0',
    `POST / HTTP/1.0\r\nHost: a\r\n${both}\r\n0\r\n\r\n`,
    { status: [400, 505] },
  ),
  ...[
    ...['Transfer-Encoding : chunked', 'Transfer-Encoding\t: chunked', ' Transfer-Encoding: chunked'],
    ...['\tTransfer-Encoding: chunked', 'Transfer\x00-Encoding: chunked', 'Transfer-Encoding\x00: chunked'],
    ...['X: y\rTransfer-Encoding: chunked', 'X: y\nTransfer-Encoding: chunked', 'Transfer-Encoding\r\n : chunked'],
    ...[
      'Transfer-Encoding',
      'Transfer Encoding: chunked',
      '"Transfer-Encoding": chunked',
      '\x0bTransfer-Encoding: chunked',
    ],
    ...['Transfer-Encod\xefng: chunked', 'X: y\r\rTransfer-Encoding: chunked', ': y\r\nTransfer-Encoding: chunked'],
    ...['Transfer-Encoding;: chunked', 'Transfer-Encoding: chunked\n', 'Transfer-Encoding: chunked\r\r'],
  ].flatMap(line =>
    refusal(`Content-Length beside the line ${shown(line)}`, post(`Content-Length: 5\r\n${line}\r\n`, '0\r\n\r\n')),
  ),
]

const first = '5\r\nhello\r\n'
const chunkBodies: readonly [bytes: string, late: boolean][] = [
  ...[
    ...['ffffffffffffffff\r\n', '10000000000000005\r\nhello\r\n0\r\n\r\n', '100000000000000000005\r\nhello\r\n'],
    ...[
      '+5\r\nhello\r\n0\r\n\r\n',
      '-5\r\nhello\r\n0\r\n\r\n',
      '0x5\r\nhello\r\n0\r\n\r\n',
      ' 5\r\nhello\r\n0\r\n\r\n',
    ],
    ...[
      '5 \r\nhello\r\n0\r\n\r\n',
      '5\t\r\nhello\r\n0\r\n\r\n',
      '\t5\r\nhello\r\n0\r\n\r\n',
      'g\r\nhello\r\n0\r\n\r\n',
    ],
    ...[
      '5\nhello\r\n0\r\n\r\n',
      '5\rhello\r\n0\r\n\r\n',
      '\r\n5\r\nhello\r\n0\r\n\r\n',
      ';x\r\n0\r\n\r\n',
      '5h\r\nhello\r\n',
    ],
    ...['5;x\x00y\r\nhello\r\n0\r\n\r\n', '5;x\ny\r\nhello\r\n0\r\n\r\n', '5;x\ry\r\nhello\r\n0\r\n\r\n'],
    ...['5\x00\r\nhello\r\n0\r\n\r\n', '5_0\r\nhello\r\n0\r\n\r\n', '5.0\r\nhello\r\n0\r\n\r\n', '"5"\r\nhello\r\n'],
    ...['5 ;x\r\nhello\r\n0\r\n\r\n', '0\n\r\n', '0\r\r\n', '0\r\n\n', '0 \r\n\r\n', '0x0\r\n\r\n', '-0\r\n\r\n'],
    ...['5;\x7f\r\nhello\r\n0\r\n\r\n', '\xb2\r\nhi\r\n0\r\n\r\n'],
  ].map((bytes): [string, boolean] => [bytes, false]),
  ...[
    ...['5\r\nhello0\r\n\r\n', '5\r\nhello\n0\r\n\r\n', '5\r\nhello\r0\r\n\r\n', '5\r\nhelloX\r\n0\r\n\r\n'],
    ...[`${first}x\r\n`, `${first}-1\r\n`, `${first}0\r\nX: \x00\r\n\r\n`, `${first}0\r\n X: 1\r\n\r\n`],
    ...[`${first}0\r\nX : 1\r\n\r\n`, `${first}0\r\nX\r\n\r\n`, `${first}0\r\nX: 1\n\r\n`, `${first}0\r\n: 1\r\n\r\n`],
    ...[`${first}0\n\n`, `${first}0;\n\r\n`, `${first}\r\n0\r\n\r\n`, `${first}0\r\nX: 1\r\n folded\r\n\r\n`],
  ].map((bytes): [string, boolean] => [bytes, true]),
]
const chunkCases: Case[] = [
  ...chunkBodies.flatMap(([bytes, late]) =>
    refusal(`the chunked body ${shown(bytes)}`, post('Transfer-Encoding: chunked\r\n', bytes), { late }),
  ),
  ...refusal(
    'chunk extensions without end',
    post('Transfer-Encoding: chunked\r\n', `5;${'x'.repeat(100_000)}\r\nhello\r\n0\r\n\r\n`),
    { status: [400, 413, 431] },
  ),
  ...refusal(
    'a long extension to each of many small chunks',
    post('Transfer-Encoding: chunked\r\n', `${`1;${'x'.repeat(500)}\r\na\r\n`.repeat(100)}0\r\n\r\n`),
    { status: [400, 413, 431], late: true },
  ),
  ...refusal(
    'trailers without end',
    post('Transfer-Encoding: chunked\r\n', `0\r\n${`X: ${'x'.repeat(1000)}\r\n`.repeat(100)}\r\n`),
    { status: [400, 413, 431], late: true },
  ),
]

const lines: Case[] = [
  ...[
    ...['X : y', 'X\t: y', ': y', ' X: y', '\tX: y', 'X', 'X y: z', 'X: \x00', 'X: a\x00b', 'X\x00: y', 'X: a\rb'],
    ...[
      'X: a\nb',
      'X: \x01',
      'X: \x08',
      'X: \x0b',
      'X: \x1f',
      'X: \x7f',
      'X\x7f: y',
      'X\xe9: y',
      'X(: y',
      'X/: y',
      '@: y',
    ],
    ...['X: y\r\n folded', 'X: y\r\n\tfolded', 'X: y\r\n ', 'X: y\r\r', 'X:\x00y', '"X": y', 'X=y', 'X;: y', '{X}: y'],
    ...['GET / HTTP/1.1', 'X: y\r', 'X: \n', '\r', '\n', '\x00', 'X: y\x00'],
  ].flatMap(line => refusal(`the field line ${shown(line)}`, get('/', `${line}\r\n`))),
  ...refusal('a folded first line', 'GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n'),
  ...refusal('lines that end in LF alone', 'GET / HTTP/1.1\nHost: a\n\n'),
  ...refusal('a request line that ends in LF alone', 'GET / HTTP/1.1\nHost: a\r\n\r\n'),
  ...refusal('a request line that ends in CR alone', 'GET / HTTP/1.1\rHost: a\r\n\r\n'),
  ...refusal('an empty line of LF alone', 'GET / HTTP/1.1\r\nHost: a\r\n\n'),
  ...refusal('an empty line of CR alone', 'GET / HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n'),
  ...refusal('no Host', 'GET / HTTP/1.1\r\nX: y\r\n\r\n'),
  ...refusal('no field at all', 'GET / HTTP/1.1\r\n\r\n'),
  ...refusal('no Host with an absolute-form target', 'GET http://a.test/ HTTP/1.1\r\nX: y\r\n\r\n', {
    status: [400, 505],
  }),
  ...refusal('two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  ...refusal('the same Host twice', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'),
  ...[
    ...[
      'a/b',
      '/a',
      'u@a',
      'u:p@a',
      'a,b',
      'a b',
      'a:b',
      'a:99999999',
      'a:-1',
      'http://a',
      'a?b',
      'a#b',
      'a\\b',
      '[::1',
    ],
    ...['::1', 'a:80:80', ':80', 'a\tb', '[::1]x', 'a"', '<a>', '\xe9.test', '[]', 'a:80/'],
  ].flatMap(value => refusal(`Host: ${value}`, `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`)),
]

const rest = '\r\nHost: a\r\n\r\n'
const requestLines: Case[] = [
  ...[
    ...[
      'GET  / HTTP/1.1',
      'GET /  HTTP/1.1',
      'GET / HTTP/1.1 ',
      ' GET / HTTP/1.1',
      'GET\t/ HTTP/1.1',
      'GET /\tHTTP/1.1',
    ],
    ...[
      'GET / HTTP/1.1\t',
      'GET / x HTTP/1.1',
      'GET /a b HTTP/1.1',
      'GET /',
      'GET',
      'GET / ',
      'GET HTTP/1.1',
      ' / HTTP/1.1',
    ],
    ...[
      'GET / http/1.1',
      'GET / Http/1.1',
      'GET / HTTP/1.1x',
      'GET / HTTP/11',
      'GET / HTTP/1',
      'GET / HTTP/1.',
      'GET / HTTP/.1',
    ],
    ...['GET / HTTP/11.1', 'GET / HTTP/1.11', 'GET / HTTP/1.x', 'GET / HTTP /1.1', 'GET / HTTPS/1.1', 'GET / HTTP/1,1'],
    ...['GET / HTTP-1.1', 'GET / HTTP/ 1.1', 'GET / XTTP/1.1', 'GET / HTTP/-1.1', 'GET / HTTP/1.1\x00', 'GET / 1.1'],
    ...[
      'G\x00T / HTTP/1.1',
      'GE\x7f / HTTP/1.1',
      'G\xe9T / HTTP/1.1',
      'GET:/ HTTP/1.1',
      'GET, / HTTP/1.1',
      '(GET) / HTTP/1.1',
    ],
    ...['GET /\x00 HTTP/1.1', 'GET /\x01 HTTP/1.1', 'GET /\x0b HTTP/1.1', 'GET /a\rb HTTP/1.1', 'GET /a\nb HTTP/1.1'],
    ...['GET\x0b/ HTTP/1.1', 'GET\xa0/ HTTP/1.1', 'GET\r/ HTTP/1.1', '\x16\x03\x01\x02\x00\x01', 'GET @/ HTTP/1.1'],
    ...[
      '"GET" / HTTP/1.1',
      'GET ? HTTP/1.1',
      'GET "/" HTTP/1.1',
      'GET ./a HTTP/1.1',
      'GET ../a HTTP/1.1',
      '{"json": 1}',
    ],
  ].flatMap(line => refusal(`the request line ${shown(line)}`, `${line}${rest}`, { status: [400, 505] })),
  ...['HTTP/2.0', 'HTTP/1.2', 'HTTP/0.9', 'HTTP/3.1', 'HTTP/0.0', 'HTTP/9.9'].flatMap(version =>
    refusal(`the version ${version}`, `GET / ${version}${rest}`, { status: [400, 505] }),
  ),
  ...refusal('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00', {
    status: [400, 505],
  }),
  ...refusal('more than a few empty lines', `${'\r\n'.repeat(50)}${get('/')}`),
]

const after: Case[] = [
  {
    level: 'M',
    name: 'what was answered before a framing error stays answered; the error ends the connection',
    async run(t, { origin, client }) {
      const pipe = await client()
      pipe.send(`${get('/one')}${get('/two', 'X : y\r\n')}${get('/three')}`)
      await pipe.end()
      t.same(
        pipe.read().final.map(answer => answer.status),
        [200, 400],
      )
      t.same(
        origin.requests.map(request => request.target),
        ['/one'],
      )
    },
  },
  {
    level: 'M',
    name: 'the body of a request is never read as a request',
    async run(t, { origin, ask }) {
      const inner = get('/inner')
      await ask(post(`Content-Length: ${inner.length}\r\n`, inner))
      await ask(post('Transfer-Encoding: chunked\r\n', `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`))
      t.same(
        origin.requests.map(({ target, body }) => [target, body]),
        [
          ['/', inner],
          ['/', inner],
        ],
      )
    },
  },
  {
    level: 'M',
    name: 'valid framing in unusual dress is read as what it is',
    async run(t, { origin, ask }) {
      for (const [fields, body] of [
        ['CONTENT-LENGTH:5\r\n', 'hello'],
        ['content-length:   0005  \r\n', 'hello'],
        ['tRANSFER-eNCODING:cHUNKED\r\n', '0000A\r\n0123456789\r\n000\r\n\r\n'],
        ['Transfer_Encoding: x\r\nContent_Length: 9\r\nContent-Length: 5\r\n', 'hello'],
      ] as const)
        t.equal((await ask(post(fields, body))).answer.status, 200, fields)
      t.same(
        origin.requests.map(request => request.body),
        ['hello', 'hello', '0123456789', 'hello'],
      )
    },
  },
]

conformance(t, 'framing', [...lengthCases, ...codingCases, ...chunkCases, ...lines, ...requestLines, ...after])
