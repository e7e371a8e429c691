// Memory gets tight, then is nearly used up: learning goes first, then new requests are refused; later all is well.
import { setTimeout as sleep } from 'node:timers/promises'
import { checkAnswer } from '../check-answer.js'
import { Client } from '../client.js'
import { truthOf } from '../known-api.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'
import type { ProxyProcess } from '../stage.js'

const LIMIT_MIB = 1024
const STEP_MIB = 64
const CHANGES_WITHIN_MS = 40_000

interface Status {
  readonly memory: { readonly state: string; readonly usedBytes: number }
}

/** Holds more and more of it, until the proxy says so. */
async function until(proxy: ProxyProcess, state: string, fromMiB: number): Promise<number> {
  for (let holdMiB = fromMiB, end = performance.now() + CHANGES_WITHIN_MS; performance.now() < end; ) {
    const { memory } = await proxy.admin<Status>('/api/status')
    if (memory.state === state) return holdMiB
    if (state !== 'calm') {
      holdMiB += STEP_MIB
      await proxy.spoil({ holdMiB })
    }
    await sleep(150)
  }
  throw new Error(`memory was not ${state} after ${CHANGES_WITHIN_MS / 1000} s`)
}

export const memory: Scenario = {
  name: 'memory',
  promise:
    'memory is nearly used up: first nothing is learned, then new requests get 503 with Retry-After; the process lives',
  async run(stage) {
    const scene = await Scene.open(stage, { env: { CHAOS_PROCESS_MAX_BYTES: `${LIMIT_MIB}MiB` } })
    const { backend, proxy, broken, notes } = scene
    const load = scene.load()
    await scene.last(1 / 4)
    const tight = await until(proxy, 'tight', 0)
    await backend.kill()
    await scene.last(1 / 2)
    const whileTight = load.takeTally().counts.failed
    if (whileTight > 0) broken.push(`${whileTight} requests failed while memory was only tight`)
    const full = await until(proxy, 'full', tight)
    const client = new Client(proxy.port)
    const refused = await client.ask('GET /items/1 HTTP/1.1\r\nHost: chaos.test\r\nX-Asked: 0\r\n\r\n')
    client.close()
    if (refused.status !== 503 || !refused.fields.has('retry-after'))
      broken.push(
        `with memory full the answer was ${refused.status}, ${checkAnswer('0', truthOf('/items/1'), refused).verdict}`,
      )
    await proxy.spoil({ holdMiB: 0 })
    await until(proxy, 'calm', 0)
    // The edges hear of it a moment later.
    await load.until('ghost', 4 * stage.connections, CHANGES_WITHIN_MS)
    const whileFull = load.takeTally().counts.failed
    await scene.last(1 / 4)
    const after = load.takeTally().counts.failed
    if (after > 0) broken.push(`${after} requests failed after there was memory again`)
    await backend.start()
    await scene.recovers()
    notes.push(`tight at ${tight} MiB held on top, full at ${full}; ${whileFull} requests were refused meanwhile`)
    return scene.end({ failed: whileFull })
  },
}
