// thread: main of a process that is no proxy
// What an outage would have looked like, for people; and whether that is good enough. Pure.
import type { WhatIfCounts, WhatIfPart, WhatIfReport } from '../contract/whatif.js'

const MAX_ROUTES = 20
const MAX_WORST = 3

export function judgedIn({ exact, acceptable, wrong, refused, journalled }: WhatIfCounts): number {
  return exact + acceptable + wrong + refused + journalled
}

/** Sentences; empty: it is as good as was asked for. Percent of what was judged. */
export function brokenIn({ counts }: WhatIfPart, minGood: number, maxWrong: number): string[] {
  const judged = judgedIn(counts)
  if (judged === 0) return ['nothing could be judged']
  const good = (100 * (counts.exact + counts.acceptable)) / judged
  const wrong = (100 * counts.wrong) / judged
  return [
    ...(good < minGood ? [`${good.toFixed(1)} % would have been answered well, less than ${minGood} %`] : []),
    ...(wrong > maxWrong ? [`${wrong.toFixed(1)} % would have been answered wrongly, more than ${maxWrong} %`] : []),
  ]
}

export function reportOf(report: WhatIfReport, minGood: number, maxWrong: number): string {
  const { at, until, counts, judged, learnedFrom, oneOf, requests, routes, similarity, steps, unknown, worst } = report
  const lines = [
    `if it had died at ${at}, until ${until}:`,
    '',
    ...(['exact', 'acceptable', 'wrong', 'refused', 'journalled'] as const)
      .filter(verdict => verdict !== 'journalled' || counts.journalled > 0)
      .map(verdict => `  ${verdict.padEnd(10)} ${percentOf(counts[verdict], judgedIn(counts))}  ${counts[verdict]}`),
    '',
    `of ${requests} requests ${Math.floor(judged * 1000) / 10} % could be judged${detailOf(unknown)}${oneOf > 1 ? `; one of ${oneOf} was looked at` : ''}`,
    similarity === null
      ? 'no ghost was asked for'
      : `ghosts would have been ${similarity.toFixed(3)} like the truth, silence counting 0`,
    learnedFrom.since === null
      ? 'the history has nothing from before: what ghosts knew from earlier is not counted'
      : `they knew ${learnedFrom.exchanges} exchanges since ${learnedFrom.since}${learnedFrom.isCut ? ', and more that is not counted' : ''}`,
    '',
    ...table(
      ['since it died', ...heads],
      steps.filter(step => step.requests > 0).map(step => [`${span(step.fromS)}–${span(step.toS)}`, ...cells(step)]),
    ),
    '',
    ...table(
      ['route', ...heads],
      routes.slice(0, MAX_ROUTES).map(route => [printable(route.route), ...cells(route)]),
    ),
  ]
  if (routes.length > MAX_ROUTES) lines.push(`and ${routes.length - MAX_ROUTES} more; --json has them all`)
  if (worst.length > 0) lines.push('', 'least like the truth:')
  for (const { similarity: one, tier, method, target, differences } of worst.slice(0, MAX_WORST))
    lines.push(
      `  ${one.toFixed(3)}  ${tier}  ${method} ${printable(target)}${differences.length > 0 ? `  (${differences.length} fields differ)` : ''}`,
    )
  const broken = brokenIn(report, minGood, maxWrong)
  if (broken.length > 0) lines.push('', 'NOT GOOD ENOUGH', ...broken)
  return `${lines.join('\n')}\n`
}

const heads = ['requests', 'exact', 'acceptable', 'wrong', 'refused', 'unknown', 'like the truth']

function cells({ counts, requests, similarity }: WhatIfPart): string[] {
  const { exact, acceptable, wrong, refused, journalled, unknown } = counts
  return [
    ...[requests, exact, acceptable, wrong, refused + journalled, unknown].map(String),
    similarity === null ? '–' : similarity.toFixed(3),
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
  return all.map(row =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  )
}

function percentOf(count: number, of: number): string {
  return `${(of === 0 ? 0 : (100 * count) / of).toFixed(1)} %`.padStart(8)
}

function detailOf(unknown: WhatIfReport['unknown']): string {
  const reasons = Object.entries(unknown).map(([because, count]) => `${count} ${because}`)
  return reasons.length === 0 ? '' : ` (not: ${reasons.join(', ')})`
}

function span(seconds: number): string {
  if (seconds >= 3600) return `${(seconds / 3600).toFixed(1)}h`
  return seconds >= 60 ? `${(seconds / 60).toFixed(1)}m` : `${Number(seconds.toFixed(1))}s`
}

/** What clients send may hold control characters, which a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
}
