// thread: main
// The reports of outages as pages for people.
import type { OutageReport, OutageRoute, OutageSummary } from '../contract/outages.js'
import { html, type Markup, page, percent } from './page.js'

/** `{id}` is told by one page after the list. */
export function outageListPage(outages: readonly OutageSummary[]): string {
  const rows = outages.map(
    outage => html`<tr><td><a href="/api/outages/${encodeURIComponent(outage.id)}">${outage.since}</a></td>
<td>${lasted(outage)}</td><td>${outage.because}</td><td class="n">${outage.ghosts}</td><td class="n">${outage.refused}</td>
<td class="n">${outage.compared}</td><td class="n">${outage.wrong}</td><td class="n">${percent(outage.predicted)}</td>
<td class="n">${percent(outage.turnedOut)}</td></tr>
`,
  )
  const table =
    outages.length === 0
      ? html`<p>There was none since this proxy first started.</p>`
      : html`<table><thead><tr><th>Since</th><th>Lasted</th><th>Because</th><th class="n">Ghosts</th><th class="n">Refused</th>
<th class="n">Asked again</th><th class="n">Wrong</th><th class="n">Readiness before</th><th class="n">Turned out</th></tr></thead>
<tbody>${rows}</tbody></table>`
  return page('Outages', html`<h1>Outages</h1>${table}`)
}

export function outagePage(outage: OutageReport): string {
  const { notAsked } = outage
  const left: readonly (readonly [number, string])[] = [
    [notAsked.waiting, 'wait to be asked again'],
    [notAsked.credentials, 'can be asked only with somebody’s credentials, which are not kept'],
    [notAsked.selected, 'had their answers selected by what is not kept'],
    [notAsked.tooLong, 'had answers that are too long to be kept'],
    [notAsked.sample, 'are beyond the sample (CHAOS_OUTAGE_SAMPLE)'],
    [notAsked.unanswered, 'were asked again without an answer that says anything'],
  ]
  const leftOut = left.filter(([count]) => count > 0).map(([count, why]) => html`<li>${count} ${why}</li>`)
  return page(
    `Outage ${outage.since}`,
    html`<p><a href="/api/outages">All outages</a></p><h1>Outage of ${outage.since}</h1>
<p>${lasted(outage)}; because: ${outage.because}. ${circuits[outage.circuit]}</p>
<table><tbody>
<tr><th>Ghosts given</th><td>${outage.ghosts}, of ${outage.distinct} different questions; ${outage.refused} questions were refused</td></tr>
<tr><th>Asked again</th><td>${outage.compared}: ${outage.right} right, ${outage.wrong} wrong</td></tr>
<tr><th>Similarity to the truth</th><td>${percent(outage.similarity)}; claimed was ${percent(outage.confidence)}</td></tr>
<tr><th>Readiness</th><td>${percent(outage.predicted)} when it began; ${percent(outage.turnedOut)} is what it turned out to be</td></tr>
</tbody></table>
${leftOut.length === 0 ? '' : html`<p>Not compared:</p><ul>${leftOut}</ul>`}
${outage.routes.map(routeSection)}`,
  )
}

const circuits: Readonly<Record<OutageReport['circuit'], string>> = {
  upstream: 'The circuit of the upstream opened.',
  route: 'Circuits of routes opened, that of the upstream did not.',
  none: 'No circuit opened.',
}

function routeSection(route: OutageRoute): Markup {
  const fields = route.fields.map(
    ({
      field,
      differed,
      target,
      given,
      truth,
      wrongForS,
    }) => html`<tr><td><code>${field === '' ? '(all of it)' : field}</code></td>
<td class="n">${differed}</td><td class="n">${wrongForS} s</td><td><code>${target}</code></td>
<td><code class="wrong">${given ?? '(nothing)'}</code></td><td><code>${truth ?? '(nothing)'}</code></td></tr>
`,
  )
  return html`<h2>${route.route ?? 'No learned route'}</h2>
<p>${route.ghosts} ghosts, ${route.refused} refused; ${route.compared} of ${route.distinct} different questions asked again: ${route.right} right, ${route.wrong} wrong.
Similarity ${percent(route.similarity)}, claimed ${percent(route.confidence)}; readiness ${percent(route.predicted)}, turned out ${percent(route.turnedOut)}.
${route.wrong === 0 ? '' : `Something wrong was said for up to ${route.wrongForS} s.`}</p>
${
  fields.length === 0
    ? ''
    : html`<table><thead><tr><th>Field</th><th class="n">Differed</th><th class="n">Said for</th><th>For example</th><th>Ghost</th><th>Truth</th></tr></thead>
<tbody>${fields}</tbody></table>`
}`
}

function lasted({ durationS, state }: OutageSummary): string {
  const time = durationS < 120 ? `${durationS} s` : `${Math.round(durationS / 60)} min`
  switch (state) {
    case 'running':
      return `${time} so far`
    case 'comparing':
      return `${time}; questions are being asked again`
    case 'interrupted':
      return `${time}; the proxy ended before it was compared`
    case 'done':
      return time
  }
}
