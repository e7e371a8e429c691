// thread: main
// One line a setting, and the line is its documentation: type, default, check, README row and --print-config come from it.
// The only file that knows zod.

import { BlockList, isIP } from 'node:net'
import { cpus } from 'node:os'
import { z } from 'zod'
import { modes } from '../contract/ghost.js'
import type { Settings } from '../contract/settings.js'

/** How one setting is read. `parse` throws a ZodError or an Error whose message completes «CHAOS_X=… ». */
export interface SettingRow {
  /** Without the prefix: `CONNECT_TIMEOUT_MS`. */
  readonly name: string
  readonly schema: z.ZodType
  /** As a person would write it; undefined: required. */
  readonly fallback: string | undefined
  /** Shown instead of the fallback where it depends on the machine or on another setting. */
  readonly shownDefault?: string
  /** What may be written. */
  readonly range: string
  readonly doc: string
  readonly secret?: boolean
}

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine(value => value >= min && value <= max, `must be from ${min} to ${max}`)

const units: Record<string, number> = {
  '': 1,
  b: 1,
  kib: 1 << 10,
  kb: 1000,
  mib: 1 << 20,
  mb: 1e6,
  gib: 1 << 30,
  gb: 1e9,
}

const bytes = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+ ?([kmg]i?b|b)?$/i, 'is not a size such as 65536 or 64KiB')
    .transform(text => {
      const [, digits, unit] = /^(\d+) ?(\w*)$/.exec(text)!
      return Number(digits) * units[unit!.toLowerCase()]!
    })
    .refine(value => value >= min && value <= max, `must be from ${min} to ${max} bytes`)

const share = z
  .string()
  .regex(/^(0?\.\d+|[01](\.\d+)?)$/, 'is not a number from 0 to 1')
  .transform(Number)
  .refine(value => value >= 0 && value <= 1, 'must be from 0 to 1')

const choice = (of: readonly [string, ...string[]]) => z.enum(of, `must be one of ${of.join(', ')}`)
const onOff = choice(['on', 'off']).transform(text => text === 'on')
const text = z.string()
const list = z.string().transform(value => splitList(value))

const upstreams = z.string().transform((value, context) => {
  const urls = splitList(value)
  if (urls.length === 0) context.addIssue('names no upstream')
  for (const url of urls) {
    const problem = upstreamProblem(url)
    if (problem !== undefined) context.addIssue(problem)
  }
  return urls
})

const networks = z.string().transform((value, context) => {
  const entries = splitList(value)
  for (const entry of entries)
    if (!isNetwork(entry))
      context.addIssue(`has «${entry}», which is neither an address nor a block such as 10.0.0.0/8`)
  return entries
})

const row = (
  name: string,
  schema: z.ZodType,
  fallback: string | undefined,
  range: string,
  doc: string,
  more: Partial<SettingRow> = {},
): SettingRow => ({
  name,
  schema,
  fallback,
  range,
  doc,
  ...more,
})

const cores = String(Math.max(1, Math.min(16, cpus().length)))

