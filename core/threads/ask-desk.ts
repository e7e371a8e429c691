// thread: edge
// Questions of this edge to the brain, and the answers that come back by message. Bounded in number and in time.

/** More open questions than this mean that the brain cannot keep up: further ones are refused at once. */
const MAX_OPEN = 256

interface Open<Reply> {
  readonly resolve: (reply: Reply) => void
  readonly timer: NodeJS.Timeout
}

export class AskDesk<Question, Reply> {
  readonly #post: (askId: number, question: Question, answerBy: number) => void
  readonly #late: Reply
  readonly #open = new Map<number, Open<Reply>>()
  #next = 1

  /** `late`: the reply where the brain does not answer in time, or cannot keep up. */
  constructor(post: (askId: number, question: Question, answerBy: number) => void, late: Reply) {
    this.#post = post
    this.#late = late
  }

  /** Never rejects; the late reply at `answerBy`, epoch ms. */
  ask(question: Question, answerBy: number): Promise<Reply> {
    const waitMs = answerBy - Date.now()
    if (waitMs <= 0 || this.#open.size >= MAX_OPEN) return Promise.resolve(this.#late)
    const askId = this.#next++
    return new Promise(resolve => {
      const timer = setTimeout(() => this.settle(askId, this.#late), waitMs)
      this.#open.set(askId, { resolve, timer })
      this.#post(askId, question, answerBy)
    })
  }

  /** A reply came in; one that is too late finds nobody. */
  settle(askId: number, reply: Reply): void {
    const open = this.#open.get(askId)
    if (open === undefined) return
    this.#open.delete(askId)
    clearTimeout(open.timer)
    open.resolve(reply)
  }
}
