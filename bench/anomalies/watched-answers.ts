// Recorded answers through the learner as it is, on a memory of its own, in simulated time.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openExactScan } from '../../brain/index/exact-scan.js'
import { Learner } from '../../brain/learner.js'
import type { AnomalySignal } from '../../core/contract/anomalies.js'
import type { MemoryWriter } from '../../core/contract/memory.js'
import { fillTemplate } from '../../core/ghost/fill-template.js'
import { regenerate } from '../../core/ghost/regenerate.js'
import { reparameterise } from '../../core/ghost/reparameterise.js'
import { openWriter } from '../../core/memory/lmdb.js'
import { type Chance, chanceOf } from './chance.js'
import { exchangeOf, type Recorded } from './recorded.js'
import { START_AT } from './shop.js'

const EVERY_MS = 200
const BATCH = 10

export interface WatchedAnswers {
  /** What was told, and when. */
  readonly told: readonly { readonly at: number; readonly signal: AnomalySignal }[]
}

/** What a learner knows, on the disk. */
export interface KeptAnswers {
  readonly folder: string
  readonly at: number
}

export class AnswersInTime {
  readonly #learner: Learner
  readonly #memory: MemoryWriter
  readonly #folder: string
  readonly #recorded: readonly Recorded[]
  readonly #chance: Chance
  at: number

  /** `kept`: what another one learned before. */
  constructor(recorded: readonly Recorded[], seed: number, kept?: KeptAnswers) {
    this.#folder = mkdtempSync(join(tmpdir(), 'chaos-bench-anomalies-'))
    if (kept !== undefined) cpSync(kept.folder, this.#folder, { recursive: true })
    this.at = kept?.at ?? START_AT
    this.#memory = openWriter(this.#folder, { maxBytes: 1 << 30, forgotten: () => {} })
    this.#learner = new Learner({
      ...{ memory: this.#memory, openIndex: openExactScan, gradeShare: 0 },
      serving: { minConfidence: 0.7, maxAgeS: 0 },
      ghosts: { fillTemplate, regenerate, reparameterise, refuses: () => false },
      now: () => this.at,
      anomalies: { watchesQueries: true },
    })
    this.#recorded = recorded
    this.#chance = chanceOf(seed)
  }

  /** Asks what was recorded, in any order; `change`: the body as it is now. Stops where `until` says so. */
  async ask(
    count: number,
    change?: ((recorded: Recorded) => unknown) | undefined,
    until?: (signal: AnomalySignal) => boolean,
  ): Promise<WatchedAnswers> {
    const told: { at: number; signal: AnomalySignal }[] = []
    let isEnough = false
    for (let asked = 0; asked < count && !isEnough; asked += BATCH) {
      const batch = Array.from({ length: BATCH }, () => {
        this.at += EVERY_MS
        const recorded = this.#recorded[this.#chance.below(this.#recorded.length)]!
        return exchangeOf(change === undefined ? recorded : { ...recorded, body: change(recorded) }, this.at)
      })
      const { anomalies = [] } = await this.#learner.learn(batch)
      for (const signal of anomalies) {
        told.push({ at: this.at, signal })
        isEnough ||= until?.(signal) === true
      }
    }
    return { told }
  }

  /** Writes down what was learned; it lies there until `remove`. */
  async keep(): Promise<KeptAnswers> {
    await this.#learner.flush()
    await this.#memory.close()
    return { folder: this.#folder, at: this.at }
  }

  async close(): Promise<void> {
    await this.#memory.close()
    this.remove()
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
