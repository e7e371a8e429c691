// thread: any
// Has the mean of something risen? By betting against it (Waudby-Smith, Ramdas: Estimating means of bounded random variables by
// betting, 2023), begun anew at each step as Shiryaev and Roberts do (Shin, Ramdas, Rinaldo: E-detectors, 2023).
//
// What a bet on «more than `mean`» is worth is expected to be at most 1 while the mean of each value, given all before it, is at
// most `mean`: however the values are distributed, and however much those of one span depend on each other. The sum of the bets
// begun at each step, less the number of steps, is then a supermartingale, so that by optional stopping the expected number of
// steps until it reaches RUN_LENGTH without a change is at least RUN_LENGTH.

/** Expected steps between two false alarms of one detector, at least. */
export const RUN_LENGTH = 1e7
/** Shares of what may be bet: the small ones find small changes, the large ones large changes soon. */
const stakes = [0.1, 0.3, 0.6, 0.9] as const
const ENOUGH = RUN_LENGTH * 1e6
/** Steps that look normal before it is over. */
const CALM_STEPS = 6
/** From here on nothing is learned: it may be the beginning of a change. */
const SUSPICIOUS = 200

export class EDetector {
  readonly #worth = new Float64Array(stakes.length)
  #isRaised = false
  #calm = 0
  #steps = 0

  /** `value`: 0…1. `mean`: what is normal is below, above 0. True: the alarm begins with this one. */
  observe(value: number, mean: number): boolean {
    let sum = 0
    stakes.forEach((stake, i) => {
      const bet = 1 - stake + (stake * value) / mean
      this.#worth[i] = Math.min(ENOUGH, (1 + this.#worth[i]!) * bet)
      sum += this.#worth[i]!
    })
    const { isRaised } = this
    if (isRaised) {
      this.#steps += 1
      this.#calm = value <= mean ? this.#calm + 1 : 0
      if (this.#calm >= CALM_STEPS) this.reset()
      return false
    }
    this.#isRaised = sum / stakes.length >= RUN_LENGTH
    return this.#isRaised
  }

  /** The alarm stands. */
  get isRaised(): boolean {
    return this.#isRaised
  }

  /** It stands, or may be about to. */
  get isSuspicious(): boolean {
    return this.#isRaised || this.evidence >= SUSPICIOUS
  }

  /** What the bets are worth; {@link RUN_LENGTH} raises the alarm. */
  get evidence(): number {
    let sum = 0
    for (const worth of this.#worth) sum += worth
    return sum / stakes.length
  }

  /** How long the alarm stands. */
  get steps(): number {
    return this.#steps
  }

  reset(): void {
    this.#worth.fill(0)
    this.#isRaised = false
    this.#calm = 0
    this.#steps = 0
  }
}
