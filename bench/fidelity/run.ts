#!/usr/bin/env node
// The bench of fidelity: real backends that die, and what ghosts then say beside the truth. Exit 1 when a budget is missed.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../command.js'
import { machineOf } from '../machine.js'
import { temporaryFolder } from '../processes.js'
import type { Answer } from './answers.js'
import { promisedFor } from './asked-for.js'
import { explain } from './explain.js'
import { type ExplainOptions, type FidelityOptions, readOptions, usage } from './options.js'
import { type FidelityReport, markdownReport, terminalReport } from './report.js'
import type { BackendResult, GoingOn, LeftOut } from './results.js'
import { backendsIn, keptAnswers, peerScores, type RunnerOptions, runBackend } from './runner.js'
import { scoresOf } from './scores.js'
import { isNoStoreMet, verdictsIgnoring, verdictsOf } from './verdicts.js'

const KEPT = join('bench', 'results', 'fidelity')
/** A fifth of the training, so that what is learned before it is nearly all there is. */
const HELD_BACK = 300

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

async function bench(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    say(usage)
    return 0
  }
  const { dir, minConfidence, honour, keepAnswers, out } = options
  const backends = chosen(options, backendsIn(dir))
  const { environment, dropped } = defaultSettings(process.env)
  const folder = temporaryFolder()
  const results = keepAnswers ? KEPT : join(folder, 'results')
  const runner: RunnerOptions = { dir, results, folder, minConfidence, honour, environment }
  if (options.explain !== undefined) return explainBackend(options.explain, runner)

  const machine = await machineOf([['python3', '--version']], 'backend, proxy and questions share the machine')
  say(machine.lines.join('\n'))
  if (dropped.length > 0) say(`not used: ${dropped.join(', ')}; the proxy runs as it does by default`)
  if (keepAnswers)
    for (const kept of [results, `${results}-no-store`, `${results}-traffic`])
      rmSync(kept, { recursive: true, force: true })

  const measured: BackendResult[] = []
  const ignoring: BackendResult[] = []
  const leftOut: LeftOut[] = []
  for (const backend of backends) {
    say(`${backend} …`)
    try {
      const result = await measure(backend, runner)
      say(`${backend}, the traffic going on …`)
      const goingOn = await measureTraffic(backend, { ...runner, results: `${results}-traffic`, heldBack: HELD_BACK })
      measured.push(goingOn === undefined ? result : { ...result, goingOn })
      if (honour !== undefined || !isNoStoreMet(result)) continue
      say(`${backend}, no-store ignored …`)
      ignoring.push(await measure(backend, { ...runner, honour: 'ignore-no-store', results: `${results}-no-store` }))
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      leftOut.push({ name: backend, because })
      say(`left out: ${backend}: ${because}`)
    }
  }
  if (measured.length === 0) throw new Error('no backend could be played')
  const verdicts = [...verdictsOf(measured), ...verdictsIgnoring(measured, ignoring)]
  const report: FidelityReport = {
    machine: machine.lines,
    settings: settingsOf(options),
    results: measured,
    ignoring,
    verdicts,
    leftOut,
    peers: dir === undefined && options.backends === undefined && leftOut.length === 0 ? peerScores() : [],
  }
  say(`\n${terminalReport(report)}`)
  if (keepAnswers) say(`answers are in ${results}`)
  if (out !== undefined && leftOut.length > 0) say(`not written to ${out}: not every backend was played`)
  else if (out !== undefined) {
    writeFileSync(out, markdownReport(report))
    say(`written to ${out}`)
  }
  return leftOut.length === 0 && verdicts.every(({ met }) => met !== false) ? 0 : 1
}

function settingsOf({ minConfidence, honour }: FidelityOptions): string {
  const others = [
    ...(minConfidence === undefined ? [] : [`--ghost-min-confidence ${minConfidence}`]),
    ...(honour === undefined ? [] : [`--ghost-honour ${honour}`]),
  ]
  return others.length === 0 ? 'default settings' : `default settings but ${others.join(' and ')}`
}

async function measure(backend: string, runner: RunnerOptions): Promise<BackendResult> {
  const { answers, ...run } = await runBackend(backend, runner)
  const promised = promisedFor(answers, run.before)
  return { ...run, scores: scoresOf(answers), ...(promised === undefined ? {} : { promised }) }
}

/** Undefined: the proxy told no readiness. */
async function measureTraffic(backend: string, runner: RunnerOptions): Promise<GoingOn | undefined> {
  const { answers, before } = await runBackend(backend, runner)
  if (before.readiness === null) return undefined
  return { readiness: before.readiness, shown: scoresOf(answers).f1OfReads, count: answers.length }
}

async function explainBackend(
  { backend, class: name, worst, kept }: ExplainOptions,
  runner: RunnerOptions,
): Promise<number> {
  const answers: readonly Answer[] = kept ? keptAnswers(backend, runner) : (await runBackend(backend, runner)).answers
  say(
    explain(
      answers.filter(({ req }) => name === undefined || req.class === name),
      { worst },
    ),
  )
  return 0
}

function chosen({ backends }: FidelityOptions, known: readonly string[]): readonly string[] {
  for (const name of backends ?? [])
    if (!known.includes(name)) throw new Error(`there is no backend ${name}; there are ${known.join(', ')}`)
  return backends ?? known
}

/** What stands in the environment is for the user's own proxy; the model alone may lie elsewhere, and is never fetched. */
function defaultSettings(env: NodeJS.ProcessEnv): { environment: NodeJS.ProcessEnv; dropped: string[] } {
  const dropped = Object.keys(env).filter(name => name.startsWith('CHAOS_') && name !== 'CHAOS_MODEL_DIR')
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.includes(name)))
  return {
    environment: {
      CHAOS_MODEL_DIR: join(process.cwd(), 'chaos-data', 'models'),
      ...rest,
      CHAOS_FETCH_MODEL: 'off',
      CHAOS_HOST: '127.0.0.1',
    },
    dropped,
  }
}

await runCommand('bench:fidelity', bench)
