// Reads autocannon.config.json: which scenarios there are, their load, their budgets.
import { readFileSync } from 'node:fs'
import type { Budget } from './budgets.js'
import { type Tool, tools } from './load.js'
import { type ScenarioName, scenarioNames } from './scenarios/all.js'

export interface ScenarioConfig {
  /** One row of the table; several rows may run one scenario with different loads. */
  readonly name: string
  readonly scenario: ScenarioName
  readonly tool: Tool
  readonly connections: number
  readonly durationS: number
  readonly pipelining: number
  /** Expanded: see {@link expandPath}. */
  readonly paths: readonly string[]
  readonly budget: Budget
}

export interface BenchConfig {
  readonly rounds: number
  readonly warmUpS: number
  readonly scenarios: readonly ScenarioConfig[]
}

export function readConfig(file: string): BenchConfig {
  const raw = JSON.parse(readFileSync(file, 'utf8')) as RawConfig
  const scenarios = raw.scenarios.map(entry => scenarioOf({ ...raw.defaults, ...entry }, raw.paths, file))
  for (const { name, tool, budget } of scenarios) {
    const against = budget.against ?? 'direct'
    const other = scenarios.find(scenario => scenario.name === against)
    if (other === undefined)
      throw new Error(`${file}: scenario ${name} is compared with ${against}, which there is not`)
    // A ratio between two load tools says something of the tools.
    if (other.tool !== tool) throw new Error(`${file}: scenario ${name} and ${against} must be loaded by the same tool`)
  }
  return { rounds: raw.rounds, warmUpS: raw.warmUpS, scenarios }
}

interface RawScenario {
  readonly name: string
  readonly scenario?: string
  readonly tool: string
  readonly connections: number
  readonly durationS: number
  readonly pipelining: number
  /** Name of a list in `paths`. */
  readonly paths: string
  readonly budget?: Budget
}

interface RawConfig {
  readonly rounds: number
  readonly warmUpS: number
  readonly paths: Readonly<Record<string, readonly string[]>>
  readonly defaults: Partial<RawScenario>
  readonly scenarios: readonly RawScenario[]
}

function scenarioOf(raw: RawScenario, lists: RawConfig['paths'], file: string): ScenarioConfig {
  const problem = (text: string): Error => new Error(`${file}: scenario ${raw.name}: ${text}`)
  const list = lists[raw.paths]
  if (list === undefined) throw problem(`there is no list of paths named ${raw.paths}`)
  const scenario = scenarioNames.find(name => name === (raw.scenario ?? raw.name))
  if (scenario === undefined) throw problem(`\`scenario\` must be one of ${scenarioNames.join(', ')}`)
  const tool = tools.find(name => name === raw.tool)
  if (tool === undefined) throw problem(`\`tool\` must be one of ${tools.join(', ')}`)
  for (const name of ['connections', 'durationS', 'pipelining'] as const)
    if (!(raw[name] >= 1)) throw problem(`\`${name}\` must be at least 1`)
  const { name, connections, durationS, pipelining, budget = {} } = raw
  return { name, scenario, tool, connections, durationS, pipelining, paths: mixed(list.flatMap(expandPath)), budget }
}

/** `/items/{1..3}?of={}` stands for three paths; `{}` repeats the number. */
export function expandPath(path: string): string[] {
  const range = /\{(\d+)\.\.(\d+)\}/.exec(path)
  if (range === null) return [path]
  const [text, first, last] = range as unknown as [string, string, string]
  const paths: string[] = []
  for (let number = Number(first); number <= Number(last); number++)
    paths.push(path.replace(text, String(number)).replaceAll('{}', String(number)))
  return paths
}

/** Spreads what stands together, the same way each time: a run must not ask for all of one kind first. */
export function mixed(paths: readonly string[]): string[] {
  const { length } = paths
  // A step that shares no divisor with the length visits each place once.
  let step = Math.max(1, Math.floor(length * 0.618))
  while (gcd(step, length) !== 1) step++
  return paths.map((_, i) => paths[(i * step) % length]!)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
