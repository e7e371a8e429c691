// A backend in a process of its own, that can be killed and comes back with other data; see stock-origin-process.ts.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './proxy.js'

export interface StockOrigin {
  readonly url: string
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  /** On the same port. */
  start(): Promise<void>
  /** What it answers from now on, by target; what is not there is answered with 404. */
  stock(answers: Readonly<Record<string, unknown>>): void
  /** How often each target was asked for since it was started. */
  seen(): Promise<Record<string, number>>
}

const program = fileURLToPath(new URL('./stock-origin-process.js', import.meta.url))
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends with the test. */
export async function startStockOrigin(
  t: { teardown(fn: () => unknown): void },
  answers: Readonly<Record<string, unknown>>,
): Promise<StockOrigin> {
  const file = join(temporaryFolder(), 'stock.json')
  let port = 0
  let child: ChildProcess | undefined
  const origin: StockOrigin = {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    kill: async () => {
      if (child === undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      running.delete(child)
      child = undefined
    },
    start: async () => {
      child = fork(program, [String(port), file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
      running.add(child)
      const [message] = (await once(child, 'message')) as [{ port: number }]
      port = message.port
    },
    stock: next => writeFileSync(file, JSON.stringify(next)),
    seen: async () => {
      const reply = once(child!, 'message')
      child!.send({})
      return ((await reply) as [Record<string, number>])[0]
    },
  }
  origin.stock(answers)
  await origin.start()
  t.teardown(() => origin.kill())
  return origin
}
