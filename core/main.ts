#!/usr/bin/env node
// thread: main
// The command. Reads the settings, starts the proxy, and ends it when it is told to.
import { readRoutesFile } from './config/routes-file.js'
import { helpText, parseSettings, printConfig, settingsStatus } from './config/settings.js'
import { openDataDir } from './data/data-dir.js'
import { openLog } from './log/log.js'
import { resetMemory } from './memory/lmdb.js'
import { startProxy } from './start.js'
import { version } from './version.js'

/** sysexits.h: the configuration is wrong. */
const EX_CONFIG = 78

const parsed = parseSettings(process.env, process.argv.slice(2))
if (parsed.command === 'help') {
  process.stdout.write(helpText())
  process.exit(0)
}
if (parsed.command === 'version') {
  process.stdout.write(`chaos-proxy ${version}\n`)
  process.exit(0)
}
if (!parsed.ok) {
  for (const problem of parsed.problems) process.stderr.write(`chaos-proxy: ${problem}\n`)
  process.exit(EX_CONFIG)
}
if (parsed.command === 'print-config') {
  process.stdout.write(printConfig(parsed))
  process.exit(0)
}

const { settings } = parsed
const routes = readRoutesFile(settings.routesFile)
if (!routes.ok) {
  for (const problem of routes.problems) process.stderr.write(`chaos-proxy: ${problem}\n`)
  process.exit(EX_CONFIG)
}
const log = openLog(settings.logLevel)

try {
  const dataDir = openDataDir(settings.dataDir)
  if (parsed.resetMemory) {
    const moved = resetMemory(dataDir.memory)
    log.warn({ moved }, 'starting with an empty memory; the old one was moved aside, not deleted')
  }
  const proxy = await startProxy(settings, routes.policies, dataDir, log, settingsStatus(parsed))
  process.on('SIGHUP', () => proxy.reload())
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // The second one means: now. No orderly exit, which would wait for the edge threads.
      if (stopping) process.kill(process.pid, 'SIGKILL')
      stopping = true
      log.info({ signal }, 'stopping: no new connections, what is in flight is finished')
      proxy.stop().then(
        () => process.exit(0),
        error => {
          log.error({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
    })
  }
} catch (error) {
  process.stderr.write(`chaos-proxy: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
