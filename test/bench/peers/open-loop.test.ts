import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { runOpenLoop } from '../../../bench/peers/open-loop.js'

async function serve(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const load = { paths: ['/a', '/b'], connections: 4, perSecond: 200, warmUpS: 0.1, durationS: 0.5 }

t.test('as many requests are counted as were due, each path in turn', async t => {
  const asked = new Map<string, number>()
  const url = await serve(t, (request, response) => {
    asked.set(request.url!, (asked.get(request.url!) ?? 0) + 1)
    response.setHeader('content-length', 2).end('ok')
  })
  const { requests, failed, p50Ms, p999Ms } = await runOpenLoop(url, load)
  t.same({ requests, failed }, { requests: 100, failed: 0 })
  t.ok(p50Ms > 0 && p999Ms! >= p50Ms)
  t.equal(asked.get('/a'), 60, 'with those that warm up')
  t.equal(asked.get('/b'), 60)
})

t.test('a wrong status and a broken connection have failed', async t => {
  const url = await serve(t, (request, response) => {
    if (request.url === '/a') response.writeHead(500, { 'content-length': 0 }).end()
    else response.destroy()
  })
  const { requests, failed } = await runOpenLoop(url, load)
  t.same({ requests, failed }, { requests: 0, failed: 100 })
})

t.test('a request that found no free connection has failed with the time it waited', async t => {
  const url = await serve(t, () => {})
  const { requests, failed, p99Ms } = await runOpenLoop(url, load)
  t.same({ requests, failed }, { requests: 0, failed: 100 })
  t.ok(p99Ms > 2000, 'measured from when it was due to when it was given up')
})
