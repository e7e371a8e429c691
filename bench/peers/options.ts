// What the command was asked for. Pure.
import { parseArgs } from 'node:util'

export const usage = `npm run bench:peers -- [options]
  --quick            one short round: does it run at all, not how fast
  --only NAMES       these contenders, comma-separated
  --scenarios NAMES  these scenarios, comma-separated
  --idle             10,000 idle connections, and no other scenario but those named
  --large            one body of 1 GiB down and up, and no other scenario but those named
  --rounds N         rounds (3)
  --out FILE         where the results are written; bench/RESULTS.md for a full run, nowhere else
`

export interface PeerOptions {
  readonly help: boolean
  readonly quick: boolean
  /** undefined: all. */
  readonly only: readonly string[] | undefined
  readonly scenarios: readonly string[] | undefined
  readonly rounds: number
  /** undefined: nothing is written. */
  readonly out: string | undefined
}

const RESULTS = 'bench/RESULTS.md'
const ROUNDS = 3

export interface Known {
  readonly contenders: readonly string[]
  readonly scenarios: readonly string[]
}

/** Throws an Error that names what is wrong and what may be said instead. */
export function readOptions(args: readonly string[], known: Known): PeerOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      scenarios: { type: 'string' },
      idle: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, idle, large, help } = values
  const only = namesOf('--only', values.only, known.contenders)
  const named = [
    ...(namesOf('--scenarios', values.scenarios, known.scenarios) ?? []),
    ...(idle ? ['idle'] : []),
    ...(large ? ['large'] : []),
  ]
  const scenarios = named.length === 0 ? undefined : named
  const rounds = quick ? 1 : Number(values.rounds ?? ROUNDS)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number from 1, not ${values.rounds}`)
  // What only a part was measured of must not take the place of the whole.
  const full = only === undefined && scenarios === undefined
  return { help, quick, only, scenarios, rounds, out: quick ? undefined : (values.out ?? (full ? RESULTS : undefined)) }
}

function namesOf(option: string, text: string | undefined, known: readonly string[]): string[] | undefined {
  const names = text?.split(',')
  for (const name of names ?? [])
    if (!known.includes(name)) throw new Error(`${option} knows no ${name}; there are ${known.join(', ')}`)
  return names
}
