// thread: learner
// Which leaves of a route's answers are made anew each time, learned from repeats of the same request: pure but for what it
// remembers. A leaf is volatile on evidence alone, and is data again as soon as one repeat contradicts.

import { ITEM_STEP, type VolatileClass, type VolatileLeaf, type VolatileMap } from '../../core/contract/volatile.js'
import { addId, beginId, coreOf, type IdEvidence, isFreshId } from './id-evidence.js'
import { type LeafPair, type RepeatLeaves, repeatLeaves, type SeenAnswer } from './repeat-leaves.js'
import type { NewEachTime } from './stand-ins.js'
import { fitTime, isNow, offsetOf, type RepeatTimes, relate, type TimeEvidence } from './time-evidence.js'

export interface Repeat {
  readonly old: SeenAnswer
  readonly now: SeenAnswer
  readonly times: RepeatTimes
  /** How often the old answer came back unchanged in between. */
  readonly unchanged: number
}

/** What a leaf was found to be. `derived`: it changes with every answer and is none of what can be made anew. */
export type LeafKind = VolatileClass['kind'] | 'derived' | 'data'

/** Gathered for one place. Each hypothesis begins again where it was refuted, and then needs more evidence. */
interface LeafEvidence {
  changed: number
  same: number
  time: TimeEvidence | undefined
  id: IdEvidence | undefined
  link: number
  counter: { readonly step: number; readonly fitted: number } | undefined
  refuted: { time: number; id: number; link: number; counter: number }
}

export interface SavedVolatile {
  readonly leaves: readonly (readonly [string, LeafEvidence])[]
  readonly repeats: number
}

/** Repeats that must have fitted. Of data, counters are the most easily taken for what they are not: a stock that is sold. */
const ENOUGH = { time: 2, elapsed: 4, id: 2, link: 2, counter: 8 }
/** A hypothesis refuted this often needs no more evidence than now; it needs a lot. */
const MAX_REFUTED = 15
const MAX_PLACES = 64
/** Changed so often and never the same: not left out of what is put together before that, for data changes, too. */
const CHANGES_FOR_DERIVED = 4
/** After so many repeats a look now and then is enough. */
const SETTLED_REPEATS = 64
const SETTLED_EVERY = 8
/** Whole numbers that a double holds. */
const MAX_COUNTER_DIGITS = 15

export class VolatileLeaves {
  readonly #places: Map<string, LeafEvidence>
  #repeats: number
  #map: VolatileMap | undefined
  #isMapStale = true
  #new: NewEachTime = { map: undefined, derived: [] }

  constructor(saved?: SavedVolatile) {
    this.#places = new Map(saved?.leaves)
    this.#repeats = saved?.repeats ?? 0
  }

