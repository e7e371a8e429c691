// Somebody tries paths that nobody knows, as fast as sockets take them, while the backend is dead: others have their ghosts all the
// same. What is held is held by what was counted: how fast it goes is the machine's.
import t from 'tap'
import { Client } from '../../scripts/chaos/client.js'
import { patience } from '../support/patience.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { startShop } from '../support/shop.js'
import { unhurried } from '../support/unhurried.js'

/** Two edges, whatever the machine. */
const proxySettings = { ...unhurried, CHAOS_WORKERS: '2' }
/** More than the brain takes at once. */
const FLOODERS = 160
const ROUNDS = 40
/** Of a proxy with two edges, see brain-questions.ts. */
const PLACES = 2 * 32

const until = patience(10_000)

interface Answered {
  readonly path: string
  readonly status: number
  readonly ghost: string | undefined
  readonly refused: string | undefined
  readonly retryAfter: string | undefined
}

async function ask(client: Client, path: string): Promise<Answered> {
  const { status, fields } = await client.ask(`GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`)
  return {
    ...{ path, status, ghost: fields.get('x-ghost') },
    ...{ refused: fields.get('x-ghost-refused'), retryAfter: fields.get('retry-after') },
  }
}

/** Lists, and enough of the details that the others follow. */
async function visit(proxy: RunningProxy): Promise<void> {
  for (let page = 1; page <= 6; page++) await proxy.get(`/books?page=${page}`)
  for (let id = 1; id <= 40; id++) await proxy.get(`/books/${id}`)
  for (const id of [901, 902, 903, 904, 905, 906]) await proxy.get(`/books/${id}`)
  await proxy.settled()
}

async function metric(proxy: RunningProxy, name: string): Promise<number> {
  const line = (await proxy.adminText('/metrics')).split('\n').find(text => text.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}

/** Absent things of a known route: only the brain can answer, and it can. */
const absent = (i: number): string => `/books/${1000 + i}`

async function flood(proxy: RunningProxy, pathOf: (n: number) => string, ask1: (i: number) => Promise<Answered>) {
  let n = 0
  let stop = false
  const strangers: Answered[] = []
  const floods = Array.from({ length: FLOODERS }, async () => {
    const client = new Client(proxy.port)
    while (!stop) strangers.push(await ask(client, pathOf(n++)))
    client.close()
  })
  while (strangers.length < FLOODERS) await new Promise(resolve => setImmediate(resolve))
  const others: Answered[] = []
  for (let i = 0; i < ROUNDS; i++) others.push(await ask1(i))
  stop = true
  await Promise.all(floods)
  return { strangers, others }
}

for (const front of ['uws', 'strict'])
  t.test(`${front}: a flood of unknown paths while the backend is dead takes no ghost from others`, async t => {
    const shop = await startShop(t)
    const proxy = await startProxy(t, shop.url, { ...proxySettings, CHAOS_FRONT: front })
    await visit(proxy)
    shop.kill()
    const client = new Client(proxy.port)
    t.teardown(() => client.close())
    t.match(await ask(client, absent(0)), { status: 404, ghost: 'entity' })

    const { strangers, others } = await flood(
      proxy,
      n => `/scan/${n}/x`,
      i => ask(client, i % 2 === 0 ? absent(i) : `/books/${1 + i}`),
    )
    t.same(
      others.filter(({ ghost, status }) => ghost === 'none' || ghost === undefined || ![200, 404].includes(status)),
      [],
      'all that is learned is answered',
    )
    t.ok(strangers.length > FLOODERS, `${strangers.length} unknown paths were tried meanwhile`)
    t.same(
      strangers.filter(({ status, ghost, refused, retryAfter }) => {
        const isRefused = [502, 503, 504].includes(status) && ghost === 'none' && refused !== undefined
        return !(isRefused && /^[1-9]\d*$/.test(retryAfter ?? ''))
      }),
      [],
      'all of them are refused, marked, with a reason and Retry-After',
    )
    const refusals = (await proxy.adminText('/metrics')).match(
      /chaos_ghost_refusals_by_reason_total\{reason="[^"]+"\} [1-9]\d*/g,
    )
    const counted = refusals?.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0)
    t.equal(counted, strangers.length, 'each refusal is counted by its reason')
    t.ok((await metric(proxy, 'chaos_brain_questions_most')) <= PLACES, 'the brain never had more questions at once')
  })

t.test('a flood of one learned route leaves the others their part', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, proxySettings)
  await visit(proxy)
  shop.kill()
  const client = new Client(proxy.port)
  t.teardown(() => client.close())
  const { strangers, others } = await flood(
    proxy,
    n => absent(n),
    i => ask(client, `/books?page=${1 + (i % 6)}&unheard=${i}`),
  )
  t.same(
    others.filter(({ refused }) => refused === 'brain-busy' || refused === 'brain-late'),
    [],
    'all are asked in time',
  )
  t.same(
    strangers.filter(({ refused }) => refused === 'brain-busy' || refused === 'brain-late'),
    [],
    'nor was there too much of the flood itself',
  )
  const most = await until(
    () => metric(proxy, 'chaos_brain_questions_most'),
    count => count > 0,
  )
  t.ok(most > 0 && most <= PLACES, `the brain never had more than ${most} questions at once`)
})

t.test('what was refused a moment ago is a ghost as soon as it is learned', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, proxySettings)
  await visit(proxy)
  const client = new Client(proxy.port)
  t.teardown(() => client.close())
  const ghosts = (mode: 'forced' | 'auto') => proxy.admin('/api/mode', { method: 'PUT', body: { mode } })
  await ghosts('forced')
  for (let times = 0; times < 3; times++) t.match(await ask(client, '/lucky/days'), { ghost: 'none', refused: /./ })
  await ghosts('auto')
  t.match(await ask(client, '/lucky/days'), { status: 200, ghost: undefined })
  await proxy.settled()
  await ghosts('forced')
  t.match(await ask(client, '/lucky/days'), { status: 200, ghost: 'exact' })
})
