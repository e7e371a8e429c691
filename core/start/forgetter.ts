// thread: main
// Everything that may hold what is to be forgotten, in the order in which it is searched.
import type { Brain } from '../../brain/pool.js'
import type { Anomalies } from '../anomalies/anomalies.js'
import { steadyClock, systemClock } from '../clock/clock.js'
import type { Settings } from '../contract/settings.js'
import type { DataDir } from '../data/data-dir.js'
import { countedPlace, type ForgetPlace, Forgetter } from '../forget/forgetter.js'
import { journalPlace } from '../forget/journal-place.js'
import { auditPlace, historyOff, setAsidePlace } from '../forget/left-behind.js'
import type { OpenJournal } from '../journal/open-journal.js'
import type { Log } from '../log/log.js'
import type { Outages } from '../outages/outages.js'
import type { Replays } from '../replay/replays.js'
import type { KeptHistory } from './history.js'
import type { OtherInstances } from './other-instances.js'

export interface ForgetterOf {
  readonly settings: Settings
  readonly dataDir: DataDir
  readonly brain: Brain
  readonly others: OtherInstances
  readonly history: KeptHistory
  readonly journal: OpenJournal | undefined
  readonly outages: Outages
  readonly anomalies: Anomalies | undefined
  readonly trafficReplays: Replays
  readonly log: Log
}

/** To look through all of the history. */
const FORGET_MS = 15 * 60_000

export function openForgetter(parts: ForgetterOf): Forgetter {
  const { dataDir, brain, others, journal, outages, anomalies, trafficReplays, log } = parts
  const forgetter = new Forgetter({
    memory: (forgetting, dryRun) => brain.forget(forgetting, dryRun),
    shared: (forgetting, textKeys, dryRun) => others.door?.forget(forgetting, textKeys, dryRun),
    places: [
      historyPlace(parts),
      journalPlace(() => journal?.journal),
      countedPlace('outages', (matcher, dryRun) => outages.forget(matcher, dryRun)),
      countedPlace('anomalies', (matcher, dryRun) => anomalies?.forget(matcher, dryRun) ?? 0),
      countedPlace('replays', (matcher, dryRun) => trafficReplays.forget(matcher, dryRun)),
      auditPlace(dataDir.audit),
      setAsidePlace(dataDir.path),
    ],
    now: () => systemClock.now(),
    log,
  })
  others.forgetBy(forgetter)
  return forgetter
}

function historyPlace({ settings, dataDir, history }: ForgetterOf): ForgetPlace {
  return {
    store: 'history',
    forget: async ({ forgetting }, { dryRun }) => {
      const answerBy = steadyClock.now() + FORGET_MS
      const reply = await history.now?.ask({ kind: 'forget', forgetting, dryRun }, answerBy)
      if (reply?.kind === 'forgot') return reply.stores
      if (reply === undefined && !settings.history) return historyOff(dataDir.history)
      const because = reply?.kind === 'unanswered' ? reply.because : 'it starts'
      throw new Error(`the history does not answer (${because}): ask once more`)
    },
  }
}
