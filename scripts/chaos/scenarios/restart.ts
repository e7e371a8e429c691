// The proxy itself is restarted while the backend is gone: it answers from its memory.
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'
import { startProxy } from '../stage.js'

export const restart: Scenario = {
  name: 'restart',
  promise: 'the proxy is killed and started in mid-outage: it answers from memory, live within 3 s',
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend } = scene
    await backend.kill()
    await scene.proxy.kill()
    scene.proxy = await startProxy(backend.url, { dataDir: scene.proxy.dataDir })
    const load = scene.load()
    await scene.last(1)
    const dead = load.takeTally()
    await backend.start()
    await scene.recovers()
    scene.notes.push(`dead: p99 ${dead.waitMs(0.99)} ms, longest ${dead.waitMs(1)} ms`)
    return scene.end()
  },
}
