// thread: main
// Anomalies as people see them: signals with one name are one anomaly, however many requests they are about, and one that comes
// back is the same again. What a person said of it holds until it gets worse. Bounded; knows no clock.
import { createHash } from 'node:crypto'
import {
  type AnomalyKind,
  type AnomalyPoint,
  type AnomalyReport,
  type AnomalySignal,
  type AnomalyState,
  type AnomalySummary,
  type AnomalyTotals,
  anomalyFamilies,
  type Feedback,
  groupKey,
  type LiveAnomaly,
  type Severity,
  severer,
  severities,
} from '../contract/anomalies.js'
import { type ForgetMatcher, holdsForgotten } from '../contract/forgetting.js'

const MAX_GROUPS = 500
const MAX_POINTS = 120
/** Live watchers are told of so many. */
const MAX_LIVE = 20
/** Nothing was said of it for so long: it is over. */
const QUIET_MS = 300_000
/** What detectors said before they heard that it is expected. */
const IN_FLIGHT_MS = 60_000
/** Dismissed: told again from so many times as far from normal on. */
const WORSE = 2
const NEVER = Number.MAX_SAFE_INTEGER

/** Kinds whose detectors take what is expected for normal: what they say after that is news. Of others nothing is told any more. */
const adaptable: ReadonlySet<AnomalyKind> = new Set([
  'slow',
  'errors',
  'client-errors',
  'traffic-drop',
  'unknown-routes',
  'enumeration',
  'credential-stuffing',
  'payload-size',
  'distant-request',
])

export interface SavedGroup extends Pick<AnomalySignal, 'kind' | 'subject' | 'detail' | 'says' | 'evidence' | 'unit'> {
  readonly falseAlarms: string
  readonly state: AnomalyState
  readonly severity: Severity
  readonly strength: number
  readonly firstAt: number
  readonly lastAt: number
  readonly occurrences: number
  readonly count: number
  readonly feedback: Feedback | null
  readonly toldFrom: number | null
  readonly example: AnomalySignal['example'] | null
  readonly points: readonly AnomalyPoint[]
}

type Group = { -readonly [K in keyof SavedGroup]: SavedGroup[K] } & { readonly id: string; silentUntil: number }

export interface AnomalyGroupsParts {
  /** It began, or became more severe than it was told. */
  readonly onBegan: (report: AnomalyReport) => void
  /** Something is to be written down. */
  readonly onChange: () => void
  readonly earlier: readonly SavedGroup[]
}

export class AnomalyGroups {
  readonly #parts: AnomalyGroupsParts
  readonly #groups = new Map<string, Group>()
  readonly #began: Partial<Record<AnomalyKind, number>> = {}
  #silenced = 0
  #forgotten = 0

  constructor(parts: AnomalyGroupsParts) {
    this.#parts = parts
    for (const saved of parts.earlier.slice(-MAX_GROUPS)) {
      const id = idOf(groupKey(saved))
      this.#groups.set(id, { ...saved, points: [...saved.points], id, silentUntil: 0 })
    }
  }

  /** `now`: epoch ms. */
  take(signals: readonly AnomalySignal[], now: number): void {
    for (const signal of signals) this.#takeOne(signal, now)
    if (signals.length > 0) this.#parts.onChange()
  }

  /** Called now and then. */
  tick(now: number): void {
    for (const group of this.#groups.values()) {
      if (group.state !== 'open' || now - group.lastAt < QUIET_MS) continue
      group.state = 'over'
      this.#parts.onChange()
    }
  }

