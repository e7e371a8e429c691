// The check-list's section «Request, downstream to upstream», as octets.
import t from 'tap'
import { type Case, conformance, get, post, refusal } from './conformance-case.js'
import { valuesOf } from './read-answers.js'

/** Fields of the proxy itself, beside Host. */
const ours = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'via']

const fields: Case[] = [
  {
    level: 'M',
    name: 'fields of the connection go no further, nor do those that Connection names; empty elements are fine',
    async run(t, { ask }) {
      const { request } = await ask(
        get(
          '/',
          'Connection: x-one,, ,X-Two , keep-alive,\r\nX-One: 1\r\nX-TWO: 2\r\nX-Three: 3\r\nKeep-Alive: timeout=5\r\n' +
            'Proxy-Connection: keep-alive\r\nTE: gzip\r\nTrailer: X-T\r\nUpgrade: h2c\r\n',
        ),
      )
      t.same(
        request?.fields.map(([name]) => name),
        ['host', 'x-three', ...ours],
      )
    },
  },
  {
    level: 'M',
    name: 'TE goes no further but for trailers, as an option of our own connection',
    async run(t, { front, ask }) {
      const { request } = await ask(get('/', 'Connection: TE\r\nTE: gzip;q=0.5, trailers\r\n'))
      // What is not passed to clients must not be asked of the upstream.
      t.same(valuesOf(request!, 'te'), front === 'strict' ? ['trailers'] : [])
      t.same(valuesOf(request!, 'connection'), front === 'strict' ? ['te'] : [])
    },
  },
  {
    level: 'M',
    name: 'an upgrade to a protocol that we do not pass is an ordinary request',
    async run(t, { ask }) {
      const { answer, request } = await ask(
        get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
      )
      t.equal(answer.status, 200)
      for (const name of ['upgrade', 'http2-settings', 'connection']) t.same(valuesOf(request!, name), [])
    },
  },
  {
    level: 'S',
    name: 'Proxy-Authorization ends here',
    async run(t, { ask }) {
      const { request } = await ask(get('/', 'Proxy-Authorization: Basic eA==\r\nAuthorization: Basic eQ==\r\n'))
      t.same(valuesOf(request!, 'proxy-authorization'), [])
      t.same(valuesOf(request!, 'authorization'), ['Basic eQ=='])
    },
  },
  {
    level: 'M',
    name: 'Connection cannot strip Host, Content-Length, X-Forwarded-*, Forwarded, Via or credentials',
    async run(t, { ask }) {
      const { request } = await ask(
        post(
          'Connection: host, content-length, x-forwarded-for, x-forwarded-proto, x-forwarded-host, forwarded, via, ' +
            'authorization, cookie, x-api-key\r\nAuthorization: Basic eQ==\r\nCookie: a=1\r\nX-Api-Key: k\r\nContent-Length: 2\r\n',
          'hi',
        ),
      )
      const names = request!.fields.map(([name]) => name)
      for (const name of ['host', 'content-length', 'authorization', 'cookie', 'x-api-key', ...ours])
        t.ok(names.includes(name), name)
      t.equal(request!.body, 'hi')
    },
  },
  {
    level: 'M',
    name: 'X-Forwarded-* say what we see, and nothing of what a stranger claims',
    async run(t, { ask }) {
      const { request } = await ask(
        get(
          '/',
          'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n' +
            'Forwarded: for=6.6.6.6\r\n',
        ),
      )
      t.same(valuesOf(request!, 'x-forwarded-for'), ['127.0.0.1'])
      t.same(valuesOf(request!, 'x-forwarded-proto'), ['http'])
      t.same(valuesOf(request!, 'x-forwarded-host'), ['a.test'])
      t.same(valuesOf(request!, 'forwarded'), [])
    },
  },
  {
    level: 'M',
    name: 'Via is added behind what is there, and our own version goes out',
    async run(t, { ask }) {
      const { request } = await ask(get('/', 'Via: 1.0 fred\r\nVia: 1.1 p.example (Apache)\r\n'))
      t.match(valuesOf(request!, 'via'), [/^1\.0 fred, 1\.1 p\.example \(Apache\), 1\.1 chaos-proxy-[0-9a-f]{8}$/])
      t.equal(request!.version, '1.1')
    },
  },
  {
    level: 'M',
    name: 'an HTTP/1.0 request goes out as HTTP/1.1, and Via says what it was',
    async run(t, { ask }) {
      const { request } = await ask('GET /old HTTP/1.0\r\nHost: a.test\r\n\r\n')
      t.equal(request!.version, '1.1')
      t.match(valuesOf(request!, 'via'), [/^1\.0 chaos-proxy-/])
      t.same(valuesOf(request!, 'host'), ['a.test'])
    },
  },
  {
    level: 'S',
    name: 'nothing is invented',
    async run(t, { ask }) {
      const { request } = await ask(get('/'))
      t.same(
        request!.fields.map(([name]) => name),
        ['host', ...ours],
      )
      const empty = await ask(post('Content-Length: 0\r\n'))
      t.same(
        empty.request!.fields.map(([name]) => name),
        ['host', 'content-length', ...ours],
      )
    },
  },
  {
    level: 'M',
    name: 'unknown and repeated fields arrive in order, as they are',
    async run(t, { ask }) {
      const sent = [
        ['x-a', '1'],
        ['accept-encoding', 'br;q=1.0, gzip;q=0.5, *;q=0'],
        ['x-b', '"quoted, \\" text"'],
        ['x-a', '2, 3'],
        ['cookie', 'a=1; b="x y"; c='],
        ['cookie', 'd=%20;e=,'],
        ['x-empty', ''],
        ["!#$%&'*+-.^_`|~", 'every octet of a token'],
        ['x-a', '4'],
        ['x_underscore', 'kept'],
      ]
      const { request } = await ask(get('/', sent.map(([name, value]) => `${name}: ${value}\r\n`).join('')))
      t.same(
        request!.fields.filter(([name]) => name !== 'host' && !ours.includes(name)),
        sent,
      )
    },
  },
  {
    level: 'S',
    name: 'octets of 0x80 and more in values are kept',
    async run(t, { ask }) {
      const { request } = await ask(get('/', 'X-Latin: caf\xe9\r\nX-Utf8: \xe2\x82\xac\xff\x80\r\nX-Tab: a\tb\r\n'))
      t.same(valuesOf(request!, 'x-latin'), ['caf\xe9'])
      t.same(valuesOf(request!, 'x-utf8'), ['\xe2\x82\xac\xff\x80'])
      t.same(valuesOf(request!, 'x-tab'), ['a\tb'])
    },
  },
  {
    level: 'M',
    name: 'blanks around a value belong to the line, not to the value',
    async run(t, { ask }) {
      const { request } = await ask(get('/', 'X-A:none\r\nX-B: \t both \t \r\n'))
      t.same(valuesOf(request!, 'x-a'), ['none'])
      t.same(valuesOf(request!, 'x-b'), ['both'])
    },
  },
]

