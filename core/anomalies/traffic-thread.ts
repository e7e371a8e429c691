// thread: history
// Runs what watches the traffic beside the history, and keeps what it knows between runs. A bug in it must not cost the history.
import { join } from 'node:path'
import type { AnomalyName, AnomalySignal } from '../contract/anomalies.js'
import type { FactBatch } from '../contract/facts.js'
import { type ForgetMatcher, holdsForgotten } from '../contract/forgetting.js'
import type { SealingKeys } from '../contract/sealing.js'
import { JsonFile } from '../data/json-file.js'
import type { Log } from '../log/log.js'

/** As brain/learn/anomalies/traffic-watch.ts. */
export interface WatchesTraffic<Saved> {
  take(batch: FactBatch, now: number): Uint32Array | undefined
  tick(now: number): void
  signals(): AnomalySignal[]
  expect(name: AnomalyName, strength: number, now: number): void
  toJSON(): Saved
}

const VERSION = 1
const TELL_MS = 1000
const SAVE_MS = 300_000

export class TrafficThread<Saved> {
  readonly #file: JsonFile<Saved>
  readonly #open: (saved: Saved | undefined) => WatchesTraffic<Saved>
  #watch: WatchesTraffic<Saved>
  readonly #send: (signals: readonly AnomalySignal[]) => void
  readonly #log: Pick<Log, 'error' | 'warn'>
  #toldAt = 0
  #savedAt: number
  #hasFailed = false

  constructor(
    folder: string,
    open: (saved: Saved | undefined) => WatchesTraffic<Saved>,
    parts: {
      readonly send: (signals: readonly AnomalySignal[]) => void
      readonly log: Pick<Log, 'error' | 'warn'>
      readonly now: number
      /** What its file is encrypted with; undefined: it is not. */
      readonly keys?: SealingKeys | undefined
    },
  ) {
    this.#file = new JsonFile(join(folder, 'anomalies.json'), VERSION, parts.log, parts.keys)
    this.#send = parts.send
    this.#log = parts.log
    this.#savedAt = parts.now
    this.#open = open
    this.#watch = open(this.#file.read())
  }

  /** With the flags of the anomalies that its exchanges belong to, and without what is not to be stored. */
  take(batch: FactBatch, now: number): FactBatch {
    let flags: Uint32Array | undefined
    this.#guarded(() => {
      flags = this.#watch.take(batch, now)
    })
    const { clients: _, ...kept } = batch
    return flags === undefined ? kept : { ...kept, anomalies: flags }
  }

  tick(now: number): void {
    this.#guarded(() => {
      this.#watch.tick(now)
      if (Math.abs(now - this.#toldAt) >= TELL_MS) {
        this.#toldAt = now
        const signals = this.#watch.signals()
        if (signals.length > 0) this.#send(signals)
      }
      if (Math.abs(now - this.#savedAt) >= SAVE_MS) this.save(now)
    })
  }

  expect(name: AnomalyName, strength: number, now: number): void {
    this.#guarded(() => this.#watch.expect(name, strength, now))
    this.save(now)
  }

  /** What is normal is learned anew where anything of it was learned of what is to be forgotten. Answers with how much there was. */
  forget(matcher: ForgetMatcher, dryRun: boolean, now: number): number {
    if (!holdsForgotten(JSON.parse(JSON.stringify(this.#watch)), matcher)) return 0
    if (dryRun) return 1
    this.#watch = this.#open(undefined)
    this.save(now)
    return 1
  }

  save(now: number): void {
    this.#savedAt = now
    this.#file.write(this.#watch.toJSON())
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!this.#hasFailed) this.#log.error({ err: error }, 'what watches the traffic for anomalies failed; it goes on')
      this.#hasFailed = true
    }
  }
}
