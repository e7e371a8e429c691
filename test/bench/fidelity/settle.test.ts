import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { settle } from '../../../bench/fidelity/settle.js'

/** An admin port that says these numbers of pending exchanges in turn, the last one for ever. */
async function admin(t: Test, pending: readonly number[], readiness?: string): Promise<{ url: string; polls: number }> {
  const stand = { url: '', polls: 0 }
  const server = createServer((request, response) => {
    if (request.url === '/api/learning') {
      const now = pending[Math.min(stand.polls++, pending.length - 1)]!
      response.end(JSON.stringify({ pending: now, learned: 10 - now }))
    } else if (request.url === '/api/readiness' && readiness !== undefined) response.end(readiness)
    else response.writeHead(404).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  stand.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return stand
}

const pace = { pollMs: 1, quietPolls: 2, maxPolls: 20 }

t.test('waits until nothing is pending and nothing changes any more', async t => {
  const stand = await admin(t, [3, 0, 2, 0], '{"overall":0.625}')
  const found = await settle(stand.url, pace)
  t.match(found, { settled: true, learning: { pending: 0, learned: 10 }, readiness: 0.625 })
  t.equal(stand.polls, 6, 'the lull between was not the end')
})

t.test('readiness of requests asked before and of others is told apart where the proxy does', async t => {
  const told = '{"overall":0.8,"repeated":{"share":0.5,"readiness":1},"unseen":{"share":0.5,"readiness":0.6}}'
  t.match(await settle((await admin(t, [0], told)).url, pace), {
    readiness: 0.8,
    repeated: 1,
    unseen: 0.6,
    repeatedShare: 0.5,
  })
  t.equal((await settle((await admin(t, [0], '{"overall":0.8,"unstorable":0.07}')).url, pace)).unstorable, 0.07)
  const route =
    '{"method":"GET","pattern":"/a","demand":1,"repeated":{"share":1,"readiness":1},"unseen":{"share":0,"readiness":null}}'
  const ofRoutes = await settle((await admin(t, [0], `{"overall":0.8,"routes":[${route}]}`)).url, pace)
  t.same(ofRoutes.routes, [JSON.parse(route)])
  const half = await settle((await admin(t, [0], '{"overall":0.8,"unseen":{"readiness":null}}')).url, pace)
  t.notOk('unseen' in half)
})

t.test('says when it still learns at the end of the wait, and when nobody knows the readiness', async t => {
  t.match(await settle((await admin(t, [1])).url, pace), { settled: false, readiness: null })
  t.equal((await settle((await admin(t, [0], '{"routes":[]}')).url, pace)).readiness, null)
})

t.test('an admin port that knows no learning is a mistake of the caller', async t => {
  const server = createServer((_, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  await t.rejects(settle(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, pace), /answered 404/)
})
