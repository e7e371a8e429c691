// Chance with a seed: a run comes again exactly.

export interface Chance {
  /** 0…1 */
  unit(): number
  /** 0…below */
  below(count: number): number
  normal(): number
  poisson(mean: number): number
}

export function chanceOf(seed: number): Chance {
  let state = seed
  // Mulberry32.
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit())
  return {
    unit,
    normal,
    below: count => Math.floor(unit() * count),
    poisson: mean => {
      if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
      const limit = Math.exp(-mean)
      let product = unit()
      let count = 0
      for (; product > limit; count++) product *= unit()
      return count
    },
  }
}
