// What most scenarios share: a backend, a proxy that knows it, load, and the report of what came of it.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from './load.js'
import { brokenBy, type Expected } from './promises.js'
import { recovered } from './recovery.js'
import type { Report, Stage } from './scenario.js'
import { type Backend, type ProxyOptions, type ProxyProcess, startBackend, startProxy, teach } from './stage.js'
import { Tally } from './tally.js'

export interface SceneOptions extends ProxyOptions {
  /** Of the load; the stage's unless said. */
  readonly connections?: number
}

export class Scene {
  readonly backend: Backend
  /** Another one after a restart. */
  proxy: ProxyProcess
  readonly broken: string[] = []
  readonly notes: string[] = []
  recoveryMs: number | undefined
  lostWrites: number | undefined
  readonly #stage: Stage
  readonly #connections: number
  readonly #loads: Load[] = []
  #startedAt = performance.now()

  /** The proxy has seen all that the load will ask for. */
  static async open(stage: Stage, options: SceneOptions = {}): Promise<Scene> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, options)
    await teach(proxy)
    return new Scene(stage, backend, proxy, options.connections ?? stage.connections)
  }

  private constructor(stage: Stage, backend: Backend, proxy: ProxyProcess, connections: number) {
    this.#stage = stage
    this.#connections = connections
    this.backend = backend
    this.proxy = proxy
  }

  /** Time counts from the first one on. One may follow another that was stopped. */
  load(): Load {
    if (this.#loads.length === 0) this.#startedAt = performance.now()
    const load = new Load({ port: this.proxy.port, connections: this.#connections }).start()
    this.#loads.push(load)
    return load
  }

  /** For so many phases of a fault. */
  last(phases: number): Promise<void> {
    return sleep(1000 * phases * this.#stage.seconds)
  }

  /** To call when the backend is well again. */
  async recovers(): Promise<void> {
    const { recoveryMs, broken } = await recovered(this.#loads.at(-1)!, this.#stage)
    this.recoveryMs ??= recoveryMs
    this.broken.push(...broken)
  }

  /** A promise of how long something takes, which a busy machine may keep nobody to: then it is only told. */
  promiseOfTime(isKept: boolean, sentence: string): void {
    if (isKept) return
    if (this.#stage.short) this.notes.push(`${sentence} (not held against it on a busy machine)`)
    else this.broken.push(sentence)
  }

  async end(expected: Expected = {}, more: (tally: Tally) => readonly string[] = () => []): Promise<Report> {
    const tally = new Tally()
    for (const load of this.#loads) tally.merge(await load.stop())
    const ended = this.proxy.ended()
    if (ended !== undefined) this.broken.push(ended)
    return {
      tally,
      seconds: (performance.now() - this.#startedAt) / 1000,
      ...(this.lostWrites === undefined ? {} : { lostWrites: this.lostWrites }),
      recoveryMs: this.recoveryMs,
      broken: [...brokenBy(tally, expected), ...this.broken],
      notes: [...this.notes, ...more(tally)],
    }
  }
}
