// Clients that write: each to a place of its own, one write after the other, and none twice. They remember what they were told.
import type { ReceivedAnswer } from './answer-reader.js'
import { Client } from './client.js'
import type { SentWrite } from './ledger.js'
import { Tally } from './tally.js'

export class Writers {
  readonly sent: SentWrite[] = []
  readonly tally = new Tally()
  /** 202: kept in the journal. */
  journalled = 0
  /** Where that is allowed, see `mayRefuse`. */
  refused = 0
  /** A refusal that is marked and says when to try again is an honest answer. */
  mayRefuse = false
  /** The proxy is dead on purpose: what gets no answer is counted as not acknowledged, and has not failed. */
  mayBreak = false
  #stopped = false
  #loops: Promise<void>[] = []
  readonly #run = Math.random().toString(36).slice(2)

  /** `pauseMs`: between two writes of one of them. */
  start(port: number, writers: number, pauseMs = 0): this {
    this.#loops = Array.from({ length: writers }, (_, place) => this.#loop(port, `/orders/${place}`, place, pauseMs))
    return this
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }

  async #loop(port: number, target: string, place: number, pauseMs: number): Promise<void> {
    const client = new Client(port)
    for (let i = 0; !this.#stopped; i++) {
      const text = JSON.stringify({ write: `${this.#run}-${place}-${i}` })
      const startedAt = performance.now()
      let answer: ReceivedAnswer | Error
      try {
        answer = await client.ask(
          `POST ${target} HTTP/1.1\r\nHost: chaos.test\r\nContent-Type: application/json\r\nIdempotency-Key: ${this.#run}-${place}-${i}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
        )
      } catch (error) {
        answer = error as Error
      }
      this.#note(target, text, answer, performance.now() - startedAt)
      const waitMs = answer instanceof Error || answer.status >= 500 ? Math.max(20, pauseMs) : pauseMs
      if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs))
    }
    client.close()
  }

  #note(target: string, text: string, answer: ReceivedAnswer | Error, waitMs: number): void {
    const isAcknowledged = !(answer instanceof Error) && answer.status < 300
    this.sent.push({ target, text, isAcknowledged })
    const what = `POST ${target}`
    if (answer instanceof Error) {
      if (!this.mayBreak) this.tally.add({ verdict: 'failed', because: answer.message }, what, waitMs)
      return
    }
    const { status, fields, body } = answer
    const mark = fields.get('x-ghost')
    if (status === 201 && mark === undefined) this.tally.add({ verdict: 'live', because: '' }, what, waitMs)
    else if (status === 202 && mark === 'journalled') {
      this.journalled += 1
      this.tally.add({ verdict: 'ghost', because: '' }, what, waitMs)
    } else if (this.mayRefuse && mark === 'none' && fields.has('retry-after')) this.refused += 1
    else
      this.tally.add(
        {
          verdict: status >= 500 ? 'failed' : mark === undefined ? 'unmarked-wrong' : 'wrong',
          because: `status ${status}, ${fields.get('x-ghost-refused') ?? body.slice(0, 80)}`,
        },
        what,
        waitMs,
      )
  }
}
