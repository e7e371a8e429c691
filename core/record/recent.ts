// thread: edge
// The answers an edge shipped lately. An unchanged repeat is counted here instead of being shipped again: at full speed
// nearly all traffic ends at one look-up and one comparison of memory.
import { Buffer } from 'node:buffer'
import { hasElapsed } from '../contract/elapsed.js'
import type { RepeatCounts } from '../contract/messages.js'

interface Seen {
  readonly group: string
  readonly target: string
  /** Of the exemplar that it was shipped as. */
  readonly key: string
  readonly status: number
  readonly body: Buffer
  shippedAt: number
  repeats: number
  /** Repeats that the learner was not told of as demand. */
  untold: number
}

/** Answers whose repeats are told at once; those of others wait. */
const MAX_TOLD = 2048

/**
 * Requests are named in two parts: `group`, which holds for many requests (method, credentials, negotiation), and `target`.
 * A look-up hashes the target alone: the group is nearly always the same string as the last time.
 */
export class RecentAnswers {
  readonly #maxBytes: number
  readonly #refreshMs: number
  readonly #groups = new Map<string, Map<string, Seen>>()
  /** Shipped longest ago first. */
  readonly #order = new Set<Seen>()
  #bytes = 0
  #repeated: Seen[] = []

  /** `refreshMs`: an unchanged answer is shipped again after this time, so that its age stays true. */
  constructor(maxBytes: number, refreshMs: number) {
    this.#maxBytes = maxBytes
    this.#refreshMs = refreshMs
  }

  /** True: this very answer was shipped less than `refreshMs` ago; it is counted. */
  isRepeat(group: string, target: string, status: number, body: Buffer, nowMs: number): boolean {
    const seen = this.#find(group, target)
    if (
      seen === undefined ||
      seen.status !== status ||
      hasElapsed(seen.shippedAt, nowMs, this.#refreshMs) ||
      !seen.body.equals(body)
    )
      return false
    seen.repeats += 1
    if (seen.untold > 0) seen.untold += 1
    else if (this.#repeated.length < MAX_TOLD) {
      seen.untold = 1
      this.#repeated.push(seen)
    }
    return true
  }

  /** An answer to this request was shipped lately, whatever it was. */
  knows(group: string, target: string): boolean {
    return this.#find(group, target) !== undefined
  }

  /** Repeats since the last time that this was asked, by the key of their exemplar; undefined: there were none. */
  takeRepeats(): RepeatCounts | undefined {
    if (this.#repeated.length === 0) return undefined
    const counts = this.#repeated.map(({ key, untold }) => [key, untold] as const)
    for (const seen of this.#repeated) seen.untold = 0
    this.#repeated = []
    return counts
  }

  /**
   * The answer was shipped now, as the exemplar of that key; returns the repeats that were counted since the last time.
   */
  shipped(group: string, target: string, key: string, status: number, body: Buffer, nowMs: number): number {
    const before = this.#find(group, target)
    if (before !== undefined) this.#drop(before)
    // A copy: the target may be a view on the whole head of its request, which would live as long as it.
    const ownTarget = Buffer.from(target, 'latin1').toString('latin1')
    const seen: Seen = { group, target: ownTarget, key, status, body, shippedAt: nowMs, repeats: 0, untold: 0 }
    if (weight(seen) <= this.#maxBytes / 8) {
      this.#keep(seen)
      for (const oldest of this.#order) {
        if (this.#bytes <= this.#maxBytes) break
        this.#drop(oldest)
      }
    }
    return before?.repeats ?? 0
  }

  /** Keys of exemplars of so many of them. */
  someKeys(count: number): string[] {
    const keys: string[] = []
    for (const { key } of this.#order) {
      if (keys.length >= count) break
      keys.push(key)
    }
    return keys
  }

  /** A write went through: the next answer is shipped whatever it is. */
  forget(): void {
    this.#groups.clear()
    this.#order.clear()
    this.#bytes = 0
  }

  #find(group: string, target: string): Seen | undefined {
    return this.#groups.get(group)?.get(target)
  }

  #keep(seen: Seen): void {
    let targets = this.#groups.get(seen.group)
    if (targets === undefined) {
      targets = new Map()
      this.#groups.set(seen.group, targets)
    }
    targets.set(seen.target, seen)
    this.#order.add(seen)
    this.#bytes += weight(seen)
  }

  #drop(seen: Seen): void {
    const targets = this.#groups.get(seen.group)
    targets?.delete(seen.target)
    if (targets?.size === 0) this.#groups.delete(seen.group)
    this.#order.delete(seen)
    this.#bytes -= weight(seen)
  }
}

/** With what an entry costs beside its body. */
function weight({ group, target, body }: Seen): number {
  return body.length + group.length + target.length + 250
}
