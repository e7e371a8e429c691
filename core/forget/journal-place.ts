// thread: main
// Writes in the journal. One that was acknowledged and not sent yet is a promise: it goes only where that is asked for by name.
import type { ForgetMatcher } from '../contract/forgetting.js'
import type { ForgetHow, ForgetPlace } from './forgetter.js'

/** As core/journal/journal.ts. */
export interface ForgettingJournal {
  forget(
    matcher: ForgetMatcher,
    how: ForgetHow,
  ): Promise<{
    readonly ended: number
    readonly parked: number
    readonly waiting: number
    readonly erased: number
    readonly remaining: number
  }>
}

export function journalPlace(journal: () => ForgettingJournal | undefined): ForgetPlace {
  const store = 'journal'
  return {
    store,
    forget: async (matcher, how) => {
      const found = await journal()?.forget(matcher, how)
      if (found === undefined) return [{ store, found: 0, erased: 0, remaining: 0, what: '', problem: '' }]
      const { ended, parked, waiting, erased, remaining } = found
      const count = ended + parked + waiting
      const what = count === 0 ? '' : `${ended} that ended, ${parked} parked, ${waiting} that wait to be sent`
      const problem =
        waiting === 0 || (how.pending && remaining === 0)
          ? ''
          : how.pending && !how.dryRun
            ? 'a write is being sent just now: ask once more'
            : `${waiting} acknowledged writes wait to be sent and are kept: let them be sent and ask once more, or give them up with --pending`
      return [{ store, found: count, erased, remaining, what, problem }]
    },
  }
}
