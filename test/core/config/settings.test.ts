import t from 'tap'
import { helpText, type Parsed, parseSettings, printConfig, settingsMarkdown } from '../../../core/config/settings.js'
import { settingsTable } from '../../../core/config/settings-table.js'
import type { Settings } from '../../../core/contract/settings.js'

const upstream = { CHAOS_UPSTREAM: 'http://localhost:3000' }

function settingsOf(env: Record<string, string>, argv: string[] = []): Settings {
  const parsed = parseSettings({ ...upstream, ...env }, argv)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function problemsOf(env: Record<string, string>, argv: string[] = []): readonly string[] {
  const parsed = parseSettings({ ...upstream, ...env }, argv)
  return parsed.ok ? [] : parsed.problems
}

t.test('an upstream is enough; the rest has the defaults of the design', async t => {
  t.match(settingsOf({}), {
    upstreams: ['http://localhost:3000'],
    front: 'uws',
    host: '0.0.0.0',
    port: 8080,
    adminHost: '127.0.0.1',
    adminPort: 9090,
    dataDir: './chaos-data',
    embedder: 'auto',
    connectTimeoutMs: 1000,
    responseTimeoutMs: 10_000,
    idleTimeoutMs: 30_000,
    holdBytes: 65_536,
    maxHeaderBytes: 32_768,
    maxBodyBytes: 0,
    retries: 1,
    breakerErrorPercent: 50,
    breakerWindowMs: 10_000,
    breakerMinRequests: 20,
    breakerOpenMs: 2000,
    breakerProbes: 5,
    ghost: 'auto',
    ghostMinConfidence: 0.7,
    ghostMaxAgeS: 0,
    ghostBudgetMs: 100,
    ghostHonour: 'no-store',
    identityHeaders: ['authorization', 'cookie', 'x-api-key'],
    trustedProxies: [],
    redact: [],
    capture: true,
    captureMaxBodyBytes: 1_048_576,
    memoryMaxBytes: 4 * 2 ** 30,
    shutdownMs: 10_000,
    logLevel: 'info',
  })
  t.equal(
    settingsOf({ CHAOS_DATA_DIR: '/srv/chaos' }).modelDir,
    '/srv/chaos/models',
    'the model lies in the data folder',
  )
})

t.test('the three places of a value: default, environment, command line', async t => {
  const parsed = parseSettings({ ...upstream, CHAOS_PORT: '81', CHAOS_HOST: '127.0.0.1' }, [
    'start',
    '--port',
    '82',
    '--ghost=off',
  ])
  t.equal(parsed.ok, true)
  if (!parsed.ok) return
  t.match(parsed.settings, { port: 82, host: '127.0.0.1', ghost: 'off', adminPort: 9090 })
  t.match(parsed.origins, { port: 'command line', host: 'environment', ghost: 'command line', adminPort: 'default' })
  t.equal(parsed.resetMemory, false)
})

t.test('an empty variable is one that is not set', async t => {
  t.equal(settingsOf({ CHAOS_PORT: '', CHAOS_GHOST: '' }).port, 8080)
  t.match(parseSettings({ CHAOS_UPSTREAM: '' }, []), { ok: false, problems: [/no upstream is set/] })
})

t.test('sizes, lists and switches as people write them', async t => {
  const settings = settingsOf({
    CHAOS_HOLD_BYTES: '64KiB',
    CHAOS_MEMORY_MAX_BYTES: '4 gib',
    CHAOS_CAPTURE_MAX_BODY_BYTES: '1048576',
    CHAOS_MAX_BODY_BYTES: '10MB',
    CHAOS_IDENTITY_HEADERS: ' X-Tenant , Authorization ',
    CHAOS_TRUSTED_PROXIES: '10.0.0.0/8, ::1, 192.168.1.1',
    CHAOS_UPSTREAM: 'http://a:1, https://b/base ,http://[::1]:8080',
    CHAOS_CAPTURE: 'off',
    CHAOS_REDACT: 'pin,iban',
  })
  t.match(settings, {
    holdBytes: 65_536,
    memoryMaxBytes: 2 ** 32,
    captureMaxBodyBytes: 1_048_576,
    maxBodyBytes: 10_000_000,
    identityHeaders: ['x-tenant', 'authorization'],
    trustedProxies: ['10.0.0.0/8', '::1', '192.168.1.1'],
    upstreams: ['http://a:1', 'https://b/base', 'http://[::1]:8080'],
    capture: false,
    redact: ['pin', 'iban'],
  })
  t.equal(settingsOf({ CHAOS_REDACT: 'off' }).redact, undefined)
})

t.test('everything that is wrong is said at once', async t => {
  const problems = problemsOf(
    {
      CHAOS_UPSTREAM: 'ftp://x',
      CHAOS_PORT: '99999',
      CHAOS_GHOST: 'maybe',
      CHAOS_UPSTREM: 'http://x',
      CHAOS_RETRIES: '-1',
    },
    ['--holdbytes', '1', '--log-level'],
  )
  t.equal(problems.length, 7)
  for (const wanted of [
    /^CHAOS_UPSTREM is not a setting; did you mean CHAOS_UPSTREAM\?$/,
    /^CHAOS_UPSTREAM=ftp:\/\/x .*must begin with http/,
    /^CHAOS_PORT=99999 must be from 0 to 65535/,
    /^CHAOS_GHOST=maybe must be one of auto, off, forced/,
    /^CHAOS_RETRIES=-1 is not a whole number/,
    /^--holdbytes is not an option; did you mean --hold-bytes\?/,
    /^--log-level needs a value/,
  ]) {
    t.ok(
      problems.some(problem => wanted.test(problem)),
      `${wanted} in ${problems.join(' | ')}`,
    )
  }
})

t.test('values that are refused', async t => {
  const bad: [name: string, value: string, says: RegExp][] = [
    ['UPSTREAM', 'localhost:3000', /must begin with http/],
    ['UPSTREAM', 'nonsense', /is not a URL/],
    ['UPSTREAM', 'http://user:pass@a', /must not carry credentials/],
    ['UPSTREAM', 'http://a/?x=1', /query or a fragment/],
    ['UPSTREAM', 'http://a/#x', /query or a fragment/],
    ['UPSTREAM', ' , ', /names no upstream/],
    ['PORT', '80.5', /not a whole number/],
    ['PORT', '0x50', /not a whole number/],
    ['PORT', '8e1', /not a whole number/],
    ['WORKERS', '0', /from 1 to 64/],
    ['HOLD_BYTES', '64 apples', /not a size/],
    ['HOLD_BYTES', '-1', /not a size/],
    ['MEMORY_MAX_BYTES', '1KiB', /from 16777216/],
    ['MAX_HEADER_BYTES', '99999999999999999999999', /bytes/],
    ['GHOST_MIN_CONFIDENCE', '1.1', /from 0 to 1/],
    ['GHOST_MIN_CONFIDENCE', '70%', /not a number from 0 to 1/],
    ['GHOST_HONOUR', 'RFC9111', /must be one of/],
    ['CAPTURE', 'yes', /must be one of on, off/],
    ['TRUSTED_PROXIES', '10.0.0.0/33', /neither an address nor a block/],
    ['TRUSTED_PROXIES', 'proxy.local', /neither an address nor a block/],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8', /neither an address nor a block/],
  ]
  for (const [name, value, says] of bad) {
    const problems = problemsOf({ [`CHAOS_${name}`]: value })
    t.equal(problems.length, 1, `${name}=${value}: ${problems.join(' | ')}`)
    t.match(problems[0], says, `${name}=${value}`)
  }
})

t.test('a password in an upstream is refused without being told to the log', async t => {
  const [problem] = problemsOf({ CHAOS_UPSTREAM: 'http://a:1,http://user:pass@word@b:2/x' })
  t.match(problem, /^CHAOS_UPSTREAM=http:\/\/a:1,http:\/\/\*\*\*@b:2\/x «b:2» must not carry credentials/)
  t.notMatch(problem, /pass|word/)
  t.notMatch(problemsOf({ CHAOS_UPSTREAM: 'user:password@b' }).join(), /password/)
  t.notMatch(problemsOf({ CHAOS_UPSTREAM: '//user:password@b' }).join(), /password/)
})

t.test('the admin port is open to the world only with a token', async t => {
  t.match(problemsOf({ CHAOS_ADMIN_HOST: '0.0.0.0' })[0], /CHAOS_ADMIN_TOKEN/)
  t.match(problemsOf({ CHAOS_ADMIN_HOST: '::' })[0], /CHAOS_ADMIN_TOKEN/)
  t.match(problemsOf({ CHAOS_ADMIN_HOST: '127.evil.example' })[0], /CHAOS_ADMIN_TOKEN/)
  t.same(problemsOf({ CHAOS_ADMIN_HOST: '0.0.0.0', CHAOS_ADMIN_TOKEN: 'x' }), [])
  for (const host of ['localhost', '::1', '127.0.0.1', '127.0.0.53']) t.same(problemsOf({ CHAOS_ADMIN_HOST: host }), [])
})

t.test('a token from a file, and one for those who may look only', async t => {
  const folder = t.testdir({ token: '  first-line-word \nnot this\n', empty: '\nsecond line', same: 'operators' })
  const parsed = parseSettings(
    { ...upstream, CHAOS_ADMIN_HOST: '0.0.0.0', CHAOS_ADMIN_TOKEN_FILE: `${folder}/token` },
    [],
  )
  t.match(parsed, { ok: true, settings: { adminToken: 'first-line-word' }, origins: { adminToken: 'environment' } })
  if (parsed.ok) t.notMatch(printConfig(parsed), 'first-line-word')
  t.match(problemsOf({ CHAOS_ADMIN_TOKEN_FILE: `${folder}/none` })[0], /names a file that is not there/)
  t.match(
    problemsOf({ CHAOS_ADMIN_TOKEN_FILE: `${folder}/empty` })[0],
    /CHAOS_ADMIN_TOKEN_FILE=.*empty in its first line/,
  )
  t.match(problemsOf({ CHAOS_ADMIN_TOKEN_FILE: folder })[0], /cannot be read \(EISDIR\)/)
  t.match(problemsOf({ CHAOS_ADMIN_TOKEN: 'a', CHAOS_ADMIN_TOKEN_FILE: `${folder}/token` })[0], /both set/)
  t.match(problemsOf({ CHAOS_ADMIN_VIEW_TOKEN: 'viewers' })[0], /CHAOS_ADMIN_TOKEN is not/)
  const both = { CHAOS_ADMIN_TOKEN: 'operators', CHAOS_ADMIN_VIEW_TOKEN_FILE: `${folder}/same` }
  t.match(problemsOf(both)[0], /are the same/)
  t.same(problemsOf({ CHAOS_ADMIN_TOKEN: 'operators', CHAOS_ADMIN_VIEW_TOKEN_FILE: `${folder}/token` }), [])
})

t.test('names of the admin port are names of hosts', async t => {
  t.match(parseSettings({ ...upstream, CHAOS_ADMIN_NAMES: 'Chaos.internal, chaos' }, []), {
    settings: { adminNames: ['chaos.internal', 'chaos'] },
  })
  for (const bad of ['http://a', 'a:9090', 'a b', '*', '*.example', '.'])
    t.match(problemsOf({ CHAOS_ADMIN_NAMES: bad })[0], /CHAOS_ADMIN_NAMES/, bad)
})

t.test('two ports must differ, unless both are taken from what is free', async t => {
  t.match(problemsOf({ CHAOS_PORT: '9090' })[0], /both 9090/)
  t.same(problemsOf({ CHAOS_PORT: '0', CHAOS_ADMIN_PORT: '0' }), [])
})

t.test('commands', async t => {
  const command = (...argv: string[]): Parsed => parseSettings({}, argv)
  t.equal(command('--help').command, 'help')
  t.equal(command('-h').command, 'help')
  t.equal(command('--version').command, 'version')
  t.equal(command('--print-config', '--upstream', 'http://a').command, 'print-config')
  t.match(command('print-config', '--upstream', 'http://a'), { ok: true, command: 'print-config' })
  t.match(command('--upstream', 'http://a', 'print-config'), { ok: false }, 'a command stands first')
  t.match(command('--reset-memory', '--upstream', 'http://a'), { ok: true, command: 'start', resetMemory: true })
  t.match(command('stop'), { ok: false })
})

t.test('what is printed has every setting and no secret', async t => {
  const parsed = parseSettings({ ...upstream, CHAOS_ADMIN_TOKEN: 'very-secret' }, [])
  t.equal(parsed.ok, true)
  if (!parsed.ok) return
  const config = printConfig(parsed)
  const markdown = settingsMarkdown()
  const help = helpText([{ name: 'drill', summary: 'of a fault' }])
  for (const { name, doc } of Object.values(settingsTable)) {
    t.match(config, `CHAOS_${name} `)
    t.match(markdown, `\`CHAOS_${name}\``)
    t.match(help, `--${name.toLowerCase().replaceAll('_', '-')} `)
    t.match(doc, /\.$/, `${name} is told in a sentence`)
  }
  t.notMatch(config, 'very-secret')
  t.match(problemsOf({ CHAOS_ADMIN_TOKEN: 'very-secret', CHAOS_PORT: 'x' }).join(), /^(?!.*very-secret)/)
  for (const row of markdown.trim().split('\n')) t.equal(row.split(/(?<!\\)\|/).length, 6, row)
})
