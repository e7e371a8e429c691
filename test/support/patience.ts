// For what must come true soon but at no certain moment.

/** An `until` that asks until it is `enough`, and gives back what it saw last; at most `forMs`, unless a call says otherwise. */
export function patience(forMs: number) {
  return async <T>(look: () => T | Promise<T>, enough: (seen: T) => boolean, atMostMs = forMs): Promise<T> => {
    const end = Date.now() + atMostMs
    for (;;) {
      const seen = await look()
      if (enough(seen) || Date.now() > end) return seen
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}
