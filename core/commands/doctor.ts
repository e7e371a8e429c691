// thread: main of a process that is no proxy
// `chaos-proxy doctor`: looks at all that the proxy needs, with the settings that it would start with, and says what to do where
// something is not as it should be. Changes nothing.
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { readRoutesFile } from '../config/routes-file.js'
import { type Parsed, parseSettings } from '../config/settings.js'
import type { Settings } from '../contract/settings.js'
import { clientsWithin, openFilesLimit } from '../front/open-files.js'
import { givenKeysIn } from '../sealing/given-keys.js'
import { parseUpstream } from '../upstream/address.js'
import { readUpstreamTls } from '../upstream/tls-files.js'
import { AdminClient } from './admin-client.js'
import { type CommandIo, exitCodes, type SubCommand } from './command.js'
import { collectorFinding } from './doctor/collector.js'
import { type ExaminationSettings, examine, examinedParts } from './doctor/examination.js'
import { type Finding, ok, warning, wrong } from './doctor/finding.js'
import { findingLine, summaryOf } from './doctor/findings-text.js'
import { isWanted, partFinding } from './doctor/part-finding.js'
import { certificateFinding, folderFinding, portFinding, upstreamFinding } from './doctor/places.js'
import { nodeFinding, openFilesFinding, systemFinding } from './doctor/this-system.js'
import { paintFor } from './paint.js'

export const doctorUsage = `chaos-proxy doctor [options]

Looks at all that the proxy needs, with the settings that it would start with: Node, the system, the binaries (each loaded in a
process of its own), the embedding model, data folder, memory, ports, certificate, limit of open files, upstreams, Redis,
PostgreSQL and the collector of traces; and says what to do where something is wrong. Changes nothing.

  --json                what was found as JSON, and nothing else, on standard output
  --NAME VALUE          any setting, as for chaos-proxy start
  --help

exit code: 0 the proxy can serve, with or without warnings; 1 something is wrong; 2 the options are

  chaos-proxy doctor
  CHAOS_UPSTREAM=http://localhost:3000 chaos-proxy doctor --redis-url redis://localhost
  chaos-proxy doctor --json | jq '.findings[] | select(.state != "ok")'
`

/** A machine that is slow, and a model on a slow disk. */
const PART_MS = 60_000
const UPSTREAM_MS = 3000

export const doctor: SubCommand = {
  name: 'doctor',
  summary: 'look at all that the proxy needs, and say what to do where something is wrong',
  usage: doctorUsage,
  async run(io) {
    if (io.args.includes('--help') || io.args.includes('-h')) {
      io.out(doctorUsage)
      return exitCodes.fine
    }
    const json = io.args.includes('--json')
    const options = io.args.filter(arg => arg !== '--json')
    const mistake = mistakeIn(options)
    if (mistake !== undefined) {
      io.err(`chaos-proxy doctor: ${mistake}; chaos-proxy doctor --help tells more\n`)
      return exitCodes.usage
    }
    const paint = paintFor(io.isTerminal, io.env)
    const findings: Finding[] = []
    for await (const finding of look(options, io.env)) {
      findings.push(finding)
      if (!json) io.out(findingLine(finding, paint))
    }
    const fine = findings.every(({ state }) => state !== 'wrong')
    io.out(json ? `${JSON.stringify({ ok: fine, findings }, undefined, 2)}\n` : summaryOf(findings, paint))
    return fine ? exitCodes.fine : exitCodes.broken
  },
}

/** What is wrong with the command line itself: the settings of the environment are for the findings to tell. */
function mistakeIn(options: readonly string[]): string | undefined {
  const parsed = parseSettings({ CHAOS_UPSTREAM: 'http://localhost' }, options)
  return parsed.ok ? undefined : (parsed.problems[0] ?? 'it takes settings, and no other options of chaos-proxy start')
}

