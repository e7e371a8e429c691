// A backend that writes down what it did; see ledger-origin-process.ts. It outlives its own SIGKILL.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './proxy.js'

export interface LedgerLine {
  readonly key: string
  readonly method: string
  readonly target: string
  readonly text: string
  /** Authorization. */
  readonly by: string
  /** Content-Length. */
  readonly length: string
}

export interface LedgerOrigin {
  readonly url: string
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  /** On the same port, with the same ledger. */
  start(): Promise<void>
  /** What it did, in order. */
  lines(): LedgerLine[]
  /** What was broken works from now on. */
  mend(): void
}

const program = fileURLToPath(new URL('./ledger-origin-process.js', import.meta.url))
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends with the test. */
export async function startLedgerOrigin(t: { teardown(fn: () => unknown): void }): Promise<LedgerOrigin> {
  const ledger = join(temporaryFolder(), 'ledger')
  let port = 0
  let child: ChildProcess | undefined
  const origin: LedgerOrigin = {
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
      child = fork(program, [String(port), ledger], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
      running.add(child)
      const [message] = (await once(child, 'message')) as [{ port: number }]
      port = message.port
    },
    lines: () =>
      existsSync(ledger)
        ? readFileSync(ledger, 'utf8')
            .split('\n')
            .filter(line => line !== '')
            .map(line => JSON.parse(line) as LedgerLine)
        : [],
    mend: () => writeFileSync(`${ledger}.mend`, ''),
  }
  await origin.start()
  t.teardown(() => origin.kill())
  return origin
}
