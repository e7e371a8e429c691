// thread: main
// From environment and command line to settings: everything that is wrong is said at once, nothing is guessed.
import { join } from 'node:path'
import type { Settings } from '../contract/settings.js'
import type { SettingStatus } from '../contract/status.js'
import { readGivenKeys } from '../sealing/given-keys.js'
import { nearestName } from './nearest-name.js'
import { otelValues } from './otel-names.js'
import { readSecretFile } from './secret-file.js'
import { readSetting, type SettingRow } from './setting-types.js'
import { settingsTable } from './settings-table.js'

const PREFIX = 'CHAOS_'

/** Where the value of a setting came from. */
export type Origin = 'default' | 'environment' | 'command line'

export type Parsed =
  | { readonly command: 'help' | 'version'; readonly ok: false; readonly problems: readonly string[] }
  | { readonly command: 'start' | 'print-config'; readonly ok: false; readonly problems: readonly string[] }
  | {
      readonly command: 'start' | 'print-config'
      readonly ok: true
      readonly settings: Settings
      readonly origins: Readonly<Record<keyof Settings, Origin>>
      readonly resetMemory: boolean
    }

const rows = Object.entries(settingsTable) as [keyof Settings, SettingRow][]
/** Settings that are of no use alone. */
const pairs = [
  ['tlsCert', 'tlsKey'],
  ['upstreamCert', 'upstreamKey'],
] as const
/** What may stand in a file instead. */
const secretFiles = [
  ['adminToken', 'adminTokenFile'],
  ['adminViewToken', 'adminViewTokenFile'],
  ['encryptionKey', 'encryptionKeyFile'],
] as const
/** RFC 1122 §3.2.1.3: the whole of 127.0.0.0/8. */
const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)

