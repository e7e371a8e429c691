// thread: main
// The admin port by the settings; inherited where another process was there before.
import { openAudit } from '../admin/audit.js'
import { type AdminServer, openAdmin } from '../admin/server.js'
import { systemClock } from '../clock/clock.js'
import type { Settings } from '../contract/settings.js'
import type { AdminSources } from '../contract/status.js'
import type { Predecessor } from '../handover/predecessor.js'
import type { Log } from '../log/log.js'

export interface AdminPortParts {
  readonly settings: Settings
  readonly auditFile: string
  readonly predecessor: Predecessor | undefined
  readonly sources: AdminSources
  readonly log: Log
}

/** As `openAdmin`. */
export function openAdminPort({
  settings,
  auditFile,
  predecessor,
  sources,
  log,
}: AdminPortParts): Promise<AdminServer> {
  return openAdmin({
    host: settings.adminHost,
    port: settings.adminPort,
    inheritedFd: predecessor?.inheritance.adminFd,
    names: settings.adminNames,
    token: settings.adminToken,
    viewToken: settings.adminViewToken,
    audit: openAudit(auditFile, log, () => systemClock.now()),
    log,
    sources,
  })
}
