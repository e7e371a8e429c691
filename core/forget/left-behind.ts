// thread: main
// What lies in the data folder and belongs to no part that runs: memories that were set aside, and the audit log.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ForgottenIn } from '../contract/forgetting.js'
import type { ForgetPlace } from './forgetter.js'

const aside = /^(memory\.(old-\d+|importing)|.*\.partial-\d+)$/

/** They are named and not searched: whoever keeps them decides. */
export function setAsidePlace(dataDir: string): ForgetPlace {
  return {
    store: 'what was set aside',
    forget: async () =>
      readdirSync(dataDir)
        .filter(name => aside.test(name))
        .map(name => ({
          ...{ store: name, found: 0, erased: 0, remaining: 0, what: '' },
          problem: `it was set aside and is not searched: if nobody needs it any more, rm -r ${join(dataDir, name)}, and ask once more`,
        })),
  }
}

/** The history is switched off: what it kept before is still there. */
export function historyOff(folder: string): ForgottenIn[] {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const problem =
    files.length === 0
      ? ''
      : `the history is off, and what it kept before was not searched: rm -r ${folder}, or start with CHAOS_HISTORY=on, and ask once more`
  return [{ store: 'history', found: 0, erased: 0, remaining: 0, what: '', problem }]
}

/** Nothing is taken out of it: it is to say who did what. */
export function auditPlace(file: string): ForgetPlace {
  const store = basename(file)
  return {
    store,
    forget: async matcher => {
      const lines = [file, `${file}.1`]
        .filter(path => existsSync(path))
        .flatMap(path => readFileSync(path, 'utf8').split('\n'))
        .filter(line => line !== '' && matcher.text(line)).length
      const problem =
        lines === 0
          ? ''
          : `${lines} of its lines name it, and it is never changed: remove these lines from ${file} by hand`
      return [{ store, found: lines, erased: 0, remaining: lines, what: '', problem }]
    },
  }
}
