// thread: main
// The list of upstreams in force, and what edges and health checks say of each of them.
import type { Clock } from '../clock/clock.js'
import type { MetricFamily } from '../contract/status.js'
import type { UpstreamFigures, UpstreamList, UpstreamReport, UpstreamStatus } from '../contract/upstreams.js'
import type { Health } from './probe.js'

interface Reported {
  readonly at: number
  readonly figures: ReadonlyMap<string, UpstreamFigures>
  readonly leaving: UpstreamReport['leaving']
}

export class Upstreams {
  readonly #healthOf: (url: string) => Health | undefined
  readonly #clock: Clock
  #version = 0
  #urls: readonly string[]
  readonly #reports = new Map<number, Reported>()
  readonly #totals = new Map<string, { requests: number; failures: number }>()

  constructor(urls: readonly string[], healthOf: (url: string) => Health | undefined, clock: Clock) {
    this.#urls = [...new Set(urls)]
    this.#healthOf = healthOf
    this.#clock = clock
  }

  get urls(): readonly string[] {
    return this.#urls
  }

  /** What edges follow. */
  get list(): UpstreamList {
    const upstreams = this.#urls.map(url => ({ url, healthy: this.#healthOf(url)?.healthy ?? true }))
    return { version: this.#version, upstreams }
  }

  /** They were checked: URLs, at least one. */
  replace(urls: readonly string[]): void {
    this.#urls = [...new Set(urls)]
    this.#version += 1
    for (const url of this.#totals.keys()) if (!this.#urls.includes(url)) this.#totals.delete(url)
  }

  onReport(edge: number, { upstreams, leaving }: UpstreamReport): void {
    const figures = new Map(upstreams.map(one => [one.url, one]))
    this.#reports.set(edge, { at: this.#clock.now(), figures, leaving })
    for (const { url, requests, failures } of upstreams) {
      if (!this.#urls.includes(url)) continue
      const total = this.#totals.get(url) ?? { requests: 0, failures: 0 }
      this.#totals.set(url, { requests: total.requests + requests, failures: total.failures + failures })
    }
  }

  status(): UpstreamStatus[] {
    return this.#urls.map(url => this.#statusOf(url))
  }

  /** Not listed any more, with requests under way: not to be stopped yet. */
  leaving(): { url: string; outstanding: number }[] {
    const sums = new Map<string, number>()
    for (const { leaving } of this.#reports.values()) {
      for (const { url, outstanding } of leaving) sums.set(url, (sums.get(url) ?? 0) + outstanding)
    }
    return [...sums].map(([url, outstanding]) => ({ url, outstanding }))
  }

  #statusOf(url: string): UpstreamStatus {
    const now = this.#clock.now()
    const health = this.#healthOf(url)
    const { requests, failures } = this.#totals.get(url) ?? { requests: 0, failures: 0 }
    let outstanding = 0
    let connections = 0
    let full = false
    let ejectedBy = 0
    let ejectedUntil = 0
    for (const { at, figures } of this.#reports.values()) {
      const one = figures.get(url)
      if (one === undefined) continue
      outstanding += one.outstanding
      connections += one.connections
      full ||= one.full
      if (at + one.ejectedForMs <= now) continue
      ejectedBy += 1
      ejectedUntil = Math.max(ejectedUntil, at + one.ejectedForMs)
    }
    const healthy = (health?.healthy ?? true) && ejectedBy === 0
    return {
      url,
      healthy,
      available: healthy && !full,
      full,
      outstanding,
      connections,
      requests,
      failures,
      ejectedBy,
      ejectedUntil: ejectedBy === 0 ? null : new Date(ejectedUntil).toISOString(),
      lastProbe:
        health === undefined
          ? null
          : { at: new Date(health.askedAt).toISOString(), ok: health.ok, because: health.because },
    }
  }
}

export function upstreamMetrics(upstreams: readonly UpstreamStatus[]): MetricFamily[] {
  const family = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    read: (upstream: UpstreamStatus) => number,
  ): MetricFamily => ({
    name: `chaos_upstream_${name}`,
    help,
    type,
    samples: upstreams.map(one => ({ suffix: '', labels: { upstream: one.url }, value: read(one) })),
  })
  return [
    family('healthy', 'gauge', '1 where neither health check nor failures in a row say otherwise, else 0.', one =>
      one.healthy ? 1 : 0,
    ),
    family('available', 'gauge', '1 where it is healthy and not full, else 0.', one => (one.available ? 1 : 0)),
    family('requests_total', 'counter', 'Requests that went to the upstream.', one => one.requests),
    family(
      'failures_total',
      'counter',
      'Requests that failed there, be it that another upstream answered them.',
      one => one.failures,
    ),
    family('outstanding', 'gauge', 'Requests under way at the upstream.', one => one.outstanding),
  ]
}