export function parseSettings(env: Readonly<Record<string, string | undefined>>, argv: readonly string[]): Parsed {
  const problems: string[] = []
  const line = readCommandLine(argv, problems)
  if (line.command === 'help' || line.command === 'version') return { command: line.command, ok: false, problems: [] }
  const command = line.command

  const known = rows.map(([, row]) => PREFIX + row.name)
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || known.includes(name)) continue
    const near = nearestName(name, known)
    problems.push(`${name} is not a setting${near === undefined ? '' : `; did you mean ${near}?`}`)
  }

  const values: Partial<Record<keyof Settings, unknown>> = {}
  const origins = {} as Record<keyof Settings, Origin>
  const endpoint = settingsTable.tracesEndpoint.name
  const standard = otelValues(env, line.values.has(endpoint) || (env[PREFIX + endpoint] ?? '') !== '')
  for (const [key, row] of rows) {
    const fromLine = line.values.get(row.name)
    const fromEnv = env[PREFIX + row.name]
    // An empty variable is how shells and compose files leave a setting out.
    const own = fromLine ?? (fromEnv === '' ? undefined : fromEnv)
    const other = own === undefined ? standard.get(row.name) : undefined
    const given = own ?? other?.value
    origins[key] = fromLine !== undefined ? 'command line' : given !== undefined ? 'environment' : 'default'
    const text = given ?? row.fallback
    if (text === undefined) {
      problems.push(missing(row))
      continue
    }
    const read = readSetting(row, text)
    if (read.ok) values[key] = read.value
    else
      for (const problem of read.problems)
        problems.push(
          withoutCredentials(
            `${other?.name ?? PREFIX + row.name}=${row.secret ? '***' : text} ${problem} (${row.range})`,
          ),
        )
  }

  for (const [key, fileKey] of secretFiles) {
    const file = values[fileKey]
    if (typeof file !== 'string' || file === '') continue
    const [name, fileName] = [PREFIX + settingsTable[key].name, PREFIX + settingsTable[fileKey].name]
    if (values[key] !== '') {
      problems.push(`${name} and ${fileName} are both set: leave one out`)
      continue
    }
    const read = readSecretFile(file)
    if ('problem' in read) problems.push(`${fileName}=${file} ${read.problem}`)
    else {
      values[key] = read.secret
      origins[key] = origins[fileKey]
    }
  }
  const settings = values as Settings
  if (standard.get('TRACES_PROTOCOL')?.value === 'grpc' && settings.tracesProtocol === undefined)
    problems.push(
      'traces are sent over HTTP, not by gRPC: name the HTTP endpoint of the collector in CHAOS_TRACES_ENDPOINT (http://…:4318/v1/traces), or set OTEL_TRACES_EXPORTER=none for this process',
    )
  if (settings.adminHost !== undefined && !isLoopback(settings.adminHost) && settings.adminToken === '') {
    problems.push(
      `CHAOS_ADMIN_HOST=${settings.adminHost} is not loopback: set CHAOS_ADMIN_TOKEN or CHAOS_ADMIN_TOKEN_FILE as well, or leave the admin port on 127.0.0.1`,
    )
  }
  if (settings.adminViewToken && settings.adminToken === '')
    problems.push(
      'CHAOS_ADMIN_VIEW_TOKEN is set and CHAOS_ADMIN_TOKEN is not: without that one everybody who reaches the admin port may change things',
    )
  if (settings.adminViewToken && settings.adminViewToken === settings.adminToken)
    problems.push('CHAOS_ADMIN_VIEW_TOKEN and CHAOS_ADMIN_TOKEN are the same: give them different values')
  if (settings.encryptionKey) problems.push(...encryptionKeyProblems(settings, origins))
  if (settings.port !== undefined && settings.port !== 0 && settings.port === settings.adminPort) {
    problems.push(`CHAOS_PORT and CHAOS_ADMIN_PORT are both ${settings.port}: give them different ports`)
  }
  for (const [one, other] of pairs) {
    if (values[one] === undefined || values[other] === undefined || (values[one] === '') === (values[other] === ''))
      continue
    const [set, missing] = values[one] === '' ? [other, one] : [one, other]
    problems.push(
      `${PREFIX}${settingsTable[set].name} is set and ${PREFIX}${settingsTable[missing].name} is not: a certificate and its key go together`,
    )
  }
  if (problems.length > 0) return { command, ok: false, problems }
  const modelDir = settings.modelDir === '' ? join(settings.dataDir, 'models') : settings.modelDir
  return { command, ok: true, settings: { ...settings, modelDir }, origins, resetMemory: line.resetMemory }
}

/** Nothing of the key is said. */
function encryptionKeyProblems(
  { encryptionKey, encryptionKeyFile }: Settings,
  origins: Readonly<Record<keyof Settings, Origin>>,
): string[] {
  const problems: string[] = []
  const fromFile = encryptionKeyFile !== ''
  if (!fromFile && origins.encryptionKey === 'command line')
    problems.push(
      '--encryption-key stands in the list of processes, for everybody to read: set CHAOS_ENCRYPTION_KEY or CHAOS_ENCRYPTION_KEY_FILE',
    )
  const read = readGivenKeys(encryptionKey)
  if ('problem' in read)
    problems.push(`CHAOS_ENCRYPTION_KEY${fromFile ? `_FILE=${encryptionKeyFile}` : ''} ${read.problem}`)
  return problems
}

/** Problems end up in logs: `http://user:password@host` is told as `http://***@host`. */
function withoutCredentials(problem: string): string {
  return problem.replace(/[^/,\s«=]*@/g, '***@')
}

function missing(row: SettingRow): string {
  if (row.name === 'UPSTREAM')
    return 'no upstream is set: say where your API is, CHAOS_UPSTREAM=http://localhost:3000 npm start (or --upstream http://localhost:3000)'
  return `${PREFIX}${row.name} is not set`
}

interface CommandLine {
  readonly command: 'start' | 'print-config' | 'help' | 'version'
  readonly resetMemory: boolean
  /** By setting name without prefix. */
  readonly values: ReadonlyMap<string, string>
}

