// thread: learner
// A list of which parts were seen: which record stands at which place, as far as pages and slices have shown it.

const MAX_LENGTH = 200_000
/** Places behind the last that is known: what more is asked for is not counted one by one. */
const MAX_OPEN = 1000

export interface SavedList {
  readonly ids: readonly (string | null)[]
  readonly seenAt: readonly number[]
  readonly total: number | null
  readonly lastSeenAt: number
}

let made = 0

export class SparseList {
  /** Of this list alone, in this process. */
  readonly uid = ++made
  /** Holes where nothing is known. */
  readonly #ids: (string | undefined)[] = []
  readonly #seenAt: number[] = []
  /** How many rows there are in all; undefined: not known. */
  total: number | undefined
  lastSeenAt = 0
  /** Grows with each change. */
  version = 0
  /** Places up to here are all known. */
  #wholeUpTo = 0

  /** What a slice showed. `end`: the list ended with it. */
  place(start: number, ids: readonly string[], at: number, end: boolean, total: number | undefined): void {
    if (start + ids.length > MAX_LENGTH) return
    const hadTotal = this.total
    let moved = false
    let isNews = false
    ids.forEach((id, i) => {
      const known = this.#ids[start + i]
      if (known !== id) isNews = true
      if (known !== undefined && known !== id) moved = true
    })
    // Something came or went before this place: where the rows behind it are now is not known any more.
    if (moved) this.#wholeUpTo = Math.min(this.#wholeUpTo, start)
    if (moved) for (let i = start; i < this.#ids.length; i++) if ((this.#seenAt[i] ?? 0) < at) this.#ids[i] = undefined
    ids.forEach((id, i) => {
      this.#ids[start + i] = id
      this.#seenAt[start + i] = at
    })
    this.lastSeenAt = Math.max(this.lastSeenAt, at)
    // A total that is less than what is shown is none.
    if (total !== undefined) this.total = ids.length === 0 ? total : Math.max(total, start + ids.length)
    else if (end && (ids.length > 0 || start === 0)) this.total = start + ids.length
    if (this.total !== undefined && this.#ids.length > this.total) this.#ids.length = this.#seenAt.length = this.total
    this.#wholeUpTo = Math.min(this.#wholeUpTo, this.#ids.length)
    if (isNews || this.total !== hadTotal) this.version += 1
  }

  toJSON(): SavedList {
    return {
      ids: [...this.#ids].map(id => id ?? null),
      seenAt: [...this.#seenAt].map(at => at ?? 0),
      total: this.total ?? null,
      lastSeenAt: this.lastSeenAt,
    }
  }

  static fromJSON({ ids, seenAt, total, lastSeenAt }: SavedList): SparseList {
    const list = new SparseList()
    ids.forEach((id, i) => {
      if (id !== null) list.#ids[i] = id
      list.#seenAt[i] = seenAt[i] ?? 0
    })
    list.total = total ?? undefined
    list.lastSeenAt = lastSeenAt
    return list
  }

  /** The slice reaches so far behind all that is known that it says nothing. */
  isBeyond(start: number, limit: number): boolean {
    return this.#endOf(start, limit) - Math.max(start, this.#ids.length) > MAX_OPEN
  }

  #endOf(start: number, limit: number): number {
    const open = Math.max(this.#ids.length, start + (Number.isFinite(limit) ? limit : 0))
    return Math.min(start + limit, this.total ?? open)
  }

  /** The rows of a slice, with holes; shorter than asked where the list ends before. */
  slice(start: number, limit: number): (string | undefined)[] {
    const end = Math.min(this.#endOf(start, limit), Math.max(start, this.#ids.length) + MAX_OPEN)
    const out: (string | undefined)[] = []
    for (let i = start; i < end; i++) out.push(this.#ids[i])
    return out
  }

  /** Every row is known, and that there are no more. */
  get isWhole(): boolean {
    if (this.total === undefined) return false
    while (this.#wholeUpTo < this.total && this.#ids[this.#wholeUpTo] !== undefined) this.#wholeUpTo += 1
    return this.#wholeUpTo >= this.total
  }

  get ids(): readonly (string | undefined)[] {
    return this.#ids
  }

  /** How many rows are known. */
  get known(): number {
    let known = 0
    for (const id of this.#ids) if (id !== undefined) known += 1
    return known
  }

  /** A record is gone. `isBehind`: does this one come after it? Undefined: that is not known. */
  remove(id: string, isBehind: ((other: string) => boolean) | undefined): void {
    this.version += 1
    this.#wholeUpTo = 0
    let at = this.#ids.indexOf(id)
    if (at < 0) at = isBehind === undefined ? -1 : this.#holeBefore(isBehind)
    if (at >= 0) {
      this.#ids.splice(at, 1)
      this.#seenAt.splice(at, 1)
    } else if (isBehind === undefined) this.#ids.length = this.#seenAt.length = 0
    if (this.total !== undefined) this.total = Math.max(0, this.total - 1)
  }

  /** A record has come. `isBehind`: does this one come after it? */
  insert(id: string, isBehind: (other: string) => boolean, at: number, last: boolean): void {
    this.version += 1
    this.#wholeUpTo = 0
    if (last && this.total !== undefined) {
      this.#ids[this.total] = id
      this.#seenAt[this.total] = at
      this.total += 1
      return
    }
    const next = this.#ids.findIndex(other => other !== undefined && isBehind(other))
    if (next < 0) {
      // Behind all that is known: certain only where the end is known.
      if (this.total !== undefined && (this.total === 0 || this.#ids[this.total - 1] !== undefined)) {
        this.#ids[this.total] = id
        this.#seenAt[this.total] = at
      }
    } else {
      const certain = next === 0 || this.#ids[next - 1] !== undefined
      this.#ids.splice(next, 0, certain ? id : undefined)
      this.#seenAt.splice(next, 0, at)
    }
    if (this.total !== undefined) this.total += 1
  }

  /** A hole in which a record may have been that comes before those for which `isBehind` holds; -1: there is none. */
  #holeBefore(isBehind: (other: string) => boolean): number {
    const next = this.#ids.findIndex(other => other !== undefined && isBehind(other))
    const from = next < 0 ? this.#ids.length : next
    return from > 0 && this.#ids[from - 1] === undefined ? from - 1 : -1
  }
}
