// The outcome of a run for people. Pure.
import type { Report, Skipped } from './scenario.js'

export interface Ran {
  readonly name: string
  readonly promise: string
  readonly report: Report | Skipped
}

export function isKept({ report }: Ran): boolean {
  return 'skipped' in report || report.broken.length === 0
}

const heads = ['scenario', 'requests', 'per s', 'failed', 'unmarked-wrong', 'wrong', 'lost writes', 'recovery', '']

export function tableOf(all: readonly Ran[]): string {
  const rows = [heads, ...all.map(rowOf)]
  const widths = heads.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  for (const ran of all) {
    const { name, promise, report } = ran
    if ('skipped' in report || !isKept(ran)) lines.push('', `${name}: ${promise}`)
    if ('skipped' in report) lines.push(`  skipped: ${report.skipped}`)
    else for (const sentence of report.broken) lines.push(`  ${sentence}`)
  }
  return lines.join('\n')
}

function rowOf(ran: Ran): string[] {
  const { name, report } = ran
  if ('skipped' in report) return [name, ...Array.from({ length: heads.length - 2 }, () => '–'), 'skipped']
  const { tally, seconds, lostWrites, recoveryMs } = report
  const { failed, wrong, 'unmarked-wrong': unmarked } = tally.counts
  return [
    name,
    String(tally.requests),
    String(Math.round(tally.requests / seconds)),
    String(failed),
    String(unmarked),
    String(wrong),
    lostWrites === undefined ? '–' : String(lostWrites),
    recoveryMs === undefined ? '–' : `${Math.round(recoveryMs)} ms`,
    isKept(ran) ? 'kept' : 'BROKEN',
  ]
}

/** The same for programs. */
export function documentOf(all: readonly Ran[]): object {
  return {
    kept: all.every(isKept),
    scenarios: all.map(ran => {
      const { name, promise, report } = ran
      if ('skipped' in report) return { name, promise, skipped: report.skipped }
      const { tally, ...rest } = report
      const { requests, counts } = tally
      return { name, promise, kept: isKept(ran), requests, ...counts, p99Ms: tally.waitMs(0.99), ...rest }
    }),
  }
}
