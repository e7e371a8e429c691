// Scenarios that ask how fast: at full load, and at a fixed rate. Rounds are interleaved: what slows the machine down for
// a while slows everybody.
import { setTimeout as sleep } from 'node:timers/promises'
import { medianOf } from '../budgets.js'
import { type Load, type LoadResult, runLoad, type Tool } from '../load.js'
import { type LineUp, type Running, reasonOf } from './line-up.js'
import { runOpenLoop } from './open-loop.js'
import { residentBytes } from './resident.js'
import type { LeftOut, SpeedResult } from './results.js'
import type { LoadScenario, RateScenario } from './scenarios.js'

export interface Pace {
  readonly tool: Tool
  readonly rounds: number
  readonly durationS: number
  /** 0: none. */
  readonly warmUpS: number
  /** Where the load tool may write. */
  readonly folder: string
  say(line: string): void
}

export async function playLoad(scenario: LoadScenario, lineUp: LineUp, pace: Pace): Promise<SpeedResult> {
  const { paths, bodyBytes, tls = false } = scenario
  const { running, leftOut } = await lineUp.ready(bodyBytes === undefined ? paths.slice(0, 3) : ['/api/items/1'], tls)
  const played = await interleave(scenario.name, running, pace, ({ server }, durationS) =>
    runLoad(loadOf(scenario, server.url, durationS, pace), pace.folder),
  )
  const resident = new Map(
    scenario.resident
      ? running.flatMap(({ name, server }) => {
          const bytes = residentBytes(server.pid)
          return bytes === undefined ? [] : [[name, bytes] as const]
        })
      : [],
  )
  return { kind: 'speed', scenario, ...played, residentBytes: resident, leftOut: [...leftOut, ...played.leftOut] }
}

/**
 * Contenders whose half load sets the rate. By the load that is put on at a rate: it takes more of the machine than wrk does, and half
 * of what wrk reaches would be most of what there is.
 */
const pacemakers = ['chaos-uws', 'chaos-strict', 'nginx', 'haproxy']
/** Who is slower than the rate times this at full load would only show its queue. */
const HEADROOM = 1.3
/** More than any of them answers: every connection has a request under way. */
const FLAT_OUT = 1_000_000
const FULL_LOAD_S = 2

export async function playRate(scenario: RateScenario, lineUp: LineUp, pace: Pace): Promise<SpeedResult> {
  const { connections, paths } = scenario
  const { running, leftOut } = await lineUp.ready(paths.slice(0, 3))
  const atRate = ({ server }: Running, perSecond: number, durationS: number): Promise<LoadResult> =>
    runOpenLoop(server.url, { paths, connections, perSecond, warmUpS: 2, durationS })
  // Not said: most of what is due at such a rate is given up, and that is no failure.
  const full = await interleave(scenario.name, running, { ...pace, warmUpS: 0, rounds: 1, say: () => {} }, who =>
    atRate(who, FLAT_OUT, FULL_LOAD_S),
  )
  const reached = (name: string): number => medianOf(full.rounds.get(name) ?? []).perSecond
  const perSecond = Math.floor(Math.min(...pacemakers.map(reached).filter(rate => rate > 0)) / 2)
  if (!Number.isFinite(perSecond) || perSecond < 1)
    throw new Error(`the rate is half of what ${pacemakers.join(', ')} reach, and none of them was measured`)
  pace.say(`${scenario.name}: ${perSecond} requests/s`)
  const tooSlow = running.flatMap(({ name }) =>
    full.rounds.has(name) && reached(name) < perSecond * HEADROOM
      ? [{ name, because: `too slow for ${perSecond}/s: ${Math.round(reached(name))}/s at full load` }]
      : [],
  )
  const out = [...leftOut, ...full.leftOut, ...tooSlow]
  const fast = running.filter(({ name }) => !out.some(slow => slow.name === name))
  const played = await interleave(scenario.name, fast, { ...pace, warmUpS: 0 }, (who, durationS) =>
    atRate(who, perSecond, durationS),
  )
  return { kind: 'speed', scenario, perSecond, ...played, leftOut: [...out, ...played.leftOut] }
}

/** Time for what a load left behind, so that one contender does not pay for the other. */
const CALM_MS = 500

/** One round of each, then the next round. Who fails as a whole is left out from there on. */
export async function interleave<Who extends Running>(
  scenario: string,
  running: readonly Who[],
  pace: Pace,
  measure: (who: Who, durationS: number) => Promise<LoadResult>,
): Promise<{ rounds: Map<string, LoadResult[]>; leftOut: LeftOut[] }> {
  const rounds = new Map<string, LoadResult[]>()
  const leftOut: LeftOut[] = []
  for (let round = pace.warmUpS > 0 ? 0 : 1; round <= pace.rounds; round++)
    for (const who of running) {
      const { name } = who
      if (leftOut.some(out => out.name === name)) continue
      try {
        const result = await measure(who, round === 0 ? pace.warmUpS : pace.durationS)
        await sleep(CALM_MS)
        // Round 0 warms up.
        if (round === 0) continue
        rounds.set(name, [...(rounds.get(name) ?? []), result])
        pace.say(
          `${scenario.padEnd(10)} round ${round}  ${name.padEnd(22)} ${Math.round(result.perSecond)}/s, p99 ${result.p99Ms.toFixed(2)} ms, ${result.failed} failed`,
        )
      } catch (error) {
        rounds.delete(name)
        leftOut.push({ name, because: reasonOf(error) })
      }
    }
  return { rounds, leftOut }
}

export function loadOf(
  scenario: Pick<LoadScenario, 'paths' | 'connections' | 'bodyBytes'>,
  url: string,
  durationS: number,
  { tool }: Pace,
): Load {
  const { paths, connections, bodyBytes } = scenario
  return { tool, url, paths, connections, durationS, pipelining: 1, ...(bodyBytes !== undefined && { bodyBytes }) }
}