async function* look(options: readonly string[], env: CommandIo['env']): AsyncGenerator<Finding> {
  yield nodeFinding(process.version)
  yield systemFinding(process.platform, process.arch, glibc())
  const hasUpstream = (env.CHAOS_UPSTREAM ?? '') !== '' || options.some(option => /^--upstream(=|$)/.test(option))
  const parsed = parseSettings(hasUpstream ? env : { ...env, CHAOS_UPSTREAM: 'http://localhost' }, options)
  yield* settingsFindings(parsed)
  // Where they are wrong, what does not depend on them is looked at all the same.
  const settings = parsed.ok ? parsed.settings : defaults()
  yield* partFindings(settings, parsed.ok)
  if (!parsed.ok) return
  yield folderFinding(settings.dataDir)
  yield* portFindings(settings)
  const certificate = certificateFinding(settings.tlsCert, settings.tlsKey, Date.now())
  if (certificate !== undefined) yield certificate
  const limit = openFilesLimit()
  const clients = limit === undefined ? settings.maxClients : clientsWithin(limit, settings.workers)
  yield openFilesFinding({ limit, clients, maxClients: settings.maxClients })
  if (hasUpstream) yield* upstreamFindings(settings)
  else
    yield warning(
      'upstream',
      'none is set',
      'say where your API is: CHAOS_UPSTREAM=http://localhost:3000, or --upstream',
    )
  if (settings.tracesEndpoint !== '') yield await collectorFinding(settings)
}

function* settingsFindings(parsed: Parsed): Generator<Finding> {
  if (!parsed.ok) {
    for (const problem of parsed.problems) yield wrong('settings', problem, '')
    return
  }
  const routes = readRoutesFile(parsed.settings.routesFile)
  if (routes.ok) yield ok('settings', 'can be read')
  else for (const problem of routes.problems) yield wrong('settings', problem, '')
}

function defaults(): Settings {
  const parsed = parseSettings({ CHAOS_UPSTREAM: 'http://localhost' }, [])
  if (!parsed.ok) throw new Error(parsed.problems.join('; '))
  return parsed.settings
}

/** As many at a time as there are cores, told in their order. */
async function* partFindings(settings: Settings, areSettings: boolean): AsyncGenerator<Finding> {
  const { dataDir, maxHeaderBytes, modelDir, redisUrl, redisPrefix, postgresUrl } = settings
  const told: ExaminationSettings = {
    ...{ maxHeaderBytes, redisUrl, redisPrefix, postgresUrl },
    modelDir: resolve(modelDir),
    memoryDir: join(resolve(dataDir), 'memory'),
    memoryKeys: givenKeysIn(settings.encryptionKey)?.of('memory'),
  }
  const ofSettings = ['model', 'memory', 'Redis', 'PostgreSQL']
  const parts = examinedParts.filter(part => isWanted(part, settings) && (areSettings || !ofSettings.includes(part)))
  const under = new Map<string, Promise<Finding>>()
  let next = 0
  const begin = (): void => {
    const part = parts[next++]
    if (part !== undefined)
      under.set(
        part,
        examine(part, told, PART_MS).then(one => partFinding(part, one, settings)),
      )
  }
  for (let i = 0; i < Math.max(1, cpus().length); i++) begin()
  for (const part of parts) {
    yield await under.get(part)!
    begin()
  }
}

async function* portFindings({ host, port, adminHost, adminPort, adminToken }: Settings): AsyncGenerator<Finding> {
  const proxyRuns = await runsHere({
    host: adminHost === '0.0.0.0' ? '127.0.0.1' : adminHost,
    port: adminPort,
    token: adminToken,
  })
  yield await portFinding({ name: 'port', host, port, setting: 'CHAOS_PORT', proxyRuns })
  yield await portFinding({
    ...{ name: 'admin port', host: adminHost, port: adminPort },
    ...{ setting: 'CHAOS_ADMIN_PORT', proxyRuns },
  })
}

/** Something else may listen there and answer, but not with that. */
async function runsHere(address: { host: string; port: number; token: string }): Promise<boolean> {
  if (address.port === 0) return false
  try {
    const { alive } = await new AdminClient(address).ask<{ alive?: unknown }>('GET', '/healthz')
    return alive === true
  } catch {
    return false
  }
}

async function* upstreamFindings(settings: Settings): AsyncGenerator<Finding> {
  try {
    const files = readUpstreamTls(settings)
    for (const one of settings.upstreams) {
      const { url, host, port, tls } = parseUpstream(one)
      yield await upstreamFinding({
        ...{ url, host, port },
        tls: tls ? (files ?? {}) : undefined,
        waitMs: UPSTREAM_MS,
      })
    }
  } catch (error) {
    yield wrong('upstream', (error as Error).message, '')
  }
}

/** Undefined: another C library, or another system. */
function glibc(): string | undefined {
  // Unless told not to the report looks into DNS. Node 20.13 and newer know it.
  Object.assign(process.report, { excludeNetwork: true })
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime
}
