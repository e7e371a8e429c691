// Several instances and one Redis: real proxies, a real Redis, real signals.
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { type Proxy, type Reply, startProxy } from '../support/proxy.js'
import { noRedis, startRedis } from '../support/redis.js'

const isGhost = (reply: Reply): boolean =>
  typeof reply.headers['x-ghost'] === 'string' && reply.headers['x-ghost'] !== 'none'

async function until<T>(ask: () => Promise<T>, enough: (found: T) => boolean, forMs = 10_000): Promise<T> {
  const end = Date.now() + forMs
  for (;;) {
    const found = await ask()
    if (enough(found) || Date.now() > end) return found
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}

interface Shared {
  readonly state: string
  readonly problem: { readonly code: string; readonly says: string } | null
  readonly sent: number
  readonly received: number
  readonly dropped: number
  readonly pendingBytes: number
  readonly catchingUp: boolean
}

interface Status {
  readonly health: { readonly colour: string; readonly because: readonly string[] }
  readonly stores: { readonly shared: Shared }
}

const sharedOf = async (proxy: Proxy): Promise<Shared> => (await proxy.admin<Status>('/api/status')).stores.shared
const isUp = (proxy: Proxy): Promise<Shared> =>
  until(
    () => sharedOf(proxy),
    ({ state }) => state === 'up',
  )

t.test('what one instance saw another answers as a ghost', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const [a, b] = await Promise.all([startProxy(t, origin.url, env), startProxy(t, origin.url, env)])
  t.equal((await isUp(a)).state, 'up', a.output())
  t.equal((await isUp(b)).state, 'up', b.output())
  const truth = await a.get('/users/5')
  const mine = await a.get('/me', { authorization: 'Bearer alice' })
  await a.settled()
  const { received } = await until(
    () => sharedOf(b),
    ({ received }) => received >= 2,
  )
  t.equal(received, 2)
  await origin.kill()
  const ghost = await b.get('/users/5')
  t.equal(ghost.headers['x-ghost'], 'exact')
  t.same(ghost.body, truth.body)
  t.same(
    (await b.get('/me', { authorization: 'Bearer alice' })).body,
    mine.body,
    'credentials have one name everywhere',
  )
  t.notOk(isGhost(await b.get('/me', { authorization: 'Bearer bob' })))
})
