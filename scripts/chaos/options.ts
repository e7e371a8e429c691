// The command line of the chaos runs.
import { parseArgs } from 'node:util'

/** Something that the person who runs it can act on; its message is the whole story. */
export class ChaosError extends Error {}

export interface Options {
  /** Empty: all. */
  readonly only: readonly string[]
  readonly seconds: number
  readonly connections: number
  readonly short: boolean
  /** Undefined: the scenarios, no soak. */
  readonly soakMinutes: number | undefined
  readonly json: boolean
}

export function usageOf(names: readonly string[]): string {
  return `npm run test:chaos -- [options]
  --only NAME      this scenario alone; may be given several times
  --seconds N      how long each phase of a fault lasts (4)
  --connections N  of the load (64)
  --short          for a busy machine, as after the tests: phases of 1 s, 16 connections; how long things take is told, no promise
  --soak MINUTES   load, writes and a flapping backend for so long, watching memory, file handles and delay for growth
  --json           one JSON document in place of the table
  --list           names and promises of the scenarios
scenarios: ${names.join(', ')}
`
}

function positive(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!(value > 0 && value <= 100_000)) throw new ChaosError(`${name} must be a number above 0, not ${text}`)
  return value
}

/** A word: it was asked for in place of a run. Throws where an option is wrong. */
export function readOptions(args: readonly string[], names: readonly string[]): Options | 'help' | 'list' {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      soak: { type: 'string' },
      short: flag,
      json: flag,
      list: flag,
      help: flag,
    },
  })
  if (values.help) return 'help'
  if (values.list) return 'list'
  const only = values.only ?? []
  for (const name of only)
    if (!names.includes(name)) throw new ChaosError(`there is no scenario ${name}; there are ${names.join(', ')}`)
  return {
    only,
    seconds: positive(values.seconds, '--seconds', values.short ? 1 : 4),
    connections: Math.ceil(positive(values.connections, '--connections', values.short ? 16 : 64)),
    soakMinutes: values.soak === undefined ? undefined : positive(values.soak, '--soak', 1),
    short: values.short,
    json: values.json,
  }
}
