// Writes in an outage: on the disk before the 202, and at the backend once, in order, when it is back. Real sockets, real
// SIGKILL, both fronts.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { JournalEntryStatus, JournalPage, JournalStatus } from '../../core/contract/journal.js'
import { type LedgerOrigin, startLedgerOrigin } from '../support/ledger-origin.js'
import { patience } from '../support/patience.js'
import { type Reply, type Proxy as RunningProxy, startProxy } from '../support/proxy.js'

const json = { 'content-type': 'application/json', authorization: 'Bearer alice' }

const until = patience(30_000)

const journalling = (t: Test, origin: LedgerOrigin, env: Record<string, string> = {}): Promise<RunningProxy> =>
  startProxy(t, origin.url, { CHAOS_GHOST_WRITES: 'journal', ...env })

const write = (
  proxy: RunningProxy,
  path: string,
  text: string,
  headers: Record<string, string> = {},
  method = 'POST',
) => proxy.send(method, path, { headers: { ...json, ...headers }, body: JSON.stringify({ text }) })

const texts = (origin: LedgerOrigin): string[] => origin.lines().map(({ text }) => JSON.parse(text).text)

/** Looks where the client is told to. */
async function statusOf(proxy: RunningProxy, reply: Reply): Promise<JournalEntryStatus> {
  return (await proxy.get(String(reply.headers.location))).json<unknown>() as JournalEntryStatus
}

