// thread: main of a process that is no proxy

/** What parseArgs makes of a command line; a --help goes before all else, and what it cannot read becomes a `problem`. */
export function readArgs<Parsed extends { readonly values: { readonly help: boolean } }>(
  parse: () => Parsed,
): Parsed | 'help' | { readonly problem: string } {
  try {
    const parsed = parse()
    return parsed.values.help ? 'help' : parsed
  } catch (error) {
    return { problem: (error as Error).message }
  }
}
