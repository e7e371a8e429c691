// thread: main
// One tick a second for all who watch, and the last ones kept for those whose connection broke. Nothing runs, here or in an
// edge, while nobody watches and nobody has just gone.
import { type Tier, tiers } from '../contract/ghost.js'
import {
  type AnsweredBy,
  answeredBy,
  CONFIDENCE_STEPS,
  LIVE_TICK_MS,
  LIVE_VERSION,
  type LiveCounter,
  type LiveLook,
  type LiveMessage,
  type LiveSources,
  type LiveTick,
  type LiveWelcome,
  liveCounters,
  type StatusClass,
  statusClasses,
} from '../contract/live.js'
import { eventsBetween } from './live-events.js'
import { percentilesBetween } from './live-percentiles.js'

export interface LiveWatcher {
  /** Takes the text of a message, or says that it could not: then the next one counts what it lost. */
  offer(text: string): boolean
}

export interface LiveFeedParts {
  readonly sources: LiveSources
  /** Of this process. */
  readonly run: string
  /** Epoch ms, and one that never jumps. */
  readonly now: () => number
  readonly steady: () => number
}

/** Two minutes: as long as a connection may be gone without a gap. */
const KEPT_TICKS = 120

export class LiveFeed {
  readonly #parts: LiveFeedParts
  /** With the ticks that each could not take. */
  readonly #watchers = new Map<LiveWatcher, number>()
  readonly #kept: LiveTick[] = []
  #timer: NodeJS.Timeout | undefined
  #before: LiveLook | undefined
  #lookedAt = 0
  #seq = 0
  /** Ticks since the last watcher went. */
  #alone = 0

  constructor(parts: LiveFeedParts) {
    this.#parts = parts
  }

  get watchers(): number {
    return this.#watchers.size
  }

  /** From now on `watcher` is offered every tick. `resume`: what it said of itself. */
  join(watcher: LiveWatcher, resume: { readonly run: string; readonly seq: number } | null): void {
    const { sources, run } = this.#parts
    if (this.#timer === undefined) this.#begin()
    this.#alone = 0
    const known = resume !== null && resume.run === run && resume.seq <= this.#seq
    // Who is new gets what there is, so that the first picture is not empty.
    const missed = this.#kept.filter(({ seq }) => !known || seq > resume.seq)
    const lost = known ? this.#seq - resume.seq - missed.length : 0
    const welcome: LiveWelcome = {
      ...{ v: LIVE_VERSION, kind: 'welcome', run, version: sources.version },
      ...{ state: sources.look().state, missed, lost },
    }
    watcher.offer(JSON.stringify(welcome satisfies LiveMessage))
    this.#watchers.set(watcher, 0)
  }

  leave(watcher: LiveWatcher): void {
    this.#watchers.delete(watcher)
  }

  close(): void {
    this.#watchers.clear()
    this.#end()
  }

  #begin(): void {
    const { sources, steady } = this.#parts
    sources.listen(true)
    sources.take()
    this.#before = sources.look()
    this.#lookedAt = steady()
    this.#timer = setInterval(() => this.tick(), LIVE_TICK_MS)
    this.#timer.unref()
  }

  #end(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#kept.length = 0
    this.#parts.sources.listen(false)
  }

  /** Its timer calls it. */
  tick(): void {
    if (this.#before === undefined) return
    if (this.#watchers.size === 0) {
      this.#alone += 1
      if (this.#alone > KEPT_TICKS) {
        this.#end()
        return
      }
    }
    const tick = this.#next(this.#before)
    this.#kept.push({ ...tick, requests: [], unsampled: tick.unsampled + tick.requests.length })
    if (this.#kept.length > KEPT_TICKS) this.#kept.shift()
    const text = JSON.stringify(tick satisfies LiveMessage)
    for (const [watcher, skipped] of this.#watchers) this.#watchers.set(watcher, told(watcher, skipped, text))
  }

  #next(before: LiveLook): LiveTick {
    const { sources, now, steady } = this.#parts
    const look = sources.look()
    const { requests, counts, confidences } = sources.take()
    const lookedAt = steady()
    const spanMs = Math.max(1, Math.round(lookedAt - this.#lookedAt))
    this.#before = look
    this.#lookedAt = lookedAt
    this.#seq += 1
    const at = now()
    const counters = {} as Record<LiveCounter, number>
    for (const name of liveCounters) counters[name] = Math.max(0, look.counters[name] - before.counters[name])
    return {
      ...{ v: LIVE_VERSION, kind: 'tick', seq: this.#seq, at, spanMs, counters },
      statuses: statusesIn(counts),
      confidences: confidencesIn(confidences),
      latency: {
        live: percentilesBetween(before.live, look.live, look.boundsS),
        ghost: percentilesBetween(before.ghost, look.ghost, look.boundsS),
      },
      state: look.state,
      events: eventsBetween(before.state, look.state, at),
      requests,
      unsampled: Math.max(0, counts.reduce((sum, count) => sum + count, 0) - requests.length),
    }
  }
}

function statusesIn(counts: readonly number[]): LiveTick['statuses'] {
  const statuses: Partial<Record<AnsweredBy, Partial<Record<StatusClass, number>>>> = {}
  answeredBy.forEach((by, i) => {
    const classes = statusClasses.flatMap((name, j): [StatusClass, number][] => {
      const count = counts[i * statusClasses.length + j] ?? 0
      return count > 0 ? [[name, count]] : []
    })
    if (classes.length > 0) statuses[by] = Object.fromEntries(classes)
  })
  return statuses
}

function confidencesIn(counts: readonly number[]): LiveTick['confidences'] {
  const confidences: Partial<Record<Tier, readonly number[]>> = {}
  tiers.forEach((tier, i) => {
    const steps = counts.slice(i * CONFIDENCE_STEPS, (i + 1) * CONFIDENCE_STEPS)
    if (steps.some(count => count > 0)) confidences[tier] = steps
  })
  return confidences
}

/** Offers the latest, and before it how many were left out. Returns how many are left out now. */
function told(watcher: LiveWatcher, skipped: number, text: string): number {
  if (skipped > 0) {
    const gap: LiveMessage = { v: LIVE_VERSION, kind: 'skipped', ticks: skipped }
    if (!watcher.offer(JSON.stringify(gap))) return skipped + 1
  }
  return watcher.offer(text) ? 0 : skipped + 1
}