for (const front of ['uws', 'strict']) {
  const env = { CHAOS_FRONT: front }

  t.test(
    `${front}: writes while the backend is dead get 202, and arrive once and in order when it is back`,
    async t => {
      const origin = await startLedgerOrigin(t)
      const proxy = await journalling(t, origin, env)
      t.equal((await write(proxy, '/users', 'live')).status, 201)
      await origin.kill()
      const replies: Reply[] = []
      for (let i = 0; i < 5; i++) replies.push(await write(proxy, '/users', `dead ${i}`))
      replies.push(await write(proxy, '/users/7', 'dead 5', {}, 'PUT'))
      replies.push(await proxy.send('DELETE', '/users/7', { headers: { authorization: 'Bearer bob' } }))
      for (const reply of replies) {
        t.equal(reply.status, 202)
        t.equal(reply.headers['x-ghost'], 'journalled')
        t.match(reply.headers.location, /^\/\.well-known\/chaos-proxy\/journal\/[0-9a-f-]{36}$/)
        t.match(reply.headers['proxy-status'], /connection_refused|destination_unavailable/)
      }
      t.match(replies[0]!.json(), { state: 'pending', status: replies[0]!.headers.location })
      t.match(await statusOf(proxy, replies[0]!), {
        state: /pending|sending/,
        method: 'POST',
        path: '/users',
        answer: null,
      })
      const status = await proxy.admin<{ journal: JournalStatus }>('/api/status')
      t.match(status.journal, { takes: true, accepted: 7, full: false })
      const told = JSON.stringify(await proxy.admin('/api/journal'))
      t.notMatch(told, /alice|dead 0/, 'neither credentials nor bodies are told')

      await origin.start()
      await until(
        () => origin.lines().length,
        count => count >= 8,
      )
      await until(
        () => statusOf(proxy, replies[6]!),
        ({ state }) => state === 'done',
      )
      const lines = origin.lines()
      t.same(
        lines.map(({ method, text }) => `${method} ${text === '' ? '' : JSON.parse(text).text}`),
        ['POST live', ...[0, 1, 2, 3, 4].map(i => `POST dead ${i}`), 'PUT dead 5', 'DELETE '],
      )
      t.equal(lines[0]!.key, '')
      t.equal(new Set(lines.slice(1).map(({ key }) => key)).size, 7, 'each with a key of its own')
      t.equal(lines[1]!.by, 'Bearer alice')
      t.equal(lines[7]!.by, 'Bearer bob')
      t.equal(lines[7]!.length, '', 'no length where there is no body')
      t.match(await statusOf(proxy, replies[0]!), { state: 'done', answer: { status: 201, location: '/made' } })
      t.equal((await write(proxy, '/users', 'live again')).status, 201, 'and writes go through as ever')
      t.equal((await proxy.get('/.well-known/chaos-proxy/journal/nobody')).status, 404)
      t.equal((await proxy.send('DELETE', String(replies[0]!.headers.location))).status, 405)
    },
  )

  t.test(`${front}: a conflict is parked with the answer; a person tries it again or gives it up`, async t => {
    const origin = await startLedgerOrigin(t)
    const proxy = await journalling(t, origin, env)
    await origin.kill()
    const conflict = await write(proxy, '/users/1', 'conflict', {}, 'PUT')
    const after = await write(proxy, '/users/1', 'after', {}, 'PUT')
    await origin.start()
    await until(
      () => statusOf(proxy, after),
      ({ state }) => state === 'done',
    )
    t.same(texts(origin), ['after'], 'those behind it go on')
    const id = conflict.json<{ id: string }>().id
    t.match(await proxy.admin(`/api/journal/${id}`), {
      state: 'parked',
      answer: { status: 409, body: '{"error":"it is not what you think"}' },
    })
    t.match(await proxy.admin<JournalPage>('/api/journal?state=parked'), { counts: { parked: 1, done: 1 } })
    t.match((await proxy.get(String(conflict.headers.location))).json(), { state: 'parked', answer: { status: 409 } })
    // It may be on its way by the time it is told.
    t.match(await proxy.admin(`/api/journal/${id}/retry`, { method: 'POST' }), { state: /^(pending|sending)$/ })
    await until(
      () => proxy.admin<JournalEntryStatus>(`/api/journal/${id}`),
      ({ state }) => state === 'parked',
    )
    t.match(await proxy.admin(`/api/journal/${id}/discard`, { method: 'POST' }), { state: 'discarded' })
    t.same(texts(origin), ['after'])
  })

  t.test(`${front}: a write does not overtake one that waits, a question at the same place does`, async t => {
    const origin = await startLedgerOrigin(t)
    const proxy = await journalling(t, origin, env)
    await origin.kill()
    await write(proxy, '/graphql', 'broken')
    await origin.start()
    // It is tried in vain, and waits.
    await until(
      () => proxy.admin<JournalPage>('/api/journal'),
      ({ entries }) => entries[0]!.answer !== null && entries[0]!.state === 'pending',
    )
    const query = await proxy.send('POST', '/graphql', { headers: json, body: '{"query":"{ film }"}' })
    t.equal(query.status, 200)
    t.equal(query.headers['x-ghost'], undefined)
    const behind = await write(proxy, '/graphql', 'behind')
    t.equal(behind.status, 202)
    t.match(behind.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_WRITES_WAIT/)
    t.equal((await write(proxy, '/graphql/sub', 'below')).status, 202)
    t.equal((await write(proxy, '/users', 'elsewhere')).status, 201)
    origin.mend()
    await until(
      () => texts(origin).length,
      count => count === 4,
    )
    t.same(texts(origin), ['elsewhere', 'broken', 'behind', 'below'])
    await until(
      () => proxy.admin<JournalPage>('/api/journal'),
      ({ counts }) => counts.done === 3,
    )
    t.equal((await write(proxy, '/graphql', 'live')).status, 201)
  })

  t.test(`${front}: bodies: chunked and of any kind up to the hold limit; longer ones are refused`, async t => {
    const origin = await startLedgerOrigin(t)
    const proxy = await journalling(t, origin, { ...env, CHAOS_HOLD_BYTES: '4KiB' })
    await origin.kill()
    const chunked = await proxy.send('POST', '/a', {
      headers: { 'transfer-encoding': 'chunked', 'content-type': 'application/octet-stream' },
      body: 'piece by piece',
    })
    t.equal(chunked.status, 202)
    t.equal((await proxy.send('POST', '/a', { body: 'x'.repeat(4096) })).status, 202)
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      const long = await proxy.send('POST', '/a', { headers, body: 'x'.repeat(4097) })
      t.equal(long.status, 503)
      t.equal(long.headers['x-ghost-refused'], 'body-not-kept')
      t.match(long.headers['retry-after'], /^\d+$/)
    }
    await origin.start()
    await until(
      () => origin.lines().length,
      count => count === 2,
    )
    t.match(origin.lines()[0], { text: 'piece by piece', length: '14' })
    t.equal(origin.lines()[1]!.text.length, 4096)
  })
}

