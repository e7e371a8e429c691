// The load: many connections, each asks for what is known as fast as it is answered, and checks every answer.
import { performance } from 'node:perf_hooks'
import { checkAnswer, type Judged, type Verdict } from './check-answer.js'
import { Client } from './client.js'
import { targets, truthOf } from './known-api.js'
import { Tally } from './tally.js'

export interface LoadOptions {
  readonly port: number
  readonly connections: number
}

/** Where nobody listens a connection does not try in a tight loop. */
const RECONNECT_MS = 20

export class Load {
  /** Of all that was answered since the last `takeTally`. */
  #tally = new Tally()
  readonly #all = new Tally()
  readonly #options: LoadOptions
  #loops: Promise<void>[] = []
  #stopped = false
  #asked = 0
  #listeners = new Set<(verdict: Verdict, startedAt: number) => void>()

  constructor(options: LoadOptions) {
    this.#options = options
  }

  start(): this {
    this.#loops = Array.from({ length: this.#options.connections }, () => this.#loop())
    return this
  }

  /** Each once, in order; all that the load asks for unless said. */
  async once(these: readonly string[] = targets): Promise<Tally> {
    const client = new Client(this.#options.port)
    for (const target of these) await this.#ask(client, target)
    client.close()
    return this.takeTally()
  }

  /** What came since the last time; the next begins empty. */
  takeTally(): Tally {
    const tally = this.#tally
    this.#all.merge(tally)
    this.#tally = new Tally()
    return tally
  }

  /** Resolves when so many answers of that verdict came to requests that were sent from now on; with how long it took. */
  until(verdict: Verdict, count: number, withinMs: number): Promise<number | undefined> {
    const since = performance.now()
    return new Promise(resolve => {
      let left = count
      const end = (after: number | undefined): void => {
        clearTimeout(timer)
        this.#listeners.delete(listener)
        resolve(after)
      }
      const listener = (seen: Verdict, startedAt: number): void => {
        if (seen === verdict && startedAt >= since && --left === 0) end(performance.now() - since)
      }
      const timer = setTimeout(() => end(undefined), withinMs)
      this.#listeners.add(listener)
    })
  }

  /** What is in flight is still answered and counted. Resolves with all that there was. */
  async stop(): Promise<Tally> {
    this.#stopped = true
    await Promise.all(this.#loops)
    this.takeTally()
    return this.#all
  }

  async #loop(): Promise<void> {
    const client = new Client(this.#options.port)
    while (!this.#stopped) {
      const isAnswered = await this.#ask(client, targets[Math.floor(Math.random() * targets.length)]!)
      if (!isAnswered) await new Promise(resolve => setTimeout(resolve, RECONNECT_MS))
    }
    client.close()
  }

  async #ask(client: Client, target: string): Promise<boolean> {
    const startedAt = performance.now()
    this.#asked += 1
    const asked = String(this.#asked)
    let judged: Judged
    let isAnswered = true
    try {
      const answer = await client.ask(`GET ${target} HTTP/1.1\r\nHost: chaos.test\r\nX-Asked: ${asked}\r\n\r\n`)
      judged = checkAnswer(asked, truthOf(target), answer)
    } catch (error) {
      isAnswered = false
      judged = { verdict: 'failed', because: (error as Error).message }
    }
    this.#tally.add(judged, `GET ${target}`, performance.now() - startedAt)
    for (const listener of this.#listeners) listener(judged.verdict, startedAt)
    return isAnswered
  }
}
