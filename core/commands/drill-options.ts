// thread: main of a process that is no proxy
// The command line of `chaos-proxy drill`. Pure.
import { parseArgs } from 'node:util'
import { drillKinds } from '../contract/drills.js'
import type { AdminAddress } from './admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from './admin-options.js'
import { durationMs } from './duration.js'
import { numberIn } from './number-in.js'
import { readArgs } from './read-args.js'

export interface DrillOptions {
  readonly address: AdminAddress
  /** Body of POST /api/drills; the proxy checks what it means. */
  readonly plan: Readonly<Record<string, unknown>>
  /** Ghosts less like the truth than this break the promise. */
  readonly minSimilarity: number
  readonly json: boolean
}

export const drillUsage = `chaos-proxy drill KIND --for TIME [options]

Imitates a fault of the upstream in a proxy that runs with CHAOS_DRILLS=on, shows what becomes of the traffic, and reports how
like the truth its ghosts were. The upstream itself is left alone. Ctrl-C ends the drill.

kinds: ${drillKinds.join(', ')}

  --for TIME            how long: 30s, 5m, 1h
  --share PERCENT       of the requests that are hit (100)
  --route ROUTE         only this learned route, "GET /users/{id}" or "/users/{id}"; may be given several times
  --ramp TIME           until the full share (at once)
  --seed NUMBER         the same requests are hit with the same seed
  --latency TIME        for latency and slow-body (1s)
  --status CODE         for error: 500, 502, 503 or 504 (503)
  --concurrent          beside a drill that runs
  --min-similarity N    0 to 1: a ghost that is less like the truth breaks the promise (0.7)
${adminUsage}
  --json                the report as JSON, and nothing else, on standard output
  --help

exit code: 0 all who were hit got a ghost that was like the truth; 1 somebody did not; 2 nothing was begun, and why

  chaos-proxy drill blackout --for 30s --share 50
  chaos-proxy drill latency --for 5m --latency 2s --route "GET /users/{id}"
  chaos-proxy drill error --status 500 --for 1m --ramp 30s --json
`

/** `problem`: what is wrong. */
export function readDrillOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DrillOptions | 'help' | { readonly problem: string } {
  const parsed = readArgs(() => parse(args))
  if (parsed === 'help' || 'problem' in parsed) return parsed
  const { values, positionals } = parsed
  const [kind, ...more] = positionals
  if (kind === undefined) return { problem: `which kind of fault? One of ${drillKinds.join(', ')}` }
  if (!drillKinds.some(known => known === kind))
    return { problem: `${kind} is no kind of drill; there are ${drillKinds.join(', ')}` }
  if (more.length > 0) return { problem: `${more.join(' ')} is one thing too many; routes are given by --route` }
  const plan: Record<string, unknown> = { kind }
  if (values.for === undefined) return { problem: 'how long? For half a minute say --for 30s' }
  for (const [option, member, unitMs] of [
    ['for', 'durationS', 1000],
    ['ramp', 'rampS', 1000],
    ['latency', 'latencyMs', 1],
  ] as const) {
    const text = values[option]
    if (text === undefined) continue
    const ms = durationMs(text)
    if (ms === undefined || !Number.isInteger(ms / unitMs))
      return { problem: `--${option} ${text} is no time such as 30s, 5m or 1h` }
    plan[member] = ms / unitMs
  }
  for (const [option, member, least, most, scale] of [
    ['share', 'share', 0, 100, 100],
    ['seed', 'seed', 0, 0xffffffff, 1],
    ['status', 'status', 500, 599, 1],
  ] as const) {
    const text = values[option]
    if (text === undefined) continue
    const number = numberIn(text, least, most)
    if (number === undefined) return { problem: `--${option} ${text} is no number from ${least} to ${most}` }
    plan[member] = number / scale
  }
  if (values.route !== undefined) plan.routes = values.route
  if (values.concurrent) plan.concurrent = true
  const similarity = values['min-similarity'] ?? '0.7'
  const minSimilarity = numberIn(similarity, 0, 1)
  if (minSimilarity === undefined) return { problem: `--min-similarity ${similarity} is no number from 0 to 1` }
  const address = adminAddressOf(values, env)
  if ('problem' in address) return address
  return {
    address,
    plan,
    minSimilarity,
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      for: text,
      share: text,
      route: { type: 'string', multiple: true },
      ramp: text,
      seed: text,
      latency: text,
      status: text,
      concurrent: flag,
      'min-similarity': text,
      ...adminOptions,
      json: flag,
      help: { ...flag, short: 'h' },
    },
  })
}
