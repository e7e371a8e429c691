// How long after a client of one instance had its answer another instance can give it as a ghost.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemoryReader } from '../../core/contract/memory.js'
import { openReader } from '../../core/memory/lmdb.js'
import { Client } from '../../scripts/chaos/client.js'
import { startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'
import { isShared, type Stores, untilStores, withServices } from './stores.js'
import { watchStream } from './stream-watch.js'

const RATE = 2000
const CONNECTIONS = 32
const WANTED_MS = 1000
const PROBES_PER_S = 20
const LOOK_MS = 10
const GIVEN_UP_MS = 10_000
/** More than come: each edge hands all of them to the learner. */
const ALL = '10000'

const ask = (client: Client, id: number) => client.ask(`GET /fresh/${id} HTTP/1.1\r\nHost: chaos.test\r\n\r\n`)

/**
 * Milliseconds since `since` until it is the ghost of that very exchange; undefined: not within the time. The memory of the other
 * instance is looked at as its edges look at it: questions for what is not there yet would keep its learner busy, and measure
 * themselves.
 */
async function answerable(other: Other, id: number, key: string, since: number): Promise<number | undefined> {
  const client = new Client(other.port)
  try {
    for (; performance.now() - since < GIVEN_UP_MS; await sleep(LOOK_MS))
      if (other.memory.exemplar(key) !== undefined && (await ask(client, id)).fields.get('x-ghost') === 'exact')
        return performance.now() - since
    return undefined
  } finally {
    client.close()
  }
}

interface Other {
  readonly port: number
  readonly memory: MemoryReader
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

interface Lags {
  readonly perSecond: number
  /** Of these, handed to the learner and to Redis: of more than an edge may hand over it takes a share. */
  readonly capturedPerSecond: number
  readonly probes: number
  /** Ms from the answer on, sorted. */
  readonly inRedis: readonly number[]
  readonly answerable: readonly number[]
}

/** Only what was captured is looked for, a few of it in each second, from the moment on at which it is in Redis. */
async function measured(redisUrl: string, seconds: number, settings: Record<string, string>): Promise<Lags> {
  const backend = await startBackend()
  const env = { CHAOS_REDIS_URL: redisUrl, CHAOS_WORKERS: '1', ...settings }
  const first = await startProxy(backend.url, { env })
  const second = await startProxy(backend.url, { env })
  const memory = openReader(join(second.dataDir, 'memory'))
  try {
    for (const one of [first, second]) await untilStores(() => one.admin<{ stores: Stores }>('/api/status'), isShared)
    await teach(first)
    // Whatever it answers now it knows, and the backend does not hear of the question.
    await second.setMode('forced')
    const answeredAt = new Map<number, number>()
    const probes: Promise<void>[] = []
    const inRedis: number[] = []
    const waits: number[] = []
    let captured = 0
    let probedAt = Number.NEGATIVE_INFINITY
    const watch = await watchStream(redisUrl, (path, key) => {
      const id = Number(/^\/fresh\/(\d+)$/.exec(path)?.[1])
      const since = answeredAt.get(id)
      if (since === undefined) return
      captured += 1
      const now = performance.now()
      if (now - probedAt < 1000 / PROBES_PER_S) return
      probedAt = now
      inRedis.push(now - since)
      probes.push(
        answerable({ port: second.port, memory }, id, key, since).then(waitMs => {
          if (waitMs !== undefined) waits.push(waitMs)
        }),
      )
    })
    const { perSecond } = await freshLoad(first.port, 2 * seconds, id => answeredAt.set(id, performance.now()))
    // First the watch: what it finds while others are waited for would be looked for in a memory that is closed.
    await watch.close()
    await Promise.all(probes)
    const sorted = (values: number[]): number[] => values.sort((a, b) => a - b)
    return {
      ...{ perSecond, capturedPerSecond: captured / (2 * seconds), probes: probes.length },
      ...{ inRedis: sorted(inRedis), answerable: sorted(waits) },
    }
  } finally {
    await memory.close()
    await Promise.all([first.kill(), second.kill(), backend.kill()])
  }
}

function figures(of: string, { perSecond, capturedPerSecond, probes, inRedis, answerable }: Lags): Figure[] {
  const at = (values: readonly number[], share: number): number | undefined =>
    values[Math.ceil(values.length * share) - 1]
  const ms = (value: number | undefined): string => `${Math.round(value ?? Number.NaN)} ms`
  return [
    atLeast(`${of}: exchanges/s`, 0.95 * RATE, perSecond, '', `${Math.round(capturedPerSecond)}/s of them learned`),
    atMost(
      `${of}: until the other can answer it, p50`,
      WANTED_MS,
      at(answerable, 0.5),
      'ms',
      `${answerable.length} looked for; in Redis after ${ms(at(inRedis, 0.5))}`,
    ),
    atMost(
      `${of}: until the other can answer it, p99`,
      WANTED_MS,
      at(answerable, 0.99),
      'ms',
      `in Redis after ${ms(at(inRedis, 0.99))}; the slowest ${ms(answerable.at(-1))}`,
    ),
    atMost(`${of}: in Redis, and not known to the other within ${GIVEN_UP_MS / 1000} s`, 0, probes - answerable.length),
  ]
}

export const lag: Measure<Bounds> = {
  name: 'lag',
  question: `two instances and one Redis, ${RATE.toLocaleString('en-US')} new exchanges/s through the first: when can the second answer them`,
  run: async ({ seconds }) => {
    // A Redis of its own each time: what is there already another instance knows.
    const lags = (settings: Record<string, string>): Promise<Lags> =>
      withServices(['redis'], ([redis]) => measured(redis!.url, seconds, settings))
    return [
      ...figures('as set up', await lags({})),
      ...figures('all of them learned', await lags({ CHAOS_CAPTURE_RATE: ALL })),
    ]
  },
}
