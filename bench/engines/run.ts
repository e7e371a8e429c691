#!/usr/bin/env node
// What Redis and PostgreSQL are worth and what they cost: real servers, real proxies; at the end a table. Exit 1 where a figure
// was missed, or could not be had.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cleanUp } from '../../scripts/chaos/stage.js'
import { runCommand } from '../command.js'
import { isMet, type Measured, markdownReport, terminalReport } from '../immortality/report.js'
import { machineOf } from '../machine.js'
import { faults } from './faults.js'
import { joining } from './joining.js'
import { lag } from './lag.js'
import type { Bounds, Measure } from './measure.js'
import { throughput } from './throughput.js'

const measures: readonly Measure[] = [lag, throughput, joining, faults]
const names = measures.map(({ name }) => name)

const usage = `npm run bench:engines -- [options]
  --short        does it run at all, not how well
  --only NAMES   comma-separated, of: ${names.join(', ')}
The results of a whole run go to bench/ENGINES.md. It takes about five minutes, wants a machine with nothing else to do, and the
servers of \`npm run services -- install\`.
`

const whole: Bounds = { seconds: 8, rounds: 5 }
const short: Bounds = { seconds: 1, rounds: 1 }

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

async function measured({ name, question, run }: Measure, bounds: Bounds): Promise<Measured> {
  say(`${name}: ${question}`)
  try {
    return { name, question, figures: await run(bounds) }
  } catch (error) {
    return { name, question, figures: [], failed: (error as Error).message }
  } finally {
    cleanUp()
  }
}

async function bench(): Promise<number> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const only = values.only?.split(',')
  for (const name of only ?? [])
    if (!names.includes(name)) throw new Error(`there is no measurement ${name}; there are ${names.join(', ')}`)
  const { lines } = await machineOf([], 'backend, proxies, servers and load share the machine')
  say(lines.join('\n'))
  const all: Measured[] = []
  for (const measure of measures)
    if (only === undefined || only.includes(measure.name))
      all.push(await measured(measure, values.short ? short : whole))
  say(`\n${terminalReport(all)}`)
  if (!values.short && only === undefined)
    writeFileSync('bench/ENGINES.md', markdownReport('What Redis and PostgreSQL come to', 'bench:engines', lines, all))
  return isMet(all) ? 0 : 1
}

process.on('exit', cleanUp)
await runCommand('bench:engines', bench)
