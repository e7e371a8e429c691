// thread: main
// What a webhook is told of an anomaly: a message as Slack takes it (and Mattermost, Rocket.Chat, Discord at /slack), with the same
// for machines in its metadata.
import type { AnomalyReport, Severity } from '../contract/anomalies.js'

const colours: Readonly<Record<Severity, string>> = { low: '#8a8f98', medium: '#d99a1c', high: '#c8352b' }
const MAX_TEXT = 2000

export function alertMessage(report: AnomalyReport): object {
  const { id, kind, subject, detail, severity, says, firstSeen, lastSeen, count, occurrences, example, falseAlarms } =
    report
  const title = `${severity}: ${kind} – ${subject}${detail === '' ? '' : ` (${detail})`}`
  const field = (name: string, value: string): object => ({
    title: name,
    value: escaped(value),
    short: value.length < 40,
  })
  return {
    text: escaped(`${title}: ${says}`),
    attachments: [
      {
        fallback: escaped(`${title}: ${says}`),
        color: colours[severity],
        title: escaped(title),
        text: escaped(says),
        fields: [
          field('First seen', firstSeen),
          field('Requests', String(count)),
          field('Times that it began', String(occurrences)),
          ...(example === null ? [] : [field('Example', `${example.method} ${example.target} → ${example.status}`)]),
          field('False alarms', falseAlarms),
          field('Id', id),
        ],
        ts: Math.floor(Date.parse(lastSeen) / 1000),
      },
    ],
    metadata: {
      event_type: 'chaos_proxy_anomaly',
      event_payload: {
        id,
        kind,
        subject,
        detail,
        severity,
        says,
        first_seen: firstSeen,
        last_seen: lastSeen,
        count,
        example,
      },
    },
  }
}

/** The three characters that have a meaning there; a target is a client's, and must not make links or call people. */
function escaped(text: string): string {
  return text.slice(0, MAX_TEXT).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
