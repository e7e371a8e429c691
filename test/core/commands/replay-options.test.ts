import t from 'tap'
import { readReplayOptions } from '../../../core/commands/replay-options.js'

const read = (line: string, env: Record<string, string> = {}) => readReplayOptions(line.split(' ').filter(Boolean), env)

t.test('a plan, where it goes, and what stays here', async t => {
  t.strictSame(read(''), {
    address: { host: '127.0.0.1', port: 9090, token: '' },
    ...{ json: false, report: '', action: 'run', plan: {}, secrets: '', har: [], maxDifferent: 0 },
  })
  t.strictSame(
    read(
      '--target http://s:1 --from 15m --to 5m --route /a --route /b --method GET --status 5xx --scope kh --sample 10% --seed 3 --limit 7 --rate 200 --connections 4 --timeout 50 --writes --secrets s.json --compare x-total --ignore /a --max-different 2.5 --report r.html --json --admin [::1]:81 --token x',
      { CHAOS_ADMIN_TOKEN: 'y' },
    ),
    {
      address: { host: '::1', port: 81, token: 'x' },
      ...{ json: true, report: 'r.html', action: 'run', secrets: 's.json', har: [], maxDifferent: 2.5 },
      plan: {
        ...{ target: 'http://s:1', from: '15m', to: '5m', status: '5xx', scope: 'kh', routes: ['/a', '/b'] },
        ...{ methods: ['GET'], compareFields: ['x-total'], ignored: ['/a'], sample: 0.1, seed: 3, limit: 7 },
        ...{ perSecond: 200, connections: 4, timeoutMs: 50, writes: true },
      },
    },
  )
  t.match(read('--har a.har --har b.har --fast'), { plan: { source: 'har', pace: 'fast' }, har: ['a.har', 'b.har'] })
  t.match(read('--exchange a-b-c'), { plan: { exchange: 'a-b-c' } })
  t.match(read('pause abc'), { action: 'pause', id: 'abc' })
  t.match(read('export --out x.har --from 1h --route /a'), {
    action: 'export',
    out: 'x.har',
    query: 'from=1h&route=%2Fa',
  })
  t.equal(read('--help'), 'help')
})

t.test('what is wrong, and what to do', async t => {
  for (const [line, problem] of [
    ['away', /away is nothing that can be done; there are pause,/],
    ['stop', /stop which replay\?/],
    ['export', /--out exchanges.har/],
    ['export --out x --route /a --route /b', /one --route/],
    ['--rate 3 --speed 2', /one of --speed, --rate and --fast/],
    ['--sample some', /--sample some is no number/],
    ['--max-different 101', /from 0 to 100/],
    ['--admin ftp://x', /is no address/],
    ['--unknown', /--unknown/],
  ] as const)
    t.match(read(line), { problem }, line)
})
