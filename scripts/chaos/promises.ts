// Which promises a tally breaks. Pure.
import type { Tally } from './tally.js'

export interface Expected {
  /** More failed requests than this break the promise. */
  readonly failed?: number
  /** Without them the fault did not bite, and nothing was shown. */
  readonly ghosts?: boolean
}

export function brokenBy(tally: Tally, { failed = 0, ghosts = true }: Expected = {}): string[] {
  const { counts } = tally
  const broken: string[] = []
  if (counts.failed > failed)
    broken.push(`${counts.failed} of ${tally.requests} requests failed${failed === 0 ? '' : `, more than ${failed}`}`)
  if (counts['unmarked-wrong'] > 0) broken.push(`${counts['unmarked-wrong']} answers were not live and had no mark`)
  if (counts.wrong > 0) broken.push(`${counts.wrong} ghosts were wrong`)
  if (tally.requests === 0) broken.push('nothing was asked: it shows nothing')
  else if (ghosts && counts.ghost === 0) broken.push('no ghost was needed: the fault did not bite, it shows nothing')
  if (broken.length > 0) broken.push(...tally.samples)
  return broken
}
