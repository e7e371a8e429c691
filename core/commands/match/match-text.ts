// thread: main of a process that is no proxy
// What a ghost would say to a request and why, in words. Pure.
import type { ComposeExplanation, FieldDifference } from '../../contract/explanation.js'
import type { ExplainedAnswer, ExplainedTier, MatchExplanation } from '../../contract/status.js'
import type { Paint } from '../paint.js'
import { durationText, percentText } from '../quantities.js'
import { refusalWords } from './refusal-words.js'

const MAX_BODY_LINES = 40
const MAX_LINE = 200

const questionWords: Readonly<Record<string, string>> = {
  plain: 'a plain question',
  write: 'a write',
  graphql: 'a GraphQL question',
  'json-rpc': 'a JSON-RPC call that reads',
  search: 'a search',
}

export function matchText(explained: MatchExplanation, paint: Paint): string {
  const { request, verdict, reason, minConfidence, tiers, nearestMiss, composed, answer, micros } = explained
  const { method, path, query, question, route, params, ignored, variesBy, scope, policy, switch: flipped } = request
  const target = query === null || query === '' ? path : `${path}?${query}`
  const lines = [
    `${paint.bold(`${method} ${target}`)}: ${questionWords[question] ?? question}, ${route === null ? 'of no learned route' : `of the route ${route}${params.length === 0 ? '' : ` with ${params.join(', ')}`}`}`,
    ...ignored.map(({ name, value, because }) => `  ${name}=${value} is left out: ${because}`),
    ...(variesBy.length === 0 ? [] : [`  answers differ by ${variesBy.join(', ')}`]),
    ...(scope === ''
      ? []
      : [`  asked with credentials (${scope}): answers of these alone are used, or what is for all`]),
    ...(policy === null ? [] : [`  ${policy} in CHAOS_ROUTES_FILE speaks of it`]),
    ...(flipped === null ? [] : [`  the switch of ${flipped} speaks of it`]),
    '',
    verdict === 'answer' && answer !== null
      ? `${paint.good('a ghost would answer')}: ${answer.tier}, confidence ${answer.confidence.toFixed(2)}, ${durationText(answer.ageS)} old`
      : `${paint.bad('a ghost would stay silent')}: ${reason === '' ? '' : refusalWords[reason]}${reason === 'low-confidence' ? ` (${minConfidence} is needed)` : ''}`,
    '',
    ...tiers.map(tier => tierLine(tier, minConfidence, paint)),
    ...(composed === null ? [] : composedLines(composed)),
    ...(nearestMiss === null
      ? []
      : [
          '',
          `nearest that was answered: ${nearestMiss.method} ${nearestMiss.target}${nearestMiss.similarity === null ? '' : `, ${nearestMiss.similarity.toFixed(2)} alike`}; ${nearestMiss.because}`,
          ...differenceLines(nearestMiss.differs),
        ]),
    ...(answer === null ? [] : answerLines(answer, verdict, paint)),
    '',
    paint.dim(`told in ${(micros / 1000).toFixed(1)} ms`),
  ]
  return `${lines.join('\n')}\n`
}

function tierLine(
  { tier, used, because, detail, confidence, lowerBound }: ExplainedTier,
  minConfidence: number,
  paint: Paint,
): string {
  const mark = used ? paint.good('yes') : 'no '
  const why = used || because === '' ? '' : refusalWords[because]
  const bound =
    lowerBound === null || confidence === null
      ? ''
      : `confidence ${confidence.toFixed(2)}, surely ${lowerBound.toFixed(2)}${lowerBound < minConfidence ? ` of ${minConfidence}` : ''}`
  return `  ${mark} ${tier.padEnd(9)} ${[why, bound, detail].filter(text => text !== '').join('; ')}`.trimEnd()
}

function composedLines({ inputs, evidence, steps }: ComposeExplanation): string[] {
  const { kind, source, completeness, onThisRoute, onAllRoutes } = evidence
  const graded = onThisRoute.similarity === null ? onAllRoutes : onThisRoute
  return [
    ...(inputs.length === 0 ? [] : ['', 'how it is read:']),
    ...inputs.map(({ input, value, meaning, seen }) => `  ${input} = ${cut(value)}: ${meaning}, seen ${seen} times`),
    ...(kind === ''
      ? []
      : [
          '',
          `evidence: ${kind}${source === '' ? '' : `, out of ${source}`}${completeness === null ? '' : `, of which ${percentText(completeness)} is known`}${graded.similarity === null ? '' : `; such answers were ${graded.similarity.toFixed(3)} like the truth, ${Math.round(graded.count)} times`}`,
        ]),
    ...(steps.length === 0 ? [] : ['', 'step by step:']),
    ...steps.map(({ step, detail, micros }) => `  ${step}${detail === '' ? '' : `: ${cut(detail)}`} (${micros} µs)`),
  ]
}

function differenceLines(differs: readonly FieldDifference[]): string[] {
  const value = (text: string | null): string => (text === null ? 'nothing' : `«${cut(text)}»`)
  return differs.map(({ field, asked, known }) => `  ${field}: ${value(asked)} is asked for, ${value(known)} is known`)
}

function answerLines(
  { status, headers, body, bodyEncoding }: ExplainedAnswer,
  verdict: string,
  paint: Paint,
): string[] {
  const shown =
    bodyEncoding === 'base64' ? [`(${Math.floor((body.length * 3) / 4)} octets that are no text)`] : bodyLines(body)
  return [
    '',
    verdict === 'answer' ? 'the answer:' : 'what it would say if it were surer:',
    paint.dim(`  HTTP/1.1 ${status}`),
    ...Object.entries(headers).map(([name, value]) => paint.dim(`  ${name}: ${printable(value)}`)),
    '',
    ...shown.slice(0, MAX_BODY_LINES).map(line => `  ${cut(line)}`),
    ...(shown.length > MAX_BODY_LINES ? [`  … ${shown.length - MAX_BODY_LINES} more lines; --json has them all`] : []),
  ]
}

function bodyLines(body: string): string[] {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2).split('\n')
  } catch {
    return body.split('\n')
  }
}

function cut(text: string): string {
  const safe = printable(text)
  return safe.length <= MAX_LINE ? safe : `${safe.slice(0, MAX_LINE)}…`
}

/** What an API answers must not command the terminal. */
function printable(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '·')
}