t.test('with the circuit open the backend is spared, and the journal itself finds out that it is back', async t => {
  const origin = await startLedgerOrigin(t)
  const proxy = await journalling(t, origin, {
    CHAOS_BREAKER_MIN_REQUESTS: '1',
    CHAOS_BREAKER_OPEN_MS: '100',
    CHAOS_WORKERS: '1',
  })
  const circuit = async (): Promise<string> =>
    (await proxy.admin<{ circuit: { state: string } }>('/api/status')).circuit.state
  await origin.kill()
  await write(proxy, '/users', '0')
  t.not(await until(circuit, state => state !== 'closed'), 'closed')
  // All that there is goes to one place, so that no write of a client can be the one that tries.
  for (let i = 1; i < 8; i++) t.equal((await write(proxy, '/users', String(i))).status, 202)
  await origin.start()
  await until(
    () => texts(origin).length,
    count => count === 8,
  )
  t.same(texts(origin), ['0', '1', '2', '3', '4', '5', '6', '7'])
  t.equal(await until(circuit, state => state === 'closed'), 'closed')
  t.equal((await write(proxy, '/users', 'live')).status, 201)
})

t.test('kill -9 of the proxy: what was acknowledged is sent by the next one, once', async t => {
  const origin = await startLedgerOrigin(t)
  const first = await journalling(t, origin)
  await origin.kill()
  const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => write(first, `/users/${i}`, `w${i}`)))
  t.ok(replies.every(({ status }) => status === 202))
  await first.stop('SIGKILL')
  const folder = join(first.dataDir, 'journal')
  for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  await origin.start()
  const second = await journalling(t, origin, { CHAOS_DATA_DIR: first.dataDir })
  await until(
    () => statusOf(second, replies[39]!),
    ({ state }) => state === 'done',
  )
  await until(
    () => origin.lines().length,
    count => count >= 40,
  )
  t.same(texts(origin).sort(), Array.from({ length: 40 }, (_, i) => `w${i}`).sort())
})

t.test('kill -9 of the proxy again and again while it replays: nothing is lost, nothing is done twice', async t => {
  const origin = await startLedgerOrigin(t)
  let proxy = await journalling(t, origin)
  await origin.kill()
  for (let round = 0; round < 200; round += 50) {
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, place) => write(proxy, `/users/${place}`, `${round + place}`)),
    )
    t.ok(replies.every(({ status }) => status === 202))
  }
  await origin.start()
  for (let kills = 0, before = -1; kills < 4; kills++) {
    await until(
      () => origin.lines().length,
      count => count > before && count > 0,
    )
    await proxy.stop('SIGKILL')
    before = origin.lines().length
    proxy = await journalling(t, origin, { CHAOS_DATA_DIR: proxy.dataDir })
  }
  await until(
    () => proxy.admin<JournalPage>('/api/journal'),
    ({ counts }) => counts.pending + counts.sending === 0,
  )
  const arrived = texts(origin).map(Number)
  t.same(
    [...arrived].sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, i) => i),
  )
  for (let place = 0; place < 50; place++) {
    const here = arrived.filter(i => i % 50 === place)
    t.same(
      here,
      [...here].sort((a, b) => a - b),
      `in order at place ${place}`,
    )
  }
})

t.test('what the backend may have done is sent again only where that does no harm', async t => {
  const origin = await startLedgerOrigin(t)
  const proxy = await journalling(t, origin)
  const refused = await write(proxy, '/users', 'unheard 1')
  t.equal(refused.status, 502)
  t.equal(refused.headers['x-ghost-refused'], 'maybe-done')
  const keyed = await write(proxy, '/users', 'unheard 2', { 'idempotency-key': 'k-2' })
  t.equal(keyed.status, 202)
  await until(
    () => statusOf(proxy, keyed),
    ({ state }) => state === 'done',
  )
  const put = await write(proxy, '/users/3', 'unheard 3', {}, 'PUT')
  t.equal(put.status, 202)
  await until(
    () => statusOf(proxy, put),
    ({ state }) => state === 'done',
  )
  const lines = origin.lines()
  t.equal(lines.filter(({ key }) => key === 'k-2').length, 1)
  t.equal(lines.filter(({ text }) => text.includes('unheard 1')).length, 1)
  t.equal((await write(proxy, '/users', 'conflict')).status, 409, 'an answer of the backend is an answer')
})

