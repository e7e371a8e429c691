// Scenarios that ask how much memory: ten thousand connections that do nothing, and one body of a gigabyte.
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientsWithin, openFilesLimit } from '../../core/front/open-files.js'
import { runLoad } from '../load.js'
import { askProcess, end } from '../processes.js'
import type { IdleOrder, IdleReply } from './idle-process.js'
import { type LineUp, type Running, reasonOf } from './line-up.js'
import { loadOf, type Pace } from './play-speed.js'
import { residentBytes } from './resident.js'
import type { Growth, GrowthResult, LeftOut } from './results.js'
import type { IdleScenario, LargeScenario } from './scenarios.js'
import { judged } from './verdicts.js'

/** What is judged runs so many. */
const EDGES = 2
/** Of those that there is room for: edges share it evenly, connections do not come so. */
const ROOM_PART = 0.97
/** Until memory stops moving after a load. */
const CALM_MS = 1000
const LOOK_MS = 20
const PIECE_BYTES = 1 << 20

export async function playIdle(scenario: IdleScenario, lineUp: LineUp, pace: Pace): Promise<GrowthResult> {
  const openFiles = openFilesLimit()
  const connections =
    openFiles === undefined
      ? scenario.connections
      : Math.min(scenario.connections, Math.floor(clientsWithin(openFiles, EDGES) * ROOM_PART))
  const result = await eachGrowth(scenario, lineUp, pace, async ({ name, server }) => {
    const beforeBytes = residentOf(server.pid)
    const { hostname, port } = new URL(server.url)
    const order: IdleOrder = { host: hostname, port: Number(port), connections, path: '/api/items/1' }
    const file = new URL('./idle-process.js', import.meta.url)
    const { reply, child } = await askProcess<IdleOrder, IdleReply>(file, order)
    const peakBytes = residentOf(server.pid)
    await end(child)
    return [{ name, what: 'idle', beforeBytes, peakBytes, wanted: connections, reached: reply.open }]
  })
  if (connections === scenario.connections) return result
  const because = `of ${openFiles} open files a proxy keeps as many for its upstream; raise the limit with \`ulimit -n\``
  return {
    ...result,
    leftOut: [
      ...result.leftOut,
      { name: `${scenario.connections - connections} of ${scenario.connections} connections`, because },
    ],
  }
}

export async function playLarge(scenario: LargeScenario, lineUp: LineUp, pace: Pace): Promise<GrowthResult> {
  const { bytes } = scenario
  return eachGrowth(scenario, lineUp, pace, async ({ name, server }) => {
    const growths: Growth[] = []
    for (const [what, move] of [
      ['down', download],
      ['up', upload],
    ] as const) {
      const beforeBytes = residentOf(server.pid)
      const { reached, peakBytes } = await watchingMemory(server.pid, () => move(server.url, bytes))
      growths.push({ name, what, beforeBytes, peakBytes, wanted: bytes, reached })
      await sleep(CALM_MS)
    }
    return growths
  })
}

async function watchingMemory(
  pid: number,
  move: () => Promise<number>,
): Promise<{ reached: number; peakBytes: number }> {
  let peakBytes = 0
  const look = (): void => {
    peakBytes = Math.max(peakBytes, residentOf(pid))
  }
  const timer = setInterval(look, LOOK_MS)
  try {
    const reached = await move()
    look()
    return { reached, peakBytes }
  } finally {
    clearInterval(timer)
  }
}

/** Of those that are judged, each after a load that lets memory come to rest. */
async function eachGrowth(
  scenario: IdleScenario | LargeScenario,
  lineUp: LineUp,
  pace: Pace,
  measure: (who: Running) => Promise<Growth[]>,
): Promise<GrowthResult> {
  const { running, leftOut } = await lineUp.ready(['/api/items/1'])
  const out: LeftOut[] = leftOut.filter(({ name }) => isJudged(name))
  const growths: Growth[] = []
  for (const who of running.filter(({ name }) => isJudged(name))) {
    try {
      const load = { paths: ['/api/items/1'], connections: 64 }
      await runLoad(loadOf(load, who.server.url, Math.max(1, pace.warmUpS), pace), pace.folder)
      await sleep(CALM_MS)
      const measured = await measure(who)
      growths.push(...measured)
      for (const { name, what, beforeBytes, peakBytes, reached } of measured)
        pace.say(
          `${scenario.name.padEnd(10)} ${name.padEnd(22)} ${what}: ${((peakBytes - beforeBytes) / 1e6).toFixed(1)} MB extra, ${reached} reached`,
        )
    } catch (error) {
      out.push({ name: who.name, because: reasonOf(error) })
    }
  }
  return { kind: 'growth', scenario, growths, leftOut: out }
}

function isJudged(name: string): boolean {
  return judged.some(one => one === name)
}

function residentOf(pid: number): number {
  const bytes = residentBytes(pid)
  if (bytes === undefined) throw new Error('memory of a process can be read from /proc only')
  return bytes
}

/** Resolves with the octets that arrived. */
async function download(url: string, bytes: number): Promise<number> {
  const asked = request(`${url}/bytes/${bytes}`, { agent: false })
  asked.end()
  const response = await responseTo(asked)
  let arrived = 0
  for await (const chunk of response) arrived += (chunk as Buffer).length
  return arrived
}

/** Resolves with the octets that the origin says it received. */
async function upload(url: string, bytes: number): Promise<number> {
  const asked = request(`${url}/upload`, { method: 'POST', agent: false, headers: { 'content-length': bytes } })
  const piece = Buffer.alloc(PIECE_BYTES, 'x')
  const pieces = function* (): Generator<Buffer> {
    for (let at = 0; at < bytes; at += PIECE_BYTES) yield piece.subarray(0, Math.min(PIECE_BYTES, bytes - at))
  }
  // Together: an answer that comes before all was sent must be heard as well.
  const [response] = await Promise.all([responseTo(asked), pipeline(Readable.from(pieces()), asked)])
  return ((await json(response)) as { received: number }).received
}

async function responseTo(asked: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) throw new Error(`${asked.method} ${asked.path} answered ${response.statusCode}`)
  return response
}
