// The frame of a command of the bench: nothing of it is left behind however it ends, and what went wrong is one line.
import { cleanUp } from './processes.js'

/** Ends the process with the exit code that `run` gives. */
export async function runCommand(name: string, run: () => Promise<number>): Promise<never> {
  process.on('exit', cleanUp)
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
  try {
    process.exit(await run())
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
