// The origin gets kill -9 in the middle of a run of known requests: how many fail.
import { setTimeout as sleep } from 'node:timers/promises'
import { get, learned, liveAgain, teach } from '../ask.js'
import { type Origin, type ProxyProcess, startOrigin, startProxy } from '../processes.js'
import type { Scenario } from '../scenario.js'

/** Where it listened, and will again. */
let originPort = 0
let origin: Origin | undefined
let proxy: ProxyProcess | undefined

export const failover: Scenario = {
  prepare: async (_stage, paths) => {
    origin = await startOrigin()
    proxy = await startProxy(origin.url, {})
    await teach(proxy.url, paths)
    await learned(proxy.adminUrl)
  },
  url: async () => proxy!.url,
  run: async (load, runLoad) => {
    // The round before left it dead.
    origin ??= await startOrigin(originPort)
    await liveAgain(load.url + load.paths[0])
    const running = runLoad(load)
    await sleep((load.durationS * 1000) / 2)
    originPort = origin.port
    await origin.kill()
    origin = undefined
    const result = await running
    const { ghost } = await get(load.url + load.paths[0])
    if (ghost === undefined) throw new Error('the origin was killed and yet an answer came without the mark of a ghost')
    return result
  },
}
