// The name of the backend cannot be resolved any more; later it can.
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

/** RFC 6761 §6.4: there is never such a name. */
const NO_NAME = 'http://backend.invalid:80'

export const dns: Scenario = {
  name: 'dns',
  promise: 'the name of the backend cannot be resolved: none fails, all are marked, live within 3 s',
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend, proxy } = scene
    const load = scene.load()
    await scene.last(1 / 2)
    load.takeTally()
    await proxy.setUpstreams([NO_NAME])
    await scene.last(1)
    const gone = load.takeTally()
    await proxy.setUpstreams([backend.url])
    await scene.recovers()
    scene.notes.push(`no name: p99 ${gone.waitMs(0.99)} ms, longest ${gone.waitMs(1)} ms`)
    return scene.end()
  },
}
