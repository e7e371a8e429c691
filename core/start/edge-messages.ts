// thread: main
// What an edge says to main, and who in main it is for.
import type { Brain } from '../../brain/pool.js'
import type { LiveTail } from '../admin/live-tail.js'
import type { EdgeToMain } from '../contract/messages.js'
import type { Drills } from '../drills/drills.js'
import type { CircuitWatch } from '../health/watch.js'
import type { Edges } from '../threads/edges.js'
import type { PhaseTotals } from '../timing/phase-totals.js'
import type { Exporter } from '../tracing/exporter.js'
import type { DataOwner } from './data-owner.js'
import type { SwitchesInForce } from './switches.js'
import type { UpstreamsInForce } from './upstreams.js'
import type { WriteReplays } from './write-replays.js'

export interface EdgeListeners {
  readonly owner: DataOwner
  readonly brain: Brain
  readonly replays: WriteReplays
  readonly watch: CircuitWatch
  readonly phases: PhaseTotals
  readonly drills: Drills
  readonly tail: LiveTail
  readonly upstreams: UpstreamsInForce
  readonly switches: SwitchesInForce
  /** Undefined: no traces are made. */
  readonly traces: Exporter | undefined
  readonly edges: Pick<Edges, 'send'>
}

export function hearEdge(edge: number, message: EdgeToMain, listeners: EdgeListeners): void {
  const { owner, brain, replays, watch, phases, drills, tail, upstreams, switches, traces, edges } = listeners
  switch (message.kind) {
    case 'exchanges':
    case 'unshipped':
    case 'facts':
    case 'given':
    case 'journal-append':
    case 'journal-withdraw':
    case 'journal-look':
      owner.give({ edge, message })
      break
    case 'match-ask':
      void brain
        .match(message.question, message.answerBy)
        .then(reply => edges.send(edge, { kind: 'match-reply', askId: message.askId, reply }))
      break
    case 'compose-ask':
      void brain
        .compose(message.question, message.answerBy)
        .then(reply => edges.send(edge, { kind: 'compose-reply', askId: message.askId, reply }))
      break
    case 'replay-reply':
      replays.settle(message.askId, message.outcome)
      break
    case 'fault-seen':
      watch.lookSoon()
      break
    case 'phase-times':
      phases.add(message.times)
      break
    case 'drill-news':
      drills.heard(message.news)
      break
    case 'tail':
      tail.add(message.batch)
      break
    case 'spans':
      traces?.take(message.batch)
      break
    case 'upstream-report':
      upstreams.heard(edge, message.report)
      break
    case 'rules-followed':
      switches.followed.heard(edge, message.version)
      break
  }
}
