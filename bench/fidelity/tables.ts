// The tables of a report, as text in cells. Pure.
import type { BackendResult, PeerScore } from './results.js'
import { type ClassScore, mean, type Scores } from './scores.js'
import { DECILE_MIN_ANSWERS, GAP_MAX, gapOf, three, type Verdict, withIgnoring } from './verdicts.js'

export interface Table {
  readonly head: readonly string[]
  readonly cells: readonly (readonly string[])[]
  /** Columns of words; the others hold numbers. */
  readonly words: ReadonlySet<number>
}

const OWN_NAME = 'chaos-proxy'

export function classTable(scores: Scores): Table {
  return {
    head: [
      'class',
      'count',
      'ceiling',
      'F1',
      'right %',
      'wrong %',
      'wrong and sure %',
      'status %',
      'answered %',
      'leaks',
      'looks done',
    ],
    cells: [...scores.classes.map(classCells), allCells(scores)],
    words: new Set([0]),
  }
}

function classCells({ name, count, ceiling, reads, answered, leaks, silent }: ClassScore): string[] {
  return [
    ...[name, String(count)],
    ...(reads === undefined
      ? ['', '', '', '', '', '']
      : [
          ...[three(ceiling), three(reads.f1), tenth(reads.right), tenth(reads.wrong)],
          ...[tenth(reads.wrongButConfident), tenth(reads.sameStatus)],
        ]),
    ...[tenth(answered), String(leaks), String(silent)],
  ]
}

function allCells(scores: Scores): string[] {
  const count = scores.classes.reduce((sum, one) => sum + one.count, 0)
  return [
    ...['all', String(count), '', three(scores.overall), tenth(scores.right), tenth(scores.wrong)],
    ...[tenth(scores.wrongButConfident), '', tenth(scores.answered), String(scores.leaks), String(scores.silent)],
  ]
}

export function budgetTable(results: readonly BackendResult[], verdicts: readonly Verdict[]): Table {
  return {
    head: ['budget', ...results.map(({ backend }) => backend), 'mean', 'verdict'],
    cells: verdicts.map(({ budget, perBackend, mean, met }) => [
      ...[budget, ...perBackend, mean],
      met === undefined ? 'open' : met ? 'met' : '**missed**',
    ]),
    words: new Set([0, results.length + 2]),
  }
}

/** `ignoring`: of those backends that say no-store, what ignoring it came to. */
export function peerTable(
  results: readonly BackendResult[],
  ignoring: readonly BackendResult[],
  peers: readonly PeerScore[],
): Table {
  const names = results.map(({ backend }) => backend)
  const classNames = Object.keys(peers[0]?.classes ?? {})
  const own = ownScore(OWN_NAME, results, classNames)
  const other = ownScore(`${OWN_NAME}, no-store ignored`, withIgnoring(results, ignoring), classNames)
  const rows = [own, ...(ignoring.length === 0 ? [] : [other]), ...peers].sort((a, b) => b.mean - a.mean)
  return {
    head: [
      'proxy',
      ...names,
      'mean',
      'right %',
      ...classNames,
      'answered %',
      'wrong %',
      'wrong and sure %',
      'leaks',
      'looks done',
    ],
    cells: rows.map(row => [
      row.kind === 'control' ? `${row.name} (control)` : row.kind === 'own' ? `**${row.name}**` : row.name,
      ...names.map(name => three(row.overall[name] ?? 0)),
      ...[three(row.mean), tenth(row.right)],
      ...classNames.map(name => three(row.classes[name] ?? 0)),
      ...[tenth(row.answered), tenth(row.wrong), tenth(row.wrongButConfident), String(row.leaks), String(row.silent)],
    ]),
    words: new Set([0]),
  }
}

function ownScore(
  name: string,
  results: readonly BackendResult[],
  classNames: readonly string[],
): Omit<PeerScore, 'kind'> & { kind: PeerScore['kind'] | 'own' } {
  const over = (of: (scores: Scores) => number): number => mean(results.map(({ scores }) => of(scores)))
  const sum = (of: (scores: Scores) => number): number => results.reduce((all, { scores }) => all + of(scores), 0)
  const ofClass = (name: string): number =>
    mean(results.flatMap(({ scores }) => scores.classes.find(one => one.name === name)?.reads?.f1 ?? []))
  return {
    name,
    kind: 'own',
    overall: Object.fromEntries(results.map(({ backend, scores }) => [backend, scores.overall])),
    mean: over(({ overall }) => overall),
    right: over(({ right }) => right),
    classes: Object.fromEntries(classNames.map(name => [name, ofClass(name)])),
    answered: over(({ answered }) => answered),
    wrong: over(({ wrong }) => wrong),
    wrongButConfident: over(({ wrongButConfident }) => wrongButConfident),
    leaks: sum(({ leaks }) => leaks),
    silent: sum(({ silent }) => silent),
  }
}

export function confidenceTable(results: readonly BackendResult[]): Table {
  return {
    head: ['backend', 'confidence from', 'answers', 'mean confidence', 'mean F1', 'off by', 'verdict'],
    cells: results.flatMap(({ backend, scores }) =>
      scores.deciles.map(decile => [
        ...[backend, decile.from.toFixed(1), String(decile.count)],
        ...[three(decile.confidence), three(decile.similarity), signed(gapOf(decile))],
        decile.count < DECILE_MIN_ANSWERS ? 'too few' : Math.abs(gapOf(decile)) <= GAP_MAX ? 'met' : 'missed',
      ]),
    ),
    words: new Set([0, 6]),
  }
}

/** A share, in percent. */
export function tenth(part: number): string {
  return (100 * part).toFixed(1)
}

function signed(gap: number): string {
  return `${gap < 0 ? '−' : '+'}${Math.abs(gap).toFixed(3)}`
}