const kept = [
  ...['/%2F', '/%2f%2E', '/%00', '//', '//a//b', '/a;b=1;c', '/a+b', '/?a=1&a=2', '/%zz', '/%', '/a%2e%2e/b', '/?'],
  ...['/?a?b', '/a/../b', '/./a', '/..', '/a/%2e%2e/b', "/a'(b)*!$", '/:80/@', '/?q=[]', '/~', '/?%', '/*', '/a=b,c'],
  ...['/?next=http://other.test/', '/http://other.test/', '/"<>`{}|\\^[]'],
]
const targets: Case[] = [
  ...kept.map(
    (target): Case => ({
      level: 'M',
      name: `the target ${target} arrives octet for octet`,
      async run(t, { ask }) {
        const { answer, request } = await ask(get(target))
        t.equal(answer.status, 200)
        t.equal(request!.target, target)
      },
    }),
  ),
  ...(
    [
      ['http://other.test/x?y', '/x?y', 'other.test'],
      ['http://other.test:8080/x', '/x', 'other.test:8080'],
      ['HTTP://Other.Test/', '/', 'Other.Test'],
      ['http://other.test', '/', 'other.test'],
      ['http://other.test?q', '/?q', 'other.test'],
      ['https://other.test/x', '/x', 'other.test'],
      ['http://[::1]:80/x', '/x', '[::1]:80'],
    ] as const
  ).map(
    ([target, path, host]): Case => ({
      level: 'M',
      name: `the absolute-form ${target} reaches our upstream, Host from the target`,
      async run(t, { ask }) {
        const { request } = await ask(get(target, 'X-A: 1\r\n'))
        t.equal(request!.target, path)
        t.same(valuesOf(request!, 'host'), [host])
        t.same(valuesOf(request!, 'x-forwarded-host'), [host])
      },
    }),
  ),
  ...(['*', 'http://other.test'] as const).map(
    (target): Case => ({
      level: 'M',
      name: `OPTIONS ${target} asks about the server`,
      async run(t, { ask }) {
        const { answer, request } = await ask(`OPTIONS ${target} HTTP/1.1\r\nHost: other.test\r\n\r\n`)
        t.equal(answer.status, 200)
        t.match(request, { method: 'OPTIONS', target: '*' })
        t.same(valuesOf(request!, 'host'), ['other.test'])
      },
    }),
  ),
  ...refusal('a fragment in the target is 400', get('/a#b')),
  ...refusal('octets of 0x80 and more in the target are 400', get('/caf\xe9')),
  ...refusal('0x7f in the target is 400', get('/a\x7f')),
  ...refusal('GET * is 400', get('*')),
  ...refusal('a target without slash is 400', get('a/b')),
  ...refusal('a target that is a host and port is 400', get('other.test:80')),
  ...refusal('an absolute-form of another scheme is 400', get('ftp://other.test/')),
  ...refusal('an absolute-form with a user is 400', get('http://user:pw@other.test/')),
  ...refusal('an absolute-form without host is 400', get('http:///x')),
  ...refusal('an absolute-form with a fragment is 400', get('http://other.test/a#b')),
  ...refusal('CONNECT opens no tunnel', 'CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n', {
    status: [400, 403, 405, 501],
  }),
]

