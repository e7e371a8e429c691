// thread: main
// The way to the collector by the settings.
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { readKeyValues } from '../contract/key-values.js'
import type { Settings } from '../contract/settings.js'
import type { Log } from '../log/log.js'
import { Exporter } from './exporter.js'
import { otlpForms, type SpanSource } from './otlp.js'
import { OtlpPost } from './post-otlp.js'

export type CollectorSettings = Pick<Settings, 'tracesEndpoint' | 'tracesHeaders' | 'tracesCa' | 'tracesTimeoutMs'>

/** Throws an Error that names the setting and says what to do, where the file of `tracesCa` cannot be read. */
export function openOtlpPost({
  tracesEndpoint,
  tracesHeaders,
  tracesCa,
  tracesTimeoutMs,
}: CollectorSettings): OtlpPost {
  return new OtlpPost({
    url: tracesEndpoint,
    headers: Object.fromEntries(pairsOf(tracesHeaders).map(([name, value]) => [name.toLowerCase(), value])),
    ca: tracesCa === '' ? undefined : readCa(tracesCa),
    timeoutMs: tracesTimeoutMs,
  })
}

/** Undefined: no traces are made. Throws as `openOtlpPost`. */
export function openExporter(
  settings: Settings,
  { installation, version, log }: { installation: string; version: string; log: Log },
): Exporter | undefined {
  if (settings.tracesEndpoint === '') return undefined
  const post = openOtlpPost(settings)
  return new Exporter({
    endpoint: shownUrl(settings.tracesEndpoint),
    form: otlpForms[settings.tracesProtocol],
    source: sourceOf(settings, installation, version),
    post: (body, headers) => post.send(body, headers),
    gzip: settings.tracesCompression === 'gzip' ? promisify(gzip) : undefined,
    now: Date.now,
    random: Math.random,
    later: (ms, run) => {
      const timer = setTimeout(run, ms)
      timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
    log,
  })
}

/** What OpenTelemetry calls a resource. What a person said of it counts. */
function sourceOf(
  { tracesService, tracesResource }: Pick<Settings, 'tracesService' | 'tracesResource'>,
  installation: string,
  version: string,
): SpanSource {
  const attributes = new Map<string, string>([
    ['service.name', 'chaos-proxy'],
    ['service.version', version],
    ['service.instance.id', installation],
    ...pairsOf(tracesResource),
  ])
  if (tracesService !== '') attributes.set('service.name', tracesService)
  return { attributes: [...attributes], version }
}

/** They were checked when the settings were read. */
function pairsOf(text: string): readonly (readonly [string, string])[] {
  const read = readKeyValues(text)
  return 'pairs' in read ? read.pairs : []
}

function readCa(path: string): string {
  let ca: string
  try {
    ca = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`CHAOS_TRACES_CA=${path} cannot be read (${messageOf(error)}): give a file that this user may read`)
  }
  try {
    createSecureContext({ ca })
  } catch (error) {
    throw new Error(`CHAOS_TRACES_CA=${path} holds no certificate, PEM (${messageOf(error)})`)
  }
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error(
      `CHAOS_TRACES_CA=${path} holds no certificate: it must be PEM, with the line -----BEGIN CERTIFICATE----- in it`,
    )
  return ca
}

/** What stands behind `?` may be a key. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
