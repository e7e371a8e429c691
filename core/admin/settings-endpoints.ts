// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { jsonReply } from './reply.js'

export function settingsEndpoints(sources: AdminSources): Endpoint[] {
  return [{ method: 'GET', path: '/api/settings', handle: () => jsonReply(sources.settings()) }]
}
