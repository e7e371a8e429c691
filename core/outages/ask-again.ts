// thread: main
// After an outage: puts questions that ghosts answered to the upstream once more, one at a time and at a steady rate, and holds
// what it says against what the ghosts said. The request takes the way of every other, so that the answer is learned, too.
import type { KeptAnswer } from '../contract/outages.js'
import type { Log } from '../log/log.js'
import type { Truth, Verdict } from './held-against.js'
import type { Asked } from './outage.js'
import type { Outages } from './outages.js'

/** An answer that came through the own port. */
export interface AnsweredAgain extends Truth {
  /** It has the marks of a ghost, or of one that stayed silent. */
  readonly isGhost: boolean
}

export interface AskAgainParts {
  readonly outages: Pick<Outages, 'nextQuestion' | 'settleQuestion' | 'postponeQuestion'>
  /** Undefined: no answer, or one that is too long. */
  readonly ask: (question: Asked) => Promise<AnsweredAgain | undefined>
  /** The circuit is closed, and all requests go to the upstream. */
  readonly mayAsk: () => boolean
  readonly heldAgainst: (question: Asked, given: KeptAnswer, truth: Truth) => Verdict | undefined
  readonly perSecond: number
  readonly log: Pick<Log, 'warn'>
}

/** A question that was not answered is given up after so many tries. */
const TRIES = 3
/** How long nothing is asked after a try that brought nothing. */
const PAUSE_S = 1

export class AskAgain {
  readonly #parts: AskAgainParts
  readonly #tries = new WeakMap<Asked, number>()
  #busy = false
  /** Ticks that are still to be let pass. */
  #rest = 0

  constructor(parts: AskAgainParts) {
    this.#parts = parts
  }

  /** Called `perSecond` times a second. Resolves when what it began is over; never rejects. */
  async tick(): Promise<void> {
    const { outages, mayAsk, log } = this.#parts
    if (this.#busy) return
    if (this.#rest > 0) {
      this.#rest -= 1
      return
    }
    const question = outages.nextQuestion()
    if (question === undefined || !mayAsk()) return
    this.#busy = true
    try {
      await this.#ask(question)
    } catch (error) {
      log.warn({ err: error, target: question.target }, 'an answer of a ghost could not be held against the truth')
      if (outages.nextQuestion() === question) outages.settleQuestion(undefined)
    } finally {
      this.#busy = false
    }
  }

  async #ask(question: Asked): Promise<void> {
    const { outages, ask, heldAgainst, perSecond } = this.#parts
    // Its body is gone when the question is settled.
    const { answer: given } = question
    const answer = await ask(question)
    // Meanwhile there may be no room for its outage any more.
    if (outages.nextQuestion() !== question) return
    if (answer !== undefined && !answer.isGhost && answer.status < 500 && answer.status !== 429) {
      outages.settleQuestion(heldAgainst(question, given, answer))
      return
    }
    this.#rest = PAUSE_S * perSecond
    const tries = (this.#tries.get(question) ?? 0) + 1
    this.#tries.set(question, tries)
    if (tries >= TRIES) outages.settleQuestion(undefined)
    else outages.postponeQuestion()
  }
}
