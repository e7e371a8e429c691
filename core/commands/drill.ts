// thread: main of a process that is no proxy
// `chaos-proxy drill`: begins a drill at a proxy that runs, shows how it goes, and reports what came of it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { DrillReport } from '../contract/drills.js'
import { AdminClient, type AdminError } from './admin-client.js'
import { type CommandIo, exitCodes, type SubCommand } from './command.js'
import { drillUsage, readDrillOptions } from './drill-options.js'
import { brokenIn, progressOf, reportOf } from './drill-report.js'

const LOOK_MS = 500
/** Lines that stay, where the output is no terminal. */
const LINE_MS = 5000
/** A proxy that takes over from another one is not there for a moment. */
const MAX_MISSED = 20

export const drill: SubCommand = {
  name: 'drill',
  summary: 'imitate a fault of the upstream in a proxy that runs, and report how its ghosts did',
  usage: drillUsage,
  async run(io) {
    const options = readDrillOptions(io.args, io.env)
    if (options === 'help') {
      io.out(drillUsage)
      return exitCodes.fine
    }
    if ('problem' in options) {
      io.err(`chaos-proxy drill: ${options.problem}; chaos-proxy drill --help tells more\n`)
      return exitCodes.usage
    }
    const admin = new AdminClient(options.address)
    let begun: DrillReport
    try {
      begun = await admin.ask<DrillReport>('POST', '/api/drills', options.plan)
    } catch (error) {
      io.err(`chaos-proxy drill: ${(error as AdminError).message}\n`)
      return exitCodes.usage
    }
    let report: DrillReport
    try {
      report = await followed(admin, begun, io, options.json)
    } catch (error) {
      io.err(`chaos-proxy drill: the drill ${begun.id} was begun, and then: ${(error as AdminError).message}\n`)
      return exitCodes.broken
    }
    io.out(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportOf(report, options.minSimilarity))
    return brokenIn(report, options.minSimilarity).length === 0 ? exitCodes.fine : exitCodes.broken
  },
}

/** Resolves with the last report, when the drill is over, or was ended by Ctrl-C. */
async function followed(admin: AdminClient, begun: DrillReport, io: CommandIo, json: boolean): Promise<DrillReport> {
  const wake = new AbortController()
  let interrupted = false
  io.onInterrupt(() => {
    interrupted = true
    wake.abort()
  })
  const path = `/api/drills/${begun.id}`
  let report = begun
  let missed = 0
  let saidAt = Number.NEGATIVE_INFINITY
  while (report.state === 'running') {
    if (!json && (io.isTerminal || performance.now() - saidAt >= LINE_MS)) {
      saidAt = performance.now()
      io.out(io.isTerminal ? `\r\u001b[K${progressOf(report, Date.now())}` : `${progressOf(report, Date.now())}\n`)
    }
    await sleep(LOOK_MS, undefined, { signal: wake.signal }).catch(() => {})
    try {
      report = await admin.ask<DrillReport>(interrupted ? 'DELETE' : 'GET', path)
      missed = 0
    } catch (error) {
      missed += 1
      if (interrupted || missed > MAX_MISSED || (error as AdminError).status !== 0) throw error
    }
  }
  if (!json && io.isTerminal) io.out('\r\u001b[K')
  // Edges tell four times a second: what they had not told yet is in this one.
  await sleep(LOOK_MS)
  return admin.ask<DrillReport>('GET', path)
}
