// The results as a reader wants them, on the terminal and as Markdown. Pure.
import { formatTable, markdownTable } from '../table.js'
import type { BackendResult, LeftOut, PeerScore } from './results.js'
import { mean } from './scores.js'
import { budgetTable, classTable, confidenceTable, peerTable, type Table, tenth } from './tables.js'
import { DECILE_MIN_ANSWERS, GAP_MAX, shownInTraffic, three, type Verdict, withIgnoring } from './verdicts.js'

export interface FidelityReport {
  readonly machine: readonly string[]
  /** How the proxy was set, in words. */
  readonly settings: string
  readonly results: readonly BackendResult[]
  /** The same with CHAOS_GHOST_HONOUR=ignore-no-store, of backends that say no-store. */
  readonly ignoring: readonly BackendResult[]
  readonly verdicts: readonly Verdict[]
  readonly leftOut: readonly LeftOut[]
  /** Whoever was measured on the same backends. */
  readonly peers: readonly PeerScore[]
}

export function terminalReport({ results, ignoring, verdicts, leftOut }: FidelityReport): string {
  const table = ({ head, cells, words }: Table): string => formatTable(head, cells, words)
  return [
    ...results.flatMap(result => [titleOf(result), table(classTable(result.scores)), '']),
    ...ignoring.flatMap(result => [ignoringTitleOf(result), table(classTable(result.scores)), '']),
    ...(results.some(({ scores }) => scores.deciles.length > 0) ? [table(confidenceTable(results)), ''] : []),
    ...results.map(readinessLine),
    ...results.flatMap(warningsOf),
    ...leftOut.map(leftOutLine),
    '',
    ...verdicts.map(
      ({ budget, perBackend, mean, met }) =>
        `${met === undefined ? 'open  ' : met ? 'met   ' : 'MISSED'}  ${budget}: ${measuredOf(perBackend, mean)}`,
    ),
  ].join('\n')
}

export function markdownReport({
  machine,
  settings,
  results,
  ignoring,
  verdicts,
  leftOut,
  peers,
}: FidelityReport): string {
  const list = (lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [lines.map(one => `- ${one}`).join('\n')]
  const table = ({ head, cells, words }: Table): string => markdownTable(head, cells, words)
  return `${[
    '# How close ghosts come to the truth',
    'Written by `npm run bench:fidelity`. A real backend is put behind the proxy, some 1,500 requests train it, the backend is killed, and some 400 questions are asked whose true answers are known. `bench/fidelity/README.md` says what the classes and scores mean.',
    list([...machine, `proxy: ${settings}`])[0]!,
    ...list(leftOut.map(leftOutLine)),
    '## Budgets',
    table(budgetTable(results, verdicts)),
    'A budget with a mean is judged by it; the others must hold for each backend. «Open»: nothing was there to judge it by.',
    ...(peers.length === 0
      ? []
      : [
          '## Beside its peers',
          table(peerTable(results, ignoring, peers)),
          'F1, mean over the classes; shares in percent. Peers and controls were measured once, with the same harness, on 2 cores under Debian 12. Controls are no products: `exact` is a perfect record/replay, `nearest` gives the most similar recorded request, `stitch` puts details together from lists, `null` answers nothing.',
        ]),
    ...results.flatMap(result => [
      `## ${titleOf(result)}`,
      table(classTable(result.scores)),
      ...list(warningsOf(result)),
    ]),
    ...(ignoring.length === 0 ? [] : [ignoringSentence(results, ignoring)]),
    ...ignoring.flatMap(result => [`### ${ignoringTitleOf(result)}`, table(classTable(result.scores))]),
    '## Confidence',
    ...(results.some(({ scores }) => scores.deciles.length > 0)
      ? [
          `What answers claimed and what they were worth; a decile of ${DECILE_MIN_ANSWERS} answers or more must not be off by more than ${GAP_MAX}.`,
          table(confidenceTable(results)),
        ]
      : ['No answer named its confidence.']),
    '## Readiness',
    list(results.map(readinessLine))[0]!,
  ].join('\n\n')}\n`
}

function titleOf({ backend, scores }: BackendResult): string {
  return `${backend}: overall F1 ${three(scores.overall)}`
}

function ignoringTitleOf(result: BackendResult): string {
  return `${titleOf(result)} with CHAOS_GHOST_HONOUR=ignore-no-store`
}

function ignoringSentence(results: readonly BackendResult[], ignoring: readonly BackendResult[]): string {
  const shares = ignoring.map(({ backend }) => {
    const { unstorable = 0 } = results.find(result => result.backend === backend)?.before ?? {}
    return `${tenth(unstorable)} % of the traffic of ${backend}`
  })
  const whole = mean(withIgnoring(results, ignoring).map(({ scores }) => scores.overall))
  return `Answers to ${shares.join(', ')} say \`no-store\`: they are never kept. Where the operator has that ignored, they are kept for their own credentials, and the mean over all backends is ${three(whole)}. That is told beside the default, and judged by its leaks alone.`
}

