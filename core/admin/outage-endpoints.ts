// thread: main
import type { AdminSources } from '../contract/status.js'
import { weightedList } from '../contract/weighted-list.js'
import type { Endpoint } from './endpoint.js'
import { outageListPage, outagePage, pagePolicy } from './outage-pages.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

/** What ghosts said in an outage, and what the truth was: as JSON, and as a page where a browser asks. */
export function outageEndpoints({ outages }: AdminSources): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/outages',
      handle: ({ accept }) => {
        const list = outages.list()
        return asked(accept, () => outageListPage(list), { outages: list })
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
          : asked(accept, () => outagePage(report), report)
      },
    },
  ]
}

function asked(accept: string, page: () => string, value: object): AdminReply {
  if (!prefersHtml(accept)) return { ...jsonReply(value), headers: { vary: 'accept' } }
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: page(),
    headers: {
      vary: 'accept',
      'content-security-policy': pagePolicy,
      'referrer-policy': 'no-referrer',
    },
  }
}

/** RFC 9110 §12.5.1, as far as it is needed: HTML is named, and JSON is not preferred to it. */
function prefersHtml(accept: string): boolean {
  const ranges = weightedList(accept)
  const quality = (type: string): number => ranges.find(({ name }) => name === type)?.q || 0
  const html = quality('text/html')
  return html > 0 && html >= quality('application/json')
}
