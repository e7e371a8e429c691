// Does something grow without end? Pure: samples of a long run in, sentences out.

export interface Sample {
  readonly rssMiB: number
  readonly handles: number
  /** How long the main thread let a question wait. */
  readonly delayMs: number
}

/** What may come on top without being growth: caches that still fill, the noise of a machine. */
const allowed: Readonly<
  Record<keyof Sample, { readonly factor: number; readonly plus: number; readonly unit: string }>
> = {
  rssMiB: { factor: 1.1, plus: 32, unit: 'MiB of memory' },
  handles: { factor: 1, plus: 32, unit: 'file handles' },
  delayMs: { factor: 2, plus: 25, unit: 'ms of delay' },
}

/** The first quarter is for warming up: the second is held against the last, by their medians. */
export function growthOf(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4)
  if (quarter === 0) return [`${samples.length} samples are too few to tell growth`]
  const grown: string[] = []
  for (const name of Object.keys(allowed) as (keyof Sample)[]) {
    const before = median(samples.slice(quarter, 2 * quarter).map(sample => sample[name]))
    const after = median(samples.slice(-quarter).map(sample => sample[name]))
    const { factor, plus, unit } = allowed[name]
    if (after > before * factor + plus) grown.push(`from ${before.toFixed(1)} to ${after.toFixed(1)} ${unit}`)
  }
  return grown
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
