// thread: main
import { type Feedback, feedbacks } from '../contract/anomalies.js'
import type { AdminSources } from '../contract/status.js'
import type { Endpoint } from './endpoint.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

/** What is strange, and what a person says of it. */
export function anomalyEndpoints({ anomalies }: AdminSources): Endpoint[] {
  const off = problem(503, 'no anomalies', 'nobody looks for them; set CHAOS_ANOMALIES=on')
  const unknown = (id: string): AdminReply =>
    problem(404, 'no such anomaly', `no anomaly has the id «${id.slice(0, 100)}»; GET /api/anomalies lists them`, 'id')
  return [
    {
      method: 'GET',
      path: '/api/anomalies',
      handle: () => (anomalies === undefined ? off : jsonReply(anomalies.list())),
    },
    {
      method: 'GET',
      path: '/api/anomalies/{id}',
      handle: ({ id }) => {
        if (anomalies === undefined) return off
        const report = anomalies.report(id)
        return report === undefined ? unknown(id) : jsonReply(report)
      },
    },
    {
      method: 'POST',
      path: '/api/anomalies/{id}',
      handle: ({ id, body }) => {
        if (anomalies === undefined) return off
        if (anomalies.report(id) === undefined) return unknown(id)
        const feedback = feedbackIn(body)
        if (typeof feedback !== 'string')
          return problem(
            400,
            'no feedback',
            `the body must be {"feedback": ${feedbacks.map(f => `"${f}"`).join(' or ')}}, and nothing else`,
            feedback.field,
          )
        const report = anomalies.feedback(id, feedback)
        return report === undefined ? unknown(id) : jsonReply(report)
      },
    },
  ]
}

/** `field`: the member that is wrong, the first one that is not known before all. */
function feedbackIn(body: string): Feedback | { readonly field: string } {
  let said: unknown
  try {
    said = JSON.parse(body)
  } catch {
    return { field: 'body' }
  }
  if (typeof said !== 'object' || said === null) return { field: 'body' }
  const unknown = Object.keys(said).find(name => name !== 'feedback')
  if (unknown !== undefined) return { field: unknown.slice(0, 100) }
  const { feedback } = said as { feedback?: unknown }
  return feedbacks.find(one => one === feedback) ?? { field: 'feedback' }
}
