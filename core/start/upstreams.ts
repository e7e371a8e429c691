// thread: main
// The upstreams in force: what edges are told of them, how they are replaced while the proxy runs, and how it is found out that
// one that was lost is there again.
import { createHash } from 'node:crypto'
import { systemClock } from '../clock/clock.js'
import type { Settings } from '../contract/settings.js'
import type { UpstreamReport } from '../contract/upstreams.js'
import { HealthProbe } from '../health/probe.js'
import { Upstreams } from '../health/upstreams.js'
import type { CircuitWatch } from '../health/watch.js'
import type { Log } from '../log/log.js'
import type { Edges } from '../threads/edges.js'
import { Followed } from '../threads/followed.js'
import { parseUpstream } from '../upstream/address.js'
import type { UpstreamTls } from '../upstream/client.js'
import { askHealth } from '../upstream/health-client.js'
import { knock } from '../upstream/knock.js'
import type { Rounds } from './rounds.js'

/** Longest wait for every edge to follow what was changed. */
export const FOLLOW_MS = 1000
/** While its circuit is open: how often it is tried whether the upstream accepts connections. */
const KNOCK_MS = 250

export interface UpstreamsInForceParts {
  readonly settings: Settings
  readonly tls: UpstreamTls | undefined
  readonly workers: number
  readonly edges: Pick<Edges, 'sendAll'>
  readonly watch: CircuitWatch
  readonly log: Log
}

export class UpstreamsInForce {
  readonly #parts: UpstreamsInForceParts
  readonly #probe: HealthProbe
  /** The list, and what is known of each. */
  readonly known: Upstreams
  readonly #followed: Followed
  #name: string

  constructor(parts: UpstreamsInForceParts) {
    this.#parts = parts
    const { settings, tls, workers, edges, watch, log } = parts
    this.#name = nameOfUpstreams(settings.upstreams)
    this.#followed = new Followed(workers)
    this.#probe = new HealthProbe({
      ask: url =>
        askHealth(parseUpstream(url), {
          path: settings.healthPath,
          waitMs: settings.healthIntervalMs,
          maxHeaderBytes: settings.maxHeaderBytes,
          tls,
        }),
      onChange: () => {
        const { list } = this.known
        edges.sendAll({ kind: 'upstreams', list })
        if (list.upstreams.some(({ healthy }) => healthy)) watch.signOfLife()
      },
      clock: systemClock,
      log,
    })
    this.known = new Upstreams(settings.upstreams, url => this.#probe.healthOf(url), systemClock)
    this.#probe.follow(this.known.urls)
  }

  /** The same at each instance that has the same ones. */
  get name(): string {
    return this.#name
  }

  heard(edge: number, report: UpstreamReport): void {
    this.known.onReport(edge, report)
    this.#followed.heard(edge, report.version)
  }

  /** Resolves when no edge begins a request at an upstream that was left out, or when one takes too long to say so. */
  async replace(urls: readonly string[]): Promise<void> {
    const { edges, watch, log } = this.#parts
    const { known } = this
    const before = known.urls
    known.replace(urls)
    this.#name = nameOfUpstreams(urls)
    this.#probe.follow(known.urls)
    edges.sendAll({ kind: 'upstreams', list: known.list })
    log.info({ before, upstreams: known.urls }, 'the list of upstreams was replaced')
    await this.#followed.by(known.list.version, FOLLOW_MS)
    watch.upstreamsReplaced()
  }

  /** Looks for signs of life again and again: knocks where a connection is waited for, and asks for health where it can. */
  lookAfter(rounds: Rounds, isBlackout: () => boolean): void {
    const { settings, watch } = this.#parts
    let knocking = false
    rounds.every(KNOCK_MS, () => {
      if (knocking || isBlackout() || !watch.waitsForConnection) return
      knocking = true
      void anyAccepts(this.known.urls, settings.connectTimeoutMs).then(accepted => {
        knocking = false
        watch.knocked(accepted)
      })
    })
    if (settings.healthPath === '') return
    rounds.every(settings.healthIntervalMs, () => void this.#probe.round())
    void this.#probe.round()
  }
}

/** Instances with the same upstreams tell each other how these are. */
function nameOfUpstreams(urls: readonly string[]): string {
  return createHash('sha256')
    .update([...urls].sort().join('\n'))
    .digest('base64url')
    .slice(0, 16)
}

/** One is enough. */
async function anyAccepts(urls: readonly string[], waitMs: number): Promise<boolean> {
  const answers = await Promise.all(urls.map(url => knock(parseUpstream(url), waitMs)))
  return answers.includes(true)
}
