// thread: any

/** Whether `ms` have passed since. A time of day that was set back tells nothing: then they count as passed, and nothing waits for hours. */
export function hasElapsed(since: number, now: number, ms: number): boolean {
  return now < since || now - since >= ms
}
