// thread: main
// The end of a process that nobody follows: what is in flight is finished, what was learned is written down.
import { LAST_SPANS_MS, leaveStores, type RunningParts } from './running-parts.js'

export async function stopProxy(parts: RunningParts): Promise<void> {
  const { acceptor, journal, drills, trafficReplays, edges, looks, outages, anomalies, brain, admin, memory } = parts
  acceptor.stop()
  parts.endBackground()
  journal?.stopReplays()
  drills.close()
  await trafficReplays.close()
  await edges.close(parts.settings.shutdownMs)
  looks.end()
  // Beside the rest: nothing else waits for a collector.
  const lastSpans = parts.traces?.close(LAST_SPANS_MS)
  await outages.closeFile()
  await leaveStores(parts)
  anomalies?.close()
  await journal?.journal.close()
  await brain.flush()
  await brain.close()
  await admin.close()
  await memory.close()
  await lastSpans
}
