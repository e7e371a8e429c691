// thread: main of a process that is no proxy
import type { Refusal } from '../../contract/ghost.js'

/** Why a ghost stays silent, for people. */
export const refusalWords: Readonly<Record<Refusal, string>> = {
  'mode-off': 'ghosts are off here (CHAOS_GHOST, CHAOS_ROUTES_FILE, or a switch)',
  'unsafe-method': 'it is a write, and writes are never answered by a ghost',
  'request-no-store': 'the request says no-store',
  'not-learned': 'nothing like it was ever answered',
  gone: 'a write made what was known of it untrue',
  stale: 'a write changed what it shows',
  'too-old': 'what is known is older than CHAOS_GHOST_MAX_AGE_S',
  'freshness-rules': 'the caching rules of the answer forbid it (CHAOS_GHOST_HONOUR)',
  'low-confidence': 'it is known, and not surely enough',
  'no-template': 'the answers of its route have too little in common',
  'no-candidate': 'nothing near to it was answered',
  'not-derivable': 'it does not follow from what is known',
  'brain-late': 'the learner did not answer in time',
  'brain-busy': 'more was asked of the learner than it can answer, by its route or for paths of no route',
  'brain-down': 'the learner failed and is started again',
  'tier-failed': 'a bug of the proxy; its log says more',
  'maybe-done': 'the upstream may have taken the write',
  'body-not-kept': 'the body of the write was not kept',
  'journal-full': 'the journal is full',
  'journal-failed': 'the disk did not take it',
  'own-write-unclear': 'what comes of a write of this client that waits is not known',
  'not-shared': 'what is known of it others were answered, and sharing is «own» here (CHAOS_ROUTES_FILE, or a switch)',
}
