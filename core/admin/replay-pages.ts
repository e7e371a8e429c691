// thread: main
// The reports of replays as pages for people.
import type { ReplayDifference, ReplayReport, ReplaySkip, ReplaySummary } from '../contract/replays.js'
import { html, type Markup, page } from './page.js'

export function replayListPage(replays: readonly ReplaySummary[]): string {
  const rows = replays.map(
    ({
      id,
      plan,
      beganAt,
      state,
      totals,
    }) => html`<tr><td><a href="/api/replays/${encodeURIComponent(id)}">${beganAt}</a></td>
<td>${state}</td><td><code>${plan.target}</code></td><td class="n">${totals.sent}</td><td class="n">${totals.same}</td>
<td class="n">${totals.different}</td><td class="n">${totals.failed}</td></tr>
`,
  )
  const table =
    replays.length === 0
      ? html`<p>There was none since this proxy started.</p>`
      : html`<table><thead><tr><th>Began</th><th>State</th><th>Target</th><th class="n">Sent</th><th class="n">As recorded</th>
<th class="n">Different</th><th class="n">No answer</th></tr></thead><tbody>${rows}</tbody></table>`
  return page('Replays', html`<h1>Replays</h1>${table}`)
}

/** Why something was not sent, in words. */
const skips: Readonly<Record<ReplaySkip, string>> = {
  write: 'are writes, which are sent only where that is asked for',
  'no-target': 'have a target that was not kept',
  'no-body': 'have a body that was not kept',
  'no-credentials': 'need credentials that the secrets do not have',
  redacted: 'have something redacted in them that the secrets do not have',
  'not-a-request': 'are no request that can be sent',
  'not-sampled': 'are not in the sample',
}

export function replayPage(report: ReplayReport): string {
  const { plan, totals, state, because, skipped, routes, differences, recorded, replayed } = report
  const left = Object.entries(skipped)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => html`<li>${count} ${skips[why as ReplaySkip]}</li>`)
  const rows = routes.map(
    route => html`<tr><td><code>${route.route}</code></td><td class="n">${route.sent}</td><td class="n">${route.same}</td>
<td class="n">${route.different}</td><td class="n">${route.partings.status}</td><td class="n">${route.partings.fields}</td>
<td class="n">${route.partings.shape}</td><td class="n">${route.partings.values}</td><td class="n">${route.failed}</td>
<td class="n">${ms(route.recorded.p50Ms)}</td><td class="n">${ms(route.replayed.p50Ms)}</td></tr>
`,
  )
  return page(
    `Replay ${report.beganAt}`,
    html`<p><a href="/api/replays">All replays</a></p><h1>Replay to ${plan.target}</h1>
<p>${state}${because === '' ? '' : `: ${because}`}. Began ${report.beganAt}${report.endedAt === null ? '' : `, ended ${report.endedAt}`}.</p>
<table><tbody>
<tr><th>Recorded</th><td>${report.selected} exchanges, of which ${report.toSend} are to be sent</td></tr>
<tr><th>Sent</th><td>${totals.sent}, ${report.perSecond} a second; ${report.late} late; ${report.rewritten} with ids of earlier answers</td></tr>
<tr><th>Answered</th><td>${totals.same} as recorded, ${totals.different} otherwise, ${totals.uncompared} with nothing but the status to compare, ${totals.failed} not at all</td></tr>
<tr><th>Took</th><td>half of them ${ms(replayed.p50Ms)}, 99 % ${ms(replayed.p99Ms)}; as recorded ${ms(recorded.p50Ms)} and ${ms(recorded.p99Ms)}</td></tr>
</tbody></table>
${left.length === 0 ? '' : html`<p>Not sent:</p><ul>${left}</ul>`}
<table><thead><tr><th>Route</th><th class="n">Sent</th><th class="n">As recorded</th><th class="n">Different</th><th class="n">Status</th>
<th class="n">Fields</th><th class="n">Shape</th><th class="n">Values</th><th class="n">No answer</th><th class="n">Recorded p50</th>
<th class="n">Replayed p50</th></tr></thead><tbody>${rows}</tbody></table>
${differences.map(differenceSection)}`,
  )
}

function differenceSection(one: ReplayDifference): Markup {
  const rows = one.differences.map(
    ({
      at,
      given,
      truth,
    }) => html`<tr><td><code>${at === '' ? '(all of it)' : at}</code></td><td><code>${given ?? '(nothing)'}</code></td>
<td><code class="wrong">${truth ?? '(nothing)'}</code></td></tr>
`,
  )
  const what =
    one.fault === ''
      ? `${one.recordedStatus} was recorded, ${one.status} is answered; it differs in ${one.partings.join(', ')}`
      : `no answer: ${one.fault}`
  return html`<h2><code>${one.method} ${one.target}</code></h2><p>${what}. Exchange ${one.exchange}.</p>
${
  rows.length === 0
    ? ''
    : html`<table><thead><tr><th>Where</th><th>Recorded</th><th>Now</th></tr></thead><tbody>${rows}</tbody></table>`
}`
}

function ms(value: number | null): string {
  return value === null ? 'not known' : `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
}
