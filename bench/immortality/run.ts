#!/usr/bin/env node
// What the promises come to on this machine: one measurement after the other, each with real processes; at the end a table.
// Exit 1 where one was missed.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cleanUp } from '../../scripts/chaos/stage.js'
import { runCommand } from '../command.js'
import { machineOf } from '../machine.js'
import { crashPoints } from './crash-points.js'
import { flapping } from './flapping.js'
import { hedge } from './hedge.js'
import { journal } from './journal.js'
import { kill9 } from './kill.js'
import type { Bounds, Measure } from './measure.js'
import { isMet, type Measured, markdownReport, terminalReport } from './report.js'

const measures: readonly Measure[] = [kill9, flapping, journal, crashPoints, hedge]
const names = measures.map(({ name }) => name)

const usage = `npm run bench:immortality -- [options]
  --quick        does it run at all, not how well
  --only NAMES   comma-separated, of: ${names.join(', ')}
The results of a whole run go to bench/IMMORTALITY.md. It takes about five minutes and wants a machine with nothing else to do.
`

const whole: Omit<Bounds, 'random'> = { seconds: 5, flaps: 15, crashes: 200 }
const quick: Omit<Bounds, 'random'> = { seconds: 1, flaps: 1, crashes: 10 }

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
      quick: { type: 'boolean', default: false },
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
  const { lines } = await machineOf([], 'backend, proxy and load share the machine')
  say(lines.join('\n'))
  const all: Measured[] = []
  for (const measure of measures)
    if (only === undefined || only.includes(measure.name))
      all.push(await measured(measure, { ...(values.quick ? quick : whole), random: Math.random }))
  say(`\n${terminalReport(all)}`)
  if (!values.quick && only === undefined)
    writeFileSync('bench/IMMORTALITY.md', markdownReport('What immortality comes to', 'bench:immortality', lines, all))
  return isMet(all) ? 0 : 1
}

process.on('exit', cleanUp)
await runCommand('bench:immortality', bench)
