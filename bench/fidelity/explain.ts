// Where fidelity is lost: the answers of one backend by kind of question, with the worst of each. Pure.
import { formatTable } from '../table.js'
import { type Answer, classes, confidenceOf, type KeptBody } from './answers.js'
import { firstDifferences } from './differences.js'
import { f1Of, mean } from './scores.js'

const head = ['class', 'kind', 'count', 'F1', 'refused', 'wrong', 'tiers', 'refused because'] as const
const words = new Set([0, 1, 6, 7])
const SHOWN_CHARS = 240
const SHOWN_DIFFERENCES = 3

/** `worst`: how many examples for each kind; what is fully right is never one. */
export function explain(answers: readonly Answer[], { worst }: { readonly worst: number }): string {
  const kinds = kindsOf(answers)
  const table = formatTable(head, kinds.map(cellsOf), words)
  const examples = kinds.flatMap(kind =>
    kind
      .filter(answer => f1Of(answer) < 1 && (answer.req.class !== 'unsafe' || answer.row.silent === 1))
      // Something false was said: more to learn from than from a refusal.
      .sort((a, b) => Number(b.row.avail) - Number(a.row.avail) || f1Of(a) - f1Of(b))
      .slice(0, worst)
      .map(exampleOf),
  )
  return [table, ...examples].join('\n\n')
}

function kindsOf(answers: readonly Answer[]): Answer[][] {
  const kinds = new Map<string, Answer[]>()
  for (const answer of answers) {
    const key = `${answer.req.class}\n${answer.req.kind ?? ''}`
    const kind = kinds.get(key)
    if (kind === undefined) kinds.set(key, [answer])
    else kind.push(answer)
  }
  const place = (kind: readonly Answer[]): number => (classes as readonly string[]).indexOf(kind[0]!.req.class)
  return [...kinds.values()].sort((a, b) => place(a) - place(b) || b.length - a.length)
}

function cellsOf(kind: readonly Answer[]): string[] {
  const { req, row } = kind[0]!
  return [
    req.class,
    req.kind ?? '',
    String(kind.length),
    row.f1 === undefined ? '' : mean(kind.map(f1Of)).toFixed(3),
    String(kind.filter(answer => !answer.row.avail).length),
    String(kind.filter(answer => answer.row.wrong === 1).length),
    tally(kind.flatMap(({ row, gh }) => (row.avail ? [gh['x-ghost'] ?? 'unmarked'] : []))),
    tally(kind.flatMap(answer => (answer.row.avail ? [] : [refusalOf(answer)]))),
  ]
}

/** `exact 12, template 3`, the most frequent first. */
function tally(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function refusalOf({ g, gh }: Answer): string {
  return gh['x-ghost-refused'] ?? (g === 0 ? (gh['x-client-error'] ?? 'no answer') : `status ${g}`)
}

function exampleOf(answer: Answer): string {
  const { req, g, t, gb, tb, gh, row } = answer
  const who = req.as === undefined ? '' : ` as ${req.as}`
  const confidence = confidenceOf(answer)
  const said = row.avail
    ? `${gh['x-ghost'] ?? 'unmarked'}${confidence === undefined ? '' : `, confidence ${confidence}`}`
    : `refused: ${refusalOf(answer)}${detailOf(gb)}`
  return [
    `${req.class} ${req.kind ?? ''}  F1 ${f1Of(answer).toFixed(3)}${row.leak === 1 ? '  LEAK' : ''}  ${req.m} ${req.p}${who}`,
    ...(req.b === undefined ? [] : [`  asked ${shown(req.b)}`]),
    `  truth ${t} ${shown(textOf(tb))}`,
    `  ghost ${g} (${said})${row.avail ? ` ${shown(textOf(gb))}` : ''}`,
    ...(row.avail && g === t ? firstDifferences(tb.j, gb.j, SHOWN_DIFFERENCES).map(one => `    ${shown(one)}`) : []),
  ].join('\n')
}

/** RFC 9457: what the problem says beyond its title. */
function detailOf({ j }: KeptBody): string {
  const detail = typeof j === 'object' && j !== null && 'detail' in j ? j.detail : undefined
  return typeof detail === 'string' ? `: ${detail}` : ''
}

function textOf({ j, t }: KeptBody): string {
  return t ?? (j === undefined ? '' : JSON.stringify(j))
}

function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= SHOWN_CHARS ? line : `${line.slice(0, SHOWN_CHARS)}…`
}