const forwardsOf = (method: string, value: string): string =>
  `${method} / HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: ${value}\r\n\r\n`

const hops: Case[] = [
  ...['OPTIONS', 'TRACE'].flatMap((method): Case[] => [
    {
      level: 'M',
      name: `Max-Forwards: 0 with ${method} is answered here`,
      async run(t, { origin, ask }) {
        const { answer } = await ask(forwardsOf(method, '0'))
        t.equal(answer.status, 200)
        t.equal(origin.octets, 0)
        t.notMatch(answer.body, /a\.test/, 'no field is shown')
      },
    },
    {
      level: 'M',
      name: `Max-Forwards is counted down with ${method}`,
      async run(t, { ask }) {
        const { request } = await ask(forwardsOf(method, '10'))
        t.same(valuesOf(request!, 'max-forwards'), ['9'])
      },
    },
  ]),
  {
    level: 'M',
    name: 'Max-Forwards is nothing to us with GET',
    async run(t, { ask }) {
      const { request } = await ask(forwardsOf('GET', '0'))
      t.same(valuesOf(request!, 'max-forwards'), ['0'])
    },
  },
  {
    level: 'S',
    name: 'a request that has been here before is a loop: 508',
    async run(t, { origin, ask }) {
      const first = await ask(get('/'))
      const [via] = valuesOf(first.request!, 'via')
      origin.reset()
      const { answer } = await ask(get('/', `Via: ${via}, 1.1 other\r\n`))
      t.equal(answer.status, 508)
      t.equal(origin.octets, 0)
    },
  },
]

