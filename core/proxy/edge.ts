// thread: edge
// What one edge thread owns and the request path works with. Put together in core/edge.worker.ts.

import type { Clock } from '../clock/clock.js'
import type { TurnClock } from '../clock/turn-clock.js'
import type { CreationForm } from '../contract/creation-form.js'
import type { RouteMatcher } from '../contract/route-match.js'
import type { RoutePolicies } from '../contract/route-policy.js'
import type { Settings } from '../contract/settings.js'
import type { EdgeDrills } from '../drills/edge-drills.js'
import type { GhostRules, GhostSources, GhostTier } from '../ghost/tier.js'
import type { Board } from '../health/board.js'
import type { Gate } from '../health/gate.js'
import type { Log } from '../log/log.js'
import type { GivenAnswers } from '../outages/given-answers.js'
import type { AccessLog } from '../record/access-log.js'
import type { Capture } from '../record/capture.js'
import type { ExchangeFacts } from '../record/exchange-facts.js'
import type { Tail } from '../record/tail.js'
import type { PhaseTimes } from '../timing/phase-times.js'
import type { RouteSlots } from '../timing/route-slots.js'
import type { Tracer } from '../tracing/tracer.js'
import type { UpstreamClient } from '../upstream/client.js'
import type { AcceptLimits } from './accept.js'
import type { Forwarding } from './forwarding.js'
import type { Hedges } from './hedge.js'
import type { JournalDoor } from './journal-door.js'
import type { Tunnels } from './tunnels.js'

/** How much of an exchange may be kept. */
export interface EdgeBounds {
  readonly holdBytes: number
  readonly captureMaxBodyBytes: number
  /** New requests are refused: memory is nearly used up. */
  readonly sheds: boolean
}

export interface Edge {
  readonly id: number
  readonly settings: Settings
  readonly board: Board
  readonly gate: Gate
  readonly client: UpstreamClient
  /** Undefined: off, or memory is tight. */
  capture: Capture | undefined
  /** Names a request even where capturing is off. */
  readonly identities: Pick<Capture, 'identify'>
  readonly tiers: readonly GhostTier[]
  readonly ghostSources: GhostSources
  readonly ghostRules: GhostRules
  /** What ghosts answered because the upstream fails. */
  readonly given: GivenAnswers
  readonly limits: AcceptLimits
  readonly hedges: Hedges
  /** Undefined: all routes are treated alike. Replaced with each change of the rules of routes. */
  policies: RoutePolicies | undefined
  /** Replaced with the list of upstreams. */
  forwarding: Forwarding
  /** The request field that chooses among upstreams, with CHAOS_BALANCE=hash:… */
  readonly balanceField: string | undefined
  /** Undefined: writes are refused, and none waits from before. */
  readonly journal: JournalDoor | undefined
  /** Undefined: no drill runs. */
  drills: Pick<EdgeDrills, 'of'> | undefined
  readonly tunnels: Tunnels
  readonly clock: Clock
  /** What `clock` is read from: turned with each request and each read from an upstream. */
  readonly turn: TurnClock
  readonly log: Log
  /** Undefined: off. */
  readonly accessLog: AccessLog | undefined
  /** Undefined: nobody watches. */
  tail: Tail | undefined
  readonly phases: PhaseTimes
  /** Undefined: there is no history. */
  readonly facts: ExchangeFacts | undefined
  /** Undefined: no traces are made, and contexts go through as they came. */
  readonly tracer: Tracer | undefined
  readonly routeSlots: RouteSlots
  /** Replaced when memory gets tight, and when it is no more. */
  bounds: EdgeBounds
  /** Replaced with every lesson. */
  routes: RouteMatcher
  /** How things are made, by `creationPlace`; replaced with every lesson. */
  creations: ReadonlyMap<string, CreationForm>
  /** Connections are asked to close after their answer. */
  draining: boolean
  active: number
  /** Called when the last active request has ended while draining. */
  onIdle: () => void
  /** The first fault after a while: main looks at the circuit. */
  faultSeen(): void
}
