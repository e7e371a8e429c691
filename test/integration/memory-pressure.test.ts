// A real proxy near the limit of its memory: the limit is chosen by what one uses that has none.
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { startProxy } from '../support/proxy.js'

interface Status {
  readonly memory: { readonly state: string; readonly usedBytes: number; readonly limitBytes: number }
}

const origin = await startOrigin(t)
const free = await startProxy(t, origin.url)
await free.get('/users/1')
const { usedBytes } = (await free.admin<Status & Record<string, unknown>>('/api/status')).memory
await free.stop()

t.test('nearly used up: refused with Retry-After, and said', async t => {
  for (const front of ['uws', 'strict']) {
    const limit = Math.round(usedBytes / 2)
    const proxy = await startProxy(t, origin.url, { CHAOS_PROCESS_MAX_BYTES: String(limit), CHAOS_FRONT: front })
    let reply = await proxy.get('/users/1')
    // Main looks ten times a second.
    while (reply.status !== 503) reply = await proxy.get('/users/1')
    t.match(reply.headers, { 'retry-after': /^\d+$/, 'x-ghost': 'none' })
    t.match(reply.json(), { code: 'CHAOS_ERR_INTERNAL_MEMORY_FULL' })
    t.match(await proxy.send('POST', '/echo', { body: 'x'.repeat(100_000) }), { status: 503 })
    t.match(await proxy.admin('/api/status'), { memory: { state: 'full', limitBytes: limit } })
    t.match(await proxy.adminText('/metrics'), /chaos_memory_pressure 2\n/)
    t.match(proxy.output(), /memory is nearly used up/)
    await proxy.stop()
  }
})

t.test('tight: all is passed on, nothing is learned', async t => {
  const limit = Math.round(usedBytes / 0.84)
  const proxy = await startProxy(t, origin.url, { CHAOS_PROCESS_MAX_BYTES: String(limit) })
  const state = async (): Promise<string> => ((await proxy.admin('/api/status')) as unknown as Status).memory.state
  let now = await state()
  while (now === 'calm') now = await state()
  if (now !== 'tight') {
    t.comment(`memory is ${now}: what a start takes differs too much here`)
    return
  }
  for (let i = 0; i < 20; i++) t.equal((await proxy.get(`/users/${i + 1}`)).status, 200)
  t.match(await proxy.admin('/api/learning'), { captured: 0 })
})