  /** undefined: nothing of this route is volatile. The same object until something changes. */
  get map(): VolatileMap | undefined {
    if (this.#isMapStale) {
      this.#isMapStale = false
      const leaves = this.#leaves()
      if (JSON.stringify(leaves) !== JSON.stringify(this.#map?.leaves ?? []))
        this.#map = leaves.length === 0 ? undefined : { leaves }
    }
    return this.#map
  }

  /** What is put out of the way of the model and of templates. The same object until something changes. */
  get newEachTime(): NewEachTime {
    const map = withoutCounters(this.map)
    const derived = [...this.#places]
      .filter(
        ([at, { changed, same }]) => changed >= CHANGES_FOR_DERIVED && same === 0 && this.kindOf(at) === 'derived',
      )
      .map(([at]) => at)
    if (this.#new.map !== map || this.#new.derived.join('\n') !== derived.join('\n')) this.#new = { map, derived }
    return this.#new
  }

  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  /** Every so often only, once much was seen: comparing two answers costs reading both. */
  takesRepeat(): boolean {
    this.#repeats += 1
    return this.#repeats <= SETTLED_REPEATS || this.#repeats % SETTLED_EVERY === 0
  }

  kindOf(place: string): LeafKind {
    const evidence = this.#places.get(place)
    if (evidence === undefined) return 'data'
    const found = this.#classOf(evidence)
    if (found !== undefined) return found.kind
    return evidence.changed >= 2 && evidence.same === 0 ? 'derived' : 'data'
  }

  observe({ old, now, times, unchanged }: Repeat): void {
    // Answers of several edges may come in another order than they were given in.
    if (times.completedAt < times.seenAt) return
    const leaves = repeatLeaves(old, now, place => this.#places.has(place))
    const fresh: [string, string][] = []
    for (const [place, pairs] of leaves.pairs) {
      const evidence = this.#evidenceOf(place)
      if (evidence === undefined) continue
      if (pairs.every(pair => pair.old === pair.now)) evidence.same += 1
      else evidence.changed += 1
      this.#fitTime(evidence, pairs, times, unchanged)
      this.#fitId(evidence, pairs, times.completedAt, unchanged, leaves, fresh)
      fitCounter(evidence, pairs, unchanged)
    }
    for (const [place, pairs] of leaves.pairs) {
      const evidence = this.#places.get(place)
      if (evidence !== undefined) fitLink(evidence, pairs, fresh)
    }
    this.#relateTimes(leaves)
    this.#isMapStale = true
  }

  toJSON(): SavedVolatile {
    return { leaves: [...this.#places], repeats: this.#repeats }
  }

  #evidenceOf(place: string): LeafEvidence | undefined {
    let evidence = this.#places.get(place)
    if (evidence === undefined && this.#places.size < MAX_PLACES) {
      evidence = {
        changed: 0,
        same: 0,
        time: undefined,
        id: undefined,
        link: 0,
        counter: undefined,
        refuted: { time: 0, id: 0, link: 0, counter: 0 },
      }
      this.#places.set(place, evidence)
    }
    return evidence
  }

  #fitTime(evidence: LeafEvidence, pairs: readonly LeafPair[], times: RepeatTimes, unchanged: number): void {
    const known = evidence.time
    const fitted = fitTime(known, pairs, times)
    if (fitted === undefined) {
      if (known !== undefined) refute(evidence, 'time')
      evidence.time = undefined
      return
    }
    // An unchanged moment is no evidence for it, if none against it within its precision; nor is a past or coming one that
    // another thing has. Where answers came back unchanged in between, the finest moments would have changed.
    const saysNothing = pairs.some(({ old, now, around }) => old === now || (around.isOther && !isNow(fitted)))
    if (saysNothing || (unchanged > 0 && isFine(fitted)))
      evidence.time = known === undefined ? undefined : { ...fitted, fitted: known.fitted }
    else evidence.time = fitted
  }

  #fitId(
    evidence: LeafEvidence,
    pairs: readonly LeafPair[],
    at: number,
    unchanged: number,
    { oldTexts, nowTexts }: RepeatLeaves,
    fresh: [string, string][],
  ): void {
    const known = evidence.id
    let id = known
    for (const { old, now } of pairs) {
      // Seen elsewhere in the other answer: it only moved.
      const isNew = old !== now && unchanged === 0 && !oldTexts.has(now) && !nowTexts.has(old)
      if (isNew) id = id === undefined ? beginId(old, now, at) : addId(id, now, at)
      else id = undefined
      if (id === undefined) break
    }
    if (id === undefined) {
      if (known !== undefined) refute(evidence, 'id')
      evidence.id = undefined
      return
    }
    const isSame = pairs.some(({ around }) => around.isOther)
    evidence.id = isSame ? id : { ...id, fitted: id.fitted + 1 }
    for (const { old, now } of pairs) {
      const [before, after] = [coreOf(id, old), coreOf(id, now)]
      if (before !== undefined && after !== undefined && isFreshId(id)) fresh.push([before, after])
    }
  }

  /** The first moment of the answers that is no list's is the anchor of the others. */
  #relateTimes(leaves: RepeatLeaves): void {
    let anchor: { place: string; evidence: TimeEvidence; text: string } | undefined
    for (const [place, evidence] of this.#places) {
      const pairs = leaves.pairs.get(place)
      const { time } = evidence
      if (pairs === undefined || time === undefined || time.isElapsed) continue
      if (anchor !== undefined) evidence.time = relate(time, pairs, anchor.evidence, anchor.place, anchor.text)
      else if (pairs.length === 1 && time.fitted > 0 && !place.includes(ITEM_STEP)) {
        evidence.time = { ...time, relation: undefined }
        anchor = { place, evidence: evidence.time, text: pairs[0]!.now }
      }
    }
  }

  #leaves(): VolatileLeaf[] {
    const leaves: VolatileLeaf[] = []
    for (const [at, evidence] of this.#places) {
      const found = this.#classOf(evidence)
      if (found !== undefined) leaves.push({ at, class: found })
    }
    // A link follows an id, and is nothing without one.
    return leaves.some(leaf => leaf.class.kind === 'id') ? leaves : leaves.filter(leaf => leaf.class.kind !== 'link')
  }

  #classOf({ time, id, link, counter, refuted }: LeafEvidence): VolatileClass | undefined {
    if (time !== undefined && time.fitted >= needed(time.isElapsed ? 'elapsed' : 'time', refuted.time)) {
      const to = time.relation === undefined ? undefined : this.#places.get(time.relation.to)
      const anchor = to?.time !== undefined && to.time.relation === undefined ? to.time : undefined
      return { kind: 'time', format: time.format, offsetMs: offsetOf(time, anchor) }
    }
    if (id !== undefined && isFreshId(id) && id.fitted >= needed('id', refuted.id))
      return { kind: 'id', format: id.format, prefix: id.prefix, suffix: id.suffix }
    if (link >= needed('link', refuted.link)) return { kind: 'link' }
    if (counter !== undefined && counter.fitted >= needed('counter', refuted.counter))
      return { kind: 'counter', step: counter.step }
    return undefined
  }
}

const counterless = new WeakMap<VolatileMap, VolatileMap>()

/** The same object for the same map. */
function withoutCounters(map: VolatileMap | undefined): VolatileMap | undefined {
  if (map === undefined || map.leaves.every(leaf => leaf.class.kind !== 'counter')) return map
  const leaves = map.leaves.filter(leaf => leaf.class.kind !== 'counter')
  if (leaves.length === 0) return undefined
  let kept = counterless.get(map)
  if (kept === undefined) {
    kept = { leaves }
    counterless.set(map, kept)
  }
  return kept
}

function needed(kind: keyof typeof ENOUGH, refuted: number): number {
  return ENOUGH[kind] * (1 + refuted)
}

function refute(evidence: LeafEvidence, kind: keyof LeafEvidence['refuted']): void {
  evidence.refuted[kind] = Math.min(MAX_REFUTED, evidence.refuted[kind] + 1)
}

function isFine({ format }: TimeEvidence): boolean {
  return format.style !== 'rfc1123' && (format.digits >= 3 || (format.style === 'epoch' && format.unit !== 's'))
}

function fitLink(evidence: LeafEvidence, pairs: readonly LeafPair[], fresh: readonly [string, string][]): void {
  // An id of its own is no link, and a text too short to hold one is neither.
  if (evidence.id !== undefined && isFreshId(evidence.id)) return
  const follows = pairs.every(({ old, now, isNumber }) => {
    if (isNumber || old === now) return false
    let text = old
    for (const [before, after] of fresh) text = text.replaceAll(before, () => after)
    return text === now
  })
  if (follows) evidence.link += 1
  else if (evidence.link > 0) {
    evidence.link = 0
    refute(evidence, 'link')
  }
}

function fitCounter(evidence: LeafEvidence, pairs: readonly LeafPair[], unchanged: number): void {
  const known = evidence.counter
  const { old, now } = pairs[0]!
  const step = pairs.length === 1 && unchanged === 0 && isWhole(old) && isWhole(now) ? Number(now) - Number(old) : 0
  if (step <= 0 || (known !== undefined && known.step !== step)) {
    if (known !== undefined) refute(evidence, 'counter')
    evidence.counter = undefined
  }
  if (step > 0) evidence.counter = { step, fitted: (evidence.counter?.fitted ?? 0) + 1 }
}

function isWhole(text: string): boolean {
  return text.length <= MAX_COUNTER_DIGITS && /^(0|[1-9]\d*)$/.test(text)
}
