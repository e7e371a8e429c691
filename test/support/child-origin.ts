// A backend in a process of its own, so that SIGKILL is a real one; it may come back on its port.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface ChildOrigin {
  /** 0 until it was first started. */
  readonly port: number
  readonly url: string
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  /** On the same port. */
  start(): Promise<void>
  /** Its reply to a message. */
  ask(question: object): Promise<unknown>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends with the test. The program gets its port and `args`, and says `{ port }` once it listens. `port` 0: any. */
export async function startChildOrigin(
  t: { teardown(fn: () => unknown): void },
  program: string,
  args: readonly string[] = [],
  first = 0,
): Promise<ChildOrigin> {
  let port = first
  let child: ChildProcess | undefined
  const origin: ChildOrigin = {
    get port() {
      return port
    },
    get url() {
      return `http://127.0.0.1:${port}`
    },
    kill: async () => {
      if (child === undefined) return
      const dying = child
      child = undefined
      if (dying.exitCode === null && dying.signalCode === null) {
        const gone = once(dying, 'exit')
        dying.kill('SIGKILL')
        await gone
      }
      running.delete(dying)
    },
    start: async () => {
      child = fork(program, [String(port), ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
      running.add(child)
      const [message] = (await once(child, 'message')) as [{ port: number }]
      port = message.port
    },
    ask: async question => {
      const reply = once(child!, 'message')
      child!.send(question)
      return (await reply)[0]
    },
  }
  await origin.start()
  t.teardown(() => origin.kill())
  return origin
}
