// thread: edge
// How many exchanges an edge ships to the learner. Time is handed in. Two rules make that a hot route never starves a rare one:
//
// 1. The first few exchanges of every route in a second go before everything else, and room is kept for them.
// 2. What is left is poured over the routes that want more (max-min fairness: a share for each, and what one does not want
//    is for the others). How much they want is what they wanted in the last second; some is left for those that grow.
//
// Where a route gets less than it wants, requests that were never seen go before new answers to known ones, and it gets it over the
// whole second: a second's worth at once would stand in a queue, and its newest would be as old as the queue is long.

interface Account {
  readonly learned: boolean
  /** Beyond the first few, in this second: asked for, and of that never seen before; granted. */
  asked: number
  askedBytes: number
  askedUnseen: number
  used: number
  usedBytes: number
  usedKnown: number
  /** The first few, granted. */
  first: number
  firstBytes: number
  /** `asked`, `askedBytes` and `askedUnseen` of the last second. */
  wanted: number
  wantedBytes: number
  unseen: number
}

/** So many exchanges of a route in a second are always taken, and so much of the bytes, or one whatever its size. */
const FIRST = 8
const FIRST_BYTES_PART = 1 / 32
/** Of what is left, for routes that want more than a second ago. */
const GROWTH_PART = 1 / 8
/** So far before its time a route may have what it gets of a second. */
const AHEAD_MS = 100
/** Routes that have an account of their own; a second without request closes it. The others share one. */
const MAX_LEARNED = 4096
/** What is not learned may be anything, and a scanner asks for all of it: it shall not look like many rare routes. */
const MAX_UNLEARNED = 64
const SHARED = ''

export class Sampler {
  readonly #rate: () => number
  readonly #bytesPerSecond: number
  readonly #accounts = new Map<string, Account>()
  #unlearned = 0
  #second = Number.NaN
  #budget = 0
  #used = 0
  #usedBytes = 0
  /** Of these, the first few of their routes; and of those, of routes that are not learned. */
  #first = 0
  #firstBytes = 0
  #firstUnlearned = 0
  /** Kept for the first few of routes that have not come yet. */
  #kept = 0
  #keptBytes = 0
  /** What each route may have beyond its first few. */
  #share = 0
  #shareBytes = 0
  #overdrawn = false

  /** `rate`: exchanges a second, asked for once a second; `bytesPerSecond`: of their bodies. Both for this edge. */
  constructor(rate: () => number, bytesPerSecond: number) {
    this.#rate = rate
    this.#bytesPerSecond = bytesPerSecond
  }

  /**
   * True: ship it. `route`: its pattern, or where none is `learned` whatever stands for one. `unseen`: the request itself
   * was not seen lately.
   */
  take(route: string, learned: boolean, unseen: boolean, bytes: number, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) this.#begin(second)
    const account = this.#accountOf(route, learned)
    if (account.first < FIRST) {
      if (this.#takeFirst(account, bytes)) return true
    }
    account.asked += 1
    account.askedBytes += bytes
    if (unseen) account.askedUnseen += 1
    return this.#takeMore(account, unseen, bytes, nowMs)
  }

