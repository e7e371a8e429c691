// thread: main of a process that is no proxy
// The command line of `chaos-proxy replay`. Pure.
import { parseArgs } from 'node:util'
import type { AdminAddress } from './admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from './admin-options.js'
import { numberIn } from './number-in.js'
import { readArgs } from './read-args.js'

export const replayActions = ['pause', 'resume', 'stop', 'show', 'export'] as const

export type ReplayOptions = {
  readonly address: AdminAddress
  readonly json: boolean
  /** Files for the report, told apart by their ending; '' for none. */
  readonly report: string
} & (
  | {
      readonly action: 'run'
      /** Body of POST /api/replays without its secrets; the proxy checks what it means. */
      readonly plan: Readonly<Record<string, unknown>>
      /** File with the secrets; '' for none. */
      readonly secrets: string
      readonly har: readonly string[]
      /** Answers that may differ, or stay away, percent. */
      readonly maxDifferent: number
    }
  | { readonly action: 'pause' | 'resume' | 'stop' | 'show'; readonly id: string }
  /** `query`: of GET /api/exchanges.har. */
  | { readonly action: 'export'; readonly query: string; readonly out: string }
)

export const replayUsage = `chaos-proxy replay [options]
chaos-proxy replay pause|resume|stop|show ID
chaos-proxy replay export [--from …] --out FILE

Sends traffic that a running proxy recorded again, to a target of its CHAOS_REPLAY_TARGETS, and reports in which answers that
target differs from what was recorded. Ctrl-C stops it.

  --target URL          one of CHAOS_REPLAY_TARGETS (where there is only one: that one)
  --from WHEN --to WHEN 2026-01-31T14:05:00Z, or how long ago: 90s, 15m, 2h, 7d (the last hour)
  --route ROUTE         only this learned route, "GET /users/{id}"; may be given several times
  --method METHOD       only this one; may be given several times
  --status STATUS       only what was answered so: 404, 5xx, 400-499
  --scope HASH          only what was asked with these credentials, as /api/exchanges shows them
  --sample PERCENT      of the exchanges (100); --seed NUMBER chooses the same ones again
  --limit NUMBER        of exchanges (10000)
  --exchange ID         this one alone, by its id in /api/exchanges
  --speed N             times faster than it came (1); or
  --rate N              so many requests a second; or
  --fast                as fast as it goes
  --connections N       to the target (16)
  --timeout MS          longest wait for an answer (10000)
  --writes              also methods that are not safe: POST, PUT, PATCH, DELETE
  --secrets FILE        JSON with what was redacted: {"scopes": {"HASH or *": {"authorization": "…"}}, "values": {"HASH": "…"}}
  --compare FIELD       a response field that is compared beside the usual ones; may be given several times
  --ignore PLACE        not compared: /items/~/fetchedAt in bodies, :name for a field; may be given several times
  --har FILE            replays this HAR file instead of what was recorded; may be given several times
  --max-different PCT   of the answers may differ or stay away (0)
  --report FILE         writes the report, as HTML where the name ends so, else as JSON
  --out FILE            of export: the HAR file
${adminUsage}
  --json                the report as JSON, and nothing else, on standard output
  --help

exit code: 0 answers were as recorded; 1 more of them were not than may be, or it did not come to its end; 2 nothing was sent, and why

  chaos-proxy replay --target http://staging:8080 --from 1h --speed 10
  chaos-proxy replay --from 15m --fast --connections 64 --writes --secrets secrets.json --report report.html
  chaos-proxy replay --har session.har --target http://localhost:3000
`

/** `problem`: what is wrong. */
export function readReplayOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReplayOptions | 'help' | { readonly problem: string } {
  const parsed = readArgs(() => parse(args))
  if (parsed === 'help' || 'problem' in parsed) return parsed
  const { values, positionals } = parsed
  const address = adminAddressOf(values, env)
  if ('problem' in address) return address
  const common = {
    address,
    json: values.json,
    report: values.report ?? '',
  }
  const [word, ...more] = positionals
  const action = replayActions.find(one => one === word)
  if (word !== undefined && action === undefined)
    return {
      problem: `${word} is nothing that can be done; there are ${replayActions.join(', ')}, or no word to begin one`,
    }
  if (action === 'export') {
    if (values.out === undefined) return { problem: 'export into which file? Say --out exchanges.har' }
    const query = new URLSearchParams()
    for (const name of ['from', 'to', 'status', 'scope', 'limit'] as const)
      if (values[name] !== undefined) query.set(name, values[name])
    for (const name of ['route', 'method'] as const) {
      const [first, ...others] = values[name] ?? []
      if (others.length > 0) return { problem: `export takes one --${name}` }
      if (first !== undefined) query.set(name, first)
    }
    return { ...common, action, query: query.toString(), out: values.out }
  }
  if (action !== undefined) {
    const [id] = more
    return id === undefined ? { problem: `${action} which replay? Its id is missing` } : { ...common, action, id }
  }
  const paces = [values.speed, values.rate, values.fast || undefined].filter(one => one !== undefined)
  if (paces.length > 1) return { problem: 'one of --speed, --rate and --fast' }
  const plan: Record<string, unknown> = {}
  for (const [option, member] of [
    ['target', 'target'],
    ['from', 'from'],
    ['to', 'to'],
    ['status', 'status'],
    ['scope', 'scope'],
    ['exchange', 'exchange'],
  ] as const)
    if (values[option] !== undefined) plan[member] = values[option]
  for (const [option, member] of [
    ['route', 'routes'],
    ['method', 'methods'],
    ['compare', 'compareFields'],
    ['ignore', 'ignored'],
  ] as const)
    if (values[option] !== undefined) plan[member] = values[option]
  for (const [option, member, scale] of [
    ['sample', 'sample', 100],
    ['seed', 'seed', 1],
    ['limit', 'limit', 1],
    ['speed', 'speed', 1],
    ['rate', 'perSecond', 1],
    ['connections', 'connections', 1],
    ['timeout', 'timeoutMs', 1],
  ] as const) {
    const text = values[option]
    if (text === undefined) continue
    const number = numberIn(text, 0, Number.MAX_VALUE)
    if (number === undefined) return { problem: `--${option} ${text} is no number` }
    plan[member] = number / scale
  }
  if (values.fast) plan.pace = 'fast'
  if (values.writes) plan.writes = true
  if (values.har !== undefined) plan.source = 'har'
  const allowed = values['max-different'] ?? '0'
  const maxDifferent = numberIn(allowed, 0, Number.MAX_VALUE)
  if (maxDifferent === undefined || maxDifferent > 100)
    return { problem: `--max-different ${allowed} is no number from 0 to 100` }
  return { ...common, action: 'run', plan, secrets: values.secrets ?? '', har: values.har ?? [], maxDifferent }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const texts = { type: 'string', multiple: true } as const
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ target: text, from: text, to: text, status: text, scope: text, sample: text, seed: text, limit: text },
      exchange: text,
      ...{ route: texts, method: texts, compare: texts, ignore: texts, har: texts },
      ...{ speed: text, rate: text, fast: flag, connections: text, timeout: text, writes: flag, secrets: text },
      ...adminOptions,
      ...{ 'max-different': text, report: text, out: text, json: flag },
      help: { ...flag, short: 'h' },
    },
  })
}
