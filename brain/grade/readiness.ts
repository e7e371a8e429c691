// thread: learner
// How good the ghosts would be if the upstream died now. Each exchange is first put to the whole ghost and then learned, so
// that the mean of what it scored lately, refusals counting 0, is what an outage would show: requests will come from where
// they come now. Weighted over routes by how much of the recent demand each has.
import type { Tier } from '../../core/contract/ghost.js'
import type { WouldSay } from './whole-ghost.js'

export type Way = Tier | 'none'

/** Requests that were asked before, or that were not: what is expected of them differs most. */
export interface Part {
  /** Of recent requests, 0…1. */
  readonly share: number
  /** Expected similarity; undefined: nothing was measured yet. */
  readonly readiness: number | undefined
}

export interface Expected {
  readonly readiness: number | undefined
  readonly repeated: Part
  readonly unseen: Part
}

export interface RouteStand extends Expected {
  /** Share of the recent demand, 0…1. */
  readonly demand: number
  readonly graded: number
  /** Share of recent requests by who would have answered. */
  readonly ways: ReadonlyMap<Way, number>
  /** Why the last one was refused; '' where none was. */
  readonly because: string
}

/** So many requests back about 63 % of the demand lie. */
const DEMAND_MEMORY = 10_000
/** A mean is of about so many of the last requests… */
const SCORE_MEMORY = 200
/** … and while there are fewer of about the last quarter: what was learned first made what came later better. */
const LATE = 3
const MAX_ROUTES = 10_000
const TOO_LARGE = 1e100
/** Under this name, which no route has, what may not be kept is written down. */
const UNSTORABLE = 'unstorable answers'

interface Track {
  mean: number
  /** Requests that the mean is of. */
  count: number
  /** Requests that were not graded, for want of time: the next one that is stands for them, too. */
  owed: number
}

interface Standing {
  demand: number
  repeated: Track
  unseen: Track
  /** Share of requests never asked before among the last ones. */
  unseenShare: number
  count: number
  graded: number
  ways: Map<Way, number>
  because: string
}

export type SavedReadiness = readonly (readonly [
  string,
  Omit<Standing, 'ways'> & { readonly ways: readonly (readonly [Way, number])[] },
])[]

export class Readiness {
  readonly #routes = new Map<string, Standing>()
  /** What a request counts just now: it grows, so that what came before fades. */
  #unit = 1
  /** Demand for what may not be kept. */
  #unstorable = 0

  /** A request. `said`: undefined where there was no time to find out; `asked`: the very request was asked before. */
  add(routeId: string, said: WouldSay | undefined, asked: boolean): void {
    const standing = this.#standing(routeId)
    this.#demand(standing, 1, asked)
    const track = asked ? standing.repeated : standing.unseen
    track.owed += 1
    if (said === undefined) return
    if (said.tier === 'none') standing.because = said.because
    score(standing, track, said.tier, said.tier === 'none' ? 0 : said.score, track.owed)
    track.owed = 0
    standing.graded += 1
  }

  /** So many requests that got what the exact ghost would have said. `trusted`: it would have been let speak. */
  addRepeats(routeId: string, times: number, trusted: boolean): void {
    const standing = this.#standing(routeId)
    this.#demand(standing, times, true)
    if (!trusted) {
      standing.repeated.owed += times
      return
    }
    score(standing, standing.repeated, 'exact', 1, times)
    standing.graded += times
  }

  /** So many requests whose answers may not be kept: in an outage nobody would answer them. */
  addUnstorable(times: number): void {
    this.#unstorable += this.#grow(times)
    this.#fit()
  }

  /** Share of the recent demand that is for what may not be kept, 0…1. */
  get unstorable(): number {
    const all = this.#all()
    return all === 0 ? 0 : this.#unstorable / all
  }

