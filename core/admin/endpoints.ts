// thread: main
// All that the admin port answers, in the order in which the documents list it.
import type { AdminSources } from '../contract/status.js'
import type { Access } from './access.js'
import { anomalyEndpoints } from './anomaly-endpoints.js'
import { drillEndpoints } from './drill-endpoints.js'
import type { Endpoint } from './endpoint.js'
import { forgetEndpoints } from './forget-endpoints.js'
import { healthEndpoints } from './health-endpoints.js'
import { historyEndpoints } from './history-endpoints.js'
import { journalEndpoints } from './journal-endpoints.js'
import { matchEndpoints } from './match-endpoints.js'
import { openApiOf } from './openapi.js'
import { outageEndpoints } from './outage-endpoints.js'
import { recordedEndpoints } from './recorded-endpoints.js'
import { replayEndpoints } from './replay-endpoints.js'
import { jsonReply } from './reply.js'
import { sessionEndpoints } from './session-endpoints.js'
import { settingsEndpoints } from './settings-endpoints.js'
import { statusEndpoints } from './status-endpoints.js'
import { switchEndpoints } from './switch-endpoints.js'
import { upstreamEndpoints } from './upstream-endpoints.js'
import { whatIfEndpoints } from './whatif-endpoints.js'

export function adminEndpoints(sources: AdminSources, access: Access): Endpoint[] {
  const endpoints: Endpoint[] = [
    ...healthEndpoints(sources),
    ...statusEndpoints(sources),
    ...upstreamEndpoints(sources),
    ...switchEndpoints(sources),
    ...matchEndpoints(sources),
    ...journalEndpoints(sources),
    ...forgetEndpoints(sources),
    ...outageEndpoints(sources),
    ...historyEndpoints(sources),
    ...whatIfEndpoints(sources),
    ...recordedEndpoints(sources),
    ...anomalyEndpoints(sources),
    ...drillEndpoints(sources),
    ...replayEndpoints(sources),
    ...settingsEndpoints(sources),
    ...sessionEndpoints(access),
    { method: 'GET', path: '/openapi.json', handle: () => jsonReply(openApiOf(endpoints, sources.live.version)) },
  ]
  return endpoints
}
