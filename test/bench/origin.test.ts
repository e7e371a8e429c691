import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { get } from '../../bench/ask.js'
import { startOrigin } from '../../bench/processes.js'

t.test('the origin sends bodies of any length and says how much it was sent', async t => {
  const origin = await startOrigin()
  t.teardown(() => origin.kill())
  t.match(JSON.parse((await get(`${origin.url}/api/items/7`)).body), { id: '7', revision: 1 })
  for (const bytes of [0, 1024, 3_000_000])
    t.equal((await get(`${origin.url}/bytes/${bytes}`)).body.length, bytes, `${bytes} bytes`)
  t.equal((await get(`${origin.url}/bytes/many`)).status, 404)

  const received = await new Promise<unknown>((resolve, reject) => {
    const asked = request(`${origin.url}/orders`, { method: 'POST' }, response => resolve(json(response)))
    asked.once('error', reject)
    asked.end(Buffer.alloc(100_000))
  })
  t.same(received, { received: 100_000 })
})
