// thread: edge
// What this edge asks the brain in an outage, and when it had better not: where the answer is known already, or more is asked than
// can be answered. Who floods the proxy with paths must not cost others their ghosts.
import type { Lesson, Nowhere } from '../contract/lesson.js'
import type { ComposeQuestion, ComposeReply, MatchQuestion, MatchReply } from '../contract/messages.js'
import { FairDesk } from './fair-desk.js'
import { Unanswered } from './unanswered.js'

export interface BrainQuestionsParts {
  /** How many edges share the brain. */
  readonly edges: number
  readonly postMatch: (askId: number, question: MatchQuestion, answerBy: number) => void
  readonly postCompose: (askId: number, question: ComposeQuestion, answerBy: number) => void
}

/** Questions of all edges that the brain has at once: more, and it would say to some that they come too late. See brain/pool.ts. */
const BRAIN_PLACES = 64
/** Of one edge: so many keep the learner busy, whatever else there is. */
const LEAST_PLACES = 4
/** Of one edge, those that wait for a place among them. */
const MAX_OPEN = 256
/** Of all edges, of paths that no route is known for: a tenth of what the learner can answer. */
const STRANGERS_PER_SECOND = 500

const noMatch = (because: 'brain-late' | 'brain-busy'): MatchReply => ({ kind: 'none', because, candidates: [] })
const nothing = (refused: 'brain-late' | 'brain-busy', because: string): ComposeReply => ({
  kind: 'none',
  refused,
  because,
})

export class BrainQuestions {
  readonly #matches: FairDesk<MatchQuestion, MatchReply>
  readonly #compositions: FairDesk<ComposeQuestion, ComposeReply>
  readonly #unanswered = new Unanswered()
  #nowhere: Nowhere | undefined

  constructor({ edges, postMatch, postCompose }: BrainQuestionsParts) {
    const bounds = {
      places: Math.max(LEAST_PLACES, Math.floor(BRAIN_PLACES / edges)),
      maxOpen: MAX_OPEN,
      strangersPerSecond: Math.ceil(STRANGERS_PER_SECOND / edges),
    }
    this.#matches = new FairDesk({
      ...{ ...bounds, post: postMatch, late: noMatch('brain-late'), busy: noMatch('brain-busy') },
    })
    this.#compositions = new FairDesk({
      ...bounds,
      post: postCompose,
      late: nothing('brain-late', 'the brain did not answer in time'),
      busy: nothing(
        'brain-busy',
        'more is asked of the brain, on this route or where there is none, than it can answer',
      ),
    })
  }

  /** Questions that the brain has. */
  get out(): number {
    return this.#matches.out + this.#compositions.out
  }

  /** The most that it had at once, of either kind. */
  get mostOut(): number {
    return Math.max(this.#matches.mostOut, this.#compositions.mostOut)
  }

  /** The most that it may have at once, of either kind. */
  get places(): number {
    return this.#compositions.places
  }

  learned({ nowhere }: Lesson): void {
    this.#nowhere = nowhere
    this.#unanswered.forget()
  }

  match(question: MatchQuestion, answerBy: number): MatchReply | Promise<MatchReply> {
    return this.#matches.ask(question, answerBy, question.routeId)
  }

  /** `route`: '' where none is known. */
  compose(question: ComposeQuestion, answerBy: number, route: string): ComposeReply | Promise<ComposeReply> {
    const known = this.#unanswered.replyTo(question)
    return known ?? this.#compositions.ask(question, answerBy, route)
  }

  /** No answer where no route is known is surer than this, 0…1. */
  surestNowhere(scope: string): number {
    if (this.#nowhere === undefined) return 1
    return scope === '' ? this.#nowhere.nobody : this.#nowhere.others
  }

  matched(askId: number, reply: MatchReply): void {
    this.#matches.settle(askId, reply)
  }

  composed(askId: number, reply: ComposeReply): void {
    const question = this.#compositions.settle(askId, reply)
    if (question !== undefined) this.#unanswered.note(question, reply)
  }
}
