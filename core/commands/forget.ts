// thread: main of a process that is no proxy
// `chaos-proxy forget`: erases what one credential, one route or one text is about, and proves it.
import type { ForgetReport } from '../contract/forgetting.js'
import { AdminClient, type AdminError } from './admin-client.js'
import { exitCodes, type SubCommand } from './command.js'
import { forgetUsage, readForgetOptions } from './forget-options.js'
import { forgetText } from './forget-report.js'

/** All of a large history is looked through. */
const ANSWER_MS = 20 * 60_000

export const forget: SubCommand = {
  name: 'forget',
  summary: 'erase what one credential, one route or one text is about, wherever it is kept, and prove it',
  usage: forgetUsage,
  async run(io) {
    const options = readForgetOptions(io.args, io.env)
    if (options === 'help') {
      io.out(forgetUsage)
      return exitCodes.fine
    }
    if ('problem' in options) {
      io.err(`chaos-proxy forget: ${options.problem}; chaos-proxy forget --help tells more\n`)
      return exitCodes.usage
    }
    let report: ForgetReport
    try {
      report = await new AdminClient(options.address, ANSWER_MS).ask<ForgetReport>('POST', '/api/forget', options.body)
    } catch (error) {
      io.err(`chaos-proxy forget: ${(error as AdminError).message}\n`)
      return exitCodes.usage
    }
    io.out(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : forgetText(report))
    return report.complete ? exitCodes.fine : exitCodes.broken
  },
}
