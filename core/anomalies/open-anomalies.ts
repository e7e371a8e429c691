// thread: main
// Anomalies as the settings want them.
import { systemClock } from '../clock/clock.js'
import type { AnomalyName } from '../contract/anomalies.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Settings } from '../contract/settings.js'
import type { Log } from '../log/log.js'
import { Anomalies } from './anomalies.js'

/** Undefined: nobody looks for them. */
export function openAnomalies(
  settings: Settings,
  parts: {
    readonly file: string
    readonly keys: SealingKeys | undefined
    readonly isDrilling: () => boolean
    readonly mayWrite: () => boolean
    readonly expect: (name: AnomalyName, strength: number) => void
    readonly log: Log
  },
): Anomalies | undefined {
  if (!settings.anomalies) return undefined
  return new Anomalies({
    ...parts,
    webhook: settings.alertWebhook,
    secret: settings.alertSecret,
    minSeverity: settings.alertSeverity,
    unwatched: unwatchedBy(settings),
    clock: systemClock,
  })
}

function unwatchedBy({ history, capture }: Settings): string {
  const missing = [
    ...(history
      ? []
      : [
          'with CHAOS_HISTORY=off no facts of exchanges are kept: slowness, errors, missing traffic, unknown routes, enumeration, credential stuffing and sizes are not watched',
        ]),
    ...(capture ? [] : ['with CHAOS_CAPTURE=off no answers and bodies are seen: their shapes are not watched']),
  ]
  return missing.join('; ')
}
