// How long after a client of one instance had its answer another instance can give it as a ghost.
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '../../scripts/chaos/client.js'
import { type ProxyProcess, startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'
import { isShared, type Stores, untilStores, withServices } from './stores.js'

const RATE = 2000
const CONNECTIONS = 32
const WANTED_MS = 1000
/** Looks of the other instance are requests as well: few, so that they do not measure themselves. */
const PROBES_PER_S = 10
const LOOK_MS = 20
const GIVEN_UP_MS = 10_000

const ask = (client: Client, id: number) => client.ask(`GET /fresh/${id} HTTP/1.1\r\nHost: chaos.test\r\n\r\n`)

/** Milliseconds from now on until it is the ghost of that very exchange; undefined: not within the time. */
async function answerable(port: number, id: number): Promise<number | undefined> {
  const since = performance.now()
  const client = new Client(port)
  try {
    for (; performance.now() - since < GIVEN_UP_MS; await sleep(LOOK_MS))
      if ((await ask(client, id)).fields.get('x-ghost') === 'exact') return performance.now() - since
    return undefined
  } finally {
    client.close()
  }
}

/** Asks for what nobody asked for before, so that each is an exchange to learn. */
async function freshLoad(
  port: number,
  seconds: number,
  onAnswer: (id: number) => void,
): Promise<{ perSecond: number }> {
  const beganAt = performance.now()
  const endAt = beganAt + 1000 * seconds
  let next = 0
  let answered = 0
  const due = (): number => Math.floor(((performance.now() - beganAt) / 1000) * RATE)
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = new Client(port)
      while (performance.now() < endAt) {
        if (next >= due()) {
          await sleep(1)
          continue
        }
        const id = 1000 + next++
        if ((await ask(client, id)).status !== 200)
          throw new Error(`GET /fresh/${id} failed while the backend was well`)
        answered += 1
        onAnswer(id)
      }
      client.close()
    }),
  )
  return { perSecond: answered / ((performance.now() - beganAt) / 1000) }
}

async function knows(proxy: ProxyProcess, ids: readonly number[]): Promise<number> {
  const client = new Client(proxy.port)
  let known = 0
  for (const id of ids) if ((await ask(client, id)).fields.get('x-ghost') === 'exact') known += 1
  client.close()
  return known
}

export const lag: Measure<Bounds> = {
  name: 'lag',
  question: `two instances and one Redis, ${RATE.toLocaleString('en-US')} new exchanges/s through the first: when can the second answer them`,
  run: ({ seconds }) =>
    withServices(['redis'], async ([redis]): Promise<Figure[]> => {
      const backend = await startBackend()
      const env = { CHAOS_REDIS_URL: redis!.url, CHAOS_WORKERS: '1' }
      const first = await startProxy(backend.url, { env })
      const second = await startProxy(backend.url, { env })
      for (const one of [first, second]) await untilStores(() => one.admin<{ stores: Stores }>('/api/status'), isShared)
      await teach(first)
      // Whatever it answers now it knows, and the backend does not hear of the question.
      await second.setMode('forced')
      const probes: Promise<void>[] = []
      const waits: number[] = []
      const missing: number[] = []
      const { perSecond } = await freshLoad(first.port, 2 * seconds, id => {
        if (id % (RATE / PROBES_PER_S) !== 0) return
        probes.push(
          answerable(second.port, id).then(waitMs => {
            if (waitMs === undefined) missing.push(id)
            else waits.push(waitMs)
          }),
        )
      })
      await Promise.all(probes)
      await first.setMode('forced')
      const learnedThere = await knows(first, missing)
      waits.sort((a, b) => a - b)
      const at = (share: number): number | undefined => waits[Math.ceil(waits.length * share) - 1]
      return [
        atLeast('exchanges/s', 0.95 * RATE, perSecond),
        atMost('until the other can answer it, p50', WANTED_MS, at(0.5), 'ms', `${waits.length} looked for`),
        atMost('until the other can answer it, p99', WANTED_MS, at(0.99), 'ms'),
        atMost(
          `learned by one, and not by the other within ${GIVEN_UP_MS / 1000} s`,
          0,
          learnedThere,
          '',
          `${missing.length - learnedThere} more were sampled out where they were captured`,
        ),
      ]
    }),
}
