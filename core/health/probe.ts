// thread: main
// The health check: asks every upstream again and again. When to ask is the caller's; what follows from an answer is here.
import type { Clock } from '../clock/clock.js'
import type { HealthAnswer } from '../contract/upstreams.js'
import type { Log } from '../log/log.js'

/** A single lost answer is no outage; a single good one is a sign of life. */
const FAILURES_TO_FALL = 2

export interface Health {
  readonly healthy: boolean
  /** Failures in a row. */
  readonly failures: number
  /** Epoch ms. */
  readonly askedAt: number
  /** Of the last answer. */
  readonly ok: boolean
  /** The last answer in words. */
  readonly because: string
}

/** `before`: undefined where it was never asked; such a one counts as healthy. */
export function nextHealth(before: Health | undefined, answer: HealthAnswer, now: number): Health {
  const ok = 'status' in answer && answer.status >= 200 && answer.status < 400
  const failures = ok ? 0 : (before?.failures ?? 0) + 1
  const because = 'status' in answer ? `it answered ${answer.status}` : answer.because
  return {
    healthy: ok || ((before?.healthy ?? true) && failures < FAILURES_TO_FALL),
    failures,
    askedAt: now,
    ok,
    because,
  }
}

export interface ProbeOptions {
  /** Must not reject. */
  readonly ask: (url: string) => Promise<HealthAnswer>
  /** An upstream fell or came back. */
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
}

export class HealthProbe {
  readonly #options: ProbeOptions
  #urls: readonly string[] = []
  readonly #health = new Map<string, Health>()
  readonly #asking = new Set<string>()

  constructor(options: ProbeOptions) {
    this.#options = options
  }

  /** From now on these are asked; the others are forgotten. */
  follow(urls: readonly string[]): void {
    this.#urls = urls
    for (const url of this.#health.keys()) if (!urls.includes(url)) this.#health.delete(url)
  }

  /** Undefined: it was not asked yet. */
  healthOf(url: string): Health | undefined {
    return this.#health.get(url)
  }

  /** Asks each upstream once, but for those whose answer to the last question is still out. */
  async round(): Promise<void> {
    await Promise.all(this.#urls.filter(url => !this.#asking.has(url)).map(url => this.#ask(url)))
  }

  async #ask(url: string): Promise<void> {
    this.#asking.add(url)
    const answer = await this.#options.ask(url)
    this.#asking.delete(url)
    if (!this.#urls.includes(url)) return
    const before = this.#health.get(url)
    const next = nextHealth(before, answer, this.#options.clock.now())
    this.#health.set(url, next)
    if (next.healthy === (before?.healthy ?? true)) return
    const line = { upstream: url, because: next.because }
    if (next.healthy) this.#options.log.info(line, 'the health check of an upstream succeeds again')
    else this.#options.log.warn(line, 'the health check of an upstream fails: it is passed over while others are well')
    this.#options.onChange()
  }
}