function readinessLine(result: BackendResult): string {
  return `${tested(result)}${goneOn(result)}`
}

function goneOn({ goingOn }: BackendResult): string {
  if (goingOn === undefined) return ''
  const { readiness, shown, count } = goingOn
  return `; where the traffic went on as it was it promised ${three(readiness)}, shown ${three(shown)} over the next ${count} reads`
}

function tested(result: BackendResult): string {
  const { backend, before, scores } = result
  const shown = `the outage showed ${three(scores.overall)} (mean over all reads ${three(scores.f1OfReads)})`
  return before.readiness === null
    ? `${backend}: no readiness endpoint; ${shown}`
    : `${backend}: readiness ${three(before.readiness)} before the kill; ${shown}${partsOf(result)}`
}

/** Traffic and questions mix what was asked before and what was not in their own ways: each is held against its own. */
function partsOf({ before, scores, promised }: BackendResult): string {
  const { repeated, unseen } = before
  const { repeats, others } = scores
  if (repeated === undefined || unseen === undefined) return ''
  const shownOf = (of: typeof repeats): string => (of === undefined ? '–' : three(of.f1))
  const [r, o] = [repeats?.count ?? 0, others?.count ?? 0]
  const mixed = (repeated * r + unseen * o) / Math.max(1, r + o)
  const inTraffic = shownInTraffic({ before, scores })
  return [
    `; of requests asked before ${three(repeated)}, shown ${shownOf(repeats)}`,
    `; of others ${three(unseen)}, shown ${shownOf(others)}`,
    `; of all these reads ${three(mixed)}`,
    inTraffic === undefined ? '' : `; at the traffic's share of repeats the outage showed ${three(inTraffic)}`,
    promised === undefined
      ? ''
      : `; of the routes that were asked it promised ${three(promised)}, shown ${three(scores.f1OfReads)}`,
  ].join('')
}

function warningsOf({ backend, training, before }: BackendResult): string[] {
  const embedder = typeof before.learning.embedder === 'string' ? `, embedder ${before.learning.embedder}` : ''
  return [
    `${backend}: ${training.requests} training requests, ${tenth(training.sameStatus)} % with the status and ${tenth(training.sameBody)} % with the body of the stored truth; settled in ${(before.waitedMs / 1000).toFixed(1)} s${embedder}`,
    ...(before.settled ? [] : [`${backend}: the proxy had not settled when the backend was killed`]),
    ...(training.sameStatus < 0.995
      ? [
          `${backend}: the training went otherwise than the stored truth says; where a control shows this too, take the truth again (bench/fidelity/README.md)`,
        ]
      : []),
  ]
}

function leftOutLine({ name, because }: LeftOut): string {
  return `left out: ${name}: ${because}`
}

function measuredOf(perBackend: readonly string[], whole: string): string {
  const each = perBackend.map(one => (one === '' ? '–' : one)).join(', ')
  return whole === '' ? each : `${whole} (${each})`
}
