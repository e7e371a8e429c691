// What the backend wrote down, against what clients were told. Pure.

export interface LedgerLine {
  readonly key: string
  readonly target: string
  readonly text: string
}

export interface SentWrite {
  readonly target: string
  /** Unique among all writes. */
  readonly text: string
  /** The client was told 2xx: it may rely on it. */
  readonly isAcknowledged: boolean
}

export interface LedgerFaults {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[]
  /** There more than once, acknowledged or not. */
  readonly doubled: readonly string[]
  /** There before one that was sent to the same place earlier. */
  readonly disordered: readonly string[]
}

/** `sent`: in the order in which they were sent to their place. */
export function compareLedger(sent: readonly SentWrite[], ledger: readonly LedgerLine[]): LedgerFaults {
  const counts = new Map<string, number>()
  const positions = new Map<string, number>()
  for (const [position, { text }] of ledger.entries()) {
    counts.set(text, (counts.get(text) ?? 0) + 1)
    if (!positions.has(text)) positions.set(text, position)
  }
  const disordered: string[] = []
  const last = new Map<string, number>()
  for (const { target, text } of sent) {
    const position = positions.get(text)
    if (position === undefined) continue
    if (position < (last.get(target) ?? -1)) disordered.push(text)
    last.set(target, Math.max(position, last.get(target) ?? -1))
  }
  return {
    lost: sent.filter(({ isAcknowledged, text }) => isAcknowledged && !counts.has(text)).map(({ text }) => text),
    doubled: [...counts].filter(([, count]) => count > 1).map(([text]) => text),
    disordered,
  }
}
