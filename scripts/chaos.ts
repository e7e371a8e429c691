#!/usr/bin/env node
// Breaks things on purpose: a real backend, the real proxy, load that checks each answer, one fault after the other, and at
// the end a table. Exit 1 where a promise was broken.
import { ChaosError, readOptions, usageOf } from './chaos/options.js'
import type { Report, Skipped } from './chaos/scenario.js'
import { scenarios } from './chaos/scenarios.js'
import { soakOf } from './chaos/soak.js'
import { cleanUp } from './chaos/stage.js'
import { documentOf, isKept, type Ran, tableOf } from './chaos/table.js'
import { Tally } from './chaos/tally.js'

const names = scenarios.map(({ name }) => name)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

process.on('exit', cleanUp)
// 128 + the number of the signal, as shells report it.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

try {
  const options = readOptions(process.argv.slice(2), names)
  if (options === 'help') {
    say(usageOf(names))
    process.exit(0)
  }
  if (options === 'list') {
    for (const { name, promise } of scenarios) say(`${name.padEnd(10)} ${promise}`)
    process.exit(0)
  }
  const { only, soakMinutes, json } = options
  const chosen =
    soakMinutes === undefined
      ? scenarios.filter(({ name }) => only.length === 0 || only.includes(name))
      : [soakOf(soakMinutes)]
  const all: Ran[] = []
  for (const { name, promise, run } of chosen) {
    if (!json) say(`${name.padEnd(10)} ${promise}`)
    const startedAt = performance.now()
    let report: Report | Skipped
    try {
      report = await run(options)
    } catch (error) {
      const broken = [`it could not be run to its end: ${(error as Error).message}`]
      report = { tally: new Tally(), seconds: (performance.now() - startedAt) / 1000, broken, notes: [] }
    }
    cleanUp()
    all.push({ name, promise, report })
    if (!json && 'notes' in report) for (const note of report.notes) say(`${' '.repeat(11)}${note}`)
  }
  say(json ? JSON.stringify(documentOf(all), undefined, 2) : `\n${tableOf(all)}`)
  process.exit(all.every(isKept) ? 0 : 1)
} catch (error) {
  const known = error instanceof ChaosError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  process.stderr.write(`chaos: ${known ? (error as Error).message : String((error as Error)?.stack ?? error)}\n`)
  process.exit(1)
}
