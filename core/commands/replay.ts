// thread: main of a process that is no proxy
// `chaos-proxy replay`: begins a replay at a proxy that runs, shows how it goes, and reports what came of it.
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReplayReport } from '../contract/replays.js'
import { AdminClient, type AdminError } from './admin-client.js'
import { type CommandIo, exitCodes, type SubCommand } from './command.js'
import { type ReplayOptions, readReplayOptions, replayUsage } from './replay-options.js'
import { brokenIn, progressOf, reportOf } from './replay-report.js'

const LOOK_MS = 300
/** Lines that stay, where the output is no terminal. */
const LINE_MS = 5000
const MAX_MISSED = 20
/** Of one piece of a HAR file; an entry may be longer. */
const PIECE_CHARACTERS = 1 << 20

export const replay: SubCommand = {
  name: 'replay',
  summary: 'send recorded traffic again, to another target, and report in what the answers differ',
  usage: replayUsage,
  async run(io) {
    const options = readReplayOptions(io.args, io.env)
    if (options === 'help') {
      io.out(replayUsage)
      return exitCodes.fine
    }
    if ('problem' in options) return refuse(io, `${options.problem}; chaos-proxy replay --help tells more`)
    const admin = new AdminClient(options.address)
    switch (options.action) {
      case 'run':
        return run(io, admin, options)
      case 'export':
        return writeHar(io, admin, options)
      default:
        return handle(io, admin, options)
    }
  },
}

type Run = Extract<ReplayOptions, { action: 'run' }>

async function run(io: CommandIo, admin: AdminClient, options: Run): Promise<number> {
  let begun: ReplayReport
  try {
    const pieces = (await Promise.all(options.har.map(harPieces))).flat()
    const secrets = options.secrets === '' ? {} : { secrets: await secretsIn(options.secrets) }
    begun = await admin.ask<ReplayReport>('POST', '/api/replays', { ...options.plan, ...secrets })
    if (options.har.length > 0) await fill(admin, begun.id, pieces)
  } catch (error) {
    return refuse(io, (error as Error).message)
  }
  let report: ReplayReport
  try {
    report = await followed(admin, begun, io, options.json)
    await writeReport(admin, options.report, report)
  } catch (error) {
    io.err(`chaos-proxy replay: the replay ${begun.id} was begun, and then: ${(error as Error).message}\n`)
    return exitCodes.broken
  }
  io.out(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportOf(report, options.maxDifferent))
  if (report.totals.sent === 0 && report.toSend === 0) {
    io.err(`chaos-proxy replay: nothing was sent: ${report.because}\n`)
    return exitCodes.usage
  }
  return brokenIn(report, options.maxDifferent).length === 0 ? exitCodes.fine : exitCodes.broken
}

async function fill(admin: AdminClient, id: string, pieces: readonly string[]): Promise<void> {
  try {
    for (const piece of pieces) await admin.ask('POST', `/api/replays/${id}/har`, piece)
    await admin.ask('POST', `/api/replays/${id}/resume`)
  } catch (error) {
    // Half a file is not replayed, and must not stand in the way of the next one.
    await admin.ask('POST', `/api/replays/${id}/stop`).catch(() => {})
    throw error
  }
}

/** Files of any length, as several that are short enough to be sent. */
async function harPieces(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  let entries: unknown
  try {
    entries = (JSON.parse(text.replace(/^\ufeff/, '')) as { log?: { entries?: unknown } } | null)?.log?.entries
  } catch (error) {
    throw new Error(`--har ${path} is no JSON: ${(error as Error).message.slice(0, 120)}`)
  }
  if (!Array.isArray(entries)) throw new Error(`--har ${path} is no HAR: there is no list log.entries in it`)
  const pieces: string[] = []
  let piece: string[] = []
  let characters = 0
  for (const entry of entries) {
    const one = JSON.stringify(entry)
    if (piece.length > 0 && characters + one.length > PIECE_CHARACTERS) {
      pieces.push(`{"log":{"entries":[${piece.join(',')}]}}`)
      piece = []
      characters = 0
    }
    piece.push(one)
    characters += one.length
  }
  pieces.push(`{"log":{"entries":[${piece.join(',')}]}}`)
  return pieces
}

async function secretsIn(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    // The parser would quote what is there.
    throw new Error(`--secrets ${path} is no JSON`)
  }
}

/** Resolves with the last report, when it is over, or was stopped by Ctrl-C. */
async function followed(admin: AdminClient, begun: ReplayReport, io: CommandIo, json: boolean): Promise<ReplayReport> {
  const wake = new AbortController()
  let interrupted = false
  io.onInterrupt(() => {
    interrupted = true
    wake.abort()
  })
  const path = `/api/replays/${begun.id}`
  let report = begun
  let missed = 0
  let saidAt = Number.NEGATIVE_INFINITY
  while (report.state !== 'ended') {
    if (!json && (io.isTerminal || performance.now() - saidAt >= LINE_MS)) {
      saidAt = performance.now()
      io.out(io.isTerminal ? `\r\u001b[K${progressOf(report)}` : `${progressOf(report)}\n`)
    }
    await sleep(LOOK_MS, undefined, { signal: wake.signal }).catch(() => {})
    try {
      report = interrupted
        ? await admin.ask<ReplayReport>('POST', `${path}/stop`)
        : await admin.ask<ReplayReport>('GET', path)
      missed = 0
    } catch (error) {
      missed += 1
      if (interrupted || missed > MAX_MISSED || (error as AdminError).status !== 0) throw error
    }
  }
  if (!json && io.isTerminal) io.out('\r\u001b[K')
  return report
}

async function writeReport(admin: AdminClient, path: string, report: ReplayReport): Promise<void> {
  if (path === '') return
  const text = /\.html?$/i.test(path)
    ? await admin.text(`/api/replays/${report.id}`, 'text/html')
    : `${JSON.stringify(report, undefined, 2)}\n`
  await writeFile(path, text)
}

async function writeHar(
  io: CommandIo,
  admin: AdminClient,
  { query, out }: Extract<ReplayOptions, { action: 'export' }>,
): Promise<number> {
  try {
    await writeFile(out, await admin.text(`/api/exchanges.har?${query}`, 'application/json'))
    return exitCodes.fine
  } catch (error) {
    return refuse(io, (error as Error).message)
  }
}

async function handle(
  io: CommandIo,
  admin: AdminClient,
  { action, id, json, report: file }: Extract<ReplayOptions, { id: string }>,
): Promise<number> {
  const path = `/api/replays/${encodeURIComponent(id)}`
  try {
    const report =
      action === 'show'
        ? await admin.ask<ReplayReport>('GET', path)
        : await admin.ask<ReplayReport>('POST', `${path}/${action}`)
    await writeReport(admin, file, report)
    io.out(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${progressOf(report)}\n`)
    return exitCodes.fine
  } catch (error) {
    return refuse(io, (error as Error).message)
  }
}

function refuse(io: CommandIo, why: string): number {
  io.err(`chaos-proxy replay: ${why}\n`)
  return exitCodes.usage
}
