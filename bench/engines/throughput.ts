// What Redis and PostgreSQL cost a request: two proxies, one with both and one with its embedded stores, turn by turn.
import { type Rounds, ratiosOf } from '../budgets.js'
import { type LoadResult, runLoad } from '../load.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import { type ProxyProcess, startOrigin, startProxy, temporaryFolder } from '../processes.js'
import type { Bounds } from './bounds.js'
import { isShared, type Stores, untilStores, withServices } from './stores.js'

const WANTED_SHARE = 0.9
const CONNECTIONS = 64
const PATHS = Array.from({ length: 50 }, (_, i) => `/api/items/${i + 1}`)

export const throughput: Measure<Bounds> = {
  name: 'throughput',
  question: `proxied requests/s on ${CONNECTIONS} connections with Redis and PostgreSQL, of the same with embedded stores; interleaved rounds, medians`,
  run: ({ seconds, rounds }) =>
    withServices(['redis', 'postgres'], async ([redis, postgres]): Promise<Figure[]> => {
      const origin = await startOrigin()
      const settings = { CHAOS_EMBEDDER: 'lexical' }
      const proxies: Record<'embedded' | 'attached', ProxyProcess> = {
        embedded: await startProxy(origin.url, settings),
        attached: await startProxy(origin.url, {
          ...settings,
          CHAOS_REDIS_URL: redis!.url,
          CHAOS_POSTGRES_URL: postgres!.url,
        }),
      }
      await untilStores(
        async () => (await (await fetch(`${proxies.attached.adminUrl}/api/status`)).json()) as { stores: Stores },
        stores => isShared(stores) && stores.history.store.state === 'up',
      )
      const folder = temporaryFolder()
      const load = (proxy: ProxyProcess): Promise<LoadResult> =>
        runLoad(
          {
            ...{ tool: 'autocannon' as const, url: proxy.url, paths: PATHS },
            connections: CONNECTIONS,
            durationS: seconds,
            pipelining: 1,
          },
          folder,
        )
      const all = { embedded: [] as LoadResult[], attached: [] as LoadResult[] }
      // The first one warms up.
      for (let round = 0; round <= rounds; round++)
        for (const name of round % 2 === 0
          ? (['embedded', 'attached'] as const)
          : (['attached', 'embedded'] as const)) {
          const result = await load(proxies[name])
          if (round > 0) all[name].push(result)
        }
      for (const proxy of Object.values(proxies)) await proxy.stop()
      await origin.kill()
      const ratios = ratiosOf('attached', 'embedded', new Map(Object.entries(all)) as Rounds)
      const failed = [...all.embedded, ...all.attached].reduce((sum, one) => sum + one.failed, 0)
      const told = (results: readonly LoadResult[]): string => results.map(one => Math.round(one.perSecond)).join(' ')
      return [
        atLeast(
          'requests/s, of embedded',
          WANTED_SHARE,
          ratios?.throughput,
          '×',
          `attached ${told(all.attached)}; embedded ${told(all.embedded)}`,
        ),
        atMost('failed', 0, failed),
      ]
    }),
}
