// thread: main of a process that is no proxy
// What a replay came to, for people; and whether it was as recorded. Pure.
import type { ReplayReport } from '../contract/replays.js'

const MAX_ROUTES = 20
const MAX_DIFFERENCES = 10
const MAX_PLACES = 3
const BAR = 20

/** One line of what is going on. */
export function progressOf({ state, toSend, totals, perSecond, because }: ReplayReport): string {
  const done = toSend === 0 ? 0 : totals.sent / toSend
  const bar = '█'.repeat(Math.floor(BAR * done)).padEnd(BAR, '░')
  const { sent, same, different, failed } = totals
  const why = because === '' ? '' : ` (${because})`
  return `${state}${why} ${bar} ${sent} of ${toSend}, ${perSecond}/s: ${same} as recorded, ${different} different, ${failed} without an answer`
}

/** Sentences; empty: it was as recorded. `maxDifferent`: percent. */
export function brokenIn({ complete, because, totals }: ReplayReport, maxDifferent: number): string[] {
  const broken: string[] = []
  if (!complete) broken.push(`it did not come to its end: ${because || 'not all was sent'}`)
  const { sent, different, failed } = totals
  const share = sent === 0 ? 0 : ((different + failed) * 100) / sent
  if (share > maxDifferent)
    broken.push(`${share.toFixed(2)} % of the answers were not as recorded, more than ${maxDifferent} %`)
  return broken
}

/** '' where nothing was left out. */
function leftOut({ skipped }: ReplayReport): string {
  const said = Object.entries(skipped)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `${count} ${why}`)
  return said.length === 0 ? '' : `not sent: ${said.join(', ')}`
}

export function reportOf(report: ReplayReport, maxDifferent: number): string {
  const { id, plan, totals, routes, differences, recorded, replayed } = report
  const lines = [
    `replay ${id} to ${plan.target}: ${report.selected} recorded, ${totals.sent} sent (${report.perSecond}/s), ${totals.same} as recorded, ${totals.different} different, ${totals.uncompared} not compared, ${totals.failed} without an answer`,
    `p50 ${ms(replayed.p50Ms)}, p99 ${ms(replayed.p99Ms)}; recorded ${ms(recorded.p50Ms)}, ${ms(recorded.p99Ms)}; ${report.late} sent late, ${report.rewritten} with ids of earlier answers`,
  ]
  const left = leftOut(report)
  if (left !== '') lines.push(left)
  if (routes.length > 0) {
    const rows = [
      ['route', 'sent', 'same', 'status', 'fields', 'shape', 'values', 'failed', 'p50 then', 'p50 now'],
      ...routes
        .slice(0, MAX_ROUTES)
        .map(({ route, sent, same, partings, failed, recorded: then, replayed: now }) => [
          ...[route, String(sent), String(same), String(partings.status), String(partings.fields)],
          ...[String(partings.shape), String(partings.values), String(failed), ms(then.p50Ms), ms(now.p50Ms)],
        ]),
    ]
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
    lines.push('')
    for (const row of rows)
      lines.push(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    if (routes.length > MAX_ROUTES) lines.push(`and ${routes.length - MAX_ROUTES} more; --json has them all`)
  }
  if (differences.length > 0) lines.push('')
  for (const one of differences.slice(0, MAX_DIFFERENCES)) {
    const what = one.fault === '' ? one.partings.join(', ') : one.fault
    lines.push(`${one.method} ${one.target}  ${what}`)
    for (const { at, given, truth } of one.differences.slice(0, MAX_PLACES))
      lines.push(`    ${at === '' ? '(all of it)' : at}: ${given ?? '(nothing)'} → ${truth ?? '(nothing)'}`)
  }
  const broken = brokenIn(report, maxDifferent)
  lines.push('', broken.length === 0 ? 'answers were as recorded' : 'BROKEN', ...broken)
  return `${lines.join('\n')}\n`
}

function ms(value: number | null): string {
  return value === null ? '–' : `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
}
