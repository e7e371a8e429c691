// An instance that is started while the backend is dead and nobody else is left: how soon it answers what Redis holds.
import { setTimeout as sleep } from 'node:timers/promises'
import { connectRedis } from '../../core/shared/redis-client.js'
import { parseRedisUrl } from '../../core/shared/redis-url.js'
import { Client } from '../../scripts/chaos/client.js'
import { targets, truthOf } from '../../scripts/chaos/known-api.js'
import { Load } from '../../scripts/chaos/load.js'
import { settled, startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'
import { isShared, type Stores, untilStores, withServices } from './stores.js'

const WITHIN_MS = 2000
const MORE = 500
const SHELVED_WITHIN_MS = 60_000
const GIVEN_UP_MS = 20_000
const SHELF = '{chaos}:shelf:seen'

async function untilShelved(url: string, count: number): Promise<void> {
  const place = parseRedisUrl(url)
  if ('problem' in place) throw new Error(place.problem)
  const redis = await connectRedis(place, 'bench', () => {})
  try {
    for (const end = performance.now() + SHELVED_WITHIN_MS; ; await sleep(50)) {
      const there = Number(await redis.call('ZCARD', SHELF))
      if (there >= count) return
      if (performance.now() > end) throw new Error(`${there} of ${count} exchanges were on the shelf in Redis`)
    }
  } finally {
    redis.close()
  }
}

export const joining: Measure<Bounds> = {
  name: 'joining',
  question: `an instance that is started in an outage with an empty folder: up to ${targets.length + MORE} exchanges in Redis`,
  run: () =>
    withServices(['redis'], async ([redis]): Promise<Figure[]> => {
      const backend = await startBackend()
      const env = { CHAOS_REDIS_URL: redis!.url }
      const first = await startProxy(backend.url, { env })
      await untilStores(() => first.admin<{ stores: Stores }>('/api/status'), isShared)
      await teach(first)
      const fresh = Array.from({ length: MORE }, (_, i) => `/fresh/${i + 1}`)
      await new Load({ port: first.port, connections: 0 }).once(fresh)
      await settled(first)
      // What was sampled out where it was captured is in nobody's memory.
      await first.setMode('forced')
      const knowing = new Client(first.port)
      const all: string[] = []
      for (const target of [...targets, ...fresh]) {
        const { fields } = await knowing.ask(`GET ${target} HTTP/1.1\r\nHost: chaos.test\r\n\r\n`)
        if (fields.get('x-ghost') === 'exact') all.push(target)
      }
      knowing.close()
      await untilShelved(redis!.url, all.length)
      await first.kill()
      await backend.kill()
      const second = await startProxy(backend.url, { env })
      const upAt = performance.now()
      const client = new Client(second.port)
      let firstMs: number | undefined
      let wrong = 0
      let left = all
      while (left.length > 0 && performance.now() - upAt < GIVEN_UP_MS) {
        const still: string[] = []
        for (const target of left) {
          const { fields, body } = await client.ask(`GET ${target} HTTP/1.1\r\nHost: chaos.test\r\n\r\n`)
          if ((fields.get('x-ghost') ?? 'none') === 'none') {
            still.push(target)
            continue
          }
          firstMs ??= performance.now() - upAt
          if (body !== truthOf(target).body) wrong += 1
        }
        left = still
      }
      const allMs = left.length === 0 ? performance.now() - upAt : undefined
      client.close()
      return [
        atMost('first ghost after it listens', WITHIN_MS, firstMs, 'ms'),
        atMost('all of them answered', WITHIN_MS, allMs, 'ms', `${left.length} of ${all.length} left`),
        atMost('wrong', 0, wrong),
      ]
    }),
}
