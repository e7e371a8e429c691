// The table of a run, as text. Pure.
import { type Budget, medianOf, type Rounds, ratiosOf } from './budgets.js'
import type { Tool } from './load.js'

export interface Row {
  readonly name: string
  readonly tool: Tool
  readonly budget: Budget
}

const head = [
  'scenario',
  'load by',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'failed',
  'compared with',
  '× req/s',
  '× p50',
  '× p99',
]
/** Columns that hold words; all others hold numbers. */
const words = new Set([0, 1, 6])

/** Medians of the rounds; ratios are the medians of the ratios within a round. */
export function formatRounds(rows: readonly Row[], rounds: Rounds): string {
  const cells = rows.flatMap(({ name, tool, budget }) => {
    const own = rounds.get(name)
    if (own === undefined) return []
    const { perSecond, p50Ms, p99Ms, failed } = medianOf(own)
    const against = budget.against ?? 'direct'
    const ratios = against === name ? undefined : ratiosOf(name, against, rounds)
    return [
      [
        name,
        tool,
        Math.round(perSecond).toLocaleString('en-US'),
        p50Ms.toFixed(2),
        p99Ms.toFixed(2),
        String(failed),
        ratios === undefined ? '' : against,
        ratios?.throughput.toFixed(2) ?? '',
        ratios?.p50.toFixed(2) ?? '',
        ratios?.p99.toFixed(2) ?? '',
      ],
    ]
  })
  return formatTable(head, cells, words)
}

/** `words`: columns that hold words, aligned to the left; all others hold numbers. */
export function formatTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  words: ReadonlySet<number>,
): string {
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map(row => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (words.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  return [line(head), '-'.repeat(line(head).length), ...cells.map(line)].join('\n')
}

/** The same as Markdown. */
export function markdownTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  columnsOfWords: ReadonlySet<number>,
): string {
  const line = (row: readonly string[]): string => `| ${row.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = head.map((_, column) => (columnsOfWords.has(column) ? '---' : '---:'))
  return [line(head), line(rule), ...cells.map(line)].join('\n')
}
