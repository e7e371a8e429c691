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
        const feedback = feedbackIn(body)
        if (feedback === undefined)
          return problem(
            400,
            'no feedback',
            `the body must be {"feedback": ${feedbacks.map(f => `"${f}"`).join(' or ')}}`,
            'feedback',
          )
        const report = anomalies.feedback(id, feedback)
        return report === undefined ? unknown(id) : jsonReply(report)
      },
    },
  ]
}

function feedbackIn(body: string): Feedback | undefined {
  try {
    const said = JSON.parse(body) as { feedback?: unknown } | null
    return feedbacks.find(feedback => feedback === said?.feedback)
  } catch {
    return undefined
  }
}
