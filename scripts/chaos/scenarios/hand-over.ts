// SIGUSR2: another process takes over under load, with the backend alive and dead.
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

export const handOver: Scenario = {
  name: 'hand-over',
  promise:
    'SIGUSR2, the backend alive and dead: another process takes over, none fails, all are marked, live within 3 s',
  async run(stage) {
    const scene = await Scene.open(stage, { env: { CHAOS_SHUTDOWN_MS: '2000' } })
    const { backend, proxy, broken } = scene
    const load = scene.load()
    const taken: number[] = []
    const takeOver = async (): Promise<void> => {
      const beganAt = performance.now()
      const because = await proxy.handOver()
      if (because !== '') broken.push(`no other process took over: ${because}`)
      taken.push(Math.round(performance.now() - beganAt))
    }
    await scene.last(1 / 4)
    await takeOver()
    await scene.last(1 / 4)
    const { failed } = load.takeTally().counts
    await backend.kill()
    await scene.last(1 / 4)
    await takeOver()
    await scene.last(1 / 4)
    await backend.start()
    await scene.recovers()
    if (failed > 0) broken.push(`${failed} requests failed while the backend was alive`)
    scene.notes.push(`took over in ${taken.join(' and ')} ms`)
    return scene.end()
  },
}
