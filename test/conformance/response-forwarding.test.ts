// The check-list's section «Response, upstream to downstream», as octets: answers that are held until they are whole, and
// answers that flow.
import t, { type Test } from 'tap'
import { type Bench, type Case, conformance, get } from './conformance-case.js'
import { type Answer, valuesOf } from './read-answers.js'
import { answerOf, type OriginRequest } from './scripted-origin.js'

const ok = 'HTTP/1.1 200 OK\r\n'
const old = 'HTTP/1.0 200 OK\r\n'
const chunkedOf = (...pieces: string[]): string =>
  `${pieces.map(piece => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`

/** Sends `text` and ends the connection, in order. */
const thenClose =
  (text: string) =>
  ({ connection }: OriginRequest): void => {
    connection.socket.end(text, 'latin1')
  }
const thenReset =
  (text: string) =>
  ({ connection }: OriginRequest): void => {
    connection.socket.write(text, 'latin1', () => setImmediate(() => connection.socket.resetAndDestroy()))
  }

/** What `origin` says to one GET. */
async function told({ origin, ask }: Bench, script: typeof origin.onRequest, request = get('/')): Promise<Answer> {
  origin.onRequest = script
  return (await ask(request)).answer
}

const heads: Case[] = [
  {
    level: 'M',
    name: 'fields of the connection and those that Connection names go no further',
    async run(t, bench) {
      const answer = await told(
        bench,
        answerOf(
          'hi',
          'Connection: X-One,, x-two\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nKeep-Alive: timeout=5\r\n' +
            'Proxy-Connection: keep-alive\r\nTE: x\r\nTrailer: X-T\r\nUpgrade: h2c\r\n',
        ),
      )
      t.same(
        answer.fields.map(([name]) => name).filter(name => name !== 'date'),
        bench.front === 'strict' ? ['x-three', 'content-length'] : ['x-three', 'content-length'],
      )
      t.equal(answer.body, 'hi')
    },
  },
  {
    level: 'M',
    name: 'Set-Cookie lines stay apart, repeated fields keep their order',
    async run(t, bench) {
      const sent = [
        ['set-cookie', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
        ['x-a', '1'],
        ['set-cookie', 'b=2'],
        ['x-b', '"x, y"'],
        ['x-a', '2'],
        ['x-empty', ''],
        ['set-cookie', 'c=3'],
        ['server', 'theirs/1'],
        ['www-authenticate', 'Basic realm="a, b"'],
        ['content-type', 'text/plain; charset=x'],
      ]
      const answer = await told(bench, answerOf('hi', sent.map(([name, value]) => `${name}: ${value}\r\n`).join('')))
      t.same(
        answer.fields.filter(([name]) => name !== 'date' && name !== 'content-length'),
        sent,
      )
    },
  },
  {
    level: 'S',
    name: 'octets of 0x80 and more in values of an answer are kept',
    async run(t, bench) {
      const answer = await told(bench, answerOf('hi', 'X-A: caf\xe9 \xff\r\n'))
      t.same(valuesOf(answer, 'x-a'), ['caf\xe9 \xff'])
    },
  },
  {
    level: 'M',
    name: 'exactly one Date, whether the upstream sends one or not',
    async run(t, bench) {
      for (const fields of ['', 'Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n'])
        t.equal(valuesOf(await told(bench, answerOf('hi', fields)), 'date').length, 1)
    },
  },
  {
    level: 'M',
    name: 'nothing of ours identifies itself in an answer',
    async run(t, bench) {
      const answer = await told(bench, answerOf('hi'))
      t.same(answer.fields.map(([name]) => name).sort(), ['content-length', 'date'])
    },
  },
  {
    level: 'M',
    name: 'status codes and bodies come as they are',
    async run(t, bench) {
      for (const status of [
        200, 201, 202, 203, 205, 206, 226, 299, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404,
      ]) {
        const answer = await told(bench, `HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`)
        t.match(answer, { status, body: 'hi' }, String(status))
      }
      for (const status of [
        405, 406, 407, 408, 409, 410, 413, 418, 421, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502,
      ]) {
        const answer = await told(bench, `HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`)
        t.match(answer, { status, body: 'hi' }, String(status))
      }
      for (const status of [503, 504, 505, 507, 508, 511, 520, 599, 600, 999]) {
        const answer = await told(bench, `HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`)
        t.match(answer, { status, body: 'hi' }, String(status))
      }
    },
  },
  {
    level: 'O',
    name: 'the reason phrase comes as it is',
    async run(t, bench) {
      t.equal((await told(bench, 'HTTP/1.1 200 Fine, really\r\nContent-Length: 0\r\n\r\n')).reason, 'Fine, really')
      t.equal((await told(bench, 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n')).status, 404)
    },
  },
]

const interim: Case[] = [
  {
    level: 'M',
    name: '103 goes on before the answer',
    async run(t, { origin, ask }) {
      origin.onRequest = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n${answerOf('hi')}`
      const { answer, client } = await ask(get('/'))
      t.match(answer, { status: 200, body: 'hi' })
      t.same(
        client.read().interim.map(({ status, fields }) => [status, fields]),
        [
          [
            103,
            [
              ['link', '</a>'],
              ['link', '</b>'],
            ],
          ],
        ],
      )
    },
  },
  {
    level: 'M',
    name: '100 and 102 never pass for the answer, nor for the next one',
    async run(t, { origin, client }) {
      origin.onRequest = ({ target, connection }) =>
        connection.socket.write(
          `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: 1\r\n\r\n${answerOf(target)}`,
        )
      const asking = await client()
      for (const target of ['/one', '/two']) {
        asking.send(get(target))
        const answers = await asking.answers(target === '/one' ? 1 : 2)
        t.equal(answers.at(-1)!.body, target)
        t.same(valuesOf(answers.at(-1)!, 'x'), [])
      }
      t.equal(origin.connections.length, 1)
    },
  },
  {
    level: 'M',
    name: 'an HTTP/1.0 client gets no interim answer',
    async run(t, { origin, ask }) {
      origin.onRequest = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answerOf('hi')}`
      const { answer, client } = await ask('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
      t.equal(answer.body, 'hi')
      t.same(client.read().interim, [])
    },
  },
]

const bodiless: Case[] = [
  ...(
    [
      ['HEAD', `${ok}Content-Length: 500\r\n\r\n`, ['500']],
      ['HEAD', `${ok}Content-Length: 5, 5\r\n\r\n`, ['5']],
      ['HEAD', `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`, ['5']],
      ['HEAD', `${ok}Transfer-Encoding: chunked\r\n\r\n`, []],
      ['HEAD', `${ok}\r\n`, []],
      ['HEAD', 'HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n', ['9']],
      ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', []],
      ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', []],
      ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', []],
      ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n', ['77']],
      ['GET', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', []],
    ] as const
  ).map(
    ([method, script, length]): Case => ({
      level: 'M',
      name: `without body and in step: ${method}, ${JSON.stringify(script)}`,
      async run(t, { origin, client }) {
        origin.onRequest = ({ target, connection }) => {
          connection.socket.write(target === '/bare' ? script : answerOf('next'))
        }
        const asking = await client()
        asking.methods = [method, 'GET']
        asking.send(`${method} /bare HTTP/1.1\r\nHost: a\r\n\r\n`)
        const [bare] = await asking.answers()
        t.same(valuesOf(bare!, 'content-length'), length)
        t.same(valuesOf(bare!, 'transfer-encoding'), [])
        asking.send(get('/next'))
        const [, next] = await asking.answers(2)
        t.match(next, { status: 200, body: 'next' })
      },
    }),
  ),
]

const megabyte = 'y'.repeat(1 << 20)
const octets = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)).toString('latin1')

const framings: Case[] = [
  ...(
    [
      ['a length', answerOf('hello'), 'hello', false],
      ['a length of 0', answerOf(''), '', false],
      ['a list of equal lengths', `${ok}Content-Length: 5, 5\r\n\r\nhello`, 'hello', false],
      ['chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n${chunkedOf('he', 'llo')}`, 'hello', false],
      [
        'chunks in any case',
        `${ok}Transfer-Encoding: CHUNKED\r\n\r\n005;x="y"\r\nhello\r\n0;z\r\n\r\n`,
        'hello',
        false,
      ],
      ['no chunk but the last', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, '', false],
      ['the end of the connection', `${ok}\r\nhello`, 'hello', true],
      ['the end of the connection, nothing before it', `${ok}\r\n`, '', true],
      ['HTTP/1.0 and a length', `${old}Content-Length: 5\r\n\r\nhello`, 'hello', true],
      ['HTTP/1.0 and the end of the connection', `${old}\r\nhello`, 'hello', true],
      ['all octets there are', answerOf(octets, 'Content-Encoding: gzip\r\n'), octets, false],
      ['a megabyte with a length', answerOf(megabyte), megabyte, false],
      ['a megabyte in chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n${chunkedOf(megabyte)}`, megabyte, false],
      ['a megabyte to the end of the connection', `${ok}\r\n${megabyte}`, megabyte, true],
    ] as const
  ).flatMap(([what, script, body, closes]): Case[] =>
    (['1.1', '1.0'] as const).map(
      (version): Case => ({
        level: 'M',
        name: `framed by ${what}, to HTTP/${version}`,
        async run(t, bench) {
          const answer = await told(
            bench,
            closes ? thenClose(script) : script,
            `GET / HTTP/${version}\r\nHost: a.test\r\n\r\n`,
          )
          t.ok(answer.status === 200 && answer.body === body && answer.complete, `${answer.body.length} octets`)
          const framed = ['transfer-encoding', 'content-length'].flatMap(name => valuesOf(answer, name))
          t.ok(framed.length <= 1, 'one framing at most')
          if (version === '1.0') t.not(answer.framing, 'chunked')
          else t.not(answer.framing, 'close')
          // S: a length that is known stays known.
          if (script.includes('Content-Length')) t.equal(answer.framing, 'length')
        },
      }),
    ),
  ),
  {
    level: 'M',
    name: 'ranges and content codings are none of ours',
    async run(t, bench) {
      const fields = 'Content-Range: bytes 0-4/10\r\nContent-Encoding: br\r\nAccept-Ranges: bytes\r\nETag: W/"1"\r\n'
      const answer = await told(
        bench,
        `HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n${fields}\r\nhello`,
        get('/', 'Range: bytes=0-4\r\nIf-Range: W/"1"\r\n'),
      )
      t.match(answer, { status: 206, body: 'hello' })
      for (const name of ['content-range', 'content-encoding', 'accept-ranges', 'etag'])
        t.equal(valuesOf(answer, name).length, 1, name)
      t.same(valuesOf(bench.origin.requests[0]!, 'range'), ['bytes=0-4'])
    },
  },
  {
    level: 'M',
    name: 'trailers are never merged into the header section, and none of them frames or routes',
    async run(t, bench) {
      const trailers =
        'X-Sum: 1\r\nContent-Length: 99\r\nSet-Cookie: a=1\r\nTransfer-Encoding: x\r\nConnection: close\r\n'
      const answer = await told(
        bench,
        `${ok}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${trailers}\r\n`,
        get('/', 'TE: trailers\r\n'),
      )
      t.match(answer, { body: 'hello', complete: true })
      for (const name of ['x-sum', 'set-cookie', 'connection']) t.same(valuesOf(answer, name), [], name)
      t.same(answer.trailers, bench.front === 'strict' ? [['x-sum', '1']] : [])
    },
  },
  ...(
    [
      ['an answer that is held', 'hello'],
      ['an answer that is streamed', megabyte],
    ] as const
  ).flatMap(([what, body]): Case[] => {
    const script =
      `${ok}Connection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n` +
      '0\r\nX-Sum: 1\r\nX-Hop: 1\r\nETag: "1"\r\nContent-Type: x\r\nX-Sum: 2\r\n\r\n'
    const passes = async (t: Test, bench: Bench, fields: string, trailers: Answer['trailers']): Promise<void> => {
      const { answer, client } = await bench.ask(get('/', fields))
      t.ok(answer.body === body && answer.complete, fields)
      t.same(answer.trailers, trailers, fields)
      client.send(get('/next'))
      t.equal((await client.answers(2))[1]?.complete, true, 'the connection stays in step')
    }
    return [
      {
        level: 'S',
        name: `trailers reach a client that takes them: ${what}`,
        async run(t, bench) {
          bench.origin.onRequest = script
          const trailers = [
            ['x-sum', '1'],
            ['etag', '"1"'],
            ['x-sum', '2'],
          ] as const
          for (const fields of ['TE: trailers\r\n', 'Connection: te\r\nTE: gzip;q=0.5\r\nTE: deflate, Trailers\r\n'])
            await passes(t, bench, fields, trailers)
        },
      },
      {
        level: 'M',
        name: `trailers do not reach a client that has not said that it takes them: ${what}`,
        async run(t, bench) {
          bench.origin.onRequest = script
          for (const fields of ['', 'TE: gzip\r\n', 'Connection: trailers\r\nX-TE: trailers\r\n'])
            await passes(t, bench, fields, [])
        },
      },
    ]
  }),
  {
    level: 'M',
    name: 'trailers do not reach HTTP/1.0',
    async run(t, bench) {
      const answer = await told(
        bench,
        `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
        'GET / HTTP/1.0\r\nHost: a\r\nTE: trailers\r\n\r\n',
      )
      t.match(answer, { body: 'hello', complete: true })
      t.same(valuesOf(bench.origin.requests[0]!, 'te'), [], 'nor does the upstream hear that they are welcome')
    },
  },
  {
    level: 'M',
    name: 'an answer that arrives octet by octet is the same answer',
    async run(t, bench) {
      const text = `${ok}X-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedOf('he', 'llo')}`
      const answer = await told(bench, ({ connection }) => {
        let at = 0
        const next = (): void => {
          connection.socket.write(text[at++]!, 'latin1')
          if (at < text.length) setImmediate(next)
        }
        next()
      })
      t.match(answer, { body: 'hello', complete: true })
      t.same(valuesOf(answer, 'x-a'), ['1'])
    },
  },
]

/** With the head of an answer, so much of the body that it cannot be held, and not all of it. */
const long = 'z'.repeat(100_000)
const cutShort: Case[] = (
  [
    ['a length', `${ok}Content-Length: 10\r\n\r\nhello`, `${ok}Content-Length: 200000\r\n\r\n${long}`],
    [
      'chunks, at a chunk',
      `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
      `${ok}Transfer-Encoding: chunked\r\n\r\n186a0\r\n${long}\r\n`,
    ],
    [
      'chunks, in a chunk',
      `${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nhello`,
      `${ok}Transfer-Encoding: chunked\r\n\r\n30d40\r\n${long}`,
    ],
    [
      'chunks, in the last one',
      `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`,
      `${ok}Transfer-Encoding: chunked\r\n\r\n186a0\r\n${long}\r\n0\r\n`,
    ],
    [
      'chunks that are none',
      `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n`,
      `${ok}Transfer-Encoding: chunked\r\n\r\n186a0\r\n${long}\r\nxyz\r\n`,
    ],
    ['the connection, by reset', `${ok}\r\nhello`, `${ok}\r\n${long}`],
  ] as const
).flatMap(([what, short, streamed]): Case[] =>
  (['1.1', '1.0'] as const).flatMap((version): Case[] => [
    {
      level: 'M',
      name: `cut short where it can still be a fault: ${what}, to HTTP/${version}`,
      async run(t, bench) {
        for (const end of what.includes('reset') ? [thenReset] : [thenClose, thenReset]) {
          const answer = await told(bench, end(short), `GET / HTTP/${version}\r\nHost: a\r\n\r\n`)
          t.equal(answer.status, 502)
        }
      },
    },
    {
      level: 'M',
      name: `cut short in mid-stream is cut short: ${what}, to HTTP/${version}`,
      async run(t, { origin, client }) {
        for (const end of what.includes('reset') ? [thenReset] : [thenClose, thenReset]) {
          let go = (): void => {}
          origin.onRequest = ({ connection }) => {
            connection.socket.write(streamed, 'latin1')
            go = () => end('')({ connection } as OriginRequest)
          }
          const asking = await client()
          asking.send(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`)
          // Where the coding is broken the proxy has cut it by itself.
          await asking.until(() => asking.ended || asking.text.length > 70_000)
          go()
          await asking.until(() => asking.closed || asking.ended)
          // Without chunks or length only a reset says that something is missing.
          const [cut] = asking.read().final
          if (cut === undefined || cut.framing === 'close') await asking.until(() => asking.wasReset)
          else t.match(cut, { status: 200, complete: false })
        }
      },
    },
  ]),
)

const bad: Case[] = [
  ...[
    ...[
      'X: \x00',
      'X: a\x00b',
      'X: y\r\n folded',
      'X: y\r\n\tfolded',
      'colonless',
      'X : y',
      ': y',
      'X\x00: y',
      'X: a\rb',
    ],
    ...[
      'X: a\nb',
      'X: \x01',
      'X: \x7f',
      'X y: z',
      '\x0bX: y',
      'Content-Length: -1',
      'Content-Length: 0x5',
      'Content-Length: ',
    ],
    ...['Content-Length: 5\r\nContent-Length: 6', 'Content-Length: 5, 6', 'Content-Length: 99999999999999999999'],
    ...['Transfer-Encoding: chunked\r\nContent-Length: 5', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ...['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: xchunked'],
    ...[
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: identity',
      'Transfer-Encoding:',
    ],
    ...['Content-Length: 5\r\nTransfer-Encoding: identity', `X: ${'x'.repeat(100_000)}`, 'X: y\r\n'.repeat(20_000)],
  ].map((line): [string, string] => [
    `the line ${JSON.stringify(line.slice(0, 60))}`,
    `${ok}Content-Type: text/plain\r\n${line}\r\n\r\n0\r\n\r\n`,
  ]),
  ...[
    ...[
      'HTTP/2.0 200 OK',
      'HTTP/1.1 99 X',
      'HTTP/1.1 2000 X',
      'HTTP/1.1 20 X',
      'HTTP/1.1  200 X',
      'HTTP/1.1 200X',
      'HTTP/1.1 -20 X',
    ],
    ...[
      'http/1.1 200 OK',
      'HTTP/1.1',
      'HTTP/1.1 abc OK',
      ' HTTP/1.1 200 OK',
      'ICY 200 OK',
      'HTTP/1.1\t200 OK',
      'HTTP/1.1 200 O\x00',
    ],
    ...[
      'HTTP/1.1 101 Switching Protocols',
      'HTTP/1.1 199 X\r\n\r\nHTTP/1.1 020 X',
      'garbage',
      '\r\n\r\n',
      'HTTP/1.1 200 OK\nX: y',
    ],
  ].map((line): [string, string] => [
    `the status line ${JSON.stringify(line)}`,
    `${line}\r\nContent-Length: 5\r\n\r\nhello`,
  ]),
  ['interim answers without end', 'HTTP/1.1 103 Early\r\nX: 1\r\n\r\n'.repeat(5000)] as [string, string],
  ['Transfer-Encoding from HTTP/1.0', `${old}Transfer-Encoding: chunked\r\n\r\n${chunkedOf('hello')}`] as [
    string,
    string,
  ],
  ...[
    '5 \r\nhello',
    '+5\r\nhello',
    '0x5\r\nhello',
    '5\nhello',
    'ffffffffffffffff\r\nx',
    '5;\x00\r\nhello',
    '5\r\nhelloX',
    '-1\r\n',
  ].map((bytes): [string, string] => [
    `the chunks ${JSON.stringify(bytes)}`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n${bytes}\r\n0\r\n\r\n`,
  ]),
].map(
  ([what, script]): Case => ({
    level: 'M',
    name: `a bad answer is 502 and its connection is not used again: ${what}`,
    async run(t, bench) {
      const { origin, ask } = bench
      const bad = await told(bench, script)
      t.equal(bad.status, 502)
      const used = origin.requests[0]!.connection
      await origin.until(() => used.ended || used.closed)
      origin.onRequest = answerOf('good')
      const { answer, request } = await ask(get('/next'))
      t.match(answer, { status: 200, body: 'good' })
      t.not(request!.connection, used)
    },
  }),
)

const stray: Case[] = [
  ...(
    [
      ['GET', answerOf('hello'), 'evil'],
      ['GET', answerOf('hello'), answerOf('evil')],
      ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', 'evil'],
      ['GET', 'HTTP/1.1 304 Not Modified\r\n\r\n', answerOf('evil')],
      ['GET', `${ok}Transfer-Encoding: chunked\r\n\r\n${chunkedOf('hello')}`, answerOf('evil')],
      ['HEAD', `${ok}Content-Length: 4\r\n\r\n`, 'evil'],
      ['HEAD', `${ok}Transfer-Encoding: chunked\r\n\r\n`, chunkedOf('evil')],
      ['HEAD', `${ok}Content-Length: 50\r\n\r\n`, answerOf('evil')],
    ] as const
  ).flatMap(([method, answer, extra]): Case[] =>
    (['together', 'a moment later'] as const).map(
      (when): Case => ({
        level: 'M',
        name: `bytes behind an answer harm nobody: ${method}, ${JSON.stringify(answer)}, ${JSON.stringify(extra)} ${when}`,
        async run(t, { origin, ask }) {
          origin.onRequest = ({ connection }) => {
            if (when === 'together') connection.socket.write(answer + extra)
            else {
              connection.socket.write(answer)
              setTimeout(() => connection.socket.write(extra), 5)
            }
          }
          const first = await ask(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
          t.ok([200, 204, 304].includes(first.answer.status))
          t.notMatch(first.client.text, /evil/)
          const { connection } = origin.requests[0]!
          await origin.until(() => connection.ended || connection.closed)
          origin.onRequest = answerOf('good')
          const next = await ask(get('/next'))
          t.match(next.answer, { status: 200, body: 'good' })
          t.not(next.request!.connection, connection)
        },
      }),
    ),
  ),
]

stray.push(
  {
    level: 'M',
    name: 'bytes behind an answer that come with the next request do not harm that either',
    async run(t, { origin, ask }) {
      origin.onRequest = `${ok}Content-Length: 8\r\n\r\n`
      await ask('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
      const [first] = origin.connections
      origin.onRequest = ({ connection }) => {
        connection.socket.write(connection === first ? `the body${answerOf('evil')}` : answerOf('good'))
      }
      const { answer } = await ask(get('/next'))
      t.match(answer, { status: 200, body: 'good' })
    },
  },
  {
    level: 'M',
    name: 'a POST that meets such bytes is 502, and not sent again',
    async run(t, { origin, ask }) {
      origin.onRequest = `${ok}Content-Length: 8\r\n\r\n`
      await ask('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
      origin.onRequest = ({ connection }) => connection.socket.write(`the body${answerOf('evil')}`)
      const { answer } = await ask('POST /next HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi')
      t.equal(answer.status, 502)
      t.equal(origin.requests.filter(({ target }) => target === '/next').length, 1)
    },
  },
)

const flow: Case[] = [
  {
    level: 'S',
    name: 'the head of an event stream is there before its first event',
    async run(t, { origin, client }) {
      origin.onRequest = `${ok}Content-Type: text/event-stream\r\n\r\n`
      const asking = await client()
      asking.send(get('/'))
      await asking.until(() => asking.text.includes('\r\n\r\n'))
      t.match(asking.text, /^HTTP\/1\.1 200 /)
    },
  },
  {
    level: 'S',
    name: 'each event is there before the next one is sent',
    async run(t, { origin, client }) {
      for (const framing of ['Transfer-Encoding: chunked\r\n', '', 'Content-Length: 1000\r\n']) {
        const chunk = (text: string): string =>
          framing.startsWith('T') ? `${text.length.toString(16)}\r\n${text}\r\n` : text
        origin.onRequest = `${ok}Content-Type: text/event-stream\r\n${framing}\r\n${chunk('data: 1\n\n')}`
        const asking = await client()
        asking.send(get('/'))
        await asking.until(() => asking.text.includes('data: 1\n\n'))
        const { socket } = origin.requests.at(-1)!.connection
        for (const n of [2, 3]) {
          socket.write(chunk(`data: ${n}\n\n`))
          await asking.until(() => asking.text.includes(`data: ${n}\n\n`))
        }
        asking.reset()
        await origin.until(() => origin.requests.at(-1)!.connection.closed || origin.requests.at(-1)!.connection.ended)
      }
      t.equal(origin.requests.length, 3)
    },
  },
  ...(
    [
      ['before the head', ''],
      ['in a body that is held', `${ok}Content-Length: 10\r\n\r\nhello`],
      ['in a long download', `${ok}Content-Length: 99999999\r\n\r\n${long}`],
      ['in a long download of chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n186a0\r\n${long}\r\n`],
    ] as const
  ).flatMap(([when, script]): Case[] =>
    (['leave', 'reset'] as const).map(
      (how): Case => ({
        level: 'S',
        name: `a client that goes ${when} cancels the request upstream (${how})`,
        async run(t, { origin, client, ask }) {
          origin.onRequest = ({ connection }) => {
            if (script !== '') connection.socket.write(script)
          }
          const asking = await client()
          asking.send(get('/'))
          await origin.until(() => origin.requests.length === 1)
          if (script.length > 70_000) await asking.until(() => asking.text.length > 70_000)
          asking[how]()
          const { connection } = origin.requests[0]!
          await origin.until(() => connection.ended || connection.closed)
          origin.onRequest = answerOf('ok')
          t.equal((await ask(get('/next'))).answer.status, 200)
        },
      }),
    ),
  ),
]

conformance(t, 'response forwarding', [
  ...heads,
  ...interim,
  ...bodiless,
  ...framings,
  ...cutShort,
  ...bad,
  ...stray,
  ...flow,
])
