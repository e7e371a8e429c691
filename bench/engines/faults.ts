// Redis and PostgreSQL die, stand still and are restarted under load: what clients, the history and the journal lose.
import { setTimeout as sleep } from 'node:timers/promises'
import { openPostgres } from '../../core/history/postgres.js'
import { drained } from '../../scripts/chaos/drain.js'
import { compareLedger } from '../../scripts/chaos/ledger.js'
import { Load } from '../../scripts/chaos/load.js'
import { startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { Writers } from '../../scripts/chaos/writer.js'
import type { RunningService } from '../../scripts/services/service.js'
import { atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'
import { isShared, type Stores, untilStores, withServices } from './stores.js'

const RATE = 1000
const CONNECTIONS = 32
const WRITERS = 16
/** A pause in which a write of the history is given up takes twenty seconds to be noticed. */
const BACK_WITHIN_MS = 90_000
const DRAIN_WITHIN_MS = 60_000

/** Each exchange once, as the sums in PostgreSQL have it. */
async function countedIn(url: string): Promise<number> {
  const engine = await openPostgres(url)
  try {
    const [row] = await engine.rows<{ requests: number | null }>(
      `SELECT sum(requests) AS requests FROM sums_1s WHERE route = ''`,
    )
    return Number(row?.requests ?? 0)
  } finally {
    await engine.close()
  }
}

const hurts: readonly (readonly [string, (server: RunningService, lastMs: number) => Promise<void>])[] = [
  [
    'SIGKILL',
    async (server, lastMs) => {
      await server.kill()
      await sleep(lastMs)
      await server.restart()
    },
  ],
  [
    'SIGSTOP and SIGCONT',
    async (server, lastMs) => {
      server.pause()
      await sleep(lastMs)
      server.resume()
    },
  ],
  ['restart', server => server.restart()],
]

async function measured(name: string, place: 0 | 1, seconds: number): Promise<Figure[]> {
  return withServices(['redis', 'postgres'], async servers => {
    const [redis, postgres] = servers
    const server = servers[place]!
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, {
      env: { CHAOS_REDIS_URL: redis!.url, CHAOS_POSTGRES_URL: postgres!.url, CHAOS_GHOST_WRITES: 'journal' },
    })
    const until = (isSo: (stores: Stores) => boolean): Promise<Stores> =>
      untilStores(() => proxy.admin<{ stores: Stores }>('/api/status'), isSo, BACK_WITHIN_MS)
    const isWell = (stores: Stores): boolean => isShared(stores) && stores.history.store.state === 'up'
    // What an edge still holds is handed over within a second or two.
    const written = async (): Promise<Stores> => {
      await sleep(3000)
      return until(stores => isWell(stores) && stores.history.waitingRows === 0)
    }
    await until(isWell)
    await teach(proxy)
    await written()
    const before = await countedIn(postgres!.url)

    const load = new Load({ port: proxy.port, connections: CONNECTIONS, perSecond: RATE }).start()
    await sleep(500 * seconds)
    for (const [, hurt] of hurts) {
      await hurt(server, 1000 * seconds)
      await until(isWell)
    }
    await sleep(500 * seconds)
    const { counts, requests, samples } = await load.stop()
    const { history } = await written()
    const missing = requests - ((await countedIn(postgres!.url)) - before)

    // The same while writes are kept in the journal.
    await backend.kill()
    const writers = new Writers().start(proxy.port, WRITERS)
    for (const [, hurt] of hurts) await hurt(server, 300 * seconds)
    await writers.stop()
    await backend.start()
    const left = await drained(proxy, DRAIN_WITHIN_MS)
    const { lost, doubled, disordered } = compareLedger(writers.sent, backend.ledger())
    const ended = proxy.ended()
    await proxy.kill('SIGTERM')
    const kinds = hurts.map(([hurt]) => hurt).join(', ')
    return [
      atMost(
        `${name}: ${kinds}: failed requests`,
        0,
        counts.failed + counts.wrong + counts['unmarked-wrong'],
        '',
        [
          `of ${requests.toLocaleString('en-US')}`,
          ...samples.slice(0, 2),
          ...(ended === undefined ? [] : [ended]),
        ].join('; '),
      ),
      atMost(
        `${name}: exchanges that the history misses or has twice, beyond what it counted as dropped`,
        0,
        Math.abs(missing - history.dropped),
        '',
        `${history.dropped} dropped`,
      ),
      atMost(
        `${name}: journal entries lost, doubled or out of order`,
        0,
        lost.length + doubled.length + disordered.length + left.length,
        '',
        [`of ${writers.journalled.toLocaleString('en-US')}`, ...left].join('; '),
      ),
      atMost(
        `${name}: failed writes`,
        0,
        writers.tally.counts.failed,
        '',
        writers.tally.samples.slice(0, 2).join('; '),
      ),
    ]
  })
}

export const faults: Measure<Bounds> = {
  name: 'faults',
  question: `Redis and PostgreSQL killed, stopped and restarted under ${RATE.toLocaleString('en-US')} requests/s, and while writes go to the journal`,
  run: async ({ seconds }) => [...(await measured('Redis', 0, seconds)), ...(await measured('PostgreSQL', 1, seconds))],
}
