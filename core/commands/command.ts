// thread: main of a process that is no proxy
// What a sub-command of chaos-proxy is given, and what it must come to.

export interface CommandIo {
  /** What stands behind the name of the command. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Standard output is a terminal, whose last line may be written anew. */
  readonly isTerminal: boolean
  /** Of that terminal, just now. */
  readonly size: () => { readonly columns: number; readonly rows: number }
  /** Calls it at each Ctrl-C instead of ending the process. */
  readonly onInterrupt: (listener: () => void) => void
}

export interface SubCommand {
  readonly name: string
  /** One line for the help of chaos-proxy. */
  readonly summary: string
  /** All of its help: options, one a line, exit codes, examples. What completion offers is read out of it. */
  readonly usage: string
  /** Resolves with the exit code. */
  run(io: CommandIo): Promise<number>
}

export const exitCodes = {
  fine: 0,
  /** It was done, and what was promised did not hold. */
  broken: 1,
  /** Nothing was done: what was asked for is wrong, or the proxy cannot be asked. */
  usage: 2,
} as const
