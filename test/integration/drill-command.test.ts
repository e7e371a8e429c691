// `chaos-proxy drill` as a person runs it, against a real proxy with real traffic.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { heard } from '../support/heard.js'
import { startOrigin } from '../support/origin.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'

const main = fileURLToPath(new URL('../../core/main.js', import.meta.url))
const TOKEN = 'of the admin port'

function begin(proxy: RunningProxy | undefined, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, 'drill', ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      CHAOS_ADMIN_PORT: String(proxy?.adminPort ?? 9),
      CHAOS_ADMIN_TOKEN: TOKEN,
      ...env,
    },
  })
  return { child, ...heard(child) }
}

const origin = await startOrigin(t)
const proxy = await startProxy(t, origin.url, { CHAOS_DRILLS: 'on', CHAOS_ADMIN_TOKEN: TOKEN })
for (let round = 0; round < 3; round++) for (let i = 1; i <= 10; i++) await proxy.get(`/users/${i}`)

/** Until it is told to stop. */
function traffic(ask: (i: number) => Promise<unknown>): { stop(): Promise<void> } {
  let stopped = false
  const loop = (async () => {
    for (let i = 0; !stopped; i++) {
      await ask(i)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })()
  return {
    stop: async () => {
      stopped = true
      await loop
    },
  }
}

t.test('a blackout of what is known: progress, a report, exit 0', async t => {
  const known = traffic(i => proxy.get(`/users/${1 + (i % 10)}`))
  const { code, out, err } = await begin(proxy, ['blackout', '--for', '2s']).ended
  await known.stop()
  t.equal(code, 0, out + err)
  t.match(out, /^blackout [█░]{20} \d+ of 2 s {2}\d+ requests, \d+ hit: /)
  t.match(out, /if it had died now: ghosts would have been 1\.000 like the truth, of \d+ that were compared/)
  t.match(out, /GET \/users\/\{id\} +\d+ +\d+ +\d+ +0 +0 +\d+ +1\.000\n/)
  t.match(out, /its time was over/)
  t.notMatch(out, /\u001b/, 'no terminal, no control characters')
})

t.test('writes, which no ghost answers: exit 1 and why, as JSON the whole report', async t => {
  const writes = traffic(() => proxy.send('POST', '/users', { body: '{}' }))
  const { code, out } = await begin(proxy, ['blackout', '--for', '1s', '--json']).ended
  await writes.stop()
  t.equal(code, 1, out)
  const report = JSON.parse(out)
  t.match(report, { plan: { kind: 'blackout', durationS: 1, share: 1 }, state: 'ended' })
  t.ok(report.totals.refused > 0)
})

t.test('Ctrl-C ends the drill, and it is reported', async t => {
  const known = traffic(i => proxy.get(`/users/${1 + (i % 10)}`))
  const run = begin(proxy, ['blackout', '--for', '1h', '--share', '50'])
  while (!/ [1-9]\d* hit/.test(run.out())) {
    // The first line says none; a next one comes after five seconds.
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  run.child.kill('SIGINT')
  const { code, out } = await run.ended
  await known.stop()
  t.equal(code, 0, out)
  t.match(out, /50 % of the requests.*; it was ended by hand/)
})

t.test('what cannot be begun: exit 2 and one line that says why', async t => {
  const off = await startProxy(t, origin.url)
  for (const [args, env, why] of [
    [['blackout'], {}, /how long\?/],
    [['blackout', '--for', '0s'], {}, /durationS is 0; it must be a whole number from 1/],
    [['blackout', '--for', '5s', '--route', '/no/such'], {}, /no learned route is "\/no\/such"/],
    [['blackout', '--for', '5s'], { CHAOS_ADMIN_TOKEN: 'wrong' }, /Bearer/],
    [['blackout', '--for', '5s'], { CHAOS_ADMIN_PORT: String(off.adminPort) }, /CHAOS_DRILLS=on/],
    [
      ['blackout', '--for', '5s', '--admin', '127.0.0.1:9'],
      {},
      /127\.0\.0\.1:9 cannot be asked: .*is the proxy running/,
    ],
  ] as const) {
    const { code, out, err } = await begin(proxy, [...args], env).ended
    t.equal(code, 2, args.join(' '))
    t.equal(out, '')
    t.match(err, why)
    t.equal(err.trim().split('\n').length, 1)
  }
  const help = await begin(proxy, ['--help']).ended
  t.equal(help.code, 0)
  t.match(help.out, /chaos-proxy drill blackout --for 30s --share 50/)
})