export const settingsTable = {
  upstreams: row(
    'UPSTREAM',
    upstreams,
    undefined,
    'http(s) URLs, comma-separated',
    'Where real traffic goes. A path in the URL is put before every request path.',
  ),
  front: row(
    'FRONT',
    choice(['uws', 'strict']),
    'uws',
    'uws, strict',
    'Who speaks with clients: uWebSockets.js, or node:http in a single thread. Where no uWebSockets.js binary loads, strict takes over.',
  ),
  host: row('HOST', text, '0.0.0.0', 'address', 'Address to listen on.'),
  port: row('PORT', whole(0, 65535), '8080', '0–65535', 'Port to listen on; 0 takes a free one.'),
  workers: row('WORKERS', whole(1, 64), cores, '1–64', 'Edge threads.', { shownDefault: 'one a core, at most 16' }),
  adminHost: row(
    'ADMIN_HOST',
    text,
    '127.0.0.1',
    'address',
    'Address of the admin port. Anything but loopback needs a token.',
  ),
  adminPort: row('ADMIN_PORT', whole(0, 65535), '9090', '0–65535', 'Port for status, metrics and the match debugger.'),
  adminToken: row('ADMIN_TOKEN', text, '', 'text', 'Bearer token of the admin port.', { secret: true }),
  dataDir: row('DATA_DIR', text.min(1, 'is empty'), './chaos-data', 'folder', 'What was learned is kept here.'),
  modelDir: row('MODEL_DIR', text, '', 'folder', 'Where the embedding model lies.', {
    shownDefault: '`models` in the data folder',
  }),
  embedder: row(
    'EMBEDDER',
    choice(['auto', 'transformer', 'lexical']),
    'auto',
    'auto, transformer, lexical',
    'How requests are embedded: by the model where it is there, by it or not at all, or by words alone.',
  ),
  fetchModel: row('FETCH_MODEL', onOff, 'on', 'on, off', 'Fetch the model in the background where it is missing.'),
  connectTimeoutMs: row(
    'CONNECT_TIMEOUT_MS',
    whole(1, 600_000),
    '1000',
    '1–600000 ms',
    'Longest wait for the upstream to accept a connection.',
  ),
  responseTimeoutMs: row(
    'RESPONSE_TIMEOUT_MS',
    whole(1, 3_600_000),
    '10000',
    '1–3600000 ms',
    'Longest wait for the head of an answer after the request was sent.',
  ),
  idleTimeoutMs: row(
    'IDLE_TIMEOUT_MS',
    whole(1, 3_600_000),
    '30000',
    '1–3600000 ms',
    'Longest silence in the middle of an answer.',
  ),
  holdBytes: row(
    'HOLD_BYTES',
    bytes(0, 1 << 30),
    '64KiB',
    'size',
    'Answers up to this size are held until they are complete, so that a backend that dies in the middle still turns into a ghost.',
  ),
  maxHeaderBytes: row(
    'MAX_HEADER_BYTES',
    bytes(1024, 1 << 20),
    '32KiB',
    '1KiB–1MiB',
    'Largest header section, both ways.',
  ),
  maxBodyBytes: row(
    'MAX_BODY_BYTES',
    bytes(0, Number.MAX_SAFE_INTEGER),
    '0',
    'size',
    'Largest request body; 0: no limit, bodies are streamed.',
  ),
  maxConnections: row(
    'MAX_CONNECTIONS',
    whole(1, 65_535),
    '1024',
    '1–65535',
    'Connections to one upstream from one edge.',
  ),
  retries: row(
    'RETRIES',
    whole(0, 10),
    '1',
    '0–10',
    'How often a request is sent again of which the upstream saw nothing, or which does no harm twice, and to which nothing was answered.',
  ),
  breakerErrorPercent: row(
    'BREAKER_ERROR_PERCENT',
    whole(1, 100),
    '50',
    '1–100',
    'Share of failures that opens the circuit.',
  ),
  breakerWindowMs: row(
    'BREAKER_WINDOW_MS',
    whole(100, 600_000),
    '10000',
    '100–600000 ms',
    'The time over which failures are counted.',
  ),
  breakerMinRequests: row(
    'BREAKER_MIN_REQUESTS',
    whole(1, 1_000_000),
    '20',
    '1–1000000',
    'Fewer requests than this in the window never open the circuit.',
  ),
  breakerOpenMs: row(
    'BREAKER_OPEN_MS',
    whole(10, 600_000),
    '2000',
    '10–600000 ms',
    'How long an open circuit leaves the upstream alone.',
  ),
  breakerProbes: row(
    'BREAKER_PROBES',
    whole(1, 1000),
    '5',
    '1–1000',
    'How many requests may try a half-open circuit, and must succeed to close it.',
  ),
  ghost: row(
    'GHOST',
    choice(modes),
    'auto',
    modes.join(', '),
    'When ghosts answer: when the upstream fails, never, or always.',
  ),
  ghostMinConfidence: row(
    'GHOST_MIN_CONFIDENCE',
    share,
    '0.7',
    '0–1',
    'A ghost whose confidence has a lower bound below this stays silent.',
  ),
  ghostMaxAgeS: row(
    'GHOST_MAX_AGE_S',
    whole(0, 1e9),
    '0',
    '0–1000000000 s',
    'Oldest answer that a ghost may use; 0: any age.',
  ),
  ghostBudgetMs: row(
    'GHOST_BUDGET_MS',
    whole(1, 60_000),
    '100',
    '1–60000 ms',
    'Longest wait for the brain when only a semantic match could answer.',
  ),
  ghostHonour: row(
    'GHOST_HONOUR',
    choice(['no-store', 'rfc9111']),
    'no-store',
    'no-store, rfc9111',
    'Which caching rules silence a ghost: `no-store` alone, or all rules of a shared cache.',
  ),
  identityHeaders: row(
    'IDENTITY_HEADERS',
    list.transform(names => names.map(name => name.toLowerCase())),
    'authorization,cookie,x-api-key',
    'field names',
    'Request fields that say whose request it is. Answers are kept apart by them.',
  ),
  trustedProxies: row(
    'TRUSTED_PROXIES',
    networks,
    '',
    'addresses, blocks',
    'Peers whose X-Forwarded-* fields are believed.',
  ),
  forwardHost: row(
    'FORWARD_HOST',
    choice(['auto', 'keep', 'rewrite']),
    'auto',
    'auto, keep, rewrite',
    'The Host that the upstream sees: the client’s, or its own. `auto` keeps it over http and rewrites it over https.',
  ),
  redact: row(
    'REDACT',
    text.transform(value => (value === 'off' ? undefined : splitList(value))),
    '',
    'names, or off',
    'Names of secret members, parameters and fields beside the built-in list; `off` stores everything as it is.',
  ),
  capture: row('CAPTURE', onOff, 'on', 'on, off', 'Learn from traffic.'),
  captureMaxBodyBytes: row(
    'CAPTURE_MAX_BODY_BYTES',
    bytes(0, 1 << 30),
    '1MiB',
    'size',
    'Answers longer than this are passed on but not learned.',
  ),
  captureRate: row(
    'CAPTURE_RATE',
    whole(1, 1_000_000),
    '500',
    '1–1000000 a second',
    'Exchanges that one edge hands to the learner; unchanged repeats do not count.',
  ),
  memoryMaxBytes: row(
    'MEMORY_MAX_BYTES',
    bytes(16 << 20, 2 ** 44),
    '4GiB',
    '16MiB–16TiB',
    'Largest size of the embedded memory.',
  ),
  shutdownMs: row(
    'SHUTDOWN_MS',
    whole(0, 600_000),
    '10000',
    '0–600000 ms',
    'How long requests in flight may take after SIGTERM.',
  ),
  logLevel: row(
    'LOG_LEVEL',
    choice(['silent', 'error', 'warn', 'info', 'debug']),
    'info',
    'silent, error, warn, info, debug',
    'What is logged, as JSON lines on standard output.',
  ),
} as const satisfies Record<keyof Settings, SettingRow>

function splitList(value: string): string[] {
  return value
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
}

function upstreamProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `«${text}» is not a URL; write it like http://localhost:3000`
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `«${text}» must begin with http:// or https://`
  if (url.username !== '' || url.password !== '') return `«${url.host}» must not carry credentials`
  if (url.search !== '' || url.hash !== '') return `«${text}» must not have a query or a fragment`
  return undefined
}

function isNetwork(entry: string): boolean {
  const [address, bits, ...rest] = entry.split('/')
  const family = isIP(address!)
  if (family === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  if (!/^\d{1,3}$/.test(bits)) return false
  try {
    new BlockList().addSubnet(address!, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    return false
  }
}

/** Reads one value; the problems complete the sentence «CHAOS_X … ». */
export function readSetting(
  setting: SettingRow,
  value: string,
): { ok: true; value: unknown } | { ok: false; problems: string[] } {
  const result = setting.schema.safeParse(value.trim())
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, problems: result.error.issues.map(({ message }) => message) }
}
