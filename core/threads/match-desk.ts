// thread: edge
// Questions of this edge to the brain, and the answers that come back by message. Bounded in number and in time.
import type { EdgeToMain, MatchQuestion, MatchReply } from '../contract/messages.js'

/** More open questions than this mean that the brain cannot keep up: further ones are refused at once. */
const MAX_OPEN = 256

const late: MatchReply = { kind: 'none', because: 'brain-late', candidates: [] }

interface Open {
  readonly resolve: (reply: MatchReply) => void
  readonly timer: NodeJS.Timeout
}

export class MatchDesk {
  readonly #send: (message: EdgeToMain) => void
  readonly #open = new Map<number, Open>()
  #next = 1

  constructor(send: (message: EdgeToMain) => void) {
    this.#send = send
  }

  /** Never rejects; `brain-late` at `answerBy`. */
  ask(question: MatchQuestion, answerBy: number): Promise<MatchReply> {
    const waitMs = answerBy - Date.now()
    if (waitMs <= 0 || this.#open.size >= MAX_OPEN) return Promise.resolve(late)
    const askId = this.#next++
    return new Promise(resolve => {
      const timer = setTimeout(() => this.settle(askId, late), waitMs)
      this.#open.set(askId, { resolve, timer })
      this.#send({ kind: 'match-ask', askId, question, answerBy })
    })
  }

  /** A reply came in; one that is too late finds nobody. */
  settle(askId: number, reply: MatchReply): void {
    const open = this.#open.get(askId)
    if (open === undefined) return
    this.#open.delete(askId)
    clearTimeout(open.timer)
    open.resolve(reply)
  }
}
