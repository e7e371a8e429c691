// Which requests are one and the same: the real program before a real server that goes away.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { MatchExplanation } from '../../core/contract/status.js'
import { startProxy } from '../support/proxy.js'

async function serve(
  t: { teardown(fn: () => unknown): void },
  answer: (url: URL, request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; kill(): void }> {
  const server = createServer((request, response) => answer(new URL(request.url!, 'http://api'), request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const kill = (): void => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(kill)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill }
}

const book = (id: number) => ({ id, title: `Title ${id}`, at: `2026-01-${String(id).padStart(2, '0')}` })
const books = Array.from({ length: 28 }, (_, i) => book(i + 1))

t.test('a cache-buster is found and ignored; what selects is not', async t => {
  const { url, kill } = await serve(t, ({ searchParams }, _, response) => {
    const n = Number(searchParams.get('page') ?? 1)
    const since = searchParams.get('since') ?? ''
    const items = books.filter(({ at }) => at > since).slice((n - 1) * 5, n * 5)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ page: n, items }))
  })
  const proxy = await startProxy(t, url)
  let stamp = Date.now()
  for (let i = 0; i < 30; i++) await proxy.get(`/books?page=${1 + (i % 3)}&_=${++stamp}`)
  for (let i = 1; i < 28; i++) await proxy.get(`/books?since=2026-01-${String(i).padStart(2, '0')}&_=${++stamp}`)
  await proxy.settled()
  kill()

  const ghost = await proxy.get(`/books?_=${++stamp}&page=2`)
  t.equal(ghost.headers['x-ghost'], 'exact')
  t.same(ghost.json(), { page: 2, items: books.slice(5, 10) })
  const head = await proxy.send('HEAD', `/books?page=2&_=${++stamp}`)
  t.equal(head.headers['x-ghost'], 'exact')
  const plain = await proxy.get('/books?page=3')
  t.same(plain.json(), { page: 3, items: books.slice(10, 15) })
  const since = await proxy.get(`/books?since=2026-01-09&_=${++stamp}`)
  t.equal(since.headers['x-ghost'], 'exact')
  t.same(since.json(), { page: 1, items: books.slice(9, 14) })
  const other = await proxy.get(`/books?since=2026-01-09T12:00&_=${++stamp}`)
  t.not(other.headers['x-ghost'], 'exact', 'nobody asked for this')

  const explained = await proxy.admin<MatchExplanation>(
    `/api/debug/match?path=${encodeURIComponent(`/books?page=2&_=${++stamp}`)}`,
  )
  t.match(explained, {
    request: { query: 'page=2', ignored: [{ name: '_', value: `${stamp}`, because: /\d+ answers were equal/ }] },
    verdict: 'answer',
    answer: { tier: 'exact' },
  })
  const routes = await proxy.admin<{ routes: { ignored?: { name: string }[] }[] }>('/api/routes')
  t.match(JSON.stringify(routes), /"ignored":\[\{"name":"_"/)
})
