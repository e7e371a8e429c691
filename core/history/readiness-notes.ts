// thread: main
// Readiness over time: what the report says is noted now and then.
import type { Clock } from '../clock/clock.js'
import type { NotedReadiness } from '../contract/history.js'
import type { ReadinessReport } from '../contract/readiness.js'

/** A day is 1,440 of them. */
export const NOTE_READINESS_MS = 60_000

/** `historyNow`: undefined where it is not open. Never rejects. */
export async function noteReadiness(
  brain: { readiness(): Promise<ReadinessReport | undefined> },
  historyNow: () => { readiness(noted: NotedReadiness): void } | undefined,
  timeOfDay: Clock,
): Promise<void> {
  if (historyNow() === undefined) return
  const report = await brain.readiness()
  if (report !== undefined) historyNow()?.readiness(notedOf(report, timeOfDay.now()))
}

export function notedOf({ overall, repeated, unseen }: ReadinessReport, at: number): NotedReadiness {
  return { at, overall, repeated: repeated.readiness, unseen: unseen.readiness, unseenShare: unseen.share }
}
