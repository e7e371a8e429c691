// thread: main
// What the proxy itself asks by its own port, as a client would: what is missing for good ghosts, what ghosts answered in an
// outage, and what a person wants to see.
import type { Brain } from '../../brain/pool.js'
import type { Settings } from '../contract/settings.js'
import type { Drills } from '../drills/drills.js'
import type { Board } from '../health/board.js'
import type { CircuitWatch } from '../health/watch.js'
import type { Log } from '../log/log.js'
import { AskAgain } from '../outages/ask-again.js'
import { heldAgainst } from '../outages/held-against.js'
import type { Outages } from '../outages/outages.js'
import type { Redactor } from '../record/redact.js'
import { parseUpstream } from '../upstream/address.js'
import { version } from '../version.js'
import { type OwnAnswer, type OwnQuestion, openOwnPort } from '../warmup/own-port.js'
import { WarmUp, type WarmUpStatus } from '../warmup/warm-up.js'
import type { Lessons } from './lessons.js'
import type { Rounds } from './rounds.js'

/** Longest answer that is held against what a ghost said. */
const MAX_TRUTH_BYTES = 1 << 20

export interface OwnQuestionsParts {
  readonly settings: Settings
  /** Where clients are listened to. */
  readonly port: number
  readonly tls: boolean
  readonly brain: Pick<Brain, 'warmTargets'>
  readonly board: Board
  readonly watch: CircuitWatch
  readonly drills: Drills
  readonly outages: Outages
  readonly lessons: Lessons
  readonly redactor: Redactor
  readonly rounds: Rounds
  readonly log: Log
}

export interface OwnQuestions {
  /** Undefined: no answer, or one that is too long. */
  ask(question: OwnQuestion): Promise<OwnAnswer | undefined>
  /** Undefined: it is off. */
  warmUp(): WarmUpStatus | undefined
  close(): void
}

/** Begins to ask, where the settings want it. */
export function openOwnQuestions(parts: OwnQuestionsParts): OwnQuestions {
  const { settings, port, tls, brain, board, watch, drills, outages, lessons, redactor, rounds, log } = parts
  const perSecond = settings.warmupPerSecond
  const ownPort = openOwnPort({
    host: settings.host,
    port,
    tls,
    authority: parseUpstream(settings.upstreams[0]!).authority,
    userAgent: `chaos-proxy-warmup/${version}`,
    timeoutMs: settings.connectTimeoutMs + settings.responseTimeoutMs,
  })
  const ask = (question: OwnQuestion): Promise<OwnAnswer | undefined> => ownPort.ask(question, MAX_TRUTH_BYTES)
  const warmUp = new WarmUp({
    offer: limit => brain.warmTargets(limit),
    fetch: target => ownPort.get(target),
    mayAsk: () => board.circuit === 'closed' && board.mode !== 'forced' && drills.running.length === 0,
    perSecond,
    log,
  })
  if (settings.warmup) rounds.every(1000 / perSecond, () => void warmUp.tick())
  const askAgain = new AskAgain({
    outages,
    ask,
    // While it recovers step by step the upstream is for clients.
    mayAsk: () => board.circuit === 'closed' && board.mode !== 'forced' && watch.status().sharePercent === 100,
    heldAgainst: ({ method, route }, given, truth) => {
      const learned = lessons.lesson.routes.find(one => `${one.method} ${one.pattern}` === route)
      return heldAgainst(method, given, truth, body => redactor.body(body).body, learned?.volatile)
    },
    perSecond,
    log,
  })
  if (settings.outageSample > 0) rounds.every(1000 / perSecond, () => void askAgain.tick())
  return {
    ask,
    warmUp: () => (settings.warmup ? warmUp.status() : undefined),
    close: () => ownPort.close(),
  }
}
