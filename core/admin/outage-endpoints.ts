// thread: main
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { outageListPage, outagePage } from './outage-pages.js'
import { pageOrJson } from './page.js'
import { problem } from './reply.js'

/** What ghosts said in an outage, and what the truth was: as JSON, and as a page where a browser asks. */
export function outageEndpoints({ outages }: AdminSources): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/outages',
      handle: ({ accept }) => {
        const list = outages.list()
        return pageOrJson(accept, () => outageListPage(list), { outages: list })
      },
    },
    {
      method: 'GET',
      path: '/api/outages/{id}',
      handle: ({ id, accept }) => {
        const report = outages.report(id)
        return report === undefined
          ? problem(
              404,
              'no such outage',
              `no outage has the id «${id.slice(0, 100)}»; GET /api/outages lists them`,
              'id',
            )
          : pageOrJson(accept, () => outagePage(report), report)
      },
    },
  ]
}
