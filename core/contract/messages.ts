// thread: any
// All messages between threads: discriminated unions of plain data.
import type { DrillNews, RunningDrill } from './drills.js'
import type { ComposeExplanation } from './explanation.js'
import type { FactBatch } from './facts.js'
import type { Candidate, Mode, Refusal } from './ghost.js'
import type { JournalEntryStatus, JournalReply, JournalWrite, ReplayOutcome, ReplayWrite } from './journal.js'
import type { Lesson, TierGrade } from './lesson.js'
import type { TailBatch } from './live.js'
import type { GivenBatch } from './outages.js'
import type { OwnWritesNews } from './own-write.js'
import type { PhaseCounts } from './phases.js'
import type { RouteRules } from './route-policy.js'
import type { SpanBatch } from './spans.js'
import type { MemoryPressureState } from './status.js'
import type { UpstreamList, UpstreamReport } from './upstreams.js'

/** What the brain needs to know of a request to look for a semantic match. Nothing in it is secret. */
export interface MatchQuestion {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly scope: string
  readonly routeId: string
}

/** Why the brain found nothing, or what it found. Candidates are ordered, nearest first. */
export type MatchReply =
  | {
      readonly kind: 'match'
      readonly key: string
      readonly similarity: number
      readonly grade: TierGrade
      readonly candidates: readonly Candidate[]
    }
  | {
      readonly kind: 'none'
      readonly because: 'no-candidate' | 'brain-late' | 'brain-busy' | 'brain-down'
      readonly candidates: readonly Candidate[]
    }

/** What the brain needs to know of a request to put an answer together from its model of the API. Nothing in it is secret. */
export interface ComposeQuestion {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly scope: string
  /** '' where the request has no body that was kept whole. */
  readonly body: string
  readonly contentType: string
  /** The thing that is asked for was deleted, though the API has not heard of it yet: what is said of such? */
  readonly gone?: boolean
  /** A person asks why. */
  readonly explain?: boolean
}

export type ComposeReply =
  | {
      readonly kind: 'answer'
      readonly tier: 'entity' | 'query'
      readonly status: number
      /** Flat, lower-case names. */
      readonly headers: readonly string[]
      readonly body: Uint8Array
      readonly grade: TierGrade
      readonly capturedAt: number
      /** How it was found: rules and evidence, for people who ask why. */
      readonly because: string
      readonly explained?: ComposeExplanation
    }
  | {
      readonly kind: 'none'
      readonly refused: Refusal
      readonly because: string
      readonly explained?: ComposeExplanation
    }

/** What is told of an entry of the journal, where there is one, and main says so in time. */
export type JournalLook = JournalEntryStatus | 'unknown' | 'late'

/** Key of an exemplar, and how often its very answer came again without being shipped. */
export type RepeatCounts = readonly (readonly [string, number])[]

/** Reads of which nothing was shipped: a part of the demand all the same. */
export interface UnshippedDemand {
  readonly repeats: RepeatCounts
  /** Reads whose answers may not be kept (`no-store`, `Vary: *`). Nothing of them is known but that they came. */
  readonly unstorable: number
}

