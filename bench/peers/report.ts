// The results as a reader wants them: a table a scenario on the terminal, and the same as Markdown. Pure.
import { medianOf, p99AboveOf, type Rounds, ratiosOf } from '../budgets.js'
import { formatTable, markdownTable } from '../table.js'
import type { GrowthResult, LeftOut, PeerResult, SpeedResult } from './results.js'
import { HELD_UP_MS } from './stretches.js'
import { judged, type Verdict } from './verdicts.js'

export interface PeerReport {
  readonly machine: readonly string[]
  /** `wrk` or `autocannon`. */
  readonly tool: string
  readonly rounds: number
  readonly durationS: number
  /** What processes that have just begun were loaded for before anything was measured. */
  readonly firstWarmUpS: number
  /** How each was run. */
  readonly contenders: readonly { readonly name: string; readonly runs: string }[]
  /** From everything. */
  readonly leftOut: readonly LeftOut[]
  readonly results: readonly PeerResult[]
  readonly verdicts: readonly Verdict[]
}

interface Table {
  readonly head: readonly string[]
  readonly cells: readonly (readonly string[])[]
}

/** Columns of words; the others hold numbers. */
const words = new Set([0])
const growthWords = new Set([0, 1])

const atFixedRate = `At a fixed rate percentiles are those of half seconds, and the middle ones of these: a machine that is shared stands still for tens of milliseconds now and then, whoever is measured. «held up %» says in how many of the half seconds one answer in a hundred took longer than ${HELD_UP_MS} ms.`

export function terminalReport({ results, verdicts }: Pick<PeerReport, 'results' | 'verdicts'>): string {
  const tables = results.map(result => {
    const { head, cells } = tableOf(result)
    return [titleOf(result), formatTable(head, cells, wordsOf(result)), ...result.leftOut.map(leftOutLine), ''].join(
      '\n',
    )
  })
  const judgements = verdicts.map(({ budget, measured, met }) => `${met ? 'met   ' : 'MISSED'}  ${budget}: ${measured}`)
  return [...tables, ...judgements].join('\n')
}

export function markdownReport(report: PeerReport): string {
  const { machine, tool, rounds, durationS, firstWarmUpS, contenders, leftOut, results, verdicts } = report
  return `${[
    '# Chaos-Proxy beside its peers',
    'Written by `npm run bench:peers`.',
    machine.map(line => `- ${line}`).join('\n'),
    `Load by ${tool}, ${rounds === 1 ? 'one round' : `${rounds} interleaved rounds`} of ${durationS} s each, after ${firstWarmUpS} s of load on each process that had just begun; numbers are medians of the rounds. A column «chaos-uws ×» says how many times the requests of that row Chaos-Proxy answered in the same round (median over the rounds): above 1 it was faster than the row.`,
    ...(results.some(result => result.kind === 'speed' && result.perSecond !== undefined) ? [atFixedRate] : []),
    ...(verdicts.length === 0 ? [] : ['## Budgets', budgetsTable(verdicts)]),
    '## How each was run',
    markdownTable(
      ['contender', 'run as'],
      contenders.map(({ name, runs }) => [name, runs]),
      new Set([0, 1]),
    ),
    ...(leftOut.length === 0 ? [] : [leftOut.map(out => `- ${leftOutLine(out)}`).join('\n')]),
    ...results.flatMap(result => {
      const { head, cells } = tableOf(result)
      return [
        `## ${titleOf(result)}`,
        markdownTable(head, cells, wordsOf(result)),
        ...(result.leftOut.length === 0 ? [] : [result.leftOut.map(out => `- ${leftOutLine(out)}`).join('\n')]),
      ]
    }),
  ].join('\n\n')}\n`
}

function titleOf(result: PeerResult): string {
  const { name, title } = result.scenario
  const rate = result.kind === 'speed' && result.perSecond !== undefined ? `, ${count(result.perSecond)}/s` : ''
  return `${title}${rate} (\`${name}\`)`
}

function leftOutLine({ name, because }: LeftOut): string {
  return `left out: ${name}: ${because}`
}

function wordsOf({ kind }: PeerResult): ReadonlySet<number> {
  return kind === 'speed' ? words : growthWords
}

function tableOf(result: PeerResult): Table {
  if (result.kind === 'growth') return growthTable(result)
  return result.perSecond === undefined ? loadTable(result) : rateTable(result)
}

function loadTable({ rounds, residentBytes }: SpeedResult): Table {
  const chaos = judged.filter(name => rounds.has(name))
  const withMemory = residentBytes !== undefined && residentBytes.size > 0
  return {
    head: [
      ...['contender', 'requests/s', 'p50 ms', 'p99 ms', 'failed'],
      ...chaos.map(name => `${name} ×`),
      ...(withMemory ? ['RSS MB'] : []),
    ],
    cells: [...rounds].map(([name, own]) => {
      const { perSecond, p50Ms, p99Ms, failed } = medianOf(own)
      const resident = residentBytes?.get(name)
      return [
        ...[name, count(perSecond), p50Ms.toFixed(2), p99Ms.toFixed(2), count(failed)],
        ...chaos.map(one => (one === name ? '' : (ratiosOf(one, name, rounds)?.throughput.toFixed(2) ?? ''))),
        ...(withMemory ? [resident === undefined ? '' : megabytes(resident)] : []),
      ]
    }),
  }
}

function rateTable({ rounds }: SpeedResult): Table {
  const chaos = judged.filter(name => rounds.has(name))
  return {
    head: [
      ...['contender', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'held up %', 'failed'],
      ...chaos.map(name => `p99 of ${name} above it`),
    ],
    cells: [...rounds].map(([name, own]) => {
      const { perSecond, p50Ms, p99Ms, p999Ms = 0, heldUp = 0, failed } = medianOf(own)
      return [
        ...[
          name,
          count(perSecond),
          p50Ms.toFixed(2),
          p99Ms.toFixed(2),
          p999Ms.toFixed(2),
          (heldUp * 100).toFixed(0),
          count(failed),
        ],
        ...chaos.map(one => aboveOf(one, name, rounds)),
      ]
    }),
  }
}

function aboveOf(one: string, other: string, rounds: Rounds): string {
  return one === other ? '' : (p99AboveOf(one, other, rounds)?.toFixed(2) ?? '')
}

function growthTable({ growths }: GrowthResult): Table {
  return {
    head: ['contender', 'what', 'wanted', 'reached', 'RSS before MB', 'RSS at most MB', 'extra MB'],
    cells: growths.map(({ name, what, wanted, reached, beforeBytes, peakBytes }) => [
      ...[name, what, count(wanted), count(reached)],
      ...[megabytes(beforeBytes), megabytes(peakBytes), megabytes(peakBytes - beforeBytes)],
    ]),
  }
}

function budgetsTable(verdicts: readonly Verdict[]): string {
  return markdownTable(
    ['budget', 'measured', ''],
    verdicts.map(({ budget, measured, met }) => [budget, measured, met ? 'met' : '**missed**']),
    new Set([0, 2]),
  )
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
