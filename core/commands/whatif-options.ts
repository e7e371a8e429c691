// thread: main of a process that is no proxy
// The command line of `chaos-proxy whatif`. Pure.
import { parseArgs } from 'node:util'
import type { AdminAddress } from './admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from './admin-options.js'
import { numberIn } from './number-in.js'
import { readArgs } from './read-args.js'

export interface WhatIfOptions {
  readonly address: AdminAddress
  /** Target of GET /api/whatif; the proxy checks what it means. */
  readonly path: string
  /** Percent of what was judged. */
  readonly minGood: number
  readonly maxWrong: number
  readonly json: boolean
}

export const whatIfUsage = `chaos-proxy whatif [--at TIME] [--for TIME] [options]

Tells what an outage would have looked like that began then: a model learns once more from what the history kept of the time
before, and nothing else, and is asked what was asked after it. What it would have said is held against what the upstream
really said. Nothing is sent to the upstream. Takes seconds.

  --at TIME             when it died: 14:05 (the last time it was), 15m (ago), 2026-01-31T14:05:00Z (so long ago as --for)
  --for TIME            how long the outage lasted: 30s, 10m, 2h (10m)
  --acceptable N        0 to 1: from this similarity to the truth on an answer is acceptable (CHAOS_GHOST_MIN_CONFIDENCE)
  --min-good PERCENT    of what could be judged must have been answered exactly or acceptably (0)
  --max-wrong PERCENT   of it may have been answered wrongly (100)
${adminUsage}
  --json                the report as JSON, and nothing else, on standard output
  --help

exit code: 0 the report, and it is as good as was asked for; 1 it is not, or nothing could be judged; 2 there is no report, and why

  chaos-proxy whatif --at 14:05 --for 10m
  chaos-proxy whatif --at 2h --for 1h --acceptable 0.95
  chaos-proxy whatif --for 24h --min-good 95 --max-wrong 1 --json
`

/** `problem`: what is wrong. `now`: epoch ms. */
export function readWhatIfOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  now: number,
): WhatIfOptions | 'help' | { readonly problem: string } {
  const parsed = readArgs(() => parse(args))
  if (parsed === 'help' || 'problem' in parsed) return parsed
  const { values, positionals } = parsed
  if (positionals.length > 0)
    return { problem: `${positionals.join(' ')} is one thing too many; times are given by --at and --for` }
  const address = adminAddressOf(values, env)
  if ('problem' in address) return address
  const query = new URLSearchParams()
  for (const name of ['at', 'for', 'acceptable'] as const) {
    const text = values[name]
    if (text !== undefined) query.set(name, name === 'at' ? (timeOfDay(text, now) ?? text) : text)
  }
  const minGood = numberIn(values['min-good'] ?? '0', 0, 100)
  const maxWrong = numberIn(values['max-wrong'] ?? '100', 0, 100)
  for (const [option, value] of [
    ['min-good', minGood],
    ['max-wrong', maxWrong],
  ] as const)
    if (value === undefined) return { problem: `--${option} ${values[option]} is no number from 0 to 100` }
  return { address, path: `/api/whatif?${query}`, minGood: minGood!, maxWrong: maxWrong!, json: values.json }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      at: text,
      for: text,
      acceptable: text,
      'min-good': text,
      'max-wrong': text,
      ...adminOptions,
      json: flag,
      help: { ...flag, short: 'h' },
    },
  })
}

/** `14:05`, as it is on the clock of whoever asks, the last time it was; undefined: it is no such time. */
function timeOfDay(text: string, now: number): string | undefined {
  const [, hour, minute, second = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? []
  if (hour === undefined || minute === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined
  const at = new Date(now)
  at.setHours(Number(hour), Number(minute), Number(second), 0)
  if (at.getTime() >= now) at.setDate(at.getDate() - 1)
  return at.toISOString()
}
