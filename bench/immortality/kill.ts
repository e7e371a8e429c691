// kill -9 of the backend at a fixed rate of requests: what clients get, how soon, and how traffic comes back.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Load, type Seen } from '../../scripts/chaos/load.js'
import { PROBES, RECOVERY_WITHIN_MS, recovered } from '../../scripts/chaos/recovery.js'
import { type Backend, type ProxyProcess, startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { LatencyBuckets } from '../latency-buckets.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import { type Bounds, CONNECTIONS, RATE, WANTED_RATE } from './bounds.js'

const FIRST_GHOST_WITHIN_MS = 5
/** For circuits to open after a kill, and for the share of a closed one to be whole again. */
const OPENS_MS = 1000
const RAMP_MS = 2500
const PROBE_WITHIN_MS = 40_000
/** What becomes of a request that was sent to a backend that is killed: later ones are not even tried. */
const attempted = /details="CHAOS_ERR_UPSTREAM_(CONNECT_REFUSED|RESET|TRUNCATED|UNREACHABLE)"/

interface Status {
  readonly routeCircuits: readonly unknown[]
}

/** How long after their failed attempt clients had a ghost. An attempt fails when the backend is dead, and not before it is sent. */
interface FirstGhosts {
  readonly firstMs: number | undefined
  readonly p99Ms: number
  /** From the signal until the first connection of the backend had ended. */
  readonly dyingMs: number
}

async function kill(backend: Backend, load: Load): Promise<FirstGhosts> {
  const asked: Seen[] = []
  load.listen(seen => {
    if (seen.verdict === 'ghost' && attempted.test(seen.answer?.fields.get('proxy-status') ?? '')) asked.push(seen)
  })
  // The kernel takes the memory of a process before its connections: until then nobody can know. It ends them in the order of
  // their numbers, and the lowest free one is given to this.
  const { hostname, port } = new URL(backend.url)
  const bystander = connect(Number(port), hostname).on('error', () => {})
  await once(bystander, 'connect')
  const killedAt = performance.now()
  const dead = new Promise<number>(resolve => bystander.once('close', () => resolve(performance.now())).resume())
  await backend.kill()
  const deadAt = await dead
  await sleep(OPENS_MS)
  const waits = new LatencyBuckets()
  const waitMs = ({ sentAt, answeredAt }: Seen): number => Math.max(0, answeredAt - Math.max(sentAt, deadAt))
  for (const seen of asked) waits.add(waitMs(seen))
  const [first] = asked
  return { firstMs: first && waitMs(first), p99Ms: waits.percentile(0.99), dyingMs: deadAt - killedAt }
}

/** Kills a backend that is back and takes only probes: how many come, at how many circuits. */
async function probesAt(backend: Backend, proxy: ProxyProcess): Promise<{ probes: number; circuits: number }> {
  const { routeCircuits } = await proxy.admin<Status>('/api/status')
  await backend.start('hold')
  for (const end = performance.now() + PROBE_WITHIN_MS; performance.now() < end; await sleep(20))
    if ((await backend.requests()) > 0) break
  // Thousands of requests are answered in this time: whoever else is let through comes.
  await sleep(500)
  const probes = await backend.requests()
  await backend.behave('well')
  return { probes, circuits: 1 + routeCircuits.length }
}

export const kill9: Measure<Bounds> = {
  name: 'kill',
  question: `kill -9 of the backend under ${RATE.toLocaleString('en-US')} requests/s on learned routes, ${CONNECTIONS} connections`,
  async run({ seconds }): Promise<Figure[]> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url)
    await teach(proxy)
    const load = new Load({ port: proxy.port, connections: CONNECTIONS, perSecond: RATE }).start()
    const phase = async (): Promise<{ p99: number; perSecond: number }> => {
      load.takeTally()
      const beganAt = performance.now()
      await sleep(1000 * seconds)
      const tally = load.takeTally()
      return { p99: tally.waitMs(0.99), perSecond: tally.requests / ((performance.now() - beganAt) / 1000) }
    }
    await sleep(500 * seconds)
    const live = await phase()
    // The same ghosts with the backend there: what its death adds to them is the difference.
    await proxy.setMode('forced')
    await sleep(OPENS_MS)
    const forced = await phase()
    await proxy.setMode('auto')
    await load.until('live', RATE, PROBE_WITHIN_MS)

    const killedAt = performance.now()
    const first = await kill(backend, load)
    const toOpen = load.takeTally()
    const openedMs = performance.now() - killedAt
    const open = await phase()
    await backend.start()
    const { recoveryMs } = await recovered(load, { short: true })
    await sleep(RAMP_MS)
    const second = await kill(backend, load)
    const { probes, circuits } = await probesAt(backend, proxy)
    await load.until('live', 2 * PROBES + 1, PROBE_WITHIN_MS)

    const { counts, samples } = await load.stop()
    const firsts = [first.firstMs, second.firstMs]
    const worst = firsts.includes(undefined) ? undefined : Math.max(...(firsts as number[]))
    return [
      atLeast('requests/s before it is killed', WANTED_RATE, live.perSecond, '', `live p99 ${live.p99} ms`),
      atLeast('requests/s answered in the second after', WANTED_RATE, (toOpen.requests / openedMs) * 1000),
      atMost('failed', 0, counts.failed, '', `of all ${sumOf(counts).toLocaleString('en-US')}`),
      atMost('unmarked', 0, counts['unmarked-wrong'], '', samples.slice(0, 2).join('; ')),
      atMost(
        'first ghost after the failed attempt',
        FIRST_GHOST_WITHIN_MS,
        worst,
        'ms',
        `the slower of two kills, as the client sees it; p99 of those that tried ${Math.max(first.p99Ms, second.p99Ms).toFixed(1)} ms; the backend itself took ${first.dyingMs.toFixed(1)} and ${second.dyingMs.toFixed(1)} ms from the signal to the end of its first connection`,
      ),
      atMost(
        'ghost p99 with the circuit open, of the same with the backend there',
        2,
        open.p99 / forced.p99,
        '×',
        `${open.p99} ms and ${forced.p99} ms`,
      ),
      atMost('live again', RECOVERY_WITHIN_MS, recoveryMs, 'ms'),
      atMost('requests that try it before', PROBES * circuits, probes, '', `${circuits} circuits, ${PROBES} each`),
    ]
  },
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
