// thread: edge
// Sends one write from the journal the way a request of a client goes: by the circuit, the balancing, the forwarding rules, and
// into learning. Tells what came of it.
import { Buffer } from 'node:buffer'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import { type FaultCode, faultOfStatus, faults, neverReached } from '../contract/faults.js'
import { fieldOf } from '../contract/fields.js'
import type { JournalAnswer, ReplayOutcome, ReplayWrite } from '../contract/journal.js'
import { madeIdIn } from '../contract/made-id.js'
import { pathOf } from '../contract/target.js'
import type { Probe } from '../health/gate.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { ResponseSink, UpstreamCall } from '../upstream/client.js'
import { decide } from './decide.js'
import type { Edge } from './edge.js'
import { composeRequestTail, type ForwardingRules } from './headers.js'
import { leave, tellOutcome } from './outcome.js'

/** Of an answer, for the person who looks at a parked write. */
const SHOWN_BYTES = 4096
/** Of an answer in which the id of what was made is looked for. */
const MAX_READ_BYTES = 8 << 20

/** `done` is called once. */
export function replayWrite(edge: Edge, write: ReplayWrite, done: (outcome: ReplayOutcome) => void): void {
  const { board, gate, routeSlots } = edge
  // Before it is let through: a ticket to try the upstream would be taken and never given back.
  if (edge.draining) {
    done({ kind: 'held' })
    return
  }
  const { circuit } = routeSlots.of(write.method, pathOf(write.target))
  const verdict = decide(gate, circuit, board.mode, false)
  if (!verdict.forward) {
    done({ kind: 'held' })
    return
  }
  // As with a request, an edge that drains waits for it.
  edge.active += 1
  new Replay(edge, write, circuit, verdict.probe, outcome => {
    leave(edge)
    done(outcome)
  }).send()
}

class Replay implements ResponseSink {
  readonly #edge: Edge
  readonly #write: ReplayWrite
  readonly #circuit: number
  readonly #probe: Probe | undefined
  readonly #done: (outcome: ReplayOutcome) => void
  readonly #startedAt: number
  #call: UpstreamCall | undefined
  #head: ResponseHead | undefined
  #firstByteAt = 0
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(
    edge: Edge,
    write: ReplayWrite,
    circuit: number,
    probe: Probe | undefined,
    done: (outcome: ReplayOutcome) => void,
  ) {
    this.#circuit = circuit
    this.#edge = edge
    this.#write = write
    this.#probe = probe
    this.#done = done
    this.#startedAt = edge.clock.now()
  }

  send(): void {
    const { method, headers, body } = this.#write
    const { client, forwarding, balanceField } = this.#edge
    const { rules, rulesOf } = forwarding
    this.#call = client.request(
      {
        method,
        head: rulesOf === undefined ? this.#headBy(rules) : upstream => this.#headBy(rulesOf(upstream)),
        bodyLength: body.length,
        // The journal itself sends it again, and knows then that it does.
        repeatable: false,
        balanceKey: balanceField === undefined ? undefined : fieldOf(headers, balanceField),
      },
      this,
    )
    if (body.length === 0) return
    this.#call.write(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
    this.#call.end()
  }

  #headBy(rules: ForwardingRules): string {
    const { method, target, body, hasLength } = this.#write
    const tail = composeRequestTail(this.#write, body.length, hasLength || body.length > 0, rules)
    return `${method} ${rules.pathPrefix}${target} HTTP/1.1\r\n${tail}`
  }

  onHead(head: ResponseHead): void {
    this.#head = head
    this.#firstByteAt = this.#edge.clock.now()
    tellOutcome(this.#edge, this.#circuit, this.#probe, faultOfStatus(head.status) === undefined ? 'ok' : 'failed')
  }

  onData(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes <= this.#edge.settings.captureMaxBodyBytes) this.#chunks.push(Buffer.from(chunk))
  }

  onEnd(): void {
    this.#capture()
    this.#tellAnswer()
  }

  onFault(code: FaultCode): void {
    // It was answered, if not in full: the status says what became of it.
    if (this.#head !== undefined) {
      this.#tellAnswer()
      return
    }
    if (faults[code].countsAgainstUpstream)
      tellOutcome(this.#edge, this.#circuit, this.#probe, neverReached(code) ? 'lost' : 'failed')
    else this.#probe?.giveBack()
    this.#done({ kind: this.#call?.wasBegun === false ? 'unreached' : 'lost', because: faults[code].text })
  }

  onDrain(): void {}

  #tellAnswer(): void {
    const { status, section } = this.#head!
    const after = Number(fieldOf(section.fields, 'retry-after') ?? 0)
    const body = Buffer.concat(this.#chunks)
    const location = fieldOf(section.fields, 'location') ?? ''
    const etag = fieldOf(section.fields, 'etag')
    const answer: JournalAnswer = {
      status,
      contentType: fieldOf(section.fields, 'content-type') ?? '',
      location,
      body: body.toString('utf8', 0, SHOWN_BYTES),
      ...(etag?.startsWith('"') === true ? { etag } : {}),
    }
    const retryAfterS = Number.isFinite(after) && after > 0 ? after : 0
    const { makes } = this.#write
    const plain =
      makes !== undefined && status < 300
        ? decodeContent(body, contentCoding(section.fields), MAX_READ_BYTES)
        : undefined
    const made = plain === undefined ? undefined : madeIdIn(plain.toString(), location, makes!)
    this.#done({ kind: 'answered', answer, retryAfterS, ...(made === undefined ? {} : { made }) })
  }

  /** What the write changed is learned as if it had gone through when it was sent. */
  #capture(): void {
    const { capture, clock } = this.#edge
    const { method, target, headers, body } = this.#write
    const { status, section } = this.#head!
    if (capture === undefined || faultOfStatus(status) !== undefined) return
    const path = pathOf(target)
    capture.take({
      startedAt: this.#startedAt,
      completedAt: clock.now(),
      firstByteAt: this.#firstByteAt,
      method,
      target,
      path,
      query: path.length === target.length ? undefined : target.slice(path.length + 1),
      requestHeaders: headers,
      requestHasBody: body.length > 0,
      requestBody: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      status,
      headers: section.fields,
      notes: undefined,
      suspect: false,
      body: this.#bytes > this.#edge.settings.captureMaxBodyBytes ? undefined : Buffer.concat(this.#chunks),
    })
  }
}
