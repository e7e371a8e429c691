// What an instance has appended to the stream in Redis: only that another one can learn. Read beside the instances, as one more.
import { unpackExchanges } from '../../core/contract/exchange-wire.js'
import { connectRedis } from '../../core/shared/redis-client.js'
import { parseRedisUrl } from '../../core/shared/redis-url.js'
import { readEntriesOf } from '../../core/shared/replies.js'
import { sharedKeys } from '../../core/shared/shared-keys.js'

export interface StreamWatch {
  /** Rejects where Redis could not be read. */
  close(): Promise<void>
}

const WAIT_MS = 100
const AT_ONCE = 32
/** As CHAOS_REDIS_PREFIX where nobody says otherwise. */
const PREFIX = 'chaos'

/** `hear`: of each exchange from now on, with the name under which it is remembered. */
export async function watchStream(url: string, hear: (path: string, key: string) => void): Promise<StreamWatch> {
  const place = parseRedisUrl(url)
  if ('problem' in place) throw new Error(place.problem)
  const redis = await connectRedis(place, 'bench', () => {})
  let isOver = false
  const run = async (): Promise<void> => {
    for (let id = '$'; !isOver; ) {
      const reply = await redis.wait(
        ...([WAIT_MS, 'XREAD', 'COUNT', AT_ONCE, 'BLOCK', WAIT_MS] as const),
        ...(['STREAMS', sharedKeys(PREFIX).exchanges, id] as const),
      )
      const { entries, lastId } = readEntriesOf(reply)
      for (const { bytes } of entries) {
        const own = new ArrayBuffer(bytes.length)
        bytes.copy(new Uint8Array(own))
        for (const { path, key } of unpackExchanges(own)) hear(path, key)
      }
      id = lastId ?? id
    }
  }
  const running = run()
  running.catch(() => {})
  return {
    close: async () => {
      isOver = true
      await running
      redis.close()
    },
  }
}
