// Puts load on a URL, with autocannon or wrk, and says what came of it.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { askProcess } from './processes.js'

export const tools = ['autocannon', 'wrk'] as const
export type Tool = (typeof tools)[number]

export interface Load {
  readonly tool: Tool
  /** Without a path. */
  readonly url: string
  /** Asked in turn by each connection. */
  readonly paths: readonly string[]
  readonly connections: number
  readonly durationS: number
  /** wrk knows none: 1 there. */
  readonly pipelining: number
  /** Each request is a POST with a body of this length; left out: a GET. */
  readonly bodyBytes?: number
}

export interface LoadResult {
  /** Answered, with whatever status. */
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Measured where requests are sent at a fixed rate. */
  readonly p999Ms?: number
  /** There as well: share of the half seconds in which the answers of all were held up, 0…1; percentiles are the middle of half seconds. */
  readonly heldUp?: number
  /** Connection errors, time-outs and statuses beyond 399 (autocannon: beyond 299). */
  readonly failed: number
}

/** `folder`: where the wrk script may be written. */
export function runLoad(load: Load, folder: string): Promise<LoadResult> {
  return load.tool === 'wrk' ? runWrk(load, folder) : runAutocannon(load)
}

async function runAutocannon(load: Load): Promise<LoadResult> {
  const file = new URL('./autocannon-process.js', import.meta.url)
  return (await askProcess<Load, LoadResult>(file, load)).reply
}

const run = promisify(execFile)

async function runWrk(load: Load, folder: string): Promise<LoadResult> {
  const script = join(folder, 'wrk.lua')
  writeFileSync(script, wrkScript(load))
  const { connections, durationS, url } = load
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${durationS}s`,
    '--timeout',
    '5s',
    '-s',
    script,
    url,
  ])
  const line = /^RESULT (.+)$/m.exec(stdout)
  if (line === null) throw new Error(`wrk said nothing that can be read:\n${stdout}`)
  const [requests, micros, p50, p99, failed] = line[1]!.split(' ').map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return { requests, perSecond: requests / (micros / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000, failed }
}

/** Requests are composed once: the script costs wrk one look-up a request. Durations are microseconds. */
export function wrkScript({ paths, bodyBytes }: Pick<Load, 'paths' | 'bodyBytes'>): string {
  const rest = bodyBytes === undefined ? '' : `, nil, string.rep('x', ${bodyBytes})`
  return `
local requests, at = {}, 0
init = function()
  for i, path in ipairs({ ${paths.map(path => JSON.stringify(path)).join(', ')} }) do
    requests[i] = wrk.format('${bodyBytes === undefined ? 'GET' : 'POST'}', path${rest})
  end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('RESULT %d %d %d %d %d', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`
}

export async function isInstalled(program: string, versionOption: string): Promise<string | undefined> {
  const said = await run(program, [versionOption]).catch(
    (error: { code?: unknown; stdout?: string; stderr?: string }) => error,
  )
  if ('code' in said && typeof said.code === 'string') return undefined
  // wrk and nginx say their version on stderr or with an exit code of 1.
  const first = `${said.stdout ?? ''}${said.stderr ?? ''}`.trim().split('\n')[0] ?? ''
  return first === '' ? undefined : first
}
