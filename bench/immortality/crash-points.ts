// kill -9 of the journal at random steps of its disk.
import { crashJournals } from '../../scripts/chaos/crash-points/crash-points.js'
import { temporaryFolder } from '../../scripts/chaos/stage.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'

const LIVES = 10
/** As many as the machine has for it. */
const AT_ONCE = 2
/** A step that is beyond the last one of a life ends nobody. */
const SPARE = 1.15

export const crashPoints: Measure<Bounds> = {
  name: 'crash points',
  question:
    'kill -9 of the journal at random steps of its disk, ten times on each folder, while it takes writes and sends them',
  async run({ crashes, random }): Promise<Figure[]> {
    const folders = Math.ceil((crashes * SPARE) / LIVES / AT_ONCE)
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        crashJournals(
          { folders: Array.from({ length: folders }, temporaryFolder), lives: LIVES, random },
          temporaryFolder(),
        ),
      ),
    )
    const sum = (of: (outcome: (typeof outcomes)[number]) => number): number =>
      outcomes.reduce((total, outcome) => total + of(outcome), 0)
    const acknowledged = sum(outcome => outcome.acknowledged).toLocaleString('en-US')
    return [
      atLeast(
        'crashes',
        crashes,
        sum(outcome => outcome.crashes),
        '',
        `at ${outcomes[0]!.steps} different steps`,
      ),
      atMost(
        'lost',
        0,
        sum(({ lost }) => lost.length),
        '',
        `of ${acknowledged} acknowledged`,
      ),
      atMost(
        'doubled',
        0,
        sum(({ doubled }) => doubled.length),
      ),
      atMost(
        'out of order, or under a wrong name',
        0,
        sum(({ disordered, misnamed }) => disordered.length + misnamed.length),
      ),
    ]
  },
}
