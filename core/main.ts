#!/usr/bin/env node
// thread: main
// The command. Reads the settings, starts the proxy, and ends it when it is told to.
import { readRoutesFile } from './config/routes-file.js'
import { helpText, parseSettings, printConfig, settingsStatus } from './config/settings.js'
import { openDataDir } from './data/data-dir.js'
import { PidFile } from './data/pid-file.js'
import { Predecessor } from './handover/predecessor.js'
import { openLog } from './log/log.js'
import { resetMemory } from './memory/lmdb.js'
import { startProxy } from './start.js'
import { version } from './version.js'

/** sysexits.h: the configuration is wrong. */
const EX_CONFIG = 78

/** Read only where one is meant: a start of the proxy has better to do. */
const commands = async () => (await import('./commands/commands.js')).commands

const word = process.argv[2] ?? ''
const isCommand = word !== 'start' && /^[a-z]/.test(word)
const command = isCommand ? (await commands()).find(({ name }) => name === word) : undefined
if (command !== undefined) {
  process.exitCode = await command.run({
    args: process.argv.slice(3),
    env: process.env,
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    // A terminal that was not told its size says 0.
    size: () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }),
    onInterrupt: listener => {
      let times = 0
      process.on('SIGINT', () => {
        times += 1
        // Whoever asks twice does not want to wait; 128 + the number of the signal, as shells report it.
        if (times > 1) process.exit(130)
        listener()
      })
    },
  })
  process.exit()
}

const predecessor = Predecessor.of(process)
const parsed = parseSettings(process.env, process.argv.slice(2))
if (parsed.command === 'help') {
  process.stdout.write(helpText(await commands()))
  process.exit(0)
}
if (parsed.command === 'version') {
  process.stdout.write(`chaos-proxy ${version}\n`)
  process.exit(0)
}
if (!parsed.ok) {
  await refuse(parsed.problems)
  process.exit(EX_CONFIG)
}
if (parsed.command === 'print-config') {
  process.stdout.write(printConfig(parsed))
  process.exit(0)
}

const { settings } = parsed
// Threads and children get a copy of the environment, and have no need of it.
const { CHAOS_ENCRYPTION_KEY: encryptionKey } = process.env
delete process.env.CHAOS_ENCRYPTION_KEY
const routes = readRoutesFile(settings.routesFile)
if (!routes.ok) {
  await refuse(routes.problems)
  process.exit(EX_CONFIG)
}
const log = openLog(settings.logLevel)

try {
  const dataDir = openDataDir(settings.dataDir, { set: settings.scopeKey, shared: settings.redisUrl !== '' })
  // It was moved aside when the first of these processes started.
  if (parsed.resetMemory && predecessor === undefined) {
    const moved = resetMemory(dataDir.memory)
    log.warn({ moved }, 'starting with an empty memory; the old one was moved aside, not deleted')
  }
  const pidFile = new PidFile(settings.pidFile, process.pid, log)
  const starting = startProxy(settings, routes.policies, dataDir, log, settingsStatus(parsed), {
    predecessor,
    memoryIsDamaged: handOver,
    serves: () => pidFile.write(),
  })
  // Without a listener it would end the process, and somebody may send it as soon as the log says that it is up.
  process.on('SIGUSR2', handOver)
  function handOver(): void {
    if (process.pid === 1) {
      log.error(
        {},
        'no other process takes over from process 1: with it the container would end; replace the container',
      )
      return
    }
    const { execPath: program, execArgv, argv } = process
    const env = encryptionKey === undefined ? process.env : { ...process.env, CHAOS_ENCRYPTION_KEY: encryptionKey }
    log.info({}, 'another process is started, to take over from this one')
    starting
      .then(proxy => proxy.handOver({ program, args: [...execArgv, ...argv.slice(1)], env }))
      .then(
        () => process.exit(0),
        error => {
          // The other one may have come as far as that.
          pidFile.write()
          log.error({ because: error.message }, 'no other process took over; this one goes on')
        },
      )
  }
  const proxy = await starting
  process.on('SIGHUP', () => proxy.reload())
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // The second one means: now. No orderly exit, which would wait for the edge threads.
      if (stopping) process.kill(process.pid, 'SIGKILL')
      stopping = true
      log.info({ signal }, 'stopping: no new connections, what is in flight is finished')
      proxy.stop().then(
        () => {
          pidFile.remove()
          process.exit(0)
        },
        error => {
          log.error({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
    })
  }
} catch (error) {
  await refuse([error instanceof Error ? error.message : String(error)])
  process.exit(1)
}

/** Says why it does not start: to people, and to the process that it was to follow. */
async function refuse(problems: readonly string[]): Promise<void> {
  for (const problem of problems) process.stderr.write(`chaos-proxy: ${problem}\n`)
  await predecessor?.failed(problems.join('; '))
}
