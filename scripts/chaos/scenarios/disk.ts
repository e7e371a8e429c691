// The data folder takes nothing more in mid-run, or takes it late; later it is well again.
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { drained } from '../drain.js'
import { compareLedger } from '../ledger.js'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import type { Report, Scenario, Skipped, Stage } from '../scenario.js'
import { Scene } from '../scene.js'
import { type ProxyProcess, settled } from '../stage.js'
import { Writers } from '../writer.js'

const WRITERS = 4
const DRAIN_WITHIN_MS = 60_000
const AGAIN_WITHIN_MS = 20_000
const FRESH = Array.from({ length: 20 }, (_, i) => `/fresh/${i + 1}`)

interface Status {
  readonly health: { readonly colour: string; readonly because: readonly string[] }
  readonly drops: { readonly learner: number }
}

/** What it learned since the disk is well again; undefined: nothing. After failures in a row there is a pause, which drops. */
async function learnsAgain(proxy: ProxyProcess): Promise<readonly string[] | undefined> {
  const student = new Load({ port: proxy.port, connections: 0 })
  const end = performance.now() + AGAIN_WITHIN_MS
  for (let from = FRESH.length; performance.now() < end; from += FRESH.length, await sleep(500)) {
    const { drops } = await proxy.admin<Status>('/api/status')
    const targets = FRESH.map((_, i) => `/fresh/${from + i + 1}`)
    await student.once(targets)
    await settled(proxy)
    const after = await proxy.admin<Status>('/api/status')
    if (after.drops.learner === drops.learner && after.health.colour === 'green') return targets
  }
  return undefined
}

/** Breaks the disk with the backend alive, kills the backend, heals the disk, and looks for what was lost. */
async function withDisk(
  stage: Stage,
  breakDisk: (scene: Scene) => Promise<void>,
  heal: (scene: Scene) => Promise<void>,
): Promise<Report> {
  const scene = await Scene.open(stage, { env: { CHAOS_GHOST_WRITES: 'journal' } })
  const { backend, proxy, broken, notes } = scene
  const load = scene.load()
  const writers = new Writers()
  writers.mayRefuse = true
  writers.start(proxy.port, WRITERS)
  await scene.last(1 / 4)
  await backend.kill()
  while (writers.journalled === 0 && proxy.ended() === undefined) await sleep(5)
  await breakDisk(scene)
  await scene.last(1)
  // With the backend alive there is more to be learned, and nothing may be kept.
  await backend.start()
  await scene.recovers()
  broken.push(...brokenBy(await new Load({ port: proxy.port, connections: 0 }).once(FRESH), { ghosts: false }))
  await scene.last(1 / 2)
  await backend.kill()
  await scene.last(1 / 2)
  // A sync that takes seconds is known to be slow when it has taken them.
  let { health } = await proxy.admin<Status>('/api/status')
  for (const end = performance.now() + AGAIN_WITHIN_MS; health.colour === 'green' && performance.now() < end; ) {
    await sleep(20)
    health = (await proxy.admin<Status>('/api/status')).health
  }
  if (health.colour === 'green') broken.push('the status was green all the while')
  notes.push(...health.because)
  await heal(scene)
  const before = writers.journalled
  for (const end = performance.now() + AGAIN_WITHIN_MS; writers.journalled === before; await sleep(20))
    if (performance.now() > end) {
      broken.push(`no write was journalled in ${AGAIN_WITHIN_MS / 1000} s after the disk was well again`)
      break
    }
  await writers.stop()
  await backend.start()
  await scene.recovers()
  broken.push(...(await drained(proxy, DRAIN_WITHIN_MS)))
  broken.push(...brokenBy(writers.tally))
  const { lost, doubled, disordered } = compareLedger(writers.sent, backend.ledger())
  scene.lostWrites = lost.length
  if (lost.length > 0) broken.push(`${lost.length} acknowledged writes are lost: ${lost.slice(0, 3).join()}`)
  if (doubled.length > 0) broken.push(`${doubled.length} writes were done twice: ${doubled.slice(0, 3).join()}`)
  if (disordered.length > 0) broken.push(`${disordered.length} writes are out of order: ${disordered[0]}`)
  if (writers.refused === 0) broken.push('no write was refused: the disk was well, it shows nothing')
  // Without the load: on a small machine it leaves the learner little, which is as it should be.
  await load.stop()
  const learned = await learnsAgain(proxy)
  await backend.kill()
  if (learned === undefined) broken.push(`it did not learn again in ${AGAIN_WITHIN_MS / 1000} s`)
  else broken.push(...brokenBy(await new Load({ port: proxy.port, connections: 0 }).once(learned)))
  if (/"setAside"|is damaged/.test(proxy.said())) broken.push('a disk that fails was taken for a damaged memory')
  notes.push(`${writers.journalled} writes journalled, ${writers.refused} refused with Retry-After`)
  return scene.end()
}

export const unwritable: Scenario = {
  name: 'unwritable',
  promise:
    'nothing can be written any more, as on a disk that turned read-only: reads go on, writes are refused honestly, nothing is lost',
  run(stage): Promise<Report | Skipped> {
    try {
      execFileSync('prlimit', ['--version'], { stdio: 'pipe' })
    } catch {
      return Promise.resolve({ skipped: 'there is no prlimit (util-linux), by which writes are made to fail' })
    }
    return withDisk(
      stage,
      async ({ proxy }) => proxy.setWritable(false),
      async ({ proxy }) => proxy.setWritable(true),
    )
  },
}

/** Longer than a client is let wait for the journal. */
const SYNC_MS = 7000

export const slowDisk: Scenario = {
  name: 'slow-disk',
  promise: `each sync of the journal takes ${SYNC_MS / 1000} s: reads go on, writes are refused in time and not done later`,
  run: stage =>
    withDisk(
      stage,
      ({ proxy }) => proxy.spoil({ slowSync: SYNC_MS }),
      async scene => {
        // The first refusals come when the patience of the edges is over.
        await sleep(SYNC_MS)
        await scene.proxy.spoil({ slowSync: 0 })
      },
    ),
}
