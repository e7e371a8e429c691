// thread: any
// What is strange about traffic: as detectors say it, and as people are told it. Plain data, so that the dashboard can share the
// types.

/** Only grows: groups are written down by these names. */
export const anomalyKinds = [
  'slow',
  'errors',
  'client-errors',
  'traffic-drop',
  'unknown-routes',
  'unseen-parameter',
  'parameter-break',
  'distant-request',
  'enumeration',
  'credential-stuffing',
  'payload-size',
  'shape-drift',
  'soft-failure',
] as const
export type AnomalyKind = (typeof anomalyKinds)[number]

/** Its bit in the flags of an exchange: stored, so the order of the kinds stays. */
export function anomalyFlag(kind: AnomalyKind): number {
  return 1 << anomalyKinds.indexOf(kind)
}

/** What it is about. */
export const anomalyFamilies = {
  slow: 'api',
  errors: 'api',
  'client-errors': 'api',
  'traffic-drop': 'api',
  'unknown-routes': 'request',
  'unseen-parameter': 'request',
  'parameter-break': 'request',
  'distant-request': 'request',
  enumeration: 'request',
  'credential-stuffing': 'request',
  'payload-size': 'request',
  'shape-drift': 'response',
  'soft-failure': 'response',
} as const satisfies Record<AnomalyKind, 'api' | 'request' | 'response'>

/** From the least on. */
export const severities = ['low', 'medium', 'high'] as const
export type Severity = (typeof severities)[number]

/** One exchange of it. Redacted: nothing in it is secret. */
export interface AnomalyExample {
  /** Epoch ms. */
  readonly at: number
  readonly method: string
  /** '' where it was not kept. */
  readonly target: string
  readonly status: number
  /** Keyed hash of the credentials; '' for none. */
  readonly scope: string
}

/** What was seen in one span of time, and what is normal. */
export interface AnomalyPoint {
  /** Epoch ms. */
  readonly at: number
  readonly value: number
  readonly normal: number
}

export const anomalyUnits = ['ms', 'share', 'requests', 'bytes', 'similarity'] as const
export type AnomalyUnit = (typeof anomalyUnits)[number]

/** Names a group: all signals with these three in common are one anomaly. */
export interface AnomalyName {
  readonly kind: AnomalyKind
  /** `GET /users/{id}`, or {@link ALL_ROUTES}. */
  readonly subject: string
  /** What tells groups of one subject apart: the parameter, the field; '' for nothing. */
  readonly detail: string
}

export const ALL_ROUTES = 'all routes'

/** What a detector says, once in a span of time at most for each group. */
export interface AnomalySignal extends AnomalyName {
  readonly severity: Severity
  /** Epoch ms. */
  readonly at: number
  /** Requests that it is about, since it last said so. */
  readonly count: number
  /** How far it is from normal; 1: the limit from which on it is told. */
  readonly strength: number
  /** A sentence with the numbers. */
  readonly says: string
  /** The same for machines. */
  readonly evidence: Readonly<Record<string, number | string>>
  /** How often chance alone would say so. */
  readonly falseAlarms: string
  readonly unit: AnomalyUnit
  /** Oldest first: what was not told yet, and with the first signal what went before. */
  readonly points?: readonly AnomalyPoint[]
  readonly example?: AnomalyExample
  /** It is as it was before again. */
  readonly over?: boolean
}

export const feedbacks = ['dismiss', 'expected'] as const
/** `dismiss`: it does not matter unless it gets twice as bad. `expected`: that is normal from now on. */
export type Feedback = (typeof feedbacks)[number]

export const anomalyStates = ['open', 'over', ...feedbacks] as const
export type AnomalyState = (typeof anomalyStates)[number]

export interface AnomalySummary extends AnomalyName {
  /** The same whenever it comes back, also after a restart. */
  readonly id: string
  readonly family: (typeof anomalyFamilies)[AnomalyKind]
  readonly state: AnomalyState
  readonly severity: Severity
  readonly says: string
  readonly firstSeen: string
  readonly lastSeen: string
  /** Times that it began. */
  readonly occurrences: number
  /** Requests, of all times that it came. */
  readonly count: number
  /** What a person said of it. */
  readonly feedback: Feedback | null
}

export interface AnomalyReport extends AnomalySummary {
  readonly strength: number
  readonly evidence: Readonly<Record<string, number | string>>
  readonly falseAlarms: string
  readonly unit: AnomalyUnit
  readonly example: AnomalyExample | null
  /** Oldest first. */
  readonly points: readonly AnomalyPoint[]
  /** Lowest strength from which on it is told again; null: always. */
  readonly toldFrom: number | null
}

export interface AnomalyTotals {
  readonly open: Readonly<Record<Severity, number>>
  /** Times that anomalies began since the start, by kind. */
  readonly began: Readonly<Partial<Record<AnomalyKind, number>>>
  /** Signals that were not told because of what a person had said before. */
  readonly silenced: number
  /** Groups that made room for newer ones. */
  readonly forgotten: number
}

export interface AnomalyList {
  readonly anomalies: readonly AnomalySummary[]
  readonly totals: AnomalyTotals
  /** What is not watched with these settings; '' for nothing. */
  readonly unwatched: string
}

/** As far as live watchers need it. */
export interface LiveAnomaly {
  readonly id: string
  readonly kind: AnomalyKind
  readonly severity: Severity
  readonly says: string
}

/** How alerts go out. */
export interface AlertStatus {
  readonly sent: number
  readonly failed: number
  readonly dropped: number
  readonly waiting: number
  /** '' where all is well. */
  readonly lastError: string
}

export function severer(a: Severity, b: Severity): Severity {
  return severities.indexOf(a) >= severities.indexOf(b) ? a : b
}

export function groupKey({ kind, subject, detail }: AnomalyName): string {
  return `${kind}\n${subject}\n${detail}`
}
