// Real servers for tests, benches and trying things out: `npm run services -- start|stop|status|install [redis|postgres|timescale]`.
import { parseArgs } from 'node:util'
import { cacheFolder } from './services/cache.js'
import { services } from './services/known.js'
import { type ServiceName, serviceNames } from './services/service.js'
import { readStarted, stopStarted, writeStarted } from './services/started.js'

/** What the proxy calls them. */
const variables: Readonly<Record<ServiceName, string>> = {
  redis: 'CHAOS_REDIS_URL',
  postgres: 'CHAOS_POSTGRES_URL',
  timescale: 'CHAOS_POSTGRES_URL',
}
const usage = `usage: npm run services -- start|stop|status|install [${serviceNames.join('|')}]`

const { positionals } = parseArgs({ allowPositionals: true })
const [action = 'status', ...asked] = positionals
const unknown = asked.find(name => !serviceNames.includes(name as ServiceName))
if (unknown !== undefined) fail(`there is no service ${unknown}`)
const names = asked.length === 0 ? serviceNames : (asked as ServiceName[])

switch (action) {
  case 'install':
    await installAll()
    break
  case 'start':
    await startAll()
    break
  case 'stop':
    await stopAll()
    break
  case 'status':
    status()
    break
  default:
    fail(`there is no action ${action}`)
}

/** Goes on with the next where one cannot be had: the others are of use without it. */
async function installAll(): Promise<void> {
  for (const name of names) {
    try {
      await services[name].install(sentence => console.error(sentence))
      console.log(`${name}: installed`)
    } catch (error) {
      console.log(`${name}: cannot be had here: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
}

async function startAll(): Promise<void> {
  for (const name of names) {
    const running = readStarted()
    let one = running.find(started => started.name === name)
    try {
      if (one === undefined) {
        await services[name].install(sentence => console.error(sentence))
        const { url, pid, dataDir } = await services[name].start({ detached: true })
        one = { name, url, pid, dataDir }
        await writeStarted([...running, one])
      }
      console.log(`# ${name}, process ${one.pid}\nexport ${variables[name]}=${one.url}`)
    } catch (error) {
      console.log(`# ${name} cannot be started: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
}

async function stopAll(): Promise<void> {
  for (const started of readStarted()) {
    if (!names.includes(started.name)) continue
    await stopStarted(started)
    await writeStarted(readStarted().filter(({ name }) => name !== started.name))
    console.log(`${started.name}: stopped`)
  }
}

function status(): void {
  console.log(`installed in ${cacheFolder()}`)
  const running = readStarted()
  for (const name of names) {
    const one = running.find(started => started.name === name)
    const missing = services[name].missing()
    console.log(`${name}: ${one?.url ?? (missing === '' ? 'ready to be started' : missing)}`)
  }
}

function fail(problem: string): never {
  console.error(`${problem}; ${usage}`)
  process.exit(64)
}
