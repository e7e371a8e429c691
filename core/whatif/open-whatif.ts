// thread: main
import { join } from 'node:path'
import type { HistoryQuery, HistoryReply } from '../contract/history.js'
import type { RouteRules } from '../contract/route-policy.js'
import type { Settings } from '../contract/settings.js'
import { WhatIf } from './whatif.js'

/**
 * Undefined: there is no history to learn from. `routeRules`: those in force. `askHistory`: undefined where it is not open just now.
 * `isSealed`: what is learned meanwhile is encrypted on the disk.
 */
export function openWhatIf(
  settings: Settings,
  routeRules: () => RouteRules,
  dataDir: { readonly path: string; readonly installation: string },
  askHistory: (query: HistoryQuery) => Promise<HistoryReply> | undefined,
  isSealed: boolean,
): WhatIf | undefined {
  if (!settings.history) return undefined
  const closed: HistoryReply = { kind: 'unanswered', because: 'it is not open just now; try again' }
  return new WhatIf({
    data: {
      // Where instances share what they learn, each one's ghosts know what all saw.
      instance: settings.redisUrl === '' ? dataDir.installation : undefined,
      rules: {
        minConfidence: settings.ghostMinConfidence,
        maxAgeS: settings.ghostMaxAgeS,
        honour: settings.ghostHonour,
      },
      writes: settings.ghostWrites,
      isSealed,
      softFailures: settings.softFailures !== 'off',
    },
    routeRules,
    folder: join(dataDir.path, 'whatif'),
    askHistory: async query => (await askHistory(query)) ?? closed,
  })
}
