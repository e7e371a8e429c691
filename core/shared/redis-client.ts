// thread: shared
// Owner of ioredis. One client is one connection that never comes back by itself: after a loss everything has to be looked at
// anew, so that whoever uses it opens another one.
import { isIP } from 'node:net'
import { Cluster, Redis } from 'ioredis'
import { SlowRedisError } from './redis-problem.js'
import type { RedisPlace } from './redis-url.js'

/** Text comes as octets. */
export type Reply = Buffer | number | null | readonly Reply[]

export interface RedisClient {
  /** Rejects with what Redis says, or a {@link SlowRedisError}. */
  call(command: string, ...args: (string | number | Buffer)[]): Promise<Reply>
  /** As `call`, for one that waits on purpose. */
  wait(extraMs: number, command: string, ...args: (string | number | Buffer)[]): Promise<Reply>
  subscribe(channels: readonly string[], hear: (channel: string, message: string) => void): Promise<void>
  close(): void
}

const CONNECT_MS = 2000
const ANSWER_MS = 2000

/** `name`: shown by CLIENT LIST. Rejects with the reason. `onLost`: once, and not after `close`. */
export async function connectRedis(
  place: RedisPlace,
  name: string,
  onLost: (error: unknown) => void,
): Promise<RedisClient> {
  const redis = clientOf(place, name)
  let because: unknown
  let closed = false
  redis.on('error', (error: unknown) => {
    because = causeOf(error)
  })
  try {
    await within(CONNECT_MS, 'connecting', redis.connect())
  } catch (error) {
    redis.disconnect()
    throw because ?? error
  }
  redis.on('end', () => {
    if (closed) return
    closed = true
    onLost(because ?? new Error('the connection was closed'))
  })
  const ask = (ms: number, command: string, args: (string | number | Buffer)[]): Promise<Reply> => {
    if (closed) return Promise.reject(because ?? new Error('the connection was closed'))
    return within(ms, command, redis.callBuffer(command, args) as Promise<Reply>)
  }
  return {
    call: (command, ...args) => ask(ANSWER_MS, command, args),
    wait: (extraMs, command, ...args) => ask(ANSWER_MS + extraMs, command, args),
    subscribe: async (channels, hear) => {
      redis.on('message', hear)
      await within(ANSWER_MS, 'SUBSCRIBE', redis.subscribe(...channels))
    },
    close: () => {
      closed = true
      redis.disconnect()
    },
  }
}

function clientOf({ kind, nodes, master, tls, username, password, db }: RedisPlace, name: string): Redis | Cluster {
  const [first] = nodes
  const login = { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) }
  const common = {
    ...login,
    connectionName: name,
    connectTimeout: CONNECT_MS,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    // A server that is still loading its data is not there yet.
    maxLoadingRetryTime: 1000,
    // One that may not ask INFO is let in all the same; what is needed is looked at by welcome.ts.
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    protocol: 2 as const,
  }
  if (kind === 'cluster') {
    const { retryStrategy: _, enableOfflineQueue: __, ...redisOptions } = common
    return new Cluster([...nodes], {
      lazyConnect: true,
      enableReadyCheck: false,
      clusterRetryStrategy: () => null,
      redisOptions: { ...redisOptions, ...(tls ? { tls: {} } : {}) },
    })
  }
  if (kind === 'sentinel')
    return new Redis({
      ...common,
      db,
      sentinels: [...nodes],
      name: master,
      sentinelRetryStrategy: () => null,
      ...(tls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    })
  return new Redis({
    ...common,
    ...first!,
    db,
    ...(tls ? { tls: isIP(first!.host) === 0 ? { servername: first!.host } : {} } : {}),
  })
}

/** What is behind «Failed to refresh slots cache» and the like. */
function causeOf(error: unknown): unknown {
  const { lastNodeError } = error as { lastNodeError?: unknown }
  return lastNodeError ?? error
}

async function within<T>(ms: number, command: string, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlowRedisError(command, ms)), ms)
  })
  // What comes too late is nobody's.
  asked.catch(() => {})
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