  /** `from` became part of `to`. */
  move(from: string, to: string): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    this.#routes.delete(from)
    const into = this.#standing(to)
    const weight = old.demand + into.demand === 0 ? 0 : old.demand / (old.demand + into.demand)
    merge(into.repeated, old.repeated)
    merge(into.unseen, old.unseen)
    for (const way of new Set([...old.ways.keys(), ...into.ways.keys()])) {
      const share = into.ways.get(way) ?? 0
      into.ways.set(way, share + ((old.ways.get(way) ?? 0) - share) * weight)
    }
    into.unseenShare += (old.unseenShare - into.unseenShare) * weight
    into.demand += old.demand
    into.count += old.count
    into.graded += old.graded
    if (into.because === '') into.because = old.because
  }

  /** All routes, weighted by demand. */
  get overall(): Expected {
    const standings = [...this.#routes.values()]
    if (this.#unstorable === 0) return expectedOf(standings)
    // Which of them were asked before nobody may know: as many as of all others.
    const { unseen } = expectedOf(standings)
    const silence = { mean: 0, count: 1 }
    const unseenShare = standings.length === 0 ? 1 : unseen.share
    return expectedOf([...standings, { demand: this.#unstorable, unseenShare, repeated: silence, unseen: silence }])
  }

  /** Most asked for first. */
  routes(): (readonly [string, RouteStand])[] {
    const all = this.#all()
    return [...this.#routes]
      .map(([id, standing]) => {
        const { demand, graded, ways, because } = standing
        const share = all === 0 ? 0 : demand / all
        return [id, { demand: share, ...expectedOf([standing]), graded, ways, because }] as const
      })
      .sort((a, b) => b[1].demand - a[1].demand)
  }

  toJSON(): SavedReadiness {
    const routes = this.#unstorable === 0 ? this.#routes : new Map([...this.#routes, [UNSTORABLE, this.#asStanding()]])
    return [...routes].map(
      ([id, standing]) =>
        [id, { ...standing, demand: standing.demand / this.#unit, ways: [...standing.ways] }] as const,
    )
  }

  static fromJSON(saved: SavedReadiness): Readiness {
    const readiness = new Readiness()
    for (const [id, standing] of saved)
      if (id === UNSTORABLE) readiness.#unstorable = standing.demand
      else readiness.#routes.set(id, { ...standing, ways: new Map(standing.ways) })
    return readiness
  }

  /** As it is written down. */
  #asStanding(): Standing {
    return { ...newStanding(), demand: this.#unstorable }
  }

  #all(): number {
    let all = this.#unstorable
    for (const { demand } of this.#routes.values()) all += demand
    return all
  }

  #demand(standing: Standing, times: number, asked: boolean): void {
    standing.demand += this.#grow(times)
    standing.unseenShare += ((asked ? 0 : 1) - standing.unseenShare) * shareOfLast(standing.count, times)
    standing.count += times
    this.#fit()
  }

  /** What so many requests count, as if each of them had come for itself. */
  #grow(times: number): number {
    const grown = Math.exp(Math.min(times, 10 * DEMAND_MEMORY) / DEMAND_MEMORY)
    const demand = this.#unit * DEMAND_MEMORY * (grown - 1)
    this.#unit *= grown
    return demand
  }

  #fit(): void {
    if (this.#unit < TOO_LARGE) return
    for (const standing of this.#routes.values()) standing.demand /= this.#unit
    this.#unstorable /= this.#unit
    this.#unit = 1
  }

  #standing(routeId: string): Standing {
    let standing = this.#routes.get(routeId)
    if (standing === undefined) {
      if (this.#routes.size >= MAX_ROUTES) this.#forgetRarest()
      standing = newStanding()
      this.#routes.set(routeId, standing)
    }
    return standing
  }

  #forgetRarest(): void {
    const rarest = [...this.#routes].sort((a, b) => a[1].demand - b[1].demand).slice(0, MAX_ROUTES / 10)
    for (const [id] of rarest) this.#routes.delete(id)
  }
}

function newStanding(): Standing {
  return {
    demand: 0,
    repeated: { mean: 0, count: 0, owed: 0 },
    unseen: { mean: 0, count: 0, owed: 0 },
    unseenShare: 0,
    count: 0,
    graded: 0,
    ways: new Map(),
    because: '',
  }
}

type Weighed = Pick<Standing, 'demand' | 'unseenShare'> & {
  readonly repeated: Pick<Track, 'mean' | 'count'>
  readonly unseen: Pick<Track, 'mean' | 'count'>
}

/** Several routes together. */
function expectedOf(standings: readonly Weighed[]): Expected {
  const sums = { repeated: { demand: 0, measured: 0, score: 0 }, unseen: { demand: 0, measured: 0, score: 0 } }
  for (const standing of standings)
    for (const part of ['repeated', 'unseen'] as const) {
      const track = standing[part]
      const demand = standing.demand * (part === 'unseen' ? standing.unseenShare : 1 - standing.unseenShare)
      sums[part].demand += demand
      if (track.count === 0) continue
      sums[part].measured += demand
      sums[part].score += demand * track.mean
    }
  const all = sums.repeated.demand + sums.unseen.demand
  const measured = sums.repeated.measured + sums.unseen.measured
  const part = ({ demand, measured, score }: (typeof sums)['unseen']): Part => ({
    share: all === 0 ? 0 : demand / all,
    readiness: measured === 0 ? undefined : score / measured,
  })
  return {
    readiness: measured === 0 ? undefined : (sums.repeated.score + sums.unseen.score) / measured,
    repeated: part(sums.repeated),
    unseen: part(sums.unseen),
  }
}

function merge(into: Track, old: Track): void {
  const count = into.count + old.count
  if (count > 0) into.mean += ((old.mean - into.mean) * old.count) / count
  into.count = count
  into.owed += old.owed
}

/** So many requests would have been answered so. */
function score(standing: Standing, track: Track, way: Way, similarity: number, requests: number): void {
  track.mean += (similarity - track.mean) * shareOfLast(track.count, requests)
  track.count += requests
  const share = shareOfLast(standing.graded, requests)
  const { ways } = standing
  if (!ways.has(way)) ways.set(way, 0)
  for (const [known, before] of ways) ways.set(known, before + ((known === way ? 1 : 0) - before) * share)
}

/**
 * How much of the mean of `count` requests is that of `more` others, with later ones counting more (polynomial-decay averaging:
 * Shamir and Zhang 2013, "Stochastic gradient descent for non-smooth optimization").
 */
function shareOfLast(count: number, more: number): number {
  let kept = 1
  let i = 0
  for (; i < more && i + count < SCORE_MEMORY * (1 + LATE); i++)
    kept *= 1 - Math.min(1, (1 + LATE) / (count + i + 1 + LATE))
  if (i < more) kept *= (1 - 1 / SCORE_MEMORY) ** (more - i)
  return 1 - kept
}
