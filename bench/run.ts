#!/usr/bin/env node
// The bench: one question a scenario, all side by side in interleaved rounds on one machine. Exit 1 when over a budget.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Budget, breachesOf, medianOf, ratiosOf } from './budgets.js'
import { runCommand } from './command.js'
import { readConfig, type ScenarioConfig } from './config.js'
import { type Load, type LoadResult, runLoad } from './load.js'
import { machineOf } from './machine.js'
import type { Scenario } from './scenario.js'
import { scenarios } from './scenarios/all.js'
import { openStage } from './stage.js'
import { formatRounds } from './table.js'

const usage = `npm run bench -- [options]
  --quick         one short round: does it run at all, not how fast
  --only NAMES    these scenarios and what they are compared with, comma-separated
  --rounds N      rounds (3)
  --config FILE   autocannon.config.json
`

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

async function bench(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      config: { type: 'string', default: 'autocannon.config.json' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const config = readConfig(values.config)
  const rounds = values.quick ? 1 : Number(values.rounds ?? config.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number from 1, not ${values.rounds}`)
  const machine = await machineOf([
    ['nginx', '-v'],
    ['wrk', '-v'],
  ])
  say(machine.lines.join('\n'))

  const chosen = choose(config.scenarios, values.only?.split(','))
  const playable = chosen.filter(row => missing(row, machine.installed).length === 0)
  for (const row of chosen) {
    const lacks = missing(row, machine.installed)
    if (lacks.length > 0) say(`left out: ${row.name} (${lacks.join(', ')} not installed)`)
  }
  const seconds = (s: number): number => (values.quick ? Math.min(1, s) : s)

  const stage = openStage()
  for (const row of playable) await scenarioOf(row).prepare?.(stage, row.paths)
  if (playable.some(row => scenarioOf(row).check !== undefined)) await (await stage.dyingOrigin()).kill()
  for (const row of playable) await scenarioOf(row).check?.(stage, row.paths)

  const play = async (row: ScenarioConfig, durationS: number): Promise<LoadResult> => {
    const { tool, paths, connections, pipelining } = row
    const scenario = scenarioOf(row)
    const load: Load = { tool, url: await scenario.url(stage), paths, connections, durationS, pipelining }
    const run = (of: Load): Promise<LoadResult> => runLoad(of, stage.folder)
    return scenario.run === undefined ? run(load) : scenario.run(load, run)
  }
  const results = new Map<string, LoadResult[]>(playable.map(row => [row.name, []]))
  for (const row of playable) if (scenarioOf(row).run === undefined) await play(row, seconds(config.warmUpS))
  for (let round = 1; round <= rounds; round++) {
    for (const row of playable) {
      const result = await play(row, seconds(row.durationS))
      results.get(row.name)!.push(result)
      say(
        `round ${round}  ${row.name.padEnd(26)} ${Math.round(result.perSecond)}/s, p99 ${result.p99Ms.toFixed(2)} ms, ${result.failed} failed`,
      )
    }
  }

  say()
  say(formatRounds(playable, results))
  say()
  const budgets = new Map<string, Budget>(playable.map(row => [row.name, row.budget]))
  const breaches = breachesOf(results, budgets)
  for (const { scenario, budget, measured } of breaches)
    say(`OVER BUDGET  ${scenario}: ${budget}, measured ${measured}`)
  if (breaches.length === 0) say(`within all budgets (${values.config})`)
  const file = save({
    machine: machine.lines,
    quick: values.quick,
    rounds,
    breaches,
    scenarios: playable.map(row => summaryOf(row, results)),
  })
  say(`written to ${file}`)
  return breaches.length === 0 ? 0 : 1
}

function scenarioOf(row: ScenarioConfig): Scenario {
  return scenarios[row.scenario]
}

/** What was asked for, and what its budgets compare with. */
function choose(all: readonly ScenarioConfig[], only: readonly string[] | undefined): readonly ScenarioConfig[] {
  if (only === undefined) return all
  for (const name of only)
    if (!all.some(row => row.name === name))
      throw new Error(`there is no scenario ${name}; there are ${all.map(row => row.name).join(', ')}`)
  const wanted = new Set(only)
  for (const row of all) if (only.includes(row.name)) wanted.add(row.budget.against ?? 'direct')
  return all.filter(row => wanted.has(row.name))
}

function missing(row: ScenarioConfig, installed: ReadonlySet<string>): string[] {
  const needs = [...(scenarioOf(row).needs ?? []), ...(row.tool === 'wrk' ? ['wrk'] : [])]
  return needs.filter(program => !installed.has(program))
}

function summaryOf(row: ScenarioConfig, results: ReadonlyMap<string, readonly LoadResult[]>): object {
  const { paths: _paths, ...load } = row
  const rounds = results.get(row.name)!
  const against = row.budget.against ?? 'direct'
  return { ...load, median: medianOf(rounds), ratios: ratiosOf(row.name, against, results) ?? null, rounds }
}

function save(report: object): string {
  const folder = join('bench', 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
  return file
}

await runCommand('bench', bench)
