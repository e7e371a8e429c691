// thread: history
// Looks at the facts of all exchanges, as edges tell them: what is strange about traffic as a whole, about one route, or about one
// caller. Knows no clock: it is told the time. Bounded in routes and callers.
import { ALL_ROUTES, type AnomalyName, type AnomalySignal, anomalyFlag } from '../../../core/contract/anomalies.js'
import { type FactBatch, FactReader } from '../../../core/contract/facts.js'
import { OTHER, UNLEARNED } from '../../../core/contract/phases.js'
import { type AskedTarget, AskedTargets } from './asked-targets.js'
import { Callers, type SavedCallers } from './callers.js'
import { bucketOf } from './decaying-sketch.js'
import { exampleOf } from './example.js'
import { RequestShapes, type SavedRequestShapes } from './request-shapes.js'
import { RouteTraffic, type SavedRoute, SPAN_MS } from './route-traffic.js'
import { Signals } from './signals.js'
import { TargetShapes } from './target-shapes.js'

const MAX_ROUTES = 400
/** A route that nobody asks for any more makes room. */
const FORGOTTEN_MS = 14 * 86_400_000
/** A route that was born about when another ended: the same requests under another name. */
const RENAMED_MS = 900_000
/** After a signal about callers: refusals there are not told as errors as well. */
const ATTACKED_MS = 60_000

/** Faults that are no failure of the API: it was not asked, or is only late. */
const noErrors = new Set([
  'CHAOS_ERR_UPSTREAM_SLOW',
  'CHAOS_ERR_UPSTREAM_BYPASSED',
  'CHAOS_ERR_UPSTREAM_RECOVERING',
  'CHAOS_ERR_UPSTREAM_POOL_FULL',
  'CHAOS_ERR_UPSTREAM_WRITES_WAIT',
])

export interface SavedTraffic {
  readonly version: 1
  readonly all: SavedRoute
  readonly routes: readonly SavedRoute[]
  readonly callers: SavedCallers
  readonly shapes: SavedRequestShapes
}

export interface TrafficWatchOptions {
  /** The proxy itself asks for identifiers in order, without credentials. */
  readonly warmsUp: boolean
}

export class TrafficWatch {
  readonly #signals = new Signals()
  readonly #targets = new TargetShapes()
  readonly #asked = new AskedTargets()
  readonly #routes = new Map<string, RouteTraffic>()
  readonly #all: RouteTraffic
  readonly #callers: Callers
  readonly #shapes: RequestShapes
  #spanEndsAt = 0
  /** Of the row that is looked at. */
  #flags = 0

  constructor({ warmsUp }: TrafficWatchOptions, saved?: SavedTraffic) {
    this.#all = new RouteTraffic(ALL_ROUTES, 0, saved?.all)
    for (const route of saved?.routes ?? []) this.#routes.set(route.name, new RouteTraffic(route.name, 0, route))
    this.#callers = new Callers(saved?.callers, !warmsUp)
    this.#shapes = new RequestShapes('parameter', saved?.shapes)
  }

