// The check-list's lines about sizes: what must be taken, what must be refused, and that the refusal is cheap.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Case, conformance, get, post, refusal } from './conformance-case.js'
import { valuesOf } from './read-answers.js'
import { answerOf } from './scripted-origin.js'

/** Of the process that serves, threads included, KiB. 0 where the system does not tell. */
function residentKib(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

const fieldsOf = (count: number, bytes: number): string =>
  Array.from({ length: count }, (_, i) => `X-${i}: ${'v'.repeat(bytes)}\r\n`).join('')

/** The default of CHAOS_MAX_HEADER_BYTES. */
const MAX = 32 * 1024

const cases: Case[] = [
  {
    level: 'M',
    name: 'request lines of 8,000 octets are taken',
    async run(t, { ask }) {
      for (const target of [`/${'a'.repeat(7985)}`, `/?q=${'%20'.repeat(2660)}`]) {
        const { answer, request } = await ask(get(target))
        t.equal(answer.status, 200)
        t.equal(request!.target, target)
      }
    },
  },
  {
    level: 'S',
    name: 'ninety fields are taken, in order',
    async run(t, { ask }) {
      const { request } = await ask(get('/', fieldsOf(90, 10)))
      t.same(
        request!.fields.map(([name]) => name).filter(name => /^x-\d+$/.test(name)),
        Array.from({ length: 90 }, (_, i) => `x-${i}`),
      )
    },
  },
  {
    level: 'S',
    name: 'a cookie of 7 KiB is taken',
    async run(t, { ask }) {
      const cookie = `a=${'c'.repeat(7 * 1024)}`
      const { request } = await ask(get('/', `Cookie: ${cookie}\r\n`))
      t.same(valuesOf(request!, 'cookie'), [cookie])
    },
  },
  {
    level: 'M',
    name: 'a head just below the limit is taken, also in pieces',
    async run(t, { ask, client }) {
      const head = get('/', `X: ${'x'.repeat(MAX - 200)}\r\n`)
      t.equal((await ask(head)).answer.status, 200)
      const asking = await client()
      await asking.sendPieces(head.match(/[\s\S]{1,1000}/g)!)
      t.equal((await asking.answer()).status, 200)
    },
  },
  ...refusal('a request line above the limit is 414', get(`/${'a'.repeat(40_000)}`), { level: 'S', status: 414 }),
  ...refusal('a header section above the limit is 431', get('/', `X: ${'x'.repeat(40_000)}\r\n`), {
    level: 'S',
    status: 431,
  }),
  ...refusal('many fields above the limit are 431', get('/', fieldsOf(2000, 20)), { level: 'S', status: 431 }),
  {
    level: 'S',
    name: 'a request line that does not end is 414, without waiting for its end',
    async run(t, { origin, client }) {
      const asking = await client()
      asking.send(`GET /${'a'.repeat(40_000)}`)
      t.equal((await asking.answer()).status, 414)
      await asking.end()
      t.equal(origin.octets, 0)
    },
  },
  {
    level: 'S',
    name: 'a header section that does not end is 431, without waiting for its end',
    async run(t, { origin, client }) {
      const asking = await client()
      asking.send(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(40_000)}`)
      t.equal((await asking.answer()).status, 431)
      await asking.end()
      t.equal(origin.octets, 0)
    },
  },
  {
    level: 'M',
    name: '3 MB of header cost bounded memory',
    async run(t, { proxy, client, ask }) {
      const before = residentKib(proxy.child.pid!)
      const clients = await Promise.all(Array.from({ length: 20 }, () => client()))
      for (const asking of clients) asking.send(get('/', `X: ${'x'.repeat(3_000_000)}\r\n`))
      for (const asking of clients) await asking.end()
      const grown = residentKib(proxy.child.pid!) - before
      // 60 MB came.
      t.ok(grown < 40_000, `${grown} KiB more`)
      t.equal((await ask(get('/after'))).answer.status, 200)
    },
  },
  {
    level: 'M',
    name: 'an answer with a head just below the limit passes',
    async run(t, { origin, ask }) {
      origin.onRequest = answerOf('hi', `X: ${'x'.repeat(MAX - 200)}\r\n`)
      const { answer } = await ask(get('/'))
      t.equal(answer.body, 'hi')
      t.equal(valuesOf(answer, 'x')[0]!.length, MAX - 200)
    },
  },
  {
    level: 'S',
    name: 'an upload of 32 MB and a download of 32 MB pass through without being kept',
    async run(t, { origin, proxy, client }) {
      const before = residentKib(proxy.child.pid!)
      const bytes = 32 << 20
      const megabyte = 'm'.repeat(1 << 20)
      origin.onRequest = ({ connection, method }) => {
        connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${method === 'GET' ? bytes : 2}\r\n\r\n`)
        if (method === 'POST') connection.socket.write('ok')
        else for (let i = 0; i < 32; i++) connection.socket.write(megabyte)
      }
      const asking = await client()
      asking.send(post(`Content-Length: ${bytes}\r\n`))
      for (let i = 0; i < 32; i++) asking.send(megabyte)
      t.match(await asking.answer(), { status: 200, body: 'ok' })
      t.equal(origin.requests[0]!.body.length, bytes)
      const sofar = asking.text.length
      asking.send(get('/'))
      // Parsed once, at the end: the text is long.
      await asking.until(() => asking.ended || asking.text.length > sofar + bytes)
      t.equal((await asking.answers(2))[1]!.body.length, bytes)
      const grown = residentKib(proxy.child.pid!) - before
      t.ok(grown < 64_000, `${grown} KiB more`)
    },
  },
]

conformance(t, 'sizes', cases)