export type EdgeToMain =
  /** `descriptor`: where main hands sockets over (uws: addChildAppDescriptor), or the port where the edge accepts itself. */
  | { readonly kind: 'ready'; readonly edge: number; readonly descriptor: unknown }
  /** Connections go there from now on, not where `ready` said. */
  | { readonly kind: 'descriptor'; readonly edge: number; readonly descriptor: unknown }
  /** Moved, not copied: see exchange-wire.ts. */
  | { readonly kind: 'exchanges'; readonly bytes: ArrayBuffer; readonly count: number }
  /** Since the last such message. */
  | { readonly kind: 'unshipped'; readonly demand: UnshippedDemand }
  /** `answerBy` is of the steady clock; late replies are dropped. */
  | { readonly kind: 'match-ask'; readonly askId: number; readonly question: MatchQuestion; readonly answerBy: number }
  /** `answerBy` is of the steady clock; late replies are dropped. */
  | {
      readonly kind: 'compose-ask'
      readonly askId: number
      readonly question: ComposeQuestion
      readonly answerBy: number
    }
  /** A write that the upstream could not take; only in an outage, and while an earlier one waits. */
  | {
      readonly kind: 'journal-append'
      readonly askId: number
      readonly write: JournalWrite
      /** Of the steady clock; what is on the disk only then is given up. */
      readonly answerBy: number
    }
  /** The reply came too late: the client was told that it is not taken. */
  | { readonly kind: 'journal-withdraw'; readonly id: string }
  /** A client asks what became of its write. */
  | { readonly kind: 'journal-look'; readonly askId: number; readonly id: string }
  /** How the replay of a write went. */
  | { readonly kind: 'replay-reply'; readonly askId: number; readonly outcome: ReplayOutcome }
  /** The first sign of an upstream fault: main looks at the circuit at once instead of at its next tick. */
  | { readonly kind: 'fault-seen' }
  /** What ghosts answered because the upstream fails, since the last such message; only in an outage. */
  | { readonly kind: 'given'; readonly batch: GivenBatch }
  /** Times since the last such message. */
  | { readonly kind: 'phase-times'; readonly times: PhaseCounts }
  /** What ended since the last such message; its buffer is moved. */
  | { readonly kind: 'facts'; readonly batch: FactBatch }
  /** Spans that ended since the last such message; its buffer is moved. */
  | { readonly kind: 'spans'; readonly batch: SpanBatch }
  /** Four times a second, and at once when the list of upstreams was replaced. */
  | { readonly kind: 'upstream-report'; readonly report: UpstreamReport }
  /** The rules of routes that the edge goes by: when it starts, and with each change. */
  | { readonly kind: 'rules-followed'; readonly version: number }
  /** Four times a second, while there is any. */
  | { readonly kind: 'drill-news'; readonly news: DrillNews }
  /** Four times a second, while somebody watches. */
  | { readonly kind: 'tail'; readonly batch: TailBatch }
  | { readonly kind: 'crashed'; readonly edge: number; readonly error: string }
  | { readonly kind: 'drained'; readonly edge: number }

export type MainToEdge =
  /** `circuits`: one for each of its routes, see RouteCircuits. */
  | { readonly kind: 'lesson'; readonly lesson: Lesson; readonly circuits: readonly number[] }
  | { readonly kind: 'match-reply'; readonly askId: number; readonly reply: MatchReply }
  | { readonly kind: 'compose-reply'; readonly askId: number; readonly reply: ComposeReply }
  | { readonly kind: 'journal-reply'; readonly askId: number; readonly reply: JournalReply }
  | { readonly kind: 'journal-look-reply'; readonly askId: number; readonly reply: JournalLook }
  /** What clients have pending; before any of them is told that its write was taken. */
  | { readonly kind: 'own-writes'; readonly news: OwnWritesNews }
  /** A write out of the journal is to be sent. */
  | { readonly kind: 'replay-ask'; readonly askId: number; readonly write: ReplayWrite }
  /** The list was replaced, or the health of one of them changed. */
  | { readonly kind: 'upstreams'; readonly list: UpstreamList }
  /** They hold for requests that come from now on. */
  | { readonly kind: 'route-rules'; readonly rules: RouteRules }
  /** All that run. They end by their own clock as well. */
  | { readonly kind: 'drills'; readonly running: readonly RunningDrill[] }
  /** Somebody watches requests as they end, or nobody does any more. */
  | { readonly kind: 'tail'; readonly wanted: boolean }
  | { readonly kind: 'mode'; readonly mode: Mode }
  | { readonly kind: 'memory-pressure'; readonly state: MemoryPressureState }
  /** Memory is tight. */
  | { readonly kind: 'collect-garbage' }
  /** Clients that connect from now on are shown this: PEM, and where it was read. */
  | {
      readonly kind: 'certificate'
      readonly cert: string
      readonly key: string
      readonly certFile: string
      readonly keyFile: string
    }
  /** Credentials are hashed under another key from now on: that of all instances. */
  | { readonly kind: 'scope-key'; readonly key: Uint8Array }
  /** What ghosts answer from now on belongs to another outage. */
  | { readonly kind: 'outage-over' }
  /**
   * Finish what is in flight, then say `drained`. Connections between two requests are ended at once where `leaveIdleMs` is 0;
   * else each may ask once more, is told that it is the last time, and is waited for no longer than this.
   */
  | { readonly kind: 'drain'; readonly leaveIdleMs: number }
  /** Close every connection and end the thread. */
  | { readonly kind: 'end' }
