// What the command was asked for. Pure.
import { parseArgs } from 'node:util'
import { type Honour, honours } from '../../core/contract/cache-control.js'
import { classes } from './answers.js'

export const usage = `npm run bench:fidelity -- [options]
  --backends NAMES    these backends, comma-separated
  --dir FOLDER        the backends in this folder instead of bench/fidelity/open
  --min-confidence X  CHAOS_GHOST_MIN_CONFIDENCE of the proxy, 0 to 1 (its default)
  --honour RULES      CHAOS_GHOST_HONOUR of the proxy; by default its default, and where no-store is met ignore-no-store as well
  --keep-answers      leave every question, answer and truth in bench/results/fidelity
  --out FILE          where the results are written; bench/FIDELITY.md for a full run, nowhere else
  --explain BACKEND   run this backend alone and show what became of each kind of question; judges and writes nothing
    --class NAME      questions of this class only (${classes.join(', ')})
    --worst N         examples for each kind (1)
    --kept            explain what the last run kept instead of running again
`

export interface ExplainOptions {
  readonly backend: string
  readonly class: string | undefined
  readonly worst: number
  readonly kept: boolean
}

export interface FidelityOptions {
  readonly help: boolean
  /** undefined: all. */
  readonly backends: readonly string[] | undefined
  /** undefined: those of the repository. */
  readonly dir: string | undefined
  readonly minConfidence: number | undefined
  /** undefined: the default of the proxy. */
  readonly honour: Honour | undefined
  readonly keepAnswers: boolean
  /** undefined: nothing is written. */
  readonly out: string | undefined
  readonly explain: ExplainOptions | undefined
}

const RESULTS = 'bench/FIDELITY.md'
const WORST = 1

/** Throws an Error that names what is wrong and what may be said instead. */
export function readOptions(args: readonly string[]): FidelityOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backends: { type: 'string' },
      dir: { type: 'string' },
      'min-confidence': { type: 'string' },
      'keep-answers': { type: 'boolean', default: false },
      honour: { type: 'string' },
      out: { type: 'string' },
      explain: { type: 'string' },
      class: { type: 'string' },
      worst: { type: 'string' },
      kept: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { dir, help, explain } = values
  const backends = explain === undefined ? values.backends?.split(',') : [explain]
  const minConfidence = values['min-confidence'] === undefined ? undefined : Number(values['min-confidence'])
  if (minConfidence !== undefined && !(minConfidence >= 0 && minConfidence <= 1))
    throw new Error(`--min-confidence must be a number from 0 to 1, not ${values['min-confidence']}`)
  const honour = honours.find(one => one === values.honour)
  if (values.honour !== honour) throw new Error(`--honour must be one of ${honours.join(', ')}, not ${values.honour}`)
  if (explain === undefined)
    for (const option of ['class', 'worst', 'kept'] as const)
      if (values[option] !== undefined && values[option] !== false)
        throw new Error(`--${option} goes with --explain BACKEND`)
  // What only a part was measured of, or with other settings, must not take the place of the whole.
  const full = backends === undefined && dir === undefined && minConfidence === undefined && honour === undefined
  return {
    help,
    backends,
    dir,
    minConfidence,
    honour,
    keepAnswers: values['keep-answers'] || explain !== undefined,
    out: explain === undefined ? (values.out ?? (full ? RESULTS : undefined)) : undefined,
    explain: explain === undefined ? undefined : explainOptions(explain, values),
  }
}

function explainOptions(
  backend: string,
  values: { readonly class?: string; readonly worst?: string; readonly kept: boolean },
): ExplainOptions {
  const worst = Number(values.worst ?? WORST)
  if (!Number.isInteger(worst) || worst < 0)
    throw new Error(`--worst must be a whole number from 0, not ${values.worst}`)
  const name = values.class
  if (name !== undefined && !classes.some(one => one === name))
    throw new Error(`--class knows no ${name}; there are ${classes.join(', ')}`)
  return { backend, class: name, worst, kept: values.kept }
}
