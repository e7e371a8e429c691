// thread: main
// The reports of outages as pages for people. All that is shown came from others, and is escaped: there is one way to put a value
// into a page, the template below.
import { createHash } from 'node:crypto'
import type { OutageReport, OutageRoute, OutageSummary } from '../contract/outages.js'

/** Text that may stand in a page as it is. */
class Markup {
  constructor(readonly text: string) {}
}

type Value = string | number | Markup | readonly Markup[]

function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + shown(values[i - 1]!) + part))
}

function shown(value: Value): string {
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return escaped(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => entities[character]!)
}

const style = `
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2rem 0 0}
.wrong{color:#a40000}
`

/** What stands in these pages is all that there is: nothing in them runs, nothing is loaded, nobody shows them in a frame. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

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

function percent(value: number | null): string {
  return value === null ? 'not known' : `${(value * 100).toFixed(1)} %`
}

function page(title: string, content: Markup): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} – Chaos-Proxy</title><style>${new Markup(style)}</style></head>
<body>${content}</body></html>
`.text
}
