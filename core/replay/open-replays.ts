// thread: main
// Puts replays together from the settings and what the process has.
import { randomBytes, randomInt } from 'node:crypto'
import { steadyClock, systemClock } from '../clock/clock.js'
import type { HistoryQuery, HistoryReply } from '../contract/history.js'
import type { Lesson } from '../contract/lesson.js'
import type { Settings } from '../contract/settings.js'
import type { Log } from '../log/log.js'
import type { UpstreamTls } from '../upstream/client.js'
import { Replays } from './replays.js'

export interface OpenReplays {
  /** Undefined: it is not open just now. `answerBy`: of the steady clock. */
  readonly ask: (query: HistoryQuery, answerBy: number) => Promise<HistoryReply> | undefined
  readonly lesson: () => Lesson
  readonly ownPorts: () => readonly number[]
  readonly installation: string
  readonly version: string
  readonly scopeKey: () => Buffer
  readonly tls: UpstreamTls | undefined
  readonly log: Log
}

/** A page with bodies out of a large history. */
const PAGE_MS = 60_000
const closed = { kind: 'unanswered', because: 'the history is not open just now; try again' } as const

export function openReplays(settings: Settings, parts: OpenReplays): Replays {
  const { ask, lesson, ownPorts, installation, version, scopeKey, tls, log } = parts
  const { redact, connectTimeoutMs, idleTimeoutMs, maxHeaderBytes } = settings
  return new Replays({
    ...{ redact, connectTimeoutMs, idleTimeoutMs, maxHeaderBytes, ownPorts, version, scopeKey, tls, log },
    allowed: settings.replayTargets,
    ask: settings.history ? async query => (await ask(query, steadyClock.now() + PAGE_MS)) ?? closed : undefined,
    lesson: () => {
      const { routes, creations = [] } = lesson()
      return { routes: routes.map(route => ({ ...route, volatile: route.volatile })), creations }
    },
    viaName: `chaos-proxy-${installation}`,
    clock: systemClock,
    newId: () => randomBytes(4).toString('hex'),
    newSeed: () => randomInt(2 ** 32),
  })
}
