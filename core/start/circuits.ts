// thread: main
// The circuits by the settings: who watches them, and what other instances say of theirs.
import { steadyClock, systemClock } from '../clock/clock.js'
import type { Settings } from '../contract/settings.js'
import type { Board } from '../health/board.js'
import type { CircuitRules } from '../health/circuit.js'
import { CircuitHints } from '../health/circuit-hints.js'
import { CircuitWatch } from '../health/watch.js'
import type { Log } from '../log/log.js'

export interface CircuitsParts {
  readonly settings: Settings
  readonly board: Board
  /** Names the upstreams in force, for other instances. */
  readonly upstreamsName: () => string
  readonly log: Log
}

export function openCircuits({ settings, board, upstreamsName, log }: CircuitsParts): {
  readonly watch: CircuitWatch
  readonly hints: CircuitHints
} {
  const watch = new CircuitWatch({
    board,
    rules: circuitRules(settings),
    windowMs: settings.breakerWindowMs,
    clock: steadyClock,
    timeOfDay: systemClock,
    random: Math.random,
    openElsewhere: () => hints.open(),
    log,
  })
  const hints = new CircuitHints({
    clock: steadyClock,
    upstreams: upstreamsName,
    onRecovery: () => watch.signOfLife(),
  })
  return { watch, hints }
}

function circuitRules(settings: Settings): CircuitRules {
  return {
    errorPercent: settings.breakerErrorPercent,
    minRequests: settings.breakerMinRequests,
    failuresInARow: settings.breakerFailures,
    slowPercent: settings.breakerSlowPercent,
    openMs: settings.breakerOpenMs,
    maxOpenMs: settings.breakerMaxOpenMs,
    probes: settings.breakerProbes,
    // The edges give up before; this is for what they do not see.
    probeDeadlineMs: settings.connectTimeoutMs + settings.responseTimeoutMs + 1000,
    rampMs: settings.breakerRampMs,
    stableMs: settings.breakerWindowMs,
  }
}
