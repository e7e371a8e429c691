// thread: any
// The circuit as a pure function: what was known, what was counted, what time it is, and a number drawn by chance → what holds
// now. Nothing here has a timer.
//
//   closed ── a rule is broken ──▶ open ── its time is over ──▶ half-open ── all probes succeed ──▶ closed, share grows
//                                   ▲ for longer each time          │
//                                   └── a probe fails or ends late ─┘

export const circuitStates = ['closed', 'open', 'half-open'] as const
export type CircuitState = (typeof circuitStates)[number]

export interface CircuitRules {
  /** Share of failures in the window that opens the circuit, percent. */
  readonly errorPercent: number
  /** Fewer outcomes than this in the window say nothing. */
  readonly minRequests: number
  /** Failures in a row that open the circuit; 0: however many. */
  readonly failuresInARow: number
  /** Share of slow answers in the window that opens the circuit, percent. */
  readonly slowPercent: number
  /** How long the upstream is left alone at first, ms; longer the longer it was not well for `stableMs` between. */
  readonly openMs: number
  /** And at most. */
  readonly maxOpenMs: number
  /** How many requests may try while half-open, and how many must succeed. */
  readonly probes: number
  /** A probe that takes longer has failed, ms. */
  readonly probeDeadlineMs: number
  /** From closing until all traffic is let through, ms; 0: at once. */
  readonly rampMs: number
  /** Closed for so long it counts as well again, ms. */
  readonly stableMs: number
}

/** Outcomes of the calls in the window. */
export interface Window {
  readonly calls: number
  readonly failed: number
  readonly slow: number
  /** Failures since the last success, whenever that was. */
  readonly inARow: number
}

/** The tickets since the circuit opened. */
export interface Probing {
  readonly free: number
  readonly out: number
  readonly ok: number
  readonly failed: number
  /** Failed before they reached the upstream. */
  readonly lost: number
  /** Undefined: none is out. */
  readonly oldestOutAt: number | undefined
  /** Circuits of the routes whose requests failed. */
  readonly failedRoutes: readonly number[]
}

export interface Circuit {
  readonly state: CircuitState
  /** When the state began, as the clock said then. */
  readonly sinceAt: number
  /** A sentence for people. */
  readonly because: string
  /** Openings without a stable time between. */
  readonly openings: number
  /** When the first of these was, or since then the last sign of life. */
  readonly failingSince: number
  /** When requests may try; undefined where it is not open. */
  readonly probeAt: number | undefined
  /** It is open because the upstream was not reached: that it accepts connections is a sign of life. */
  readonly unreached: boolean
}

const GROWTH = 2
/** After a short outage it is asked soon: no longer is waited than this part of the time that it fails for. */
const OF_OUTAGE = 1 / 4
/** By chance so much longer: many proxies must not come back all at once. */
const JITTER = 0.25
const SHARES = [10, 25, 50, 75] as const

export function closedCircuit(now: number): Circuit {
  const because = 'the upstream answers'
  return {
    state: 'closed',
    sinceAt: now,
    because,
    openings: 0,
    failingSince: now,
    probeAt: undefined,
    unreached: false,
  }
}

/** No opening is longer, whatever is drawn. */
export function longestOpenMs({ openMs, maxOpenMs }: CircuitRules): number {
  return Math.max(maxOpenMs, openMs * (1 + JITTER))
}

/** `failingMs`: since the first of these openings. `random`: 0–1. */
export function openTimeMs(openings: number, failingMs: number, rules: CircuitRules, random: number): number {
  const longest = longestOpenMs(rules)
  const grown = rules.openMs * GROWTH ** Math.min(openings - 1, 30)
  const least = Math.min(grown, Math.max(rules.openMs, failingMs * OF_OUTAGE), longest / (1 + JITTER))
  return Math.min(longest, least * (1 + JITTER * random))
}

/** Percent of the traffic that goes to an upstream which came back so long ago. */
export function shareAfterMs(elapsedMs: number, rampMs: number): number {
  // A clock that went back: nobody knows how long ago it was.
  if (elapsedMs < 0 || elapsedMs >= rampMs) return 100
  return SHARES[Math.floor((elapsedMs / rampMs) * SHARES.length)]!
}

