// The origin is dead: how fast does each answer in its place. What is measured is checked first.
import { setTimeout as sleep } from 'node:timers/promises'
import { expectGhosts, expectLive, get, learned, teach } from '../ask.js'
import { runLoad } from '../load.js'
import { startOrigin } from '../processes.js'
import type { GhostContender, GhostServer } from './contender.js'
import { type Running, reasonOf } from './line-up.js'
import { interleave, loadOf, type Pace } from './play-speed.js'
import type { LeftOut, SpeedResult } from './results.js'
import type { GhostScenario } from './scenarios.js'

interface GhostRunning extends Running {
  readonly server: GhostServer
}

/** `truthUrl`: an origin that lives, to compare ghosts with. */
export async function playGhosts(
  scenario: GhostScenario,
  contenders: readonly GhostContender[],
  truthUrl: string,
  pace: Pace,
): Promise<SpeedResult> {
  const { paths } = scenario
  const origin = await startOrigin()
  const leftOut: LeftOut[] = []
  const without = async (
    who: readonly GhostRunning[],
    check: (one: GhostRunning) => Promise<void>,
  ): Promise<GhostRunning[]> => {
    const left: GhostRunning[] = []
    for (const one of who) {
      try {
        await check(one)
        left.push(one)
      } catch (error) {
        leftOut.push({ name: one.name, because: reasonOf(error) })
        await one.server.stop()
      }
    }
    return left
  }

  let running: GhostRunning[] = []
  for (const { name, start } of contenders) {
    try {
      running.push({ name, server: await start(origin.port) })
    } catch (error) {
      leftOut.push({ name, because: reasonOf(error) })
    }
  }
  running = await without(running, async ({ server }) => {
    await teach(server.url, paths)
    if (server.adminUrl !== undefined) await learned(server.adminUrl)
  })
  await origin.kill()
  // Caches notice by a probe, or when what they keep is no longer fresh.
  await sleep(STALE_AFTER_MS)
  running = await without(running, async ({ server }) => {
    if (server.adminUrl !== undefined) return expectGhosts(server.url, truthUrl, paths, 'exact')
    await expectLive(server.url, paths)
    if ((await get(server.url + UNKNOWN)).status < 500)
      throw new Error('it answers what it cannot know: the origin lives')
  })
  const played = await interleave(scenario.name, running, pace, ({ server }, durationS) =>
    runLoad(loadOf(scenario, server.url, durationS, pace), pace.folder),
  )
  for (const { server } of running) await server.stop()
  return { kind: 'speed', scenario, ...played, leftOut: [...leftOut, ...played.leftOut] }
}

const STALE_AFTER_MS = 2500
/** Never asked while the origin lived. */
const UNKNOWN = '/api/items/never-seen'
