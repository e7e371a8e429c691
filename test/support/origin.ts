// A real HTTP origin for tests, in a process of its own so that SIGKILL is a real one.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Origin {
  readonly port: number
  readonly url: string
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  /** Requests it has seen since it started, by `METHOD target`. */
  seen(): Promise<Record<string, number>>
  /** Holds answers back, answers errors, …; see origin-process.ts. */
  behave(behaviour: string): Promise<void>
}

const program = fileURLToPath(new URL('./origin-process.js', import.meta.url))
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends with the test. Port 0: any. To come back after a kill, give the old port. */
export async function startOrigin(t: { teardown(fn: () => unknown): void }, port = 0): Promise<Origin> {
  const child = fork(program, [String(port)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
  running.add(child)
  const [message] = (await once(child, 'message')) as [{ port: number }]
  const origin: Origin = {
    port: message.port,
    url: `http://127.0.0.1:${message.port}`,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      running.delete(child)
    },
    seen: () => ask(child, { ask: 'seen' }) as Promise<Record<string, number>>,
    behave: async behaviour => {
      await ask(child, { ask: 'behave', behaviour })
    },
  }
  t.teardown(() => origin.kill())
  return origin
}

async function ask(child: ChildProcess, question: object): Promise<unknown> {
  const reply = once(child, 'message')
  child.send(question)
  return (await reply)[0]
}
