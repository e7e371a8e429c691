// Coded bodies: stored once, learned decoded, given in what the client takes. The real program before a real server that goes away.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { type Reply, startProxy } from '../support/proxy.js'

const book = (id: number) => ({ id, title: `Title ${id}`, text: 'word '.repeat(40) })
const page = (n: number) => ({ total: 30, items: [1, 2, 3, 4, 5].map(i => book((n - 1) * 5 + i)) })

async function startLibrary(t: { teardown(fn: () => unknown): void }) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://api')
    const body = Buffer.from(JSON.stringify(pathname === '/books' ? page(Number(searchParams.get('page'))) : book(7)))
    const accepted = request.headers['accept-encoding'] ?? ''
    const coding = accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : undefined
    const coded = coding === undefined ? body : coding === 'br' ? brotliCompressSync(body) : gzipSync(body)
    response.setHeader('content-type', 'application/json')
    response.setHeader('etag', `"7-${coding ?? 'plain'}"`)
    // Some say so, others forget it.
    if (pathname !== '/books') response.setHeader('vary', 'Accept-Encoding')
    if (coding !== undefined) response.setHeader('content-encoding', coding)
    response.setHeader('content-length', coded.length)
    response.end(request.method === 'HEAD' ? undefined : coded)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const kill = (): void => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(kill)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill }
}

function plainOf({ headers, body }: Reply): string {
  const coding = headers['content-encoding']
  return (coding === 'br' ? brotliDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : body).toString()
}

const asked = [undefined, 'identity', 'gzip', 'br', 'gzip, br', 'gzip;q=0, br;q=0', '*;q=0', '*', 'identity;q=0, gzip']

for (const front of ['uws', 'strict']) {
  for (const stored of ['gzip', 'br', 'identity']) {
    t.test(`${front}: what was seen as ${stored} is given as each client takes it`, async t => {
      const { url, kill } = await startLibrary(t)
      const proxy = await startProxy(t, url, { CHAOS_FRONT: front })
      const live = await proxy.get('/books/7', { 'accept-encoding': stored })
      t.equal(live.headers['content-encoding'], stored === 'identity' ? undefined : stored)
      await proxy.settled()
      kill()
      for (const accepted of asked) {
        const headers: Record<string, string> = accepted === undefined ? {} : { 'accept-encoding': accepted }
        const what = `${stored} for ${accepted}`
        const ghost = await proxy.get('/books/7', headers)
        t.equal(ghost.headers['x-ghost'], 'exact', what)
        t.equal(plainOf(ghost), JSON.stringify(book(7)), what)
        t.equal(ghost.headers['content-length'], String(ghost.body.length), what)
        const coding = ghost.headers['content-encoding']
        const takes = accepted !== undefined && (accepted === '*' || accepted.split(', ').includes(String(coding)))
        t.ok(coding === undefined || takes, `${what}: ${coding}`)
        const isAsSeen = coding === (stored === 'identity' ? undefined : stored)
        const tag = `"7-${stored === 'identity' ? 'plain' : stored}"`
        t.equal(ghost.headers.etag, isAsSeen ? tag : `W/${tag}`, what)
        t.match(ghost.headers.vary, /accept-encoding/i, what)
        const head = await proxy.send('HEAD', '/books/7', { headers })
        t.same(
          [head.headers['content-length'], head.headers['content-encoding'], head.headers.etag, head.body.length],
          [ghost.headers['content-length'], coding, ghost.headers.etag, 0],
        )
        const again = await proxy.get('/books/7', { ...headers, 'if-none-match': String(ghost.headers.etag) })
        t.equal(again.status, 304, what)
      }
    })
  }

  t.test(`${front}: of all codings one is stored, and what is in it is learned`, async t => {
    const { url, kill } = await startLibrary(t)
    const proxy = await startProxy(t, url, { CHAOS_FRONT: front })
    for (let n = 1; n < 6; n++)
      for (const coding of ['gzip', 'br', 'identity'])
        await proxy.get(`/books?page=${n}`, { 'accept-encoding': coding })
    await proxy.settled()
    const { exemplars } = await proxy.admin<{ exemplars: number }>('/api/learning')
    t.equal(exemplars, 5)
    kill()
    for (const accepted of ['identity', 'gzip', 'br']) {
      const ghost = await proxy.get('/books?page=2', { 'accept-encoding': accepted })
      t.equal(ghost.headers['x-ghost'], 'exact')
      t.equal(plainOf(ghost), JSON.stringify(page(2)), 'whoever asked for it last')
    }
    const { answer } = await proxy.admin<{ answer: { body: string } }>('/api/debug/match?path=/books%3Fpage=4')
    t.same(JSON.parse(answer.body), page(4))
    const explained = await proxy.admin<{ composed: { evidence: { source: string } } | null; tiers: object[] }>(
      '/api/debug/match?path=/books%3Fpage=3%26x=1',
    )
    t.match(JSON.stringify(explained), /"input":"page","value":"3","meaning":"page, from 1/)
  })

  t.test(`${front}: a HEAD that was seen alone`, async t => {
    const { url, kill } = await startLibrary(t)
    const proxy = await startProxy(t, url, { CHAOS_FRONT: front })
    const live = await proxy.send('HEAD', '/books/7', { headers: { 'accept-encoding': 'gzip' } })
    await proxy.settled()
    kill()
    const same = await proxy.send('HEAD', '/books/7', { headers: { 'accept-encoding': 'gzip' } })
    t.same([same.headers['content-encoding'], same.headers['content-length']], ['gzip', live.headers['content-length']])
    const other = await proxy.send('HEAD', '/books/7', { headers: { 'accept-encoding': 'identity' } })
    t.equal(other.headers['x-ghost'], 'exact')
    t.same([other.headers['content-encoding'], other.headers.etag], [undefined, 'W/"7-gzip"'])
    t.not(other.headers['content-length'], live.headers['content-length'])
  })
}
