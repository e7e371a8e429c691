// A real Redis for a test, and a connection to ask it directly.

import { connectRedis, type Reply } from '../../core/shared/redis-client.js'
import { parseRedisUrl } from '../../core/shared/redis-url.js'
import { textOf } from '../../core/shared/replies.js'
import type { RunningService } from '../../scripts/services/service.js'
import { startService } from './services.js'

export interface RedisServer extends RunningService {
  /** A connection of its own for each: it works after a restart as well. */
  ask(command: string, ...args: (string | number)[]): Promise<Reply>
  /** As text. */
  askText(command: string, ...args: (string | number)[]): Promise<string | undefined>
}

/** Ends with the test. `login`: `user:password`, for `ask`. */
export async function startRedis(
  t: { teardown(fn: () => unknown): void },
  args: readonly string[] = [],
  login = '',
): Promise<RedisServer> {
  const service = await startService(t, 'redis', { args })
  const place = parseRedisUrl(`redis://${login === '' ? '' : `${login}@`}127.0.0.1:${service.port}`)
  if ('problem' in place) throw new Error(place.problem)
  const ask = async (command: string, ...rest: (string | number)[]): Promise<Reply> => {
    const redis = await connectRedis(place, 'test', () => {})
    try {
      return await redis.call(command, ...rest)
    } finally {
      redis.close()
    }
  }
  return Object.assign(service, {
    ask,
    askText: async (command: string, ...rest: (string | number)[]) => textOf(await ask(command, ...rest)),
  })
}
