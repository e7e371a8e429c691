// thread: edge
// Questions to a thread that is slower than those who ask. Few are out at once; the others wait here, each kind in its own line,
// and are served in turn. Who asks much leaves room for who asks little, and what is over is told so at once.
import { randomInt } from 'node:crypto'
import { steadyClock } from '../clock/clock.js'

export interface FairDeskParts<Question, Reply> {
  readonly post: (askId: number, question: Question, answerBy: number) => void
  /** Where no reply comes in time. */
  readonly late: Reply
  /** Where its kind has its part of the places, or more was asked than is worth it. */
  readonly busy: Reply
  /** Questions that are out at once. */
  readonly places: number
  /** Questions that are out or wait. */
  readonly maxOpen: number
  /** Questions a second of those for which no route is known. */
  readonly strangersPerSecond: number
  /** ms, of the clock that all threads share. */
  readonly now?: () => number
}

interface Open<Question, Reply> {
  readonly question: Question
  readonly answerBy: number
  readonly line: Line
  readonly resolve: (reply: Reply) => void
  readonly timer: NodeJS.Timeout
  isOut: boolean
}

interface Line {
  readonly name: string
  /** Out or waiting. */
  open: number
  /** Numbers of those that wait, oldest first. */
  readonly waiting: number[]
}

/** The line of all questions for which no route is known: somebody tries paths, or nobody was ever here. */
export const STRANGERS = ''
/** Part of the places that are free beside it which the line of strangers may hold; each other line may hold all of them. */
const STRANGERS_PART = 1 / 8

export class FairDesk<Question, Reply> {
  readonly #parts: FairDeskParts<Question, Reply>
  readonly #now: () => number
  readonly #open = new Map<number, Open<Question, Reply>>()
  /** Only those that something is open in, in the order in which they are served next. */
  readonly #lines = new Map<string, Line>()
  /** Not where the desk of a thread that crashed began: a reply to that one must not be taken for a reply to this one. */
  #next = randomInt(2 ** 47)
  #out = 0
  #mostOut = 0
  #credit: number
  #creditAt: number

  constructor(parts: FairDeskParts<Question, Reply>) {
    this.#parts = parts
    this.#now = parts.now ?? (() => steadyClock.now())
    this.#credit = parts.strangersPerSecond
    this.#creditAt = this.#now()
  }

  /** Questions that may be out at once. */
  get places(): number {
    return this.#parts.places
  }

  /** Questions that the other side has. */
  get out(): number {
    return this.#out
  }

  /** The most that it had at once. */
  get mostOut(): number {
    return this.#mostOut
  }

  /** Never rejects. `line`: questions that take turns with those of other lines. */
  ask(question: Question, answerBy: number, line: string): Reply | Promise<Reply> {
    const { late, busy } = this.#parts
    const now = this.#now()
    if (answerBy <= now) return late
    if (!this.#mayOpen(line, now)) return busy
    const askId = this.#next++
    return new Promise(resolve => {
      const timer = setTimeout(() => this.settle(askId, late), answerBy - now)
      const of = this.#lineOf(line)
      of.open += 1
      of.waiting.push(askId)
      this.#open.set(askId, { question, answerBy, line: of, resolve, timer, isOut: false })
      this.#serve()
    })
  }

  /** A reply came in; to what. Undefined: it is too late and found nobody. */
  settle(askId: number, reply: Reply): Question | undefined {
    const open = this.#open.get(askId)
    if (open === undefined) return undefined
    const { question, line, resolve, timer, isOut } = open
    this.#open.delete(askId)
    clearTimeout(timer)
    line.open -= 1
    if (isOut) this.#out -= 1
    else line.waiting.splice(line.waiting.indexOf(askId), 1)
    if (line.open === 0) this.#lines.delete(line.name)
    resolve(reply)
    this.#serve()
    return question
  }

  #mayOpen(name: string, now: number): boolean {
    const free = this.#parts.maxOpen - this.#open.size
    const part = name === STRANGERS ? STRANGERS_PART * free : free
    if ((this.#lines.get(name)?.open ?? 0) + 1 > part) return false
    return name !== STRANGERS || this.#spend(now)
  }

  /** So many a second, and as many at once after a quiet second. */
  #spend(now: number): boolean {
    const { strangersPerSecond } = this.#parts
    this.#credit = Math.min(strangersPerSecond, this.#credit + ((now - this.#creditAt) / 1000) * strangersPerSecond)
    this.#creditAt = now
    if (this.#credit < 1) return false
    this.#credit -= 1
    return true
  }

  #lineOf(name: string): Line {
    let line = this.#lines.get(name)
    if (line === undefined) {
      line = { name, open: 0, waiting: [] }
      this.#lines.set(name, line)
    }
    return line
  }

  #serve(): void {
    while (this.#out < this.#parts.places) {
      const line = this.#nextLine()
      if (line === undefined) return
      const askId = line.waiting.shift()!
      const open = this.#open.get(askId)!
      open.isOut = true
      this.#out += 1
      this.#mostOut = Math.max(this.#mostOut, this.#out)
      this.#parts.post(askId, open.question, open.answerBy)
    }
  }

  /** Lines take turns; strangers come when nobody else waits. */
  #nextLine(): Line | undefined {
    for (const line of this.#lines.values()) {
      if (line.name === STRANGERS || line.waiting.length === 0) continue
      this.#lines.delete(line.name)
      this.#lines.set(line.name, line)
      return line
    }
    const strangers = this.#lines.get(STRANGERS)
    return strangers === undefined || strangers.waiting.length === 0 ? undefined : strangers
  }
}
