// thread: main
// How many clients there may be: as many as is wished, or as there are files for.
import type { Settings } from '../contract/settings.js'
import { clientsWithin, openFilesLimit } from '../front/open-files.js'
import type { Log } from '../log/log.js'

/** CHAOS_MAX_CLIENTS, or fewer where the limit of open files has no room for them. */
export function clientsWithRoom({ maxClients, workers }: Settings, log: Log): number {
  const openFiles = openFilesLimit()
  const room = openFiles === undefined ? maxClients : clientsWithin(openFiles, workers)
  if (room >= maxClients) return maxClients
  log.warn(
    { openFiles, clients: room },
    'the limit of open files has room for fewer clients than CHAOS_MAX_CLIENTS: further ones are turned away; raise it (ulimit -n, LimitNOFILE)',
  )
  return room
}