const registered = [
  ...[
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PATCH',
    'ACL',
    'BASELINE-CONTROL',
    'BIND',
    'CHECKIN',
  ],
  ...['CHECKOUT', 'COPY', 'LABEL', 'LINK', 'LOCK', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MKREDIRECTREF'],
  ...['MKWORKSPACE', 'MOVE', 'ORDERPATCH', 'PROPFIND', 'PROPPATCH', 'QUERY', 'REBIND', 'REPORT', 'SEARCH', 'UNBIND'],
  ...['UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE', 'UPDATEREDIRECTREF', 'VERSION-CONTROL', 'PURGE', 'NOTIFY'],
]
const methods: Case[] = [
  {
    level: 'M',
    name: 'every registered method passes',
    async run(t, { origin, ask }) {
      for (const method of registered) await ask(`${method} /m HTTP/1.1\r\nHost: a.test\r\n\r\n`)
      t.same(
        origin.requests.map(request => request.method),
        registered,
      )
    },
  },
  {
    level: 'M',
    name: 'the case of a method is kept; unknown methods pass',
    async run(t, { origin, ask }) {
      const names = ['get', 'Get', 'FOO', 'X-_.~!#$%&*+^`|', "M'"]
      for (const method of names) await ask(`${method} /m HTTP/1.1\r\nHost: a.test\r\n\r\n`)
      t.same(
        origin.requests.map(request => request.method),
        names,
      )
    },
  },
]

const megabyte = 'x'.repeat(1_000_000)
const bodies: Case[] = [
  ...['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'FOO'].flatMap(method =>
    (
      [
        ['Content-Length: 5', 'hello', 'hello', 'length'],
        ['Transfer-Encoding: chunked', '2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n', 'hello', 'chunked'],
        ['Transfer-Encoding: ChuNKed', '05\r\nhello\r\n00\r\nX-T: 1\r\n\r\n', 'hello', 'chunked'],
        ['Content-Length: 0', '', '', 'length'],
        ['Transfer-Encoding: chunked', '0\r\n\r\n', '', 'chunked'],
      ] as const
    ).map(
      ([field, bytes, body, framing]): Case => ({
        level: 'M',
        name: `the body of ${method} with ${field} arrives whole and once: ${JSON.stringify(bytes)}`,
        async run(t, { origin, ask, front }) {
          const { answer, request } = await ask(`${method} / HTTP/1.1\r\nHost: a.test\r\n${field}\r\n\r\n${bytes}`)
          t.equal(answer.status, 200, front)
          t.match(request, { body, framing, complete: true })
          t.equal(origin.requests.length, 1)
          if (framing === 'length') t.same(valuesOf(request!, 'content-length'), [String(body.length)])
          t.same(valuesOf(request!, 'x-t'), [], 'trailers are not merged')
        },
      }),
    ),
  ),
  {
    level: 'S',
    name: 'trailers go on behind the body, in order',
    async run(t, { ask, client, origin }) {
      const { request } = await ask(
        post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other:\tb\xe9 \r\nx-sum: 2\r\n\r\n'),
      )
      t.match(request, { body: 'hello', complete: true })
      t.same(request!.trailers, [
        ['x-sum', '1'],
        ['x-other', 'b\xe9'],
        ['x-sum', '2'],
      ])
      // Piece by piece, and on a connection that is used again without them.
      const posting = await client()
      const bytes = post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\nX-Sum: 3\r\n\r\n')
      await posting.sendPieces(bytes)
      await posting.answers(1)
      posting.send(post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n'))
      t.equal((await posting.answers(2)).length, 2)
      t.same(
        origin.requests.slice(1).map(({ trailers }) => trailers),
        [[['x-sum', '3']], []],
      )
    },
  },
  {
    level: 'M',
    name: 'trailers that frame, route, authenticate or belong to the hop go no further',
    async run(t, { ask, front }) {
      const names = [
        ...['Host', 'Via', 'Forwarded', 'X-Forwarded-For', 'Max-Forwards', 'TE', 'Trailer', 'Connection', 'Upgrade'],
        ...['Authorization', 'Proxy-Authorization', 'Cookie', 'X-Api-Key', 'Content-Type', 'Content-Encoding', 'X-Hop'],
        ...['Cache-Control', 'If-Match', 'Range', 'Expect', 'Keep-Alive'],
      ]
      const trailers = names.map(name => `${name}: x\r\n`).join('')
      const { answer, request } = await ask(
        post('Connection: X-Hop\r\nTransfer-Encoding: chunked\r\n', `1\r\nx\r\n0\r\n${trailers}X-Sum: 1\r\n\r\n`),
      )
      t.equal(answer.status, 200, front)
      t.same(request!.trailers, [['x-sum', '1']])
    },
  },
  {
    level: 'M',
    name: 'long bodies of either framing arrive whole',
    async run(t, { ask }) {
      t.equal((await ask(post('Content-Length: 1000000\r\n', megabyte))).request!.body, megabyte)
      const chunks = `f4240\r\n${megabyte}\r\n`.repeat(3)
      const { request } = await ask(post('Transfer-Encoding: chunked\r\n', `${chunks}0\r\n\r\n`))
      t.ok(request!.body === megabyte.repeat(3))
    },
  },
  {
    level: 'M',
    name: 'a POST without framing has no body',
    async run(t, { ask }) {
      const { request } = await ask(post(''))
      t.equal(request!.framing, 'none')
    },
  },
  {
    level: 'O',
    name: 'a body streams before it is whole',
    async run(t, { origin, client }) {
      const posting = await client()
      posting.send(post('Transfer-Encoding: chunked\r\n', '5\r\nfirst\r\n'))
      await origin.until(() => origin.heads[0]?.body === 'first')
      posting.send('6\r\nsecond\r\n0\r\n\r\n')
      t.equal((await posting.answer()).status, 200)
      t.equal(origin.requests[0]!.body, 'firstsecond')
    },
  },
  ...(
    [
      ['Content-Length: 10\r\n', 'hello'],
      ['Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'],
      ['Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n'],
    ] as const
  ).flatMap(([field, part]) =>
    (['leave', 'reset', 'halfClose'] as const).map(
      (how): Case => ({
        level: 'M',
        name: `a request that the client cuts short is never completed: ${field.trim()} ${JSON.stringify(part)} ${how}`,
        async run(t, { origin, client, ask }) {
          const posting = await client()
          posting.send(post(field, part))
          await origin.until(() => origin.heads[0]?.body === 'hello')
          posting[how]()
          await origin.until(() => origin.heads[0]!.connection.ended || origin.heads[0]!.connection.closed)
          t.equal(origin.requests.length, 0)
          t.equal((await ask(get('/after'))).answer.status, 200)
        },
      }),
    ),
  ),
]

const continues: Case[] = [
  {
    level: 'M',
    name: 'a client that waits for 100 gets it, and its body arrives',
    async run(t, { origin, client }) {
      const posting = await client()
      posting.send(post('Expect: 100-continue\r\nContent-Length: 5\r\n'))
      await posting.until(() => posting.read().interim.length === 1)
      t.equal(posting.read().interim[0]!.status, 100)
      posting.send('hello')
      t.equal((await posting.answer()).status, 200)
      t.equal(origin.requests[0]!.body, 'hello')
      posting.send(get('/next'))
      t.equal((await posting.answers(2)).length, 2, 'and the connection goes on')
      t.equal(posting.read().interim.length, 1)
    },
  },
  {
    level: 'M',
    name: 'Expect: 100-Continue is in any case',
    async run(t, { client }) {
      const posting = await client()
      posting.send(post('Expect: 100-Continue\r\nContent-Length: 5\r\n'))
      await posting.until(() => posting.read().interim.length === 1)
      posting.send('hello')
      t.equal((await posting.answer()).status, 200)
    },
  },
  {
    level: 'M',
    name: 'a client that does not wait for its 100 is served all the same',
    async run(t, { origin, client }) {
      const posting = await client()
      posting.send(post('Expect: 100-continue\r\nContent-Length: 5\r\n', 'hello') + get('/next'))
      t.equal((await posting.answers(2)).length, 2)
      t.same(
        origin.requests.map(({ target, body }) => [target, body]),
        [
          ['/', 'hello'],
          ['/next', ''],
        ],
      )
    },
  },
  {
    level: 'M',
    name: 'a refusal in place of 100 ends the connection',
    async run(t, { origin, client }) {
      const posting = await client()
      posting.send('POST /a HTTP/1.1\r\nHost: a\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
      await posting.end()
      t.equal(posting.read().final[0]?.status, 400)
      t.equal(posting.read().interim.length, 0)
      t.equal(origin.octets, 0)
    },
  },
  {
    level: 'M',
    name: 'an answer that comes before the body was sent leaves nothing unclear',
    async run(t, { origin, client }) {
      origin.onHead = ({ connection }) =>
        connection.socket.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno')
      const posting = await client()
      posting.send(post('Expect: 100-continue\r\nContent-Length: 5\r\n'))
      await posting.until(() => posting.read().interim.length === 1)
      posting.send('he')
      const answer = await posting.answer()
      t.match(answer, { status: 417, body: 'no' })
      // Whatever follows is the rest of the body, or the connection has ended.
      posting.send(`llo${get('/next')}`)
      await posting.until(() => posting.ended || posting.read().final.length === 2)
      t.notOk(origin.requests.some(({ target }) => target.includes('llo')))
    },
  },
  {
    level: 'M',
    name: 'no 100 for HTTP/1.0',
    async run(t, { client }) {
      const posting = await client()
      posting.send('POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello')
      t.equal((await posting.answer()).status, 200)
      t.equal(posting.read().interim.length, 0)
    },
  },
]

conformance(t, 'request forwarding', [...fields, ...targets, ...hops, ...methods, ...bodies, ...continues])

conformance(
  t,
  'request forwarding from a trusted proxy',
  [
    {
      level: 'M',
      name: 'what a trusted proxy says is kept, and who sent it stands last',
      async run(t, { ask }) {
        const { request } = await ask(
          get(
            '/',
            'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Proto: https\r\n' +
              'X-Forwarded-Host: public.test\r\nForwarded: for=6.6.6.6;proto=https\r\n',
          ),
        )
        t.same(valuesOf(request!, 'x-forwarded-for'), ['6.6.6.6, 7.7.7.7, 127.0.0.1'])
        t.same(valuesOf(request!, 'x-forwarded-proto'), ['https'])
        t.same(valuesOf(request!, 'x-forwarded-host'), ['public.test'])
        t.same(valuesOf(request!, 'forwarded'), ['for=6.6.6.6;proto=https, for=127.0.0.1;host=a.test;proto=http'])
      },
    },
    {
      level: 'S',
      name: 'Forwarded is sent where it is asked for',
      async run(t, { ask }) {
        const { request } = await ask(get('/'))
        t.same(valuesOf(request!, 'forwarded'), ['for=127.0.0.1;host=a.test;proto=http'])
      },
    },
    ...refusal('a body over the limit is 413', post('Content-Length: 1001\r\n', 'x'.repeat(1001)), {
      level: 'S',
      status: 413,
    }),
    ...refusal(
      'a chunked body over the limit is 413',
      post('Transfer-Encoding: chunked\r\n', `3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`),
      { level: 'S', status: 413, late: true },
    ),
  ],
  { CHAOS_TRUSTED_PROXIES: '127.0.0.0/8', CHAOS_FORWARDED: 'on', CHAOS_MAX_BODY_BYTES: '1000' },
)
