// thread: main of a process that is no proxy
// `chaos-proxy demo`: what `npm run demo` does.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { exitCodes, type SubCommand } from './command.js'

export const demoUsage = `chaos-proxy demo [options]

A real API, real traffic, kill -9, and a table of what the ghost knew. Needs the packages for development: a clone and npm ci.

  --port N              port of the proxy (CHAOS_PORT, or 8080)
  --admin-port N        of its admin port (CHAOS_ADMIN_PORT, or 9090)
  --keep                stay up with the API dead until Ctrl-C
  --recover             bring the API back at the end, as is done without --keep
  --no-recover          do not
  --help

exit code: 0 it went as it should; 1 it did not, and why; 2 it cannot be run here

  chaos-proxy demo
  chaos-proxy demo --keep --port 8081
`

const program = fileURLToPath(new URL('../../scripts/demo.js', import.meta.url))
/** What its API is made of. */
const packages = ['json-server', 'vega-datasets', 'world-countries']

export const demo: SubCommand = {
  name: 'demo',
  summary: 'see it happen: a real API, real traffic, kill -9, and what the ghost knew',
  usage: demoUsage,
  async run(io) {
    if (io.args.includes('--help') || io.args.includes('-h')) {
      io.out(demoUsage)
      return exitCodes.fine
    }
    const missing = packages.filter(name => !isInstalled(name))
    if (missing.length > 0) {
      io.err(`chaos-proxy demo: ${missing.join(' and ')} not installed: clone the repository and run npm ci there\n`)
      return exitCodes.usage
    }
    // It gets Ctrl-C from the terminal as well, and ends by itself.
    io.onInterrupt(() => {})
    const child = spawn(process.execPath, ['--enable-source-maps', program, ...io.args], { stdio: 'inherit' })
    return new Promise(done => {
      child.once('error', error => {
        io.err(`chaos-proxy demo: it cannot be started: ${error.message}\n`)
        done(exitCodes.usage)
      })
      child.once('exit', (code, signal) => done(code ?? (signal === null ? exitCodes.broken : 130)))
    })
  },
}

function isInstalled(name: string): boolean {
  const { resolve } = createRequire(import.meta.url)
  try {
    resolve(`${name}/package.json`)
    return true
  } catch {
    // One that does not show its package.json to others is there all the same.
    try {
      resolve(name)
      return true
    } catch {
      return false
    }
  }
}