  /** Open ones first, the most severe of these first, then the newest. */
  list(): AnomalySummary[] {
    return [...this.#groups.values()].sort(byWeight).map(summaryOf)
  }

  report(id: string): AnomalyReport | undefined {
    const group = this.#groups.get(id)
    return group && reportOf(group)
  }

  /** Answers with how many there were. */
  forget(matcher: ForgetMatcher, dryRun: boolean): number {
    const found = [...this.#groups.values()].filter(group => holdsForgotten(group, matcher))
    if (dryRun || found.length === 0) return found.length
    for (const { id } of found) this.#groups.delete(id)
    this.#parts.onChange()
    return found.length
  }

  /** A person said so. Undefined: there is none of that name. */
  feedback(id: string, feedback: Feedback, now: number): AnomalyReport | undefined {
    const group = this.#groups.get(id)
    if (group === undefined) return undefined
    group.state = feedback
    group.feedback = feedback
    if (feedback === 'dismiss') group.toldFrom = WORSE * group.strength
    else group.toldFrom = adaptable.has(group.kind) ? null : NEVER
    group.silentUntil = now + IN_FLIGHT_MS
    this.#parts.onChange()
    return reportOf(group)
  }

  live(): LiveAnomaly[] {
    return [...this.#groups.values()]
      .filter(({ state }) => state === 'open')
      .sort(byWeight)
      .slice(0, MAX_LIVE)
      .map(({ id, kind, severity, subject, says }) => ({ id, kind, severity, says: `${subject}: ${says}` }))
  }

  totals(): AnomalyTotals {
    const open: Record<Severity, number> = { low: 0, medium: 0, high: 0 }
    for (const { state, severity } of this.#groups.values()) if (state === 'open') open[severity] += 1
    return { open, began: { ...this.#began }, silenced: this.#silenced, forgotten: this.#forgotten }
  }

  /** Oldest first. */
  saved(): SavedGroup[] {
    return [...this.#groups.values()]
      .sort((a, b) => a.lastAt - b.lastAt)
      .map(({ id: _, silentUntil: __, ...group }) => group)
  }

  #takeOne(signal: AnomalySignal, now: number): void {
    const id = idOf(groupKey(signal))
    const known = this.#groups.get(id)
    if (signal.over === true) {
      if (known !== undefined) this.#over(known, signal)
      return
    }
    if (known !== undefined && isSilent(known, signal, now)) {
      this.#silenced += 1
      known.lastAt = signal.at
      known.count += signal.count
      return
    }
    const group = known ?? this.#begin(id, signal)
    const isNew = group.state !== 'open'
    const isWorse = severities.indexOf(signal.severity) > severities.indexOf(group.severity)
    if (isNew) {
      group.state = 'open'
      group.occurrences += 1
      group.severity = signal.severity
      group.strength = signal.strength
      group.feedback = null
      group.toldFrom = null
      this.#began[group.kind] = (this.#began[group.kind] ?? 0) + 1
    }
    group.severity = severer(group.severity, signal.severity)
    group.strength = Math.max(group.strength, signal.strength)
    group.lastAt = Math.max(group.lastAt, signal.at)
    group.count += signal.count
    Object.assign(group, { says: signal.says, evidence: signal.evidence, falseAlarms: signal.falseAlarms })
    if (signal.example !== undefined) group.example = signal.example
    group.points = [...group.points, ...(signal.points ?? [])].slice(-MAX_POINTS)
    if (isNew || isWorse) this.#parts.onBegan(reportOf(group))
  }

  #over(group: Group, { at, points }: AnomalySignal): void {
    if (group.state === 'open') group.state = 'over'
    group.lastAt = Math.max(group.lastAt, at)
    group.points = [...group.points, ...(points ?? [])].slice(-MAX_POINTS)
  }

  #begin(id: string, { kind, subject, detail, says, evidence, falseAlarms, unit, at, severity }: AnomalySignal): Group {
    if (this.#groups.size >= MAX_GROUPS) this.#makeRoom()
    const group: Group = {
      ...{ id, kind, subject, detail, says, evidence, falseAlarms, unit, severity, state: 'over', strength: 0 },
      ...{ firstAt: at, lastAt: at, occurrences: 0, count: 0, feedback: null, toldFrom: null, example: null },
      ...{ points: [], silentUntil: 0 },
    }
    this.#groups.set(id, group)
    return group
  }

  /** What a person said is the last to be forgotten, what is open before it. */
  #makeRoom(): void {
    const worth = ({ feedback, state }: Group): number => (feedback !== null ? 2 : state === 'open' ? 1 : 0)
    let least: Group | undefined
    for (const group of this.#groups.values())
      if (
        least === undefined ||
        worth(group) < worth(least) ||
        (worth(group) === worth(least) && group.lastAt < least.lastAt)
      )
        least = group
    if (least === undefined) return
    this.#groups.delete(least.id)
    this.#forgotten += 1
  }
}

function isSilent(
  { state, feedback, toldFrom, silentUntil }: Group,
  { strength }: AnomalySignal,
  now: number,
): boolean {
  if (state === 'open' || feedback === null) return false
  return toldFrom === null ? now < silentUntil : strength < toldFrom
}

/** Fit for a URL, and the same in every process. */
function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12)
}

function byWeight(a: Group, b: Group): number {
  const [openA, openB] = [a.state === 'open' ? 1 : 0, b.state === 'open' ? 1 : 0]
  if (openA !== openB) return openB - openA
  if (openA === 1 && a.severity !== b.severity) return severities.indexOf(b.severity) - severities.indexOf(a.severity)
  return b.lastAt - a.lastAt
}

function summaryOf(group: Group): AnomalySummary {
  const { id, kind, subject, detail, state, severity, says, firstAt, lastAt, occurrences, count, feedback } = group
  return {
    ...{ id, kind, family: anomalyFamilies[kind], subject, detail, state, severity, says },
    ...{ firstSeen: new Date(firstAt).toISOString(), lastSeen: new Date(lastAt).toISOString() },
    ...{ occurrences, count, feedback },
  }
}

function reportOf(group: Group): AnomalyReport {
  const { strength, evidence, falseAlarms, unit, example, points, toldFrom } = group
  return { ...summaryOf(group), strength, evidence, falseAlarms, unit, example: example ?? null, points, toldFrom }
}
