// Judges one answer against what is known. Pure.
import { isDeepStrictEqual } from 'node:util'
import type { ReceivedAnswer } from './answer-reader.js'
import type { Truth } from './known-api.js'

export const verdicts = ['live', 'ghost', 'failed', 'unmarked-wrong', 'wrong'] as const
export type Verdict = (typeof verdicts)[number]

export interface Judged {
  readonly verdict: Verdict
  /** What is wrong with it; '' where nothing is. */
  readonly because: string
}

const tiers = new Set(['exact', 'entity', 'query', 'template', 'semantic'])

/**
 * `asked`: the value of X-Asked in the request. The backend repeats it, so that an answer without mark is live only if it was
 * given to this very request: one out of a memory cannot know it.
 */
export function checkAnswer(asked: string, truth: Truth, answer: ReceivedAnswer): Judged {
  const { status, fields, body } = answer
  const mark = fields.get('x-ghost')
  if (status >= 500)
    return { verdict: 'failed', because: `status ${status}, ${fields.get('x-ghost-refused') ?? body.slice(0, 80)}` }
  const difference = differenceOf(truth, answer)
  if (mark === undefined) {
    if (difference !== '') return { verdict: 'unmarked-wrong', because: difference }
    if (fields.get('x-asked') === asked) return { verdict: 'live', because: '' }
    return { verdict: 'unmarked-wrong', because: 'an old answer without a mark' }
  }
  if (difference !== '') return { verdict: 'wrong', because: `${mark}: ${difference}` }
  if (!tiers.has(mark)) return { verdict: 'wrong', because: `the mark x-ghost: ${mark} is no tier` }
  const confidence = Number(fields.get('x-ghost-confidence') ?? Number.NaN)
  if (!(confidence >= 0 && confidence <= 1)) return { verdict: 'wrong', because: 'a ghost without a confidence' }
  return { verdict: 'ghost', because: '' }
}

function differenceOf(truth: Truth, { status, body }: ReceivedAnswer): string {
  if (status !== truth.status) return `status ${status} in place of ${truth.status}`
  if (body === truth.body) return ''
  try {
    if (isDeepStrictEqual(JSON.parse(body), JSON.parse(truth.body))) return ''
  } catch {
    // No JSON is another body.
  }
  return `the body ${body.slice(0, 60)} in place of ${truth.body.slice(0, 60)}`
}
