// A real HTTP origin for tests; see origin-process.ts.
import { fileURLToPath } from 'node:url'
import { startChildOrigin } from './child-origin.js'

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

/** Ends with the test. Port 0: any. To come back after a kill, give the old port. */
export async function startOrigin(t: { teardown(fn: () => unknown): void }, port = 0): Promise<Origin> {
  const { kill, ask, ...origin } = await startChildOrigin(t, program, [], port)
  return {
    ...origin,
    kill,
    seen: () => ask({ ask: 'seen' }) as Promise<Record<string, number>>,
    behave: async behaviour => {
      await ask({ ask: 'behave', behaviour })
    },
  }
}
