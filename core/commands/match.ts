// thread: main of a process that is no proxy
// `chaos-proxy match`: what a ghost would say to a request, and why.
import type { MatchExplanation } from '../contract/status.js'
import { AdminClient, type AdminError } from './admin-client.js'
import { exitCodes, type SubCommand } from './command.js'
import { matchUsage, readMatchOptions } from './match/match-options.js'
import { matchText } from './match/match-text.js'
import { paintFor } from './paint.js'

export const match: SubCommand = {
  name: 'match',
  summary: 'what a ghost would say to a request, and why; also to a pasted curl line',
  usage: matchUsage,
  async run(io) {
    const options = readMatchOptions(io.args, io.env)
    if (options === 'help') {
      io.out(matchUsage)
      return exitCodes.fine
    }
    if ('problem' in options) {
      io.err(`chaos-proxy match: ${options.problem}; chaos-proxy match --help tells more\n`)
      return exitCodes.usage
    }
    let explained: MatchExplanation
    try {
      explained = await new AdminClient(options.address).ask('POST', '/api/debug/match', options.question)
    } catch (error) {
      io.err(`chaos-proxy match: ${(error as AdminError).message}\n`)
      return exitCodes.usage
    }
    io.out(
      options.json
        ? `${JSON.stringify(explained, undefined, 2)}\n`
        : matchText(explained, paintFor(io.isTerminal, io.env)),
    )
    return explained.verdict === 'answer' ? exitCodes.fine : exitCodes.broken
  },
}
