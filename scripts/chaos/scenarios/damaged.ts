// The memory is overwritten in mid-run: proxying goes on, and another process begins a new one.
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'
import { teach } from '../stage.js'

/** The two pages that say what the file is stay. */
const HEAD_BYTES = 16 * 1024
const HEALED_WITHIN_MS = 60_000
const MANY = Array.from({ length: 400 }, (_, i) => `/fresh/${i + 1}`)

function overwrite(file: string): void {
  const length = statSync(file).size - HEAD_BYTES
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(length), 0, length, HEAD_BYTES)
  closeSync(handle)
}

export const damaged: Scenario = {
  name: 'damaged',
  promise: 'the memory is overwritten in mid-run: none fails, it is set aside, all is learned anew',
  async run(stage) {
    const scene = await Scene.open(stage, { env: { CHAOS_SHUTDOWN_MS: '1000' } })
    const { backend, proxy, broken } = scene
    const load = scene.load()
    await sleep(500)
    overwrite(join(proxy.dataDir, 'memory', 'memory.mdb'))
    const damagedAt = performance.now()
    // What is new has to be learned: there it shows.
    const student = new Load({ port: proxy.port, connections: 0 })
    const isHealed = (): boolean => /"successor":\d+/.test(proxy.said())
    for (let at = 0; !isHealed() && performance.now() - damagedAt < HEALED_WITHIN_MS; at = (at + 10) % MANY.length) {
      const { counts } = await student.once(MANY.slice(at, at + 10))
      if (counts.failed > 0) broken.push(`${counts.failed} requests for something new failed`)
      await sleep(100)
    }
    if (isHealed()) proxy.follow()
    else broken.push(`no other process began a new memory in ${HEALED_WITHIN_MS / 1000} s`)
    const healedMs = performance.now() - damagedAt
    await load.stop()
    await teach(proxy)
    await backend.kill()
    scene.load()
    await scene.last(1 / 2)
    await backend.start()
    await scene.recovers()
    scene.notes.push(`another process had begun a new memory ${Math.round(healedMs)} ms after the damage`)
    return scene.end()
  },
}
