// thread: learner
// What speaks for and against that one parameter of a query changes nothing: its values (nearly) never come twice, and answers
// to questions equal but for it are equal. Pure.

export type Standing =
  /** Nothing is proven; it takes part in the identity of a request. */
  | 'open'
  | 'ignored'
  /** It was seen to change the answer, and is never ignored again. */
  | 'selects'

export interface SavedParam {
  readonly seen: number
  readonly repeated: number
  readonly made: number
  readonly values: readonly number[]
  readonly equal: number
  readonly slight: number
  readonly changes: number
  readonly changedAt: number
  readonly echoes: number
  readonly standing: Standing
}

/** Sightings from which on it is looked at. */
const MIN_SEEN = 6
/** Of so many values one may have come before: a request is sent again now and then. */
const VALUES_PER_REPEAT = 20
/** Of four values three are of a kind that programs make up: no words, no short numbers. */
const MADE_SHARE = 0.75
const REMEMBERED_VALUES = 128
const SAVED_VALUES = 32
/** Sightings that count; of more, older ones fade. */
const COUNTED = 1024
/** Equal answers that it takes, and sightings. Twice as many after each answer that was another one without a proof. */
const ENOUGH_EQUAL = 12
const ENOUGH_SEEN = 16
/** Where it is ignored on other routes. */
const ENOUGH_LENT = 6
const MAX_CHANGES = 4
const FORGOTTEN_MS = 86_400_000
const MAX_ECHOES = 2
const MIN_MADE_CHARS = 4
const LONG_CHARS = 16

export class ParamEvidence {
  #seen = 0
  #repeated = 0
  #made = 0
  /** Hashes of the last values; oldest first. */
  #values: number[] = []
  #equal = 0
  /** Equal answers that say next to nothing. */
  #slight = 0
  #changes = 0
  #changedAt = 0
  #echoes = 0
  standing: Standing = 'open'

  constructor(saved?: SavedParam) {
    if (saved === undefined) return
    this.#seen = saved.seen
    this.#repeated = saved.repeated
    this.#made = saved.made
    this.#values = [...saved.values]
    this.#equal = saved.equal
    this.#slight = saved.slight
    this.#changes = saved.changes
    this.#changedAt = saved.changedAt
    this.#echoes = saved.echoes
    this.standing = saved.standing
  }

  get seen(): number {
    return this.#seen
  }

  get equal(): number {
    return this.#equal
  }

  /** It was sent with this value; `times`: as often. */
  sighted(value: string, times = 1): void {
    this.#seen += times
    if (isMadeUp(value)) this.#made += times
    const hash = hashOf(value)
    if (this.#values.includes(hash)) this.#repeated += times
    else {
      this.#repeated += times - 1
      this.#values.push(hash)
      if (this.#values.length > REMEMBERED_VALUES) this.#values.shift()
    }
    if (this.#seen > COUNTED) {
      this.#seen /= 2
      this.#repeated /= 2
      this.#made /= 2
    }
  }

  /** Values like these are no choice of anybody: no two are alike, and none is a word. */
  get isOneTime(): boolean {
    return (
      this.#seen >= MIN_SEEN &&
      this.#repeated * VALUES_PER_REPEAT <= this.#seen &&
      this.#made >= this.#seen * MADE_SHARE
    )
  }

  /** May two questions that differ in it have the same answer? */
  get isInDoubt(): boolean {
    return this.standing === 'ignored' || (this.standing === 'open' && this.isOneTime)
  }

  /** Two questions that are equal but for it had equal answers. `saysMuch`: equal not for want of anything in them. */
  agreed(saysMuch: boolean): void {
    if (saysMuch) this.#equal += 1
    else this.#slight += 1
  }

  /** The answer was another one, which may have been for any reason: all begins anew, and takes more. */
  changed(at: number): void {
    if (at - this.#changedAt > FORGOTTEN_MS) this.#changes = 0
    this.#changes += 1
    this.#changedAt = at
    this.doubted()
    if (this.#changes >= MAX_CHANGES) this.standing = 'selects'
  }

  /** The answer was another one, for which others may be to blame. */
  doubted(): void {
    this.#equal = 0
    this.#slight = 0
    if (this.standing === 'ignored') this.standing = 'open'
  }

  /** The answer was another one, and then the first again: nothing but this parameter differed. */
  proven(): void {
    this.standing = 'selects'
  }

  /** Its value stands in the answer. Once may be by chance. */
  echoed(): void {
    this.#echoes += 1
    if (this.#echoes >= MAX_ECHOES) this.standing = 'selects'
  }

  /** `isLent`: it is ignored on other routes, and nowhere was it seen to change anything. */
  settle(isLent: () => boolean): void {
    if (this.standing !== 'open') return
    const times = 2 ** this.#changes
    const isProven = this.#equal >= ENOUGH_EQUAL * times && this.#seen >= ENOUGH_SEEN
    if (!isProven && (this.#equal + this.#slight < ENOUGH_LENT * times || !isLent())) return
    this.standing = 'ignored'
    // An answer that stays over so many values is not one that this parameter brought.
    this.#changes = Math.max(0, this.#changes - 1)
  }

  toJSON(): SavedParam {
    return {
      seen: this.#seen,
      repeated: this.#repeated,
      made: this.#made,
      values: this.#values.slice(-SAVED_VALUES),
      equal: this.#equal,
      slight: this.#slight,
      changes: this.#changes,
      changedAt: this.#changedAt,
      echoes: this.#echoes,
      standing: this.standing,
    }
  }
}

/** What programs make up has digits in it, or is long; what people write has blanks, or is an address. As it is in the query. */
function isMadeUp(value: string): boolean {
  return (
    value.length >= MIN_MADE_CHARS && !/\+|%20|@|%40/i.test(value) && (/\d/.test(value) || value.length >= LONG_CHARS)
  )
}

/** FNV-1a. Two values with one hash look like a repeat, which is the safe side. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
