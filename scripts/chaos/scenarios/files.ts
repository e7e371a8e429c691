// More clients than the limit of open files has room for: those who are in go on.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

const FILES = 320
const INTRUDERS = 400

interface Circuit {
  readonly circuit: { readonly opened: number }
}

export const files: Scenario = {
  name: 'files',
  promise: 'the limit of open files is reached: none of those who are in fails, no circuit opens for it',
  async run(stage) {
    const scene = await Scene.open(stage, { openFiles: FILES, connections: Math.min(stage.connections, 16) })
    const { backend, proxy, broken } = scene
    scene.load()
    await scene.last(1 / 4)
    const intruders: Socket[] = []
    for (let i = 0; i < INTRUDERS; i++) {
      const socket = connect(proxy.port, '127.0.0.1')
      socket.on('error', () => {})
      intruders.push(socket)
    }
    await scene.last(1 / 2)
    const open = intruders.filter(({ readyState }) => readyState === 'open').length
    for (const socket of intruders) socket.destroy()
    // Closed by this side; the proxy needs a moment to see it.
    await sleep(500)
    const { opened } = (await proxy.admin<Circuit>('/api/status')).circuit
    if (opened > 0) broken.push('the circuit opened: a limit of the proxy was taken for a failing backend')
    await backend.kill()
    await scene.last(1 / 4)
    await backend.start()
    await scene.recovers()
    scene.notes.push(
      `${INTRUDERS} more clients at ${FILES} open files; ${open} of them were still waiting or let in after a while`,
    )
    return scene.end()
  },
}
