// thread: main
// Where the signals of all detectors come together: groups, their file, alerts, and the way back to the detectors. Nothing here is
// on the path of a request.
import type { Clock } from '../clock/clock.js'
import {
  type AlertStatus,
  type AnomalyList,
  type AnomalyName,
  type AnomalyReport,
  type AnomalySignal,
  anomalyFamilies,
  type Feedback,
  type LiveAnomaly,
  type Severity,
  severities,
} from '../contract/anomalies.js'
import type { ForgetMatcher } from '../contract/forgetting.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { MetricFamily } from '../contract/status.js'
import { JsonFile } from '../data/json-file.js'
import type { Log } from '../log/log.js'
import { alertMessage } from './alert-message.js'
import { AnomalyGroups, type SavedGroup } from './anomaly-groups.js'
import { anomalyMetrics } from './anomaly-metrics.js'
import { postJson } from './post-json.js'
import { Webhook } from './webhook.js'

export interface AnomaliesParts {
  readonly file: string
  /** What the file is encrypted with; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
  /** '': no alerts. */
  readonly webhook: string
  readonly secret: string
  /** Of alerts. */
  readonly minSeverity: Severity
  /** What is not watched with these settings; '' for nothing. */
  readonly unwatched: string
  /** Faults are imitated: what they do to the API is no anomaly. */
  readonly isDrilling: () => boolean
  /** False: another process has the data. */
  readonly mayWrite: () => boolean
  /** Detectors take it for normal from now on. */
  readonly expect: (name: AnomalyName, strength: number) => void
  readonly clock: Clock
  readonly log: Log
}

const VERSION = 1
const WRITE_EVERY_MS = 5000
/** One that comes and goes is not alerted of each time. */
const ALERT_AGAIN_MS = 600_000
const MAX_ALERTED = 1000

export class Anomalies {
  readonly #parts: AnomaliesParts
  readonly #groups: AnomalyGroups
  readonly #file: JsonFile<SavedGroup[]>
  readonly #webhook: Webhook | undefined
  readonly #alertedAt = new Map<string, { at: number; severity: Severity }>()
  #isUnwritten = false
  #wroteAt = 0

  constructor(parts: AnomaliesParts) {
    const { file, keys, webhook, secret, clock, log } = parts
    this.#parts = parts
    this.#file = new JsonFile(file, VERSION, log, keys)
    this.#webhook =
      webhook === ''
        ? undefined
        : new Webhook({
            ...{ url: webhook, secret, post: postJson, clock, random: Math.random, log },
            later: (ms, run) => setTimeout(run, ms).unref(),
          })
    this.#groups = new AnomalyGroups({
      onBegan: report => this.#told(report),
      onChange: () => {
        this.#isUnwritten = true
      },
      earlier: this.#file.read() ?? [],
    })
  }

  /** What a detector said. */
  take(signals: readonly AnomalySignal[]): void {
    const heard = this.#parts.isDrilling() ? signals.filter(({ kind }) => anomalyFamilies[kind] === 'request') : signals
    this.#groups.take(heard, this.#parts.clock.now())
  }

  /** Called several times a second. */
  tick(): void {
    const now = this.#parts.clock.now()
    this.#groups.tick(now)
    if (this.#isUnwritten && Math.abs(now - this.#wroteAt) >= WRITE_EVERY_MS) this.#write(now)
  }

  list(): AnomalyList {
    return { anomalies: this.#groups.list(), totals: this.#groups.totals(), unwatched: this.#parts.unwatched }
  }

  report(id: string): AnomalyReport | undefined {
    return this.#groups.report(id)
  }

  feedback(id: string, feedback: Feedback): AnomalyReport | undefined {
    const report = this.#groups.feedback(id, feedback, this.#parts.clock.now())
    if (report !== undefined && feedback === 'expected') {
      const { kind, subject, detail, strength } = report
      this.#parts.expect({ kind, subject, detail }, strength)
    }
    return report
  }

  /** Answers with how many there were; the file is written at once. */
  forget(matcher: ForgetMatcher, dryRun: boolean): number {
    const found = this.#groups.forget(matcher, dryRun)
    if (!dryRun) this.flush()
    return found
  }

  live(): LiveAnomaly[] {
    return this.#groups.live()
  }

  metrics(): MetricFamily[] {
    return anomalyMetrics(this.#groups.totals(), this.alerts())
  }

  /** Undefined: there are none. */
  alerts(): AlertStatus | undefined {
    return this.#webhook?.status()
  }

  /** What is not written down yet is. */
  flush(): void {
    if (this.#isUnwritten) this.#write(this.#parts.clock.now())
  }

  close(): void {
    this.#webhook?.close()
    this.flush()
  }

  #write(now: number): void {
    if (!this.#parts.mayWrite()) return
    this.#wroteAt = now
    this.#isUnwritten = false
    this.#file.write(this.#groups.saved())
  }

  #told(report: AnomalyReport): void {
    const { id, kind, subject, detail, severity, says } = report
    this.#parts.log.warn({ anomaly: id, kind, subject, detail, severity }, says)
    if (this.#webhook === undefined || severities.indexOf(severity) < severities.indexOf(this.#parts.minSeverity))
      return
    const now = this.#parts.clock.now()
    const before = this.#alertedAt.get(id)
    const isWorse = before !== undefined && severities.indexOf(severity) > severities.indexOf(before.severity)
    if (before !== undefined && !isWorse && Math.abs(now - before.at) < ALERT_AGAIN_MS) return
    if (this.#alertedAt.size >= MAX_ALERTED) this.#alertedAt.delete(this.#alertedAt.keys().next().value!)
    this.#alertedAt.delete(id)
    this.#alertedAt.set(id, { at: now, severity })
    this.#webhook.send(alertMessage(report))
  }
}
