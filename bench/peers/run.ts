#!/usr/bin/env node
// The bench beside peers: the same origin, the same load, every reverse proxy that is installed. Exit 1 when a budget is missed.
import { writeFileSync } from 'node:fs'
import { runCommand } from '../command.js'
import { machineOf } from '../machine.js'
import { startOrigin, temporaryFolder } from '../processes.js'
import { makeCertificate } from './certificate.js'
import type { Contender } from './contender.js'
import { contenders, ghostContenders } from './contenders/all.js'
import { LineUp, lacking, reasonOf } from './line-up.js'
import { readOptions, usage } from './options.js'
import { playGhosts } from './play-ghosts.js'
import { playIdle, playLarge } from './play-growth.js'
import { type Pace, playLoad, playRate } from './play-speed.js'
import { markdownReport, terminalReport } from './report.js'
import type { LeftOut, PeerResult } from './results.js'
import { type PeerScenario, peerScenarios } from './scenarios.js'
import { verdictsOf } from './verdicts.js'

const programs = [
  ['wrk', '-v'],
  ['nginx', '-v'],
  ['haproxy', '-v'],
  ['caddy', 'version'],
  ['varnishd', '-V'],
  ['go', 'version'],
  ['openssl', 'version'],
] as const

const DURATION_S = 4
const WARM_UP_S = 1
/**
 * For processes that have just begun, whoever they are: Node compiles what is hot and a learner learns what is new in the
 * first seconds, which is not what a proxy that runs for weeks is like.
 */
const FIRST_WARM_UP_S = 20
/** In place of ten thousand connections and a gigabyte. */
const QUICK_CONNECTIONS = 200
const QUICK_BYTES = 32 << 20

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

async function bench(): Promise<number> {
  const everybody = [...new Set([...contenders, ...ghostContenders].map(({ name }) => name))]
  const options = readOptions(process.argv.slice(2), {
    contenders: everybody,
    scenarios: peerScenarios.map(({ name }) => name),
  })
  if (options.help) {
    say(usage)
    return 0
  }
  const { quick, rounds, only, out } = options
  const machine = await machineOf(programs)
  say(machine.lines.join('\n'))

  const leftOut: LeftOut[] = []
  const chosen = <Who extends Pick<Contender, 'name' | 'needs'>>(all: readonly Who[]): Who[] =>
    all.filter(({ name, needs }) => {
      if (only !== undefined && !only.includes(name)) return false
      const lacks = lacking(needs, machine.installed)
      if (lacks.length > 0) leftOut.push({ name, because: `${lacks.join(', ')} not installed` })
      return lacks.length === 0
    })
  const [playing, playingGhosts] = [chosen(contenders), chosen(ghostContenders)]
  const wanted = peerScenarios
    .filter(({ name }) => options.scenarios?.includes(name) ?? true)
    .filter(scenario => {
      if (!needsCertificate(scenario) || machine.installed.has('openssl')) return true
      leftOut.push({ name: scenario.name, because: 'openssl not installed' })
      return false
    })
  for (const { name, because } of leftOut) say(`left out: ${name}: ${because}`)

  const pace: Pace = {
    tool: machine.installed.has('wrk') ? 'wrk' : 'autocannon',
    rounds,
    durationS: quick ? 1 : DURATION_S,
    warmUpS: quick ? 0 : WARM_UP_S,
    folder: temporaryFolder(),
    say,
  }
  const origin = await startOrigin()
  const lineUp = new LineUp(playing, origin.port, onlyOnce(makeCertificate))
  const results: PeerResult[] = []
  const begun = new Set<boolean>()
  /** Those behind TLS are processes of their own. */
  const paceOf = (tls: boolean): Pace => {
    if (quick || begun.has(tls)) return pace
    begun.add(tls)
    return { ...pace, warmUpS: FIRST_WARM_UP_S }
  }
  const play = (scenario: PeerScenario): Promise<PeerResult> => {
    switch (scenario.kind) {
      case 'load':
        return playLoad(scenario, lineUp, paceOf(scenario.tls === true))
      case 'rate':
        return playRate(scenario, lineUp, pace)
      case 'ghosts':
        return playGhosts(scenario, playingGhosts, origin.url, pace)
      case 'idle':
        return playIdle(quick ? { ...scenario, connections: QUICK_CONNECTIONS } : scenario, lineUp, pace)
      case 'large':
        return playLarge(quick ? { ...scenario, bytes: QUICK_BYTES } : scenario, lineUp, pace)
    }
  }
  for (const scenario of wanted) {
    try {
      results.push(await play(scenario))
    } catch (error) {
      leftOut.push({ name: scenario.name, because: reasonOf(error) })
      say(`left out: ${scenario.name}: ${reasonOf(error)}`)
    }
  }

  await lineUp.stop()
  await origin.kill()

  const verdicts = verdictsOf(results)
  say()
  say(terminalReport({ results, verdicts }))
  if (out !== undefined) {
    const { tool, durationS } = pace
    const report = {
      machine: machine.lines,
      tool,
      rounds,
      durationS,
      firstWarmUpS: FIRST_WARM_UP_S,
      leftOut,
      results,
      verdicts,
    }
    writeFileSync(out, markdownReport({ ...report, contenders: [...playing, ...newNames(playingGhosts, playing)] }))
    say(`written to ${out}`)
  }
  const missed = verdicts.filter(({ met }) => !met).length
  if (missed > 0) say(`${missed} of ${verdicts.length} budgets missed${quick ? '; a quick run does not judge' : ''}`)
  return missed > 0 && !quick ? 1 : 0
}

function needsCertificate(scenario: PeerScenario): boolean {
  return scenario.kind === 'load' && scenario.tls === true
}

type Named = Pick<Contender, 'name' | 'runs'>

function newNames(more: readonly Named[], than: readonly Named[]): Named[] {
  return more.filter(({ name }) => !than.some(other => other.name === name))
}

function onlyOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

await runCommand('bench:peers', bench)
