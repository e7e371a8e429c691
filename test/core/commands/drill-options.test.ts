import t from 'tap'
import { readDrillOptions } from '../../../core/commands/drill-options.js'
import { durationMs } from '../../../core/commands/duration.js'

const read = (line: string, env: Record<string, string> = {}) => readDrillOptions(line.split(' ').filter(Boolean), env)

t.test('times', async t => {
  for (const [text, ms] of [
    ['30s', 30_000],
    ['30', 30_000],
    ['500ms', 500],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ] as const)
    t.equal(durationMs(text), ms, text)
  for (const text of ['', 's', '-1s', '1d', '1 s', 'NaN']) t.equal(durationMs(text), undefined, text)
})

t.test('a plan, and where it goes', async t => {
  t.strictSame(read('blackout --for 30s --share 50'), {
    address: { host: '127.0.0.1', port: 9090, token: '' },
    plan: { kind: 'blackout', durationS: 30, share: 0.5 },
    minSimilarity: 0.7,
    json: false,
  })
  t.strictSame(
    read(
      'latency --for 2m --latency 1.5s --ramp 30s --seed 7 --concurrent --route /users/{id} --route /maps --json --min-similarity 0.9 --admin http://[::1]:81 --token x',
      { CHAOS_ADMIN_TOKEN: 'y' },
    ),
    {
      address: { host: '::1', port: 81, token: 'x' },
      plan: {
        kind: 'latency',
        durationS: 120,
        rampS: 30,
        latencyMs: 1500,
        seed: 7,
        routes: ['/users/{id}', '/maps'],
        concurrent: true,
      },
      minSimilarity: 0.9,
      json: true,
    },
  )
  t.match(
    read('error --for 1m --status 500', {
      CHAOS_ADMIN_HOST: '10.0.0.7',
      CHAOS_ADMIN_PORT: '9191',
      CHAOS_ADMIN_TOKEN: 'secret',
    }),
    { address: { host: '10.0.0.7', port: 9191, token: 'secret' }, plan: { status: 500 } },
  )
  t.equal(read('--help'), 'help')
})

t.test('what is wrong, and what to do', async t => {
  for (const [line, problem] of [
    ['', /which kind of fault\? One of blackout,/],
    ['fire --for 3s', /fire is no kind of drill; there are blackout,/],
    ['blackout', /how long\? .*--for 30s/],
    ['blackout --for soon', /--for soon is no time/],
    ['blackout --for 1500ms', /--for 1500ms is no time/],
    ['blackout --for 3s --share 101', /--share 101 is no number from 0 to 100/],
    ['blackout --for 3s --share -1', /./],
    ['blackout --for 3s --seed x', /--seed x is no number/],
    ['blackout --for 3s --min-similarity 2', /--min-similarity 2 is no number from 0 to 1/],
    ['blackout extra --for 3s', /extra is one thing too many/],
    ['blackout --for 3s --admin ftp://x', /--admin ftp:\/\/x is no address/],
    ['blackout --for 3s --unknown', /--unknown/],
  ] as const)
    t.match(read(line), { problem }, line)
})