t.test('the same Idempotency-Key is the same write; with another body it is refused', async t => {
  const origin = await startLedgerOrigin(t)
  const proxy = await journalling(t, origin)
  await origin.kill()
  const key = { 'idempotency-key': 'order-1' }
  const first = await write(proxy, '/orders', 'one', key)
  const again = await write(proxy, '/orders', 'one', key)
  t.equal(again.status, 202)
  t.equal(again.headers.location, first.headers.location)
  const other = await write(proxy, '/orders', 'two', key)
  t.equal(other.status, 422)
  t.match(other.json(), { code: 'CHAOS_ERR_REQUEST_KEY_REUSED' })
  const bob = await write(proxy, '/orders', 'of bob', { ...key, authorization: 'Bearer bob' })
  t.equal(bob.status, 202, 'the key of one client is not that of another')
  await origin.start()
  await until(
    () => texts(origin).length,
    count => count === 2,
  )
  t.same(texts(origin), ['one', 'of bob'])
  t.equal(origin.lines()[0]!.key, 'order-1')
})

t.test('a full journal refuses with 503 and Retry-After, and says so in status and metrics', async t => {
  const origin = await startLedgerOrigin(t)
  const proxy = await journalling(t, origin, { CHAOS_JOURNAL_MAX_BYTES: '64KiB' })
  await origin.kill()
  const big = 'x'.repeat(40_000)
  t.equal((await write(proxy, '/users', big)).status, 202)
  const refused = await write(proxy, '/users', big)
  t.equal(refused.status, 503)
  t.equal(refused.headers['x-ghost-refused'], 'journal-full')
  t.match(refused.headers['retry-after'], /^\d+$/)
  t.match((await proxy.admin<{ journal: JournalStatus }>('/api/status')).journal, { refusedFull: 1, maxBytes: 65536 })
  const metrics = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`).then(reply => reply.text())
  t.match(metrics, /chaos_journal_refused_total\{because="full"\} 1/)
  t.match(metrics, /chaos_journal_entries\{state="(pending|sending)"\} 1/)
  t.equal((await write(proxy, '/users', 'small')).status, 202, 'what still fits is taken')
})

t.test('by default writes are refused; what was journalled before is sent all the same', async t => {
  const origin = await startLedgerOrigin(t)
  const first = await journalling(t, origin)
  await origin.kill()
  t.equal((await write(first, '/users', 'from before')).status, 202)
  await first.stop()
  const second = await startProxy(t, origin.url, { CHAOS_DATA_DIR: first.dataDir })
  const refused = await write(second, '/orders', 'refused')
  t.equal(refused.status, 503)
  t.equal(refused.headers['x-ghost-refused'], 'unsafe-method')
  await origin.start()
  await until(
    () => texts(origin).length,
    count => count === 1,
  )
  t.same(texts(origin), ['from before'])
  t.equal((await second.get('/.well-known/chaos-proxy/journal/x')).status, 200, 'the path is the backend’s')
})

t.test('a write that was replayed makes the older answer untrue, as one that went through does', async t => {
  const origin = await startLedgerOrigin(t)
  const proxy = await journalling(t, origin)
  await proxy.get('/users/3')
  await proxy.get('/users/4')
  await proxy.settled()
  await origin.kill()
  const put = await write(proxy, '/users/3', 'new', {}, 'PUT')
  t.equal((await proxy.get('/users/3')).headers['x-ghost'], 'exact', 'the old state, while it waits')
  await origin.start()
  await until(
    () => statusOf(proxy, put),
    ({ state }) => state === 'done',
  )
  await proxy.settled()
  await origin.kill()
  t.equal((await proxy.get('/users/3')).json().ghost, 'gone')
  t.equal((await proxy.get('/users/4')).headers['x-ghost'], 'exact')
})

t.test('with mode forced writes are journalled, and sent when it ends; with mode off they fail', async t => {
  const origin = await startLedgerOrigin(t)
  const proxy = await journalling(t, origin)
  await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'forced' } })
  t.equal((await write(proxy, '/users', 'rehearsed')).status, 202)
  t.same(texts(origin), [])
  await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'auto' } })
  await until(
    () => texts(origin).length,
    count => count === 1,
  )
  await origin.kill()
  await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'off' } })
  t.equal((await write(proxy, '/users', 'off')).headers['x-ghost-refused'], 'mode-off')
})
