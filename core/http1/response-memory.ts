// thread: any
// The heads of answers that came lately. An upstream that answers thousands of times a second says the same few heads over
// and over, at least within the second of one `Date`; reading one of them again costs more than finding it here.
import { RecentHeads } from './recent-heads.js'
import type { ResponseHead } from './response-head-parser.js'

const MAX_HEADS = 512
/** So many look-ups are judged together. */
const ROUND = 1024
/** Found less often than once in so many look-ups, a round's worth of heads is not remembered: each of them is unique. */
const WORTH_ONE_IN = 4
const ROUNDS_OFF = 15

export class ResponseMemory {
  readonly #heads = new Map<string, ResponseHead>()
  /** Of those that came more than once. */
  readonly recent = new RecentHeads<ResponseHead>()
  #looked = 0
  #found = 0
  #off = 0

  /** `text`: the head without its empty line. */
  find(text: string): ResponseHead | undefined {
    if (++this.#looked >= ROUND) this.#judge()
    if (this.#off > 0) return undefined
    const head = this.#heads.get(text)
    if (head !== undefined) this.#found += 1
    return head
  }

  keep(text: string, head: ResponseHead): void {
    if (this.#off > 0) return
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear()
    this.#heads.set(text, head)
  }

  #judge(): void {
    if (this.#off > 0) this.#off -= 1
    else if (this.#found * WORTH_ONE_IN < this.#looked) {
      this.#off = ROUNDS_OFF
      this.#heads.clear()
    }
    this.#looked = 0
    this.#found = 0
  }
}
