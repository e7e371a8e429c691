// thread: any
// Which of several upstreams a call goes to. Pure: time and chance are handed in.

/** How long an upstream that did not accept a connection is asked after the others only. */
export const REST_MS = 1000

/** `hash:<field name>` of the settings becomes `hash`; the value of the field comes with the call. */
export type BalanceRule = 'least-requests' | 'round-robin' | 'hash'

/** What the choice must know of an upstream. */
export interface Candidate {
  /** Calls under way, those that wait for a connection included. */
  readonly outstanding: number
  /** `hashOf` its URL. */
  readonly seed: number
  /** 0: ready for a call. One of a higher rank is asked where there is none of a lower. */
  rank(now: number): number
  /** The part of its turns that it takes, 0–1: below 1 while it starts slowly. */
  weight(now: number): number
}

export interface Draw {
  readonly rule: BalanceRule
  /** Counts calls. */
  readonly turn: number
  /** With `hash`: calls with the same key go to the same upstream. Without it chance and load decide. */
  readonly key: string | undefined
  /** As Math.random. */
  readonly random: () => number
}

/** `hash:x-user` → the rule, and the field whose value is the key. */
export function readBalance(setting: string): { rule: BalanceRule; field: string | undefined } {
  if (setting.startsWith('hash:')) return { rule: 'hash', field: setting.slice('hash:'.length) }
  return { rule: setting === 'round-robin' ? 'round-robin' : 'least-requests', field: undefined }
}

/** The upstream that a call tries next, or undefined where it has tried them all. */
export function chooseUpstream<U extends Candidate>(
  upstreams: readonly U[],
  tried: readonly U[],
  draw: Draw,
  now: number,
): U | undefined {
  const ready = readiest(upstreams, tried, now)
  if (ready.length < 2) return ready[0]
  if (draw.rule === 'round-robin') return inTurn(ready, draw, now)
  if (draw.rule === 'hash' && draw.key !== undefined) return byKey(ready, draw.key, now)
  return lessBusyOfTwo(ready, draw.random, now)
}

/** Those of the lowest rank. No new list in the usual case, where all are ready and none was tried. */
function readiest<U extends Candidate>(upstreams: readonly U[], tried: readonly U[], now: number): readonly U[] {
  if (tried.length === 0 && areReady(upstreams, now)) return upstreams
  let lowest = Number.POSITIVE_INFINITY
  let ready: U[] = []
  for (const upstream of upstreams) {
    if (tried.includes(upstream)) continue
    const rank = upstream.rank(now)
    if (rank > lowest) continue
    if (rank < lowest) ready = []
    lowest = rank
    ready.push(upstream)
  }
  return ready
}

function areReady(upstreams: readonly Candidate[], now: number): boolean {
  for (const upstream of upstreams) if (upstream.rank(now) > 0) return false
  return true
}

/** One that starts slowly leaves some of its turns to the one behind it. */
function inTurn<U extends Candidate>(ready: readonly U[], { turn, random }: Draw, now: number): U {
  for (let i = 0; i < ready.length; i++) {
    const upstream = ready[(turn + i) % ready.length]!
    if (takes(upstream, random, now)) return upstream
  }
  return ready[turn % ready.length]!
}

/**
 * The power of two choices: two are drawn by chance, the less busy one takes the call. Almost as even as asking for the
 * least busy of all, without sending every thread's next call to the same one.
 */
function lessBusyOfTwo<U extends Candidate>(ready: readonly U[], random: () => number, now: number): U {
  const count = ready.length
  const at = Math.floor(random() * count)
  const one = ready[at]!
  const other = ready[(at + 1 + Math.floor(random() * (count - 1))) % count]!
  const oneTakes = takes(one, random, now)
  if (oneTakes !== takes(other, random, now)) return oneTakes ? one : other
  return other.outstanding < one.outstanding ? other : one
}

function takes(upstream: Candidate, random: () => number, now: number): boolean {
  const weight = upstream.weight(now)
  return weight >= 1 || random() < weight
}

/**
 * Rendezvous hashing: every upstream gets a score for the key, the highest wins. Where one leaves, its keys alone move, and
 * they move evenly to all others. One that starts slowly takes part for a growing share of the keys.
 */
function byKey<U extends Candidate>(ready: readonly U[], key: string, now: number): U {
  const hash = hashOf(key)
  let best = ready[0]!
  let bestScore = -1
  let bestTakes = false
  for (const upstream of ready) {
    const score = mix(hash ^ upstream.seed)
    const weight = upstream.weight(now)
    const taking = weight >= 1 || mix(score) < weight * 2 ** 32
    if (bestTakes && !taking) continue
    if (score <= bestScore && bestTakes === taking) continue
    best = upstream
    bestScore = score
    bestTakes = taking
  }
  return best
}

/** FNV-1a over UTF-16 code units, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** The finaliser of MurmurHash3: every bit of `hash` moves every bit of the result. */
function mix(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
