// thread: main
// Journalled writes that edges are asked to send, and what came of them.
import type { ReplayOutcome, ReplayWrite } from '../contract/journal.js'
import { AskDesk } from '../threads/ask-desk.js'
import type { Edges } from '../threads/edges.js'

const lost: ReplayOutcome = { kind: 'lost', because: 'the edge that sent it did not say what came of it' }

export class WriteReplays {
  /** Which edge was asked. */
  readonly #askedAt = new Map<number, number>()
  readonly #desk: AskDesk<ReplayWrite, ReplayOutcome>

  constructor(edges: Pick<Edges, 'sendToOne'>) {
    this.#desk = new AskDesk<ReplayWrite, ReplayOutcome>((askId, write) => {
      const edge = edges.sendToOne({ kind: 'replay-ask', askId, write })
      if (edge === undefined) this.settle(askId, { kind: 'held' })
      else this.#askedAt.set(askId, edge)
    }, lost)
  }

  /** Never rejects; lost at `answerBy` of the steady clock. */
  send(write: ReplayWrite, answerBy: number): Promise<ReplayOutcome> {
    return this.#desk.ask(write, answerBy)
  }

  settle(askId: number, outcome: ReplayOutcome): void {
    this.#askedAt.delete(askId)
    this.#desk.settle(askId, outcome)
  }

  /** What it was sending is lost. */
  edgeGone(edge: number): void {
    for (const [askId, asked] of this.#askedAt) if (asked === edge) this.settle(askId, lost)
  }
}
