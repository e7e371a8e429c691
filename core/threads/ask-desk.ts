// thread: any
// Questions to another thread, and the answers that come back by message. Bounded in number and in time.
import { randomInt } from 'node:crypto'
import { steadyClock } from '../clock/clock.js'

/** More open questions than this mean that the other side cannot keep up: further ones are refused at once. */
const MAX_OPEN = 256

interface Open<Reply> {
  readonly resolve: (reply: Reply) => void
  readonly timer: NodeJS.Timeout
}

export class AskDesk<Question, Reply> {
  readonly #post: (askId: number, question: Question, answerBy: number) => void
  readonly #late: Reply
  readonly #maxOpen: number
  readonly #open = new Map<number, Open<Reply>>()
  /** Not where the desk of a thread that crashed began: a reply to that one must not be taken for a reply to this one. */
  #next = randomInt(2 ** 47)

  /** `late`: the reply where none comes in time, or the other side cannot keep up. */
  constructor(
    post: (askId: number, question: Question, answerBy: number) => void,
    late: Reply,
    maxOpen: number = MAX_OPEN,
  ) {
    this.#post = post
    this.#late = late
    this.#maxOpen = maxOpen
  }

  /** Never rejects; the late reply at `answerBy` of the steady clock. */
  ask(question: Question, answerBy: number): Promise<Reply> {
    const waitMs = answerBy - steadyClock.now()
    if (waitMs <= 0 || this.#open.size >= this.#maxOpen) return Promise.resolve(this.#late)
    const askId = this.#next++
    return new Promise(resolve => {
      const timer = setTimeout(() => this.settle(askId, this.#late), waitMs)
      this.#open.set(askId, { resolve, timer })
      this.#post(askId, question, answerBy)
    })
  }

  /** A reply came in. False: it is too late and found nobody. */
  settle(askId: number, reply: Reply): boolean {
    const open = this.#open.get(askId)
    if (open === undefined) return false
    this.#open.delete(askId)
    clearTimeout(open.timer)
    open.resolve(reply)
    return true
  }
}
