// The check-list's lines about time: who trickles or stalls is cut, and nobody else notices. The limits are small; what is
// awaited is the end of the connection.
import t, { type Test } from 'tap'
import { type Bench, type Case, conformance, get, post } from './conformance-case.js'
import type { RawClient } from './raw-client.js'
import { answerOf } from './scripted-origin.js'

/** Others are served meanwhile. */
async function serves(t: Test, { ask }: Bench): Promise<void> {
  t.equal((await ask(get('/meanwhile'))).answer.status, 200, 'others are served meanwhile')
}

const limits = {
  CHAOS_CLIENT_HEADER_TIMEOUT_MS: '500',
  CHAOS_CLIENT_IDLE_TIMEOUT_MS: '600',
  CHAOS_CLIENT_KEEP_ALIVE_MS: '500',
}

/** Sends `piece` again and again until the connection is over. */
function trickle(client: RawClient, piece: string): void {
  const timer = setInterval(() => {
    if (client.ended) clearInterval(timer)
    else client.send(piece)
  }, 20)
}

const cases: Case[] = [
  {
    level: 'M',
    name: 'a header section that does not come to its end is cut: 408',
    async run(t, bench) {
      const slow = await bench.client()
      slow.send('GET / HTTP/1.1\r\nHost: a\r\nX-A: ')
      await serves(t, bench)
      await slow.end()
      t.equal(slow.read().final[0]?.status, 408)
      t.equal(bench.origin.requests.length, 1)
    },
  },
  {
    level: 'M',
    name: 'a header section that trickles is cut as well',
    async run(t, bench) {
      const slow = await bench.client()
      slow.send('GET / HTTP/1.1\r\nHost: a\r\nX-A: ')
      trickle(slow, 'x')
      await serves(t, bench)
      await slow.end()
      t.equal(slow.read().final[0]?.status, 408)
    },
  },
  {
    level: 'M',
    name: 'a second request that trickles is cut as well',
    async run(t, bench) {
      const slow = await bench.client()
      slow.send(`${get('/first')}GET / HTTP/1.1\r\nX-A: `)
      await slow.answer()
      trickle(slow, 'x')
      await slow.end()
      t.same(
        slow.read().final.map(answer => answer.status),
        [200, 408],
      )
    },
  },
  {
    level: 'M',
    name: 'a connection that says nothing is closed',
    async run(t, bench) {
      const silent = await bench.client()
      await serves(t, bench)
      await silent.end()
      t.equal(silent.text, '')
    },
  },
  {
    level: 'S',
    name: 'an idle connection is closed after its time',
    async run(t, bench) {
      const idle = await bench.client()
      idle.send(get('/'))
      await idle.answer()
      await serves(t, bench)
      await idle.end()
      t.equal(idle.read().final.length, 1)
    },
  },
  {
    level: 'M',
    name: 'empty lines without end are no request',
    async run(t, bench) {
      const slow = await bench.client()
      trickle(slow, '\r\n')
      await serves(t, bench)
      await slow.end()
    },
  },
  ...(
    [
      ['a length', 'Content-Length: 1000\r\n', 'hello'],
      ['chunks', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'],
      ['a chunk that does not end', 'Transfer-Encoding: chunked\r\n', 'ff\r\nhello'],
      ['a length, after much of it came', 'Content-Length: 2000000\r\n', 'x'.repeat(1_000_000)],
    ] as const
  ).map(
    ([what, fields, part]): Case => ({
      level: 'M',
      name: `a body that stalls is cut: ${what}`,
      async run(t, bench) {
        const { origin, client } = bench
        const slow = await client()
        slow.send(post(fields, part))
        await origin.until(() => origin.heads.length === 1)
        const [head] = origin.heads
        await serves(t, bench)
        await slow.end()
        t.ok([undefined, 408].includes(slow.read().final[0]?.status))
        await origin.until(() => head!.connection.ended || head!.connection.closed)
        t.notOk(head!.complete, 'the upstream never saw a whole request')
      },
    }),
  ),
  {
    level: 'M',
    name: 'a body that trickles is cut as well',
    async run(t, bench) {
      const { origin, client } = bench
      const slow = await client()
      slow.send(post('Content-Length: 100000\r\n', 'x'))
      trickle(slow, 'x')
      await serves(t, bench)
      await slow.end()
      t.notOk(origin.heads[0]!.complete)
    },
  },
  {
    level: 'M',
    name: 'a body that comes slowly but steadily arrives',
    async run(t, { origin, client }) {
      const slow = await client()
      slow.send(post('Content-Length: 100000\r\n'))
      // Longer in all than the limit, and never silent for as long.
      for (let i = 0; i < 5; i++) {
        slow.send('x'.repeat(20_000))
        await new Promise(resolve => setTimeout(resolve, 150))
      }
      t.equal((await slow.answer()).status, 200)
      t.equal(origin.requests[0]!.body.length, 100_000)
    },
  },
  {
    level: 'M',
    name: 'a client that takes nothing of its answer is cut, and the upstream is let go',
    async run(t, bench) {
      const { origin, client } = bench
      let stopped = false
      origin.onRequest = ({ target, connection }) => {
        if (target !== '/long') {
          connection.socket.write(answerOf('ok'))
          return
        }
        connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${1 << 30}\r\n\r\n`)
        const piece = Buffer.alloc(1 << 20, 'x')
        let written = 0
        const more = (): void => {
          while (!connection.closed && written < 1024) {
            written += 1
            if (!connection.socket.write(piece)) break
          }
          stopped = written < 1024
        }
        connection.socket.on('drain', more)
        more()
      }
      const slow = await client()
      slow.socket.pause()
      slow.send(get('/long'))
      await origin.until(() => origin.requests.some(({ target }) => target === '/long'))
      const { connection } = origin.requests.find(({ target }) => target === '/long')!
      await serves(t, bench)
      await origin.until(() => connection.ended || connection.closed)
      t.ok(stopped, 'the upstream was held back, not read to its end')
    },
  },
  {
    level: 'M',
    name: 'three hundred slow clients hurt nobody',
    async run(t, bench) {
      const slow = await Promise.all(Array.from({ length: 300 }, () => bench.client()))
      slow.forEach((client, i) => {
        if (i % 3 === 0) client.send('GET / HTTP/1.1\r\nHost: a\r\nX-A: ')
        else if (i % 3 === 1) client.send(post('Content-Length: 100\r\n', 'x'))
      })
      for (let i = 0; i < 20; i++) await serves(t, bench)
      await Promise.all(slow.map(client => client.end()))
      await serves(t, bench)
      t.notOk(bench.origin.requests.some(({ method }) => method === 'POST'))
    },
  },
]

conformance(t, 'time limits', cases, limits)

conformance(
  t,
  'connection cap',
  [
    {
      level: 'S',
      name: 'above CHAOS_MAX_CLIENTS a connection is told 503, and those below go on',
      async run(t, { origin, client }) {
        const open: RawClient[] = []
        for (let i = 0; i < 4; i++) {
          const asking = await client()
          asking.send(get(`/${i}`))
          await asking.answer()
          open.push(asking)
        }
        const fifth = await client()
        fifth.send(get('/fifth'))
        await fifth.end()
        t.equal(fifth.read().final[0]?.status, 503)
        open[0]!.send(get('/again'))
        t.equal((await open[0]!.answers(2)).length, 2)
        t.notOk(origin.requests.some(({ target }) => target === '/fifth'))
        open[1]!.leave()
        // The place is free as soon as the proxy has seen that.
        for (;;) {
          const sixth = await client()
          sixth.send(get('/sixth'))
          if ((await sixth.answer()).status === 200) break
        }
      },
    },
  ],
  { CHAOS_MAX_CLIENTS: '4' },
)
