// The load: many connections that ask for what is known, each as fast as it is answered or all together at a fixed rate, and
// check every answer.
import { performance } from 'node:perf_hooks'
import type { ReceivedAnswer } from './answer-reader.js'
import { checkAnswer, type Judged, type Verdict } from './check-answer.js'
import { Client } from './client.js'
import { targets, truthOf } from './known-api.js'
import { Tally } from './tally.js'

export interface LoadOptions {
  readonly port: number
  readonly connections: number
  /** Requests a second; undefined: as many as are answered. */
  readonly perSecond?: number
}

/** One answer as its client saw it. Times are of performance.now(). */
export interface Seen {
  readonly verdict: Verdict
  readonly sentAt: number
  readonly answeredAt: number
  /** Undefined: there was none. */
  readonly answer: ReceivedAnswer | undefined
}

const PACE_MS = 1

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
  readonly #listeners = new Set<(seen: Seen) => void>()
  /** At a fixed rate: connections that wait for their turn, and how many requests could not be sent for want of one. */
  #free: (() => void)[] = []
  #skipped = 0

  constructor(options: LoadOptions) {
    this.#options = options
  }

  start(): this {
    const { connections, perSecond } = this.#options
    this.#loops = Array.from({ length: connections }, () => this.#loop())
    if (perSecond !== undefined) this.#loops.push(this.#pace(perSecond))
    return this
  }

  /** Requests that were due while every connection waited for an answer. */
  get skipped(): number {
    return this.#skipped
  }

  /** Hears each answer until the function that it returns is called. */
  listen(listener: (seen: Seen) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
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
        leave()
        resolve(after)
      }
      const leave = this.listen(({ verdict: seen, sentAt, answeredAt }) => {
        if (seen === verdict && sentAt >= since && --left === 0) end(answeredAt - since)
      })
      const timer = setTimeout(() => end(undefined), withinMs)
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
    const isPaced = this.#options.perSecond !== undefined
    while (!this.#stopped) {
      if (isPaced) await new Promise<void>(resolve => this.#free.push(resolve))
      if (this.#stopped) break
      const isAnswered = await this.#ask(client, targets[Math.floor(Math.random() * targets.length)]!)
      if (!isAnswered) await new Promise(resolve => setTimeout(resolve, RECONNECT_MS))
    }
    client.close()
  }

  /** What is due and finds no connection is not sent later: the rate would be another one then. */
  async #pace(perSecond: number): Promise<void> {
    const beganAt = performance.now()
    for (let sent = 0; !this.#stopped; await new Promise(resolve => setTimeout(resolve, PACE_MS)))
      for (const due = Math.floor(((performance.now() - beganAt) / 1000) * perSecond); sent < due; sent++) {
        const next = this.#free.shift()
        if (next === undefined) this.#skipped += 1
        else next()
      }
    for (const next of this.#free.splice(0)) next()
  }

  async #ask(client: Client, target: string): Promise<boolean> {
    const startedAt = performance.now()
    this.#asked += 1
    const asked = String(this.#asked)
    let judged: Judged
    let answer: ReceivedAnswer | undefined
    try {
      answer = await client.ask(`GET ${target} HTTP/1.1\r\nHost: chaos.test\r\nX-Asked: ${asked}\r\n\r\n`)
      judged = checkAnswer(asked, truthOf(target), answer)
    } catch (error) {
      judged = { verdict: 'failed', because: (error as Error).message }
    }
    const answeredAt = performance.now()
    this.#tally.add(judged, `GET ${target}`, answeredAt - startedAt)
    for (const listener of this.#listeners) listener({ verdict: judged.verdict, sentAt: startedAt, answeredAt, answer })
    return answer !== undefined
  }
}
