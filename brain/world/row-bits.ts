// thread: learner
// A set of rows of a table, one bit a row: a hundred thousand are 12.5 KB, so that sets are made, kept and cut with one another
// without a list of rows each time (bitmap indexes: O'Neil and Quass 1997, "Improved Query Performance with Variant Indexes").

/** Does something hold for the row of this index? */
export type Matches = (i: number) => boolean

export class RowBits {
  #words: Uint32Array
  /** Undefined: not counted since it changed. */
  #count: number | undefined = 0

  /** Of none of so many rows. */
  constructor(rows: number) {
    this.#words = new Uint32Array((rows + 31) >>> 5)
  }

  get words(): Uint32Array {
    return this.#words
  }

  get count(): number {
    if (this.#count === undefined) {
      let count = 0
      for (const word of this.#words) count += onesIn(word)
      this.#count = count
    }
    return this.#count
  }

  has(i: number): boolean {
    return ((this.#words[i >>> 5]! >>> (i & 31)) & 1) === 1
  }

  /** Makes room for more rows where there is none. */
  add(i: number): void {
    if (i >>> 5 >= this.#words.length) {
      const words = new Uint32Array(Math.max(8, this.#words.length * 2, (i >>> 5) + 1))
      words.set(this.#words)
      this.#words = words
    }
    this.#words[i >>> 5]! |= 1 << (i & 31)
    this.#count = undefined
  }

  delete(i: number): void {
    this.#words[i >>> 5]! &= ~(1 << (i & 31))
    this.#count = undefined
  }

  copy(): RowBits {
    const copy = new RowBits(0)
    copy.#words = this.#words.slice()
    copy.#count = this.#count
    return copy
  }

  /** Leaves those that match. */
  keep(matches: Matches): void {
    const words = this.#words
    for (let at = 0; at < words.length; at++) {
      let left = words[at]!
      if (left === 0) continue
      let kept = left
      do {
        const bit = left & -left
        if (!matches((at << 5) + 31 - Math.clz32(bit))) kept &= ~bit
        left &= ~bit
      } while (left !== 0)
      words[at] = kept
    }
    this.#count = undefined
  }

  /** Leaves those whose number is neither below `low` nor above `high`: no call for each row. */
  keepWithin(numbers: Float64Array, low: number, high: number): void {
    const words = this.#words
    for (let at = 0; at < words.length; at++) {
      if (words[at] === 0) continue
      let within = 0
      const from = at << 5
      for (let bit = 0; bit < 32; bit++) {
        const number = numbers[from + bit]!
        within |= Number(number >= low && number <= high) << bit
      }
      words[at]! &= within
    }
    this.#count = undefined
  }

  /** Of the rows from `from` × 32 on, as many as there are bits in the mask, those that are not in it go out. False: none is left of them. */
  and(from: number, mask: Uint32Array): boolean {
    const words = this.#words
    const length = Math.min(mask.length, words.length - from)
    let left = 0
    for (let at = 0; at < length; at++) {
      const word = words[from + at]! & mask[at]!
      words[from + at] = word
      left |= word
    }
    this.#count = undefined
    return left !== 0
  }

  /** In the order of their index. */
  toArray(): Uint32Array {
    const rows = new Uint32Array(this.count)
    let n = 0
    for (let at = 0; at < this.#words.length; at++)
      for (let left = this.#words[at]!; left !== 0; left &= left - 1)
        rows[n++] = (at << 5) + 31 - Math.clz32(left & -left)
    return rows
  }

  /** Does it match any of them? */
  some(matches: Matches): boolean {
    for (let at = 0; at < this.#words.length; at++)
      for (let left = this.#words[at]!; left !== 0; left &= left - 1)
        if (matches((at << 5) + 31 - Math.clz32(left & -left))) return true
    return false
  }
}

/** How many bits are set (Warren, Hacker's Delight, §5-1). */
function onesIn(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
