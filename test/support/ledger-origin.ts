// A backend that writes down what it did; see ledger-origin-process.ts. It outlives its own SIGKILL.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChildOrigin } from './child-origin.js'
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

/** Ends with the test. */
export async function startLedgerOrigin(t: { teardown(fn: () => unknown): void }): Promise<LedgerOrigin> {
  const ledger = join(temporaryFolder(), 'ledger')
  const { url, kill, start } = await startChildOrigin(t, program, [ledger])
  return {
    url,
    kill,
    start,
    lines: () =>
      existsSync(ledger)
        ? readFileSync(ledger, 'utf8')
            .split('\n')
            .filter(line => line !== '')
            .map(line => JSON.parse(line) as LedgerLine)
        : [],
    mend: () => writeFileSync(`${ledger}.mend`, ''),
  }
}
