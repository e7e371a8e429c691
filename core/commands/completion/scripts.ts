// thread: main of a process that is no proxy
// Completion scripts for shells, made from the helps of the commands: what they offer is what the helps name. Pure.

export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** What may stand behind the name without a dash. */
  readonly words: readonly string[]
}

export interface CompletedOption {
  /** `--json` */
  readonly flag: string
  readonly takesValue: boolean
  readonly doc: string
}

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The options in a help: lines of two blanks, the flag, the name of its value in capitals, and what it is. */
export function optionsIn(usage: string): CompletedOption[] {
  return [...usage.matchAll(/^ {2}(--[a-z][a-z-]*)( [A-Z][A-Z-]*)?(?: {2,}(.*))?$/gm)].map(
    ([, flag = '', value, doc = '']) => ({ flag, takesValue: value !== undefined, doc: doc.trim() }),
  )
}

/** Words of a help that stand behind `kinds:` and the like. */
export function wordsIn(usage: string): string[] {
  const [, list = ''] = /^(?:kinds|shells): (.*)$/m.exec(usage) ?? []
  return list.split(', ').filter(word => word !== '')
}

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash, zsh, fish }[shell](commands)
}

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const withValue = options.filter(({ takesValue }) => takesValue).map(({ flag }) => flag)
    const stop =
      withValue.length === 0
        ? ''
        : `\n      case $before in ${withValue.join('|')}) COMPREPLY=($(compgen -f -- "$now")); return ;; esac`
    return `    ${name})${stop}
      if [[ $now == -* ]]; then COMPREPLY=($(compgen -W "${options.map(({ flag }) => flag).join(' ')}" -- "$now"))
      else COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$now") $(compgen -f -- "$now")); fi ;;`
  })
  return `# Completion of chaos-proxy for bash: source <(chaos-proxy completion bash)
_chaos_proxy() {
  local now=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$now")); return; fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
}
complete -o filenames -F _chaos_proxy chaos-proxy
`
}

function zsh(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const specs = options.map(
      ({ flag, takesValue, doc }) =>
        `      ${quoted(`${flag}[${doc.replace(/[[\]:\\]/g, '\\$&')}]${takesValue ? ':value:_files' : ''}`)}`,
    )
    const rest = words.length === 0 ? "'*:file:_files'" : quoted(`1:word:(${words.join(' ')})`)
    return `    ${name}) _arguments \\\n${[...specs, `      ${rest}`].join(' \\\n')} ;;`
  })
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replace(/:/g, '\\:')}`)}`)
  return `#compdef chaos-proxy
# Completion of chaos-proxy for zsh: chaos-proxy completion zsh > a folder of $fpath/_chaos-proxy
_chaos_proxy() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _chaos_proxy "$@"; else compdef _chaos_proxy chaos-proxy; fi
`
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, options, words }) => [
    `complete -c chaos-proxy -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...options.map(
      ({ flag, takesValue, doc }) =>
        `complete -c chaos-proxy -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(doc)}`,
    ),
    ...(words.length === 0
      ? []
      : [`complete -c chaos-proxy -n '__fish_seen_subcommand_from ${name}' -f -a ${quoted(words.join(' '))}`]),
  ])
  return `# Completion of chaos-proxy for fish: chaos-proxy completion fish > ~/.config/fish/completions/chaos-proxy.fish\n${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`
}
