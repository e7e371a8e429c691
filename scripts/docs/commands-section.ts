// The part of the README that is made from the commands.
import { commands } from '../../core/commands/commands.js'

const BEGIN = '<!-- commands: written by `npm run docs` from core/commands -->'
const END = '<!-- end of commands -->'

/** The same README with the commands as they are now. Throws where the markers are missing. */
export function withCommands(readme: string): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`README.md needs the lines «${BEGIN}» and «${END}», in this order`)
  return `${readme.slice(0, begin)}${BEGIN}\n${commandsMarkdown()}${readme.slice(end)}`
}

function commandsMarkdown(): string {
  const head = '| command | does | exit code |\n| --- | --- | --- |\n'
  const served = [
    '| `chaos-proxy start` | serves; what is done where no command is named | 0 it was stopped; 1 it cannot start; 78 a setting is wrong |\n',
    '| `chaos-proxy print-config` | the settings in force and where they come from | 0; 78 a setting is wrong |\n',
  ]
  return (
    head +
    served.join('') +
    commands
      .map(({ name, summary, usage }) => `| \`chaos-proxy ${name}\` | ${summary} | ${exitCodesIn(usage)} |\n`)
      .join('')
  )
}

function exitCodesIn(usage: string): string {
  const [, codes] = /^exit codes?: (.*)$/m.exec(usage) ?? []
  if (codes === undefined) throw new Error(`a help without its exit codes: ${usage.slice(0, 60)}`)
  return codes
}
