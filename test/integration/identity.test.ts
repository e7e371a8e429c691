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

for (const front of ['uws', 'strict']) {
  t.test(`${front}: an answer in one form is not given to who asks for the other, though no Vary says so`, async t => {
    const words: Record<string, string> = { en: 'Title', de: 'Titel' }
    const { url, kill } = await serve(t, ({ pathname }, request, response) => {
      const id = Number(pathname.split('/').at(-1))
      if (pathname.startsWith('/books/')) {
        const isHtml = request.headers.accept?.startsWith('text/html') === true
        response.setHeader('content-type', isHtml ? 'text/html; charset=utf-8' : 'application/json')
        response.end(isHtml ? `<h1>Title ${id}</h1>` : JSON.stringify(book(id)))
        return
      }
      response.setHeader('content-type', 'application/json')
      if (pathname.startsWith('/plans/')) {
        const v2 = request.headers.accept === 'application/vnd.shop.v2+json'
        response.end(JSON.stringify(v2 ? { id, price: { cents: id * 100 } } : { id, price: id, currency: 'EUR' }))
        return
      }
      const language = request.headers['accept-language']?.slice(0, 2) ?? 'en'
      response.end(JSON.stringify({ id, label: `${words[language]} ${id}`, pages: 100 + id }))
    })
    const proxy = await startProxy(t, url, { CHAOS_FRONT: front })
    const json = { accept: 'application/json' }
    const html = { accept: 'text/html, */*;q=0.1' }
    const [v1, v2] = [{ accept: 'application/vnd.shop.v1+json' }, { accept: 'application/vnd.shop.v2+json' }]
    const [en, de] = [{ 'accept-language': 'en-GB,en;q=0.9' }, { 'accept-language': 'de' }]
    for (let id = 1; id < 8; id++) {
      await proxy.get(`/books/${id}`, json)
      await proxy.get(`/labels/${id}`, en)
      await proxy.get(`/plans/${id}`, v1)
    }
    for (let id = 1; id < 5; id++) {
      await proxy.get(`/books/${id}`, html)
      await proxy.get(`/labels/${id}`, de)
      await proxy.get(`/plans/${id}`, v2)
    }
    await proxy.settled()
    kill()

    for (const id of [1, 3]) {
      const asJson = await proxy.get(`/books/${id}`, json)
      t.same([asJson.headers['x-ghost'], asJson.json()], ['exact', book(id)])
      const asHtml = await proxy.get(`/books/${id}`, html)
      t.same([asHtml.headers['x-ghost'], asHtml.body.toString()], ['exact', `<h1>Title ${id}</h1>`])
      t.match((await proxy.get(`/labels/${id}`, en)).json(), { label: `Title ${id}` })
      t.match((await proxy.get(`/labels/${id}`, { 'accept-language': 'en-gb, en;q=0.5' })).json(), { id })
      t.match((await proxy.get(`/labels/${id}`, de)).json(), { label: `Titel ${id}` })
      // The first two were taken for data that had changed, and their older answers are gone.
      const plan = await proxy.get(`/plans/${id}`, v1)
      if (id < 3) t.equal(plan.headers['x-ghost'], 'none')
      else t.match(plan.json(), { price: id })
      t.match((await proxy.get(`/plans/${id}`, v2)).json(), { price: { cents: id * 100 } })
    }
    t.match((await proxy.get('/books/6', json)).json(), book(6))
    for (const [path, headers] of [
      ['/books/6', html],
      ['/labels/6', de],
      ['/labels/6', { 'accept-language': 'fr' }],
      ['/plans/6', v2],
    ] as const) {
      const reply = await proxy.get(path, headers)
      t.equal(reply.headers['x-ghost'], 'none', `${path} ${JSON.stringify(headers)} ${reply.body}`)
    }
    const explained = await proxy.admin<MatchExplanation>(
      `/api/debug/match?path=/labels/6&header=${encodeURIComponent('Accept-Language: en-GB,en;q=0.9')}`,
    )
    t.match(explained, { verdict: 'answer', request: { variesBy: ['accept-language'] } })
  })
}