/** The upstream is there again, or may be: what the openings before added to its time is forgiven. */
export function hopeful(circuit: Circuit, probeAt: number, now: number): Circuit {
  return { ...circuit, probeAt, failingSince: now }
}

/** Opens it, whatever the rules say. */
export function opened(
  circuit: Circuit,
  because: string,
  unreached: boolean,
  rules: CircuitRules,
  now: number,
  random: number,
): Circuit {
  const isStable = circuit.state === 'closed' && now - circuit.sinceAt >= rules.stableMs
  const openings = isStable ? 1 : circuit.openings + 1
  // The clock may have gone back.
  const failingSince = openings === 1 ? now : Math.min(now, circuit.failingSince)
  const probeAt = now + openTimeMs(openings, now - failingSince, rules, random)
  return { state: 'open', sinceAt: now, because, openings, failingSince, probeAt, unreached }
}

/**
 * The circuit one step on. Returns the same object where nothing changed. `random`: 0–1. `isOpenElsewhere`: another instance
 * says so, and fewer failures prove it.
 */
export function nextCircuit(
  circuit: Circuit,
  window: Window,
  probing: Probing,
  rules: CircuitRules,
  now: number,
  random: number,
  isOpenElsewhere = false,
): Circuit {
  const open = (because: string, unreached = false): Circuit => opened(circuit, because, unreached, rules, now, random)
  switch (circuit.state) {
    case 'closed': {
      const because = brokenRule(circuit, window, rules, now, isOpenElsewhere)
      return because === undefined ? circuit : open(because)
    }
    case 'open':
      // Where the clock went back nobody knows how long it was open: long enough to ask.
      if (now < (circuit.probeAt ?? now) && now >= circuit.sinceAt) return circuit
      return {
        ...circuit,
        state: 'half-open',
        sinceAt: now,
        because: `${rules.probes} requests may try the upstream, after ${circuit.because}`,
        probeAt: undefined,
      }
    case 'half-open': {
      const { free, ok, failed, lost, oldestOutAt } = probing
      if (failed > 0) return open('a probe failed')
      if (lost > 0) return open('a probe did not reach the upstream', true)
      if (ok >= rules.probes) {
        const { openings, failingSince } = circuit
        return { ...closedCircuit(now), openings, failingSince, because: `${ok} probes succeeded` }
      }
      // Either way: the clock may have gone back. A ticket may be lost with an edge; the state must not outlive it.
      const isOver = (at: number): boolean => Math.abs(now - at) >= rules.probeDeadlineMs
      if (oldestOutAt !== undefined && isOver(oldestOutAt)) return open('a probe did not end in time')
      if (free === 0 && oldestOutAt === undefined && isOver(circuit.sinceAt)) return open('the probes were lost')
      return circuit
    }
  }
}

/** In words; undefined: none is. */
function brokenRule(
  circuit: Circuit,
  window: Window,
  rules: CircuitRules,
  now: number,
  isOpenElsewhere: boolean,
): string | undefined {
  const { calls, failed, slow, inARow } = window
  const isOnTrial = circuit.openings > 0 && shareAfterMs(now - circuit.sinceAt, rules.rampMs) < 100
  // It closed on the word of so few probes; as few may prove them wrong.
  if (isOnTrial && inARow >= rules.probes) return `${inARow} requests in a row failed after it came back`
  if (isOpenElsewhere && inARow >= rules.probes)
    return `${inARow} requests in a row failed, as they do at another instance`
  if (calls < rules.minRequests) return undefined
  if (failed > 0 && failed * 100 >= calls * rules.errorPercent) return `${failed} of the last ${calls} requests failed`
  if (rules.failuresInARow > 0 && inARow >= rules.failuresInARow) return `${inARow} requests in a row failed`
  if (slow > 0 && slow * 100 >= calls * rules.slowPercent) return `${slow} of the last ${calls} answers were slow`
  return undefined
}
