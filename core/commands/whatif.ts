// thread: main of a process that is no proxy
// `chaos-proxy whatif`: asks a proxy that runs what an outage would have looked like, and tells it.
import type { WhatIfReport } from '../contract/whatif.js'
import { AdminClient, type AdminError } from './admin-client.js'
import { exitCodes, type SubCommand } from './command.js'
import { readWhatIfOptions, whatIfUsage } from './whatif-options.js'
import { brokenIn, reportOf } from './whatif-report.js'

/** The proxy gives up before. */
const REPORT_MS = 150_000

export const whatIf: SubCommand = {
  name: 'whatif',
  summary: 'tell what an outage in the past would have looked like, from the history of a proxy that runs',
  usage: whatIfUsage,
  async run(io) {
    const options = readWhatIfOptions(io.args, io.env, Date.now())
    if (options === 'help') {
      io.out(whatIfUsage)
      return exitCodes.fine
    }
    if ('problem' in options) {
      io.err(`chaos-proxy whatif: ${options.problem}; chaos-proxy whatif --help tells more\n`)
      return exitCodes.usage
    }
    const { address, json, maxWrong, minGood, path } = options
    let report: WhatIfReport
    try {
      report = await new AdminClient(address, REPORT_MS).ask<WhatIfReport>('GET', path)
    } catch (error) {
      io.err(`chaos-proxy whatif: ${(error as AdminError).message}\n`)
      return exitCodes.usage
    }
    io.out(json ? `${JSON.stringify(report, undefined, 2)}\n` : reportOf(report, minGood, maxWrong))
    return brokenIn(report, minGood, maxWrong).length === 0 ? exitCodes.fine : exitCodes.broken
  },
}
