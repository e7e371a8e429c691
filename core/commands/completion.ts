// thread: main of a process that is no proxy
// `chaos-proxy completion`: a script for the shell, which offers commands and their options.
import { settingFlags } from '../config/settings.js'
import { exitCodes, type SubCommand } from './command.js'
import { type CompletedCommand, completionScript, optionsIn, shells, wordsIn } from './completion/scripts.js'

export const completionUsage = `chaos-proxy completion SHELL

Prints a script that lets the shell complete commands, options and files.

shells: ${shells.join(', ')}

  --help

exit code: 0 it is printed; 2 there is none for that shell

  source <(chaos-proxy completion bash)                 # in ~/.bashrc
  chaos-proxy completion zsh > "\${fpath[1]}/_chaos-proxy"
  chaos-proxy completion fish > ~/.config/fish/completions/chaos-proxy.fish
`

/** `others`: asked when it runs, for it is one of them. */
export function completionOf(others: () => readonly SubCommand[]): SubCommand {
  return {
    name: 'completion',
    summary: 'a script with which the shell completes commands and options',
    usage: completionUsage,
    async run(io) {
      const [asked, ...more] = io.args
      if (asked === '--help' || asked === '-h') {
        io.out(completionUsage)
        return exitCodes.fine
      }
      const shell = shells.find(one => one === asked)
      if (shell === undefined || more.length > 0) {
        io.err(
          `chaos-proxy completion: name one shell, ${shells.join(', ')}; chaos-proxy completion --help tells more\n`,
        )
        return exitCodes.usage
      }
      io.out(completionScript(shell, [...ofSettings(), ...others().map(completed)]))
      return exitCodes.fine
    },
  }
}

/** `start` and what takes settings as it does. */
function ofSettings(): CompletedCommand[] {
  const options = settingFlags().map(({ flag, doc }) => ({ flag, takesValue: true, doc }))
  const flags = [
    { flag: '--reset-memory', takesValue: false, doc: 'Move the old memory aside and start with an empty one.' },
    { flag: '--help', takesValue: false, doc: '' },
  ]
  return [
    { name: 'start', summary: 'serve', options: [...options, ...flags], words: [] },
    { name: 'print-config', summary: 'the settings in force and where they come from', options, words: [] },
  ]
}

function completed({ name, summary, usage }: SubCommand): CompletedCommand {
  const options = optionsIn(usage)
  if (usage.includes('--NAME VALUE'))
    options.push(...settingFlags().map(({ flag, doc }) => ({ flag, takesValue: true, doc })))
  return { name, summary, options, words: wordsIn(usage) }
}
