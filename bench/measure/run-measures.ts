// A bench that says whether promises are kept: one measurement after the other, each with real processes; at the end a table.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cleanUp as endProcessesOfScenarios } from '../../scripts/chaos/stage.js'
import { runCommand } from '../command.js'
import { machineOf } from '../machine.js'
import { cleanUp as endProcessesOfBenches } from '../processes.js'
import type { Measure } from './measure.js'
import { isMet, type Measured, markdownReport, terminalReport } from './report.js'

export interface Bench<Bounds> {
  /** Of its script in package.json. */
  readonly command: string
  readonly title: string
  /** Where a whole run is written to. */
  readonly results: string
  /** Sentences of the usage, after the name of that file. */
  readonly about: string
  readonly sharing: string
  readonly measures: readonly Measure<Bounds>[]
  readonly whole: Bounds
  readonly quick: Bounds
}

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

/** Nothing of one measurement is left for the next, which it would disturb. */
function cleanUp(): void {
  endProcessesOfScenarios()
  endProcessesOfBenches()
}

/** Ends the process: exit code 1 where a promise was not kept, or could not be measured. */
export async function runMeasures<Bounds>(bench: Bench<Bounds>): Promise<never> {
  process.on('exit', cleanUp)
  return runCommand(bench.command, () => run(bench))
}

async function run<Bounds>(bench: Bench<Bounds>): Promise<number> {
  const { command, title, results, about, sharing, measures, whole, quick } = bench
  const names = measures.map(({ name }) => name)
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(`npm run ${command} -- [options]
  --quick        does it run at all, not how well
  --only NAMES   comma-separated, of: ${names.join(', ')}
The results of a whole run go to ${results}. ${about}
`)
    return 0
  }
  const only = values.only?.split(',')
  for (const name of only ?? [])
    if (!names.includes(name)) throw new Error(`there is no measurement ${name}; there are ${names.join(', ')}`)
  const { lines } = await machineOf([], sharing)
  say(lines.join('\n'))
  const all: Measured[] = []
  for (const measure of measures)
    if (only === undefined || only.includes(measure.name))
      all.push(await measured(measure, values.quick ? quick : whole))
  say(`\n${terminalReport(all)}`)
  if (!values.quick && only === undefined) writeFileSync(results, markdownReport(title, command, lines, all))
  return isMet(all) ? 0 : 1
}

async function measured<Bounds>({ name, question, run }: Measure<Bounds>, bounds: Bounds): Promise<Measured> {
  say(`${name}: ${question}`)
  try {
    return { name, question, figures: await run(bounds) }
  } catch (error) {
    return { name, question, figures: [], failed: (error as Error).message }
  } finally {
    cleanUp()
  }
}
