// What came of the questions: the table and its summary. Pure.
import type { Reply } from './ask.js'
import { accounts } from './data.js'
import type { Question } from './questions.js'
import { formatTable, shorten } from './report.js'
import { leaks, RIGHT_ENOUGH, tally, type Verdict } from './verdict.js'

/** A question, what the ghost said to it, and what the API had said before. */
export interface Asked {
  readonly question: Question
  readonly reply: Reply
  readonly verdict: Verdict
}

export function tableOf(asked: readonly Asked[]): string {
  const rows: (readonly string[] | { rule: string })[] = []
  let group = ''
  for (const { question, reply, verdict } of asked) {
    if (question.group !== group) rows.push({ rule: question.group })
    group = question.group
    rows.push([
      shorten(`${question.request.method} ${decodeURIComponent(question.request.path)}`, 46),
      question.label,
      String(reply.status),
      tierOf(reply),
      reply.confidence?.toFixed(2) ?? '–',
      matchOf(verdict),
    ])
  }
  return formatTable(['request', 'what it is', 'status', 'tier', 'conf.', 'match with the truth'], rows)
}

function tierOf({ ghost }: Reply): string {
  if (ghost === undefined) return 'live'
  return ghost === 'none' ? 'refused' : ghost
}

function matchOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'exact':
      return 'exact'
    case 'similar':
      return verdict.similarity === 1 ? 'same content' : `${(Math.floor(verdict.similarity * 1000) / 10).toFixed(1)} %`
    case 'refused':
      return `refused: ${verdict.because}`
    case 'unknown':
      return '–'
  }
}

/** The summary, and the promise that was broken if one was. */
export function sumUp(asked: readonly Asked[]): { lines: string[]; broken: string | undefined } {
  const { right, partly, wrong, refused } = tally(asked.map(({ verdict }) => verdict))
  const others = asked.filter(({ question }) => question.group === "somebody else's page")
  const leaked = others.filter(({ reply }) => leaks(reply, { ...accounts[0] }))
  const unmarked = asked.filter(({ reply }) => reply.ghost === undefined)
  const seen = asked.filter(({ question }) => question.group === 'seen before')
  const kept = seen.filter(({ verdict }) => verdict.kind === 'exact')
  const silent = seen.find(({ verdict }) => verdict.kind === 'refused')
  return {
    lines: [
      `answered   ${right} right, ${partly} at least ${RIGHT_ENOUGH * 100} % right, ${wrong} wrong; ${refused} honestly refused`,
      `known      ${kept.length} of the ${seen.length} seen before octet for octet as the API said it`,
      `leaks      ${leaked.length} of ${others.length} tries to see somebody else's page; ${unmarked.length} answers without a mark`,
    ],
    broken: brokenPromise(),
  }

  function brokenPromise(): string | undefined {
    if (leaked.length > 0) return 'a private page was shown to somebody else'
    if (unmarked[0] !== undefined) return `an answer came without its mark: ${unmarked[0].question.request.path}`
    if (silent !== undefined) return `${silent.question.request.path} was asked before the outage and refused in it`
    return undefined
  }
}
