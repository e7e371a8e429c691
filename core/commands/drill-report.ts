// thread: main of a process that is no proxy
// What a drill came to, for people; and whether what was promised held. Pure.
import type { DrillCounts, DrillReport } from '../contract/drills.js'

const MAX_ROUTES = 20
const MAX_WORST = 3
const BAR = 20

export function ghostsIn({ ghosts }: DrillCounts): number {
  return Object.values(ghosts).reduce((sum, count) => sum + count, 0)
}

/** One line of what is going on. `now`: epoch ms. */
export function progressOf({ plan, totals, beganAt }: DrillReport, now: number): string {
  const passedS = Math.min(plan.durationS, Math.max(0, (now - Date.parse(beganAt)) / 1000))
  const filled = Math.round((BAR * passedS) / plan.durationS)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled)
  return `${plan.kind} ${bar} ${Math.round(passedS)} of ${plan.durationS} s  ${totals.requests} requests, ${totals.hit} hit: ${countsOf(totals)}`
}

function countsOf(counts: DrillCounts): string {
  const { faulty, journalled, live, refused, unfinished } = counts
  return [
    `${ghostsIn(counts)} ghosts`,
    `${live} live`,
    ...(journalled > 0 ? [`${journalled} journalled`] : []),
    `${refused} refused`,
    `${faulty} errors`,
    ...(unfinished > 0 ? [`${unfinished} unfinished`] : []),
  ].join(', ')
}

/** Sentences; empty: it held. */
export function brokenIn({ ifItHadDied, routes, totals }: DrillReport, minSimilarity: number): string[] {
  const broken: string[] = []
  if (totals.faulty > 0) broken.push(`${totals.faulty} clients got the imitated error: no ghost knew better`)
  if (totals.refused > 0) broken.push(`${totals.refused} clients were told that there is no answer`)
  for (const { route, similarity, compared } of routes)
    if (compared > 0 && similarity !== null && similarity < minSimilarity)
      broken.push(`ghosts on ${route} were ${similarity.toFixed(2)} like the truth, less than ${minSimilarity}`)
  const overall = ifItHadDied?.similarity ?? null
  if (overall !== null && overall < minSimilarity && broken.length === 0)
    broken.push(`the ghosts were ${overall.toFixed(2)} like the truth, less than ${minSimilarity}`)
  return broken
}

export function reportOf(report: DrillReport, minSimilarity: number): string {
  const { because, id, ifItHadDied, plan, routes, totals } = report
  const lines = [
    `drill ${id}: ${plan.kind}, ${Math.round(plan.share * 100)} % of the requests, seed ${plan.seed}; ${because}`,
    `${totals.requests} requests, ${totals.hit} hit: ${countsOf(totals)}`,
  ]
  if (routes.length > 0) {
    const rows = [
      ['route', 'requests', 'hit', 'ghosts', 'refused', 'errors', 'compared', 'like the truth'],
      ...routes
        .slice(0, MAX_ROUTES)
        .map(one => [
          one.route,
          String(one.requests),
          String(one.hit),
          String(ghostsIn(one)),
          String(one.refused),
          String(one.faulty),
          String(one.compared),
          one.similarity === null ? '–' : one.similarity.toFixed(3),
        ]),
    ]
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
    lines.push('')
    for (const row of rows)
      lines.push(
        row
          .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
          .join('  '),
      )
    if (routes.length > MAX_ROUTES) lines.push(`and ${routes.length - MAX_ROUTES} more; --json has them all`)
  }
  if (ifItHadDied !== null) {
    const { compared, notAnswered, similarity, worst } = ifItHadDied
    lines.push(
      '',
      similarity === null
        ? 'if it had died now: nothing could be held against the truth'
        : `if it had died now: ghosts would have been ${similarity.toFixed(3)} like the truth, of ${compared} that were compared${notAnswered > 0 ? ` (${notAnswered} more had no truth to compare with)` : ''}`,
    )
    for (const { target, tier, similarity: one, differences } of worst
      .filter(w => w.similarity < 1)
      .slice(0, MAX_WORST))
      lines.push(
        `  ${one.toFixed(3)}  ${tier}  ${target}${differences.length > 0 ? `  (${differences.length} fields differ)` : ''}`,
      )
  }
  const broken = brokenIn(report, minSimilarity)
  lines.push('', broken.length === 0 ? 'all who were hit got a ghost that was like the truth' : 'BROKEN', ...broken)
  return `${lines.join('\n')}\n`
}
