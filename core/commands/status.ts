// thread: main of a process that is no proxy
// `chaos-proxy status`: how a proxy is that runs, on one screen that is drawn anew, or once.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { ReadinessReport } from '../contract/readiness.js'
import type { ProxyStatus } from '../contract/status.js'
import { type AdminAddress, AdminClient, type AdminError } from './admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from './admin-options.js'
import { type CommandIo, exitCodes, type SubCommand } from './command.js'
import { durationMs } from './duration.js'
import { paintFor } from './paint.js'
import { readArgs } from './read-args.js'
import { isWell, ratesBetween, type StatusLook, statusLines } from './status/status-text.js'

export const statusUsage = `chaos-proxy status [options]

How a proxy is that runs: state, circuits with their reason and next probe, rates, ghosts by tier, readiness, journal, stores. On a
terminal it is drawn anew until Ctrl-C; elsewhere, and with --once, it is told once, with the rates of one interval.

  --once                tell it once
  --interval TIME       between two looks: 500ms, 2s (1s)
${adminUsage}
  --json                once, as JSON: status, readiness, learning, and rates a second
  --help

exit code: 0 the upstream is well; 1 an outage runs, or the circuit is not closed; 2 the proxy cannot be asked, and why

  chaos-proxy status
  chaos-proxy status --once --admin 10.0.0.7:9090
  chaos-proxy status --json | jq .status.circuit
`

const SHORTEST_MS = 100

export const status: SubCommand = {
  name: 'status',
  summary: 'how a proxy is that runs, drawn anew until Ctrl-C',
  usage: statusUsage,
  async run(io) {
    const options = readStatusOptions(io.args, io.env)
    if (options === 'help') {
      io.out(statusUsage)
      return exitCodes.fine
    }
    if ('problem' in options) {
      io.err(`chaos-proxy status: ${options.problem}; chaos-proxy status --help tells more\n`)
      return exitCodes.usage
    }
    const admin = new AdminClient(options.address)
    let first: StatusLook
    try {
      first = await look(admin)
    } catch (error) {
      io.err(`chaos-proxy status: ${(error as AdminError).message}\n`)
      return exitCodes.usage
    }
    return options.json || options.once || !io.isTerminal
      ? await once(io, admin, first, options)
      : await live(io, admin, first, options)
  },
}

export interface StatusOptions {
  readonly address: AdminAddress
  readonly intervalMs: number
  readonly once: boolean
  readonly json: boolean
}

/** `problem`: what is wrong. */
export function readStatusOptions(
  args: readonly string[],
  env: CommandIo['env'],
): StatusOptions | 'help' | { readonly problem: string } {
  const flag = { type: 'boolean', default: false } as const
  const parsed = readArgs(() =>
    parseArgs({
      args: [...args],
      options: {
        once: flag,
        interval: { type: 'string', default: '1s' },
        ...adminOptions,
        json: flag,
        help: { ...flag, short: 'h' },
      },
    }),
  )
  if (parsed === 'help' || 'problem' in parsed) return parsed
  const { values } = parsed
  const intervalMs = durationMs(values.interval)
  if (intervalMs === undefined || intervalMs < SHORTEST_MS)
    return { problem: `--interval ${values.interval} is no time of ${SHORTEST_MS}ms or more, such as 2s` }
  const address = adminAddressOf(values, env)
  return 'problem' in address ? address : { address, intervalMs, once: values.once, json: values.json }
}

async function look(admin: AdminClient): Promise<StatusLook> {
  const [status, learning, readiness] = await Promise.all([
    admin.ask<ProxyStatus>('GET', '/api/status'),
    admin.ask<StatusLook['learning']>('GET', '/api/learning'),
    // The learner may be at something long; all else is known without it.
    admin.ask<ReadinessReport>('GET', '/api/readiness').catch(() => undefined),
  ])
  return { status, learning, readiness, at: Date.now() }
}

async function once(io: CommandIo, admin: AdminClient, first: StatusLook, options: StatusOptions): Promise<number> {
  await sleep(options.intervalMs)
  const now = await look(admin).catch(() => first)
  const rates = ratesBetween(first, now)
  const { status, readiness, learning } = now
  io.out(
    options.json
      ? `${JSON.stringify({ status, readiness: readiness ?? null, learning, rates: rates ?? null }, undefined, 2)}\n`
      : `${statusLines(now, rates, paintFor(io.isTerminal, io.env)).join('\n')}\n`,
  )
  return isWell(status) ? exitCodes.fine : exitCodes.broken
}

/** The screen of before comes back at the end, with the last look on it (xterm, «Alternate Screen Buffer»). */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'

async function live(io: CommandIo, admin: AdminClient, first: StatusLook, options: StatusOptions): Promise<number> {
  const paint = paintFor(io.isTerminal, io.env)
  const wake = new AbortController()
  io.onInterrupt(() => wake.abort())
  let [before, now]: [StatusLook | undefined, StatusLook] = [undefined, first]
  let gone = ''
  io.out(ENTER)
  while (!wake.signal.aborted) {
    const lines = statusLines(now, ratesBetween(before, now), paint)
    if (gone !== '')
      lines.push('', paint.bad('the proxy does not answer; the last that was heard stands above'), paint.dim(gone))
    lines.push('', paint.dim('Ctrl-C ends this'))
    io.out(frameOf(lines, io.size()))
    await sleep(options.intervalMs, undefined, { signal: wake.signal }).catch(() => {})
    if (wake.signal.aborted) break
    try {
      const next = await look(admin)
      ;[before, now] = [now, next]
      gone = ''
    } catch (error) {
      gone = (error as AdminError).message
    }
  }
  io.out(`${LEAVE}${statusLines(now, ratesBetween(before, now), paint).join('\n')}\n`)
  if (gone !== '') {
    io.err(`chaos-proxy status: ${gone}\n`)
    return exitCodes.usage
  }
  return isWell(now.status) ? exitCodes.fine : exitCodes.broken
}

/** Over what stood there: nothing flickers, and nothing of it is left. */
export function frameOf(lines: readonly string[], { columns, rows }: { columns: number; rows: number }): string {
  const shown = lines.slice(0, Math.max(1, rows - 1)).map(line => `${cut(line, columns)}\u001b[K`)
  return `\u001b[H${shown.join('\n')}\u001b[J`
}

/** Control sequences take no room. */
function cut(line: string, columns: number): string {
  let room = columns
  let text = ''
  for (const [part, sequence] of line.matchAll(/(\u001b\[[\d;]*m)|[^\u001b]/gu)) {
    if (sequence === undefined && room-- <= 0) continue
    text += part
  }
  return text
}
