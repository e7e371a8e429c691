// thread: main
// What only the process that owns the data does, for its own edges and for those of the process before it. While the data changes
// hands the work is held.
import type { Brain } from '../../brain/pool.js'
import { type EdgeWork, isJournalWork, type OwnersWork } from '../contract/handover.js'
import type { MainToEdge } from '../contract/messages.js'
import { HeldWork } from '../handover/held-work.js'
import type { OpenJournal } from '../journal/open-journal.js'
import type { Log } from '../log/log.js'
import { withoutNoStore } from '../record/withheld.js'
import type { Edges } from '../threads/edges.js'
import type { KeptHistory } from './history.js'
import type { OtherInstances } from './other-instances.js'
import type { KeptOutages } from './outages.js'

export interface DataOwnerParts {
  readonly brain: Brain
  /** Undefined: writes are refused, and none waits from before. */
  readonly journal: OpenJournal | undefined
  readonly history: KeptHistory
  readonly others: OtherInstances
  readonly outages: KeptOutages
  /** What says no-store is kept, for the learner alone. */
  readonly withholdsNoStore: boolean
  readonly edges: Pick<Edges, 'send'>
  readonly log: Log
}

export class DataOwner {
  readonly #parts: DataOwnerParts
  /** False: another process has the data, or is about to. */
  ownsData = true
  readonly doHere = ({ edge, message }: EdgeWork): void =>
    this.do(message, reply => this.#parts.edges.send(edge, reply))
  readonly learnersWork = new HeldWork<EdgeWork>(this.doHere)
  /** A client waits for it: it is held last, and shortly. */
  readonly journalWork = new HeldWork<EdgeWork>(this.doHere)

  constructor(parts: DataOwnerParts) {
    this.#parts = parts
  }

  /** An edge of this process wants it: now, or as soon as somebody may. */
  give(work: EdgeWork): void {
    ;(isJournalWork(work.message) ? this.journalWork : this.learnersWork).give(work)
  }

  do(message: OwnersWork, reply: (message: MainToEdge) => void): void {
    const { brain, history, others, outages, journal, withholdsNoStore, log } = this.#parts
    switch (message.kind) {
      case 'exchanges': {
        // Before learning moves it away.
        const told = withholdsNoStore ? withoutNoStore(message) : message
        if (told.count > 0) {
          history.now?.captured(told.bytes)
          others.door?.append(told.bytes, told.count)
        }
        brain.learn(message.bytes, message.count)
        break
      }
      case 'unshipped':
        brain.unshipped(message.demand)
        break
      case 'facts':
        history.now?.facts(message.batch)
        break
      case 'given':
        outages.given(message.batch)
        break
      case 'journal-append': {
        const { askId, write, answerBy } = message
        if (journal === undefined) reply({ kind: 'journal-reply', askId, reply: { kind: 'failed' } })
        void journal?.journal.append(write, answerBy).then(said => reply({ kind: 'journal-reply', askId, reply: said }))
        break
      }
      case 'journal-withdraw':
        journal?.journal
          .withdraw(message.id)
          .catch(error => log.error({ err: error, entry: message.id }, 'a write could not be taken out of the journal'))
        break
      case 'journal-look':
        reply({
          kind: 'journal-look-reply',
          askId: message.askId,
          reply: journal?.journal.look(message.id) ?? 'unknown',
        })
        break
    }
  }
}