  /**
   * What edges saw end. Returns for each row the flags of the anomalies that it belongs to, as far as one request shows it; undefined
   * where there are none. `now`: epoch ms.
   */
  take(batch: FactBatch, now: number): Uint32Array | undefined {
    this.tick(now)
    const facts = new FactReader(batch)
    let flags: Uint32Array | undefined
    for (let row = 0; row < facts.rows; row++) {
      this.#flags = 0
      this.#takeOne(facts.row(row), now)
      if (this.#flags === 0) continue
      flags ??= new Uint32Array(facts.rows)
      flags[row] = this.#flags
    }
    return flags
  }

  /** Called at least once a second. `now`: epoch ms. */
  tick(now: number): void {
    if (this.#spanEndsAt === 0 || now < this.#spanEndsAt - 2 * SPAN_MS) this.#spanEndsAt = spanEndAfter(now)
    // After a pause of the whole process nobody knows what did not come.
    if (now >= this.#spanEndsAt + 6 * SPAN_MS) {
      this.#close(this.#spanEndsAt)
      this.#spanEndsAt = spanEndAfter(now)
    }
    while (now >= this.#spanEndsAt) {
      this.#close(this.#spanEndsAt)
      this.#spanEndsAt += SPAN_MS
    }
  }

  /** Since the last time. */
  signals(): AnomalySignal[] {
    return this.#signals.take()
  }

  /** A person said that it is normal. `now`: epoch ms. */
  expect({ kind, subject, detail }: AnomalyName, strength: number, now: number): void {
    switch (kind) {
      case 'enumeration':
      case 'unknown-routes':
      case 'credential-stuffing':
        this.#callers.expect(kind, { subject, detail }, strength, now)
        break
      case 'unseen-parameter':
      case 'parameter-break':
        this.#shapes.expect(subject, detail)
        break
      default:
        ;(subject === ALL_ROUTES ? this.#all : this.#routes.get(subject))?.expect(kind, detail, strength)
    }
  }

  toJSON(): SavedTraffic {
    return {
      version: 1,
      all: this.#all.toJSON(),
      routes: [...this.#routes.values()].map(route => route.toJSON()),
      callers: this.#callers.toJSON(),
      shapes: this.#shapes.toJSON(),
    }
  }

  #takeOne(facts: FactReader, now: number): void {
    const { by, route: named, status } = facts
    // The client went away, or what it sent was no request: neither says anything of the API.
    if (by === 'aborted' || by === 'rejection') return
    const isLearned = named !== UNLEARNED && named !== OTHER
    const { fault } = facts
    const isError =
      status >= 500 ||
      by === 'cut' ||
      by === 'failed' ||
      (fault?.startsWith('CHAOS_ERR_UPSTREAM_') === true && !noErrors.has(fault))
    const isTimed = by === 'upstream' && status >= 200 && status < 500
    const bucket = isTimed ? bucketOf(facts.totalMs) : undefined
    this.#all.add(facts, bucket, isError)
    this.#all.seenAt = now
    const isLost = !isLearned && (status === 404 || status === 405 || status === 410)
    const name = isLearned ? named : isLost ? undefined : this.#targets.nameOf(facts.method, facts.target)
    const route = name === undefined ? undefined : this.#routeOf(name, now)
    if (route !== undefined) {
      route.seenAt = now
      route.add(facts, bucket, isError)
      // Nobody knows who asked for what there, nor how large each was; what is new or larger than before is never among them.
      if (facts.isTogether) return
      const large = route.sizes(facts, isTimed && status < 400, now)
      if (large !== undefined) this.#tell(large)
    }
    const { target } = facts
    const asked = isLearned && target !== '' ? this.#asked.of(target) : undefined
    const caller = this.#callers.observe(facts, name ?? named, isLearned, asked?.id, now)
    if (caller !== undefined) {
      this.#tell(caller)
      if (route !== undefined) route.attackedUntil = now + ATTACKED_MS
      this.#all.attackedUntil = now + ATTACKED_MS
    }
    if (asked !== undefined) this.#lookAtQuery(facts, named, asked, now)
  }

  #lookAtQuery(facts: FactReader, route: string, { values }: AskedTarget, now: number): void {
    for (const signal of this.#shapes.observe(route, values, () => exampleOf(facts), now)) this.#tell(signal)
  }

  /** Of the row that is looked at. */
  #tell(signal: AnomalySignal): void {
    this.#flags |= anomalyFlag(signal.kind)
    this.#signals.add(signal)
  }

  #close(at: number): void {
    const whole = this.#all.requests
    for (const signal of this.#all.close(at, 1, true)) this.#signals.add(signal)
    // What happens to all routes is told once.
    const isQuiet = !this.#all.isDropping
    for (const route of this.#routes.values()) {
      const isThere = isQuiet && whole > 0 && (route.requests > 0 || !this.#wasRenamed(route))
      for (const signal of route.close(at, whole, isThere)) this.#signals.add(signal)
      if (at - route.seenAt > FORGOTTEN_MS) this.#routes.delete(route.name)
    }
  }

  #routeOf(name: string, now: number): RouteTraffic | undefined {
    let route = this.#routes.get(name)
    if (route === undefined) {
      if (this.#routes.size >= MAX_ROUTES) this.#makeRoom()
      route = new RouteTraffic(name, now)
      this.#routes.set(name, route)
    }
    return route
  }

  #makeRoom(): void {
    let oldest: RouteTraffic | undefined
    for (const route of this.#routes.values()) if (oldest === undefined || route.seenAt < oldest.seenAt) oldest = route
    if (oldest !== undefined) this.#routes.delete(oldest.name)
  }

  /** Constants that became a parameter, or a path that was learned: its requests have another name now. */
  #wasRenamed({ name, seenAt }: RouteTraffic): boolean {
    const [method, segments] = outlineOf(name)
    for (const other of this.#routes.values()) {
      if (other.name === name || Math.abs(other.bornAt - seenAt) > RENAMED_MS) continue
      const [otherMethod, otherSegments] = outlineOf(other.name)
      if (method === otherMethod && segments === otherSegments) return true
    }
    return false
  }
}

function outlineOf(name: string): [method: string, segments: number] {
  const mark = name.indexOf(' ')
  return [name.slice(0, mark), name.split('/').length]
}

/** Spans lie on the grid of the clock: so do those of all instances. */
function spanEndAfter(now: number): number {
  return (Math.floor(now / SPAN_MS) + 1) * SPAN_MS
}