  #takeFirst(account: Account, bytes: number): boolean {
    if (this.#used >= this.#budget) return false
    if (!account.learned && this.#firstUnlearned >= Math.max(1, this.#budget / 2)) return false
    const none = account.first === 0
    if (!none && account.firstBytes + bytes > this.#bytesPerSecond * FIRST_BYTES_PART) return false
    if (this.#usedBytes + bytes > this.#bytesPerSecond) {
      // A body larger than all that may be left would never get through: once a second one may overdraw.
      if (!none || this.#overdrawn || bytes <= this.#bytesPerSecond / 2) return false
      this.#overdrawn = true
    }
    account.first += 1
    account.firstBytes += bytes
    this.#first += 1
    this.#firstBytes += bytes
    if (!account.learned) this.#firstUnlearned += 1
    this.#spend(bytes)
    return true
  }

  #takeMore(account: Account, unseen: boolean, bytes: number, nowMs: number): boolean {
    const left = this.#budget - this.#used - Math.max(0, this.#kept - this.#first)
    const leftBytes = this.#bytesPerSecond - this.#usedBytes - Math.max(0, this.#keptBytes - this.#firstBytes)
    if (left < 1 || leftBytes < bytes) return false
    // A request never seen before may grow a route as far as there is room.
    const room = unseen ? Number.POSITIVE_INFINITY : left
    if (account.used >= mayHave(account.wanted, this.#share, room)) return false
    if (account.usedBytes + bytes > mayHave(account.wantedBytes, this.#shareBytes, leftBytes)) return false
    if (account.wanted > this.#share) {
      const due = Math.min(1, (nowMs - this.#second * 1000 + AHEAD_MS) / 1000)
      const forKnown = this.#share - Math.min(account.unseen, this.#share / 2)
      if (!unseen && account.usedKnown >= forKnown * due) return false
      if (unseen && account.unseen > this.#share && account.used >= this.#share * due) return false
    }
    if (!unseen) account.usedKnown += 1
    account.used += 1
    account.usedBytes += bytes
    this.#spend(bytes)
    return true
  }

  #spend(bytes: number): void {
    this.#used += 1
    this.#usedBytes += bytes
  }

  #begin(second: number): void {
    // What was wanted long ago says nothing.
    const follows = second === this.#second + 1
    this.#second = second
    this.#budget = Math.max(1, this.#rate())
    const half = this.#budget / 2
    const halfBytes = this.#bytesPerSecond / 2
    // Half again as much as the last second took, and some for what is new.
    this.#kept = follows ? Math.min(half, this.#first * 1.5 + this.#budget / 8) : half
    this.#keptBytes = follows ? Math.min(halfBytes, this.#firstBytes * 1.5 + this.#bytesPerSecond / 8) : halfBytes
    const asked: number[] = []
    const askedBytes: number[] = []
    for (const [route, account] of this.#accounts) {
      if (!follows || account.first + account.asked === 0) {
        this.#accounts.delete(route)
        if (!account.learned) this.#unlearned -= 1
        continue
      }
      if (account.asked > 0) {
        asked.push(account.asked)
        askedBytes.push(account.askedBytes)
      }
      beginAgain(account)
    }
    this.#share = fairShare(asked, (this.#budget - this.#kept) * (1 - GROWTH_PART))
    this.#shareBytes = fairShare(askedBytes, (this.#bytesPerSecond - this.#keptBytes) * (1 - GROWTH_PART))
    this.#used = 0
    this.#usedBytes = 0
    this.#first = 0
    this.#firstBytes = 0
    this.#firstUnlearned = 0
    this.#overdrawn = false
  }

  #accountOf(route: string, learned: boolean): Account {
    const own = this.#accounts.get(route)
    if (own !== undefined) return own
    const full = learned ? this.#accounts.size >= MAX_LEARNED : this.#unlearned >= MAX_UNLEARNED
    if (full && route !== SHARED) return this.#accountOf(SHARED, false)
    const account = newAccount(learned)
    this.#accounts.set(route, account)
    if (!learned) this.#unlearned += 1
    return account
  }
}

/**
 * A route that wanted more than its share has its share. Another has what it wanted, and may grow to `room`: where that is
 * what is left after it, none of several that grow at once takes all.
 */
function mayHave(wanted: number, share: number, room: number): number {
  return wanted > share ? share : Math.max(wanted, room)
}

/**
 * How much each may have of `amount`: those who want less than the share leave the rest to the others. Infinity where there
 * is enough for all. Changes the order of `wanted`.
 */
export function fairShare(wanted: number[], amount: number): number {
  wanted.sort((a, b) => a - b)
  let left = amount
  for (let i = 0; i < wanted.length; i++) {
    const share = left / (wanted.length - i)
    if (wanted[i]! > share) return share
    left -= wanted[i]!
  }
  return Number.POSITIVE_INFINITY
}

function newAccount(learned: boolean): Account {
  return {
    ...{ learned, asked: 0, askedBytes: 0, askedUnseen: 0, used: 0, usedBytes: 0, usedKnown: 0 },
    ...{ first: 0, firstBytes: 0, wanted: 0, wantedBytes: 0, unseen: 0 },
  }
}

function beginAgain(account: Account): void {
  account.wanted = account.asked
  account.wantedBytes = account.askedBytes
  account.unseen = account.askedUnseen
  account.asked = 0
  account.askedBytes = 0
  account.askedUnseen = 0
  account.used = 0
  account.usedBytes = 0
  account.usedKnown = 0
  account.first = 0
  account.firstBytes = 0
}