function readCommandLine(argv: readonly string[], problems: string[]): CommandLine {
  const values = new Map<string, string>()
  const flags = rows.map(([, row]) => flagOf(row))
  let command: CommandLine['command'] = 'start'
  let resetMemory = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    const [flag, inline] = word.includes('=')
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word, undefined]
    if (word === 'start' && i === 0) continue
    if (word === 'print-config' && i === 0) {
      command = 'print-config'
      continue
    }
    if (word === '--help' || word === '-h') command = 'help'
    else if (word === '--version') command = 'version'
    else if (word === '--print-config') command = 'print-config'
    else if (word === '--reset-memory') resetMemory = true
    else {
      const row = rows.find(([, candidate]) => flagOf(candidate) === flag)?.[1]
      const value = inline ?? argv[i + 1]
      if (row === undefined) {
        const near = nearestName(flag, [...flags, '--help', '--version', '--print-config', '--reset-memory'])
        problems.push(`${flag} is not an option${near === undefined ? '; see --help' : `; did you mean ${near}?`}`)
        if (inline === undefined && value !== undefined && !value.startsWith('--')) i += 1
        continue
      }
      if (value === undefined) problems.push(`${flag} needs a value (${row.range})`)
      else values.set(row.name, value)
      if (inline === undefined) i += 1
    }
  }
  return { command, resetMemory, values }
}

function flagOf(row: SettingRow): string {
  return `--${row.name.toLowerCase().replaceAll('_', '-')}`
}

/** For completion: every setting as an option. */
export function settingFlags(): { readonly flag: string; readonly doc: string }[] {
  return rows.map(([, row]) => ({ flag: flagOf(row), doc: row.doc }))
}

/** The settings in force, where each comes from, secrets masked. */
export function settingsStatus(parsed: Parsed & { ok: true }): SettingStatus[] {
  return rows.map(([key, row]) => ({
    name: PREFIX + row.name,
    value: row.secret && parsed.settings[key] !== '' ? '***' : withoutCredentials(shownValue(parsed.settings[key])),
    origin: parsed.origins[key],
    range: row.range,
    doc: row.doc,
  }))
}

function shownValue(value: Settings[keyof Settings]): string {
  if (value === undefined) return 'off'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return Array.isArray(value) ? value.join(',') : String(value)
}

export function printConfig(parsed: Parsed & { ok: true }): string {
  const width = Math.max(...rows.map(([, row]) => row.name.length)) + PREFIX.length
  return settingsStatus(parsed)
    .map(({ name, value, origin }) => `${name.padEnd(width)} = ${value.padEnd(32)} # ${origin}\n`)
    .join('')
}

/** `commands`: beside `start`. */
export function helpText(commands: readonly { readonly name: string; readonly summary: string }[]): string {
  const others = commands.map(({ name, summary }) => `  chaos-proxy ${name.padEnd(16)} ${summary}; --help tells more`)
  const lines = rows.map(([, row]) => `  ${flagOf(row).padEnd(28)} ${row.doc}`)
  return `chaos-proxy: keeps an API answering when its backend is gone

  CHAOS_UPSTREAM=http://localhost:3000 npm start
  chaos-proxy start --upstream http://localhost:3000

  chaos-proxy start            serve; what is done where no command is named
  chaos-proxy print-config     the settings in force and where they come from
${others.join('\n')}

Every setting is an environment variable CHAOS_NAME and an option --name:

${lines.join('\n')}

  --print-config               Print the settings in force and where they come from.
  --reset-memory               Move the old memory aside and start with an empty one.
  --version, --help
`
}

/** The settings as rows of a Markdown table, for the README. */
export function settingsMarkdown(): string {
  const head = '| setting | default | may be | meaning |\n| --- | --- | --- | --- |\n'
  return (
    head +
    rows
      .map(
        ([, row]) =>
          `| \`${PREFIX}${row.name}\` | ${row.shownDefault ?? (row.fallback === undefined ? '**required**' : row.fallback === '' ? '–' : `\`${row.fallback}\``)} | ${row.range} | ${row.doc} |\n`,
      )
      .join('')
  )
}
