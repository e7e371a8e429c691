// The figures as a reader wants them: a table on the terminal, and the same as Markdown. Pure.
import { formatTable, markdownTable } from '../table.js'
import type { Figure } from './figure.js'

export interface Measured {
  readonly name: string
  readonly question: string
  readonly figures: readonly Figure[]
  /** Why it has none. */
  readonly failed?: string
}

const head = ['of', 'what', 'wanted', 'measured', '']
const words = new Set([0, 1, 2, 3, 4])

export function isMet(all: readonly Measured[]): boolean {
  return all.every(({ figures, failed }) => failed === undefined && figures.every(({ met }) => met))
}

export function terminalReport(all: readonly Measured[]): string {
  return formatTable(head, cellsOf(all), words)
}

export function markdownReport(
  title: string,
  command: string,
  machine: readonly string[],
  all: readonly Measured[],
): string {
  return `${[
    `# ${title}`,
    `Written by \`npm run ${command}\`.`,
    machine.map(line => `- ${line}`).join('\n'),
    all.map(({ name, question }) => `- \`${name}\`: ${question}`).join('\n'),
    markdownTable(head, cellsOf(all), words),
  ].join('\n\n')}\n`
}

function cellsOf(all: readonly Measured[]): string[][] {
  return all.flatMap(({ name, figures, failed }) => [
    ...figures.map(({ what, wanted, measured, met }) => [name, what, wanted, measured, met ? 'met' : 'MISSED']),
    ...(failed === undefined ? [] : [[name, 'it could not be measured to its end', '', failed, 'MISSED']]),
  ])
}
