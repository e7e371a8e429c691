// thread: edge
// What the upstream says while a drill says that it is gone: asked for safe requests alone, not too many of them, given to
// nobody, and not learned.
import { Buffer } from 'node:buffer'
import type { Clock } from '../clock/clock.js'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import type { DrillComparison } from '../contract/drills.js'
import { faultOfStatus } from '../contract/faults.js'
import type { GhostAnswer } from '../contract/ghost.js'
import type { VolatileMap } from '../contract/volatile.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { ResponseSink, UpstreamCall } from '../upstream/client.js'
import { compareAnswers } from './comparison.js'

/** Longer ones are not compared, as they come and decoded. */
const MAX_BODY_BYTES = 256 << 10
/** Of one edge. */
const MAX_PER_SECOND = 20
const MAX_UNDER_WAY = 8

export interface ShadowParts {
  readonly steady: Clock
  /** Path and query without secrets. */
  readonly redactTarget: (target: string) => string
  /** A decoded body without secrets, as it is learned. */
  readonly redactBody: (body: Buffer) => Buffer
}

/** How much the shadow may ask. */
export class ShadowDesk {
  readonly parts: ShadowParts
  #underWay = 0
  #second = 0
  #inSecond = 0

  constructor(parts: ShadowParts) {
    this.parts = parts
  }

  /** True: one may go; it is to be given back. */
  take(): boolean {
    const second = Math.floor(this.parts.steady.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#inSecond = 0
    }
    if (this.#underWay >= MAX_UNDER_WAY || this.#inSecond >= MAX_PER_SECOND) return false
    this.#underWay += 1
    this.#inSecond += 1
    return true
  }

  giveBack(): void {
    this.#underWay -= 1
  }
}

export interface Ghosted {
  readonly method: string
  readonly target: string
  readonly answer: GhostAnswer
  /** Leaves of its route that are made anew with each answer. */
  readonly volatile: VolatileMap | undefined
}

export class ShadowAnswer implements ResponseSink {
  readonly #desk: ShadowDesk
  readonly #ghosted: Ghosted
  readonly #found: (comparison: Omit<DrillComparison, 'route'> | undefined) => void
  #call: UpstreamCall | undefined
  #head: ResponseHead | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  #isDone = false

  /** `found` is called once; undefined: there was nothing to compare with. */
  constructor(
    desk: ShadowDesk,
    ghosted: Ghosted,
    found: (comparison: Omit<DrillComparison, 'route'> | undefined) => void,
  ) {
    this.#desk = desk
    this.#ghosted = ghosted
    this.#found = found
  }

  hears(call: UpstreamCall): void {
    this.#call = call
  }

  onHead(head: ResponseHead): void {
    this.#head = head
  }

  onData(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes <= MAX_BODY_BYTES) {
      this.#chunks.push(Buffer.from(chunk))
      return
    }
    this.#call?.abort()
    this.#done(undefined)
  }

  onEnd(): void {
    this.#done(this.#compare())
  }

  onFault(): void {
    this.#done(undefined)
  }

  onDrain(): void {}

  #done(comparison: Omit<DrillComparison, 'route'> | undefined): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#chunks = []
    this.#desk.giveBack()
    this.#found(comparison)
  }

  #compare(): Omit<DrillComparison, 'route'> | undefined {
    const { method, target, answer, volatile } = this.#ghosted
    const { status, section } = this.#head!
    // It fails really: that is not what it would have said.
    if (faultOfStatus(status) !== undefined) return undefined
    const { redactBody, redactTarget } = this.#desk.parts
    const is = decodeContent(Buffer.concat(this.#chunks), contentCoding(section.fields), MAX_BODY_BYTES)
    const said = decodeContent(answer.body, contentCoding(answer.headers), MAX_BODY_BYTES)
    if (is === undefined || said === undefined) return undefined
    // HEAD has none: that the ghost knows one says nothing.
    const bodyOf = (body: Buffer): Buffer => (method === 'HEAD' ? Buffer.alloc(0) : redactBody(body))
    return {
      method,
      target: redactTarget(target),
      tier: answer.tier,
      confidence: answer.confidence,
      ghostStatus: answer.status,
      truthStatus: status,
      // What is kept of an answer is redacted as well: secrets are compared with no one's.
      ...compareAnswers({ status: answer.status, body: bodyOf(said) }, { status, body: bodyOf(is) }, volatile),
    }
  }
}
