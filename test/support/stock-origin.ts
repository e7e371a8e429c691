// A backend in a process of its own, that can be killed and comes back with other data; see stock-origin-process.ts.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChildOrigin } from './child-origin.js'
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

/** Ends with the test. */
export async function startStockOrigin(
  t: { teardown(fn: () => unknown): void },
  answers: Readonly<Record<string, unknown>>,
): Promise<StockOrigin> {
  const file = join(temporaryFolder(), 'stock.json')
  const stock = (next: Readonly<Record<string, unknown>>): void => writeFileSync(file, JSON.stringify(next))
  stock(answers)
  const { url, kill, start, ask } = await startChildOrigin(t, program, [file])
  return { url, kill, start, stock, seen: () => ask({}) as Promise<Record<string, number>> }
}
