// thread: replay
// One replay: sends what was recorded when it is due and its turn has come, holds what comes back against what came then, and counts.
import type { Clock } from '../clock/clock.js'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import { type CreationForm, creationPlace } from '../contract/creation-form.js'
import { fieldOf } from '../contract/fields.js'
import type { JsonNode } from '../contract/json.js'
import type {
  ComparedRoute,
  Recording,
  ReplayDifference,
  ReplayPlan,
  ReplayReport,
  ReplayState,
} from '../contract/replays.js'
import type { VolatileMap } from '../contract/volatile.js'
import { type Compared, type ComparedAnswer, compareAnswers, parsedBody, usualFields } from './comparison.js'
import { MadeIds } from './made-ids.js'
import { Order } from './order.js'
import { type HeadRules, requestOf, type Step, stepOf } from './prepare.js'
import { Schedule } from './schedule.js'
import type { Secrets } from './secrets.js'
import type { Answer, Sender } from './sender.js'
import { type Outcome, Tally } from './tally.js'

export interface RunnerParts {
  readonly plan: ReplayPlan
  readonly head: HeadRules
  readonly secrets: Secrets
  readonly sender: Pick<Sender, 'send'>
  readonly creations: readonly CreationForm[]
  /** The learned route of a request. */
  readonly routeOf: (method: string, path: string) => ComparedRoute | undefined
  /** A body as it would have been recorded. */
  readonly redact: (body: Buffer) => Buffer
  /** Never set back, ms. */
  readonly steady: Clock
  readonly timeOfDay: Clock
}

export type RunnerReport = Omit<ReplayReport, 'id' | 'plan' | 'addresses' | 'beganAt' | 'differences'>

/** Due, and waiting for others or for a connection. More would be looked through with every one that ends. */
const MAX_UNFINISHED = 2000
/** Requests without an answer, one behind the other, after which the target is taken to be gone. */
const MAX_FAILURES = 50
const LATE_MS = 100
/** Longest sleep: a timer is no clock. */
const MAX_SLEEP_MS = 1000
const MAX_DECODED_BYTES = 8 << 20

export class Runner {
  /** Resolves when nothing is under way any more. */
  readonly ended: Promise<void>
  readonly #parts: RunnerParts
  readonly #tally = new Tally()
  readonly #ids: MadeIds
  readonly #fields: readonly string[]
  readonly #volatile = new Map<ComparedRoute | undefined, VolatileMap | undefined>()
  #steps: Step[] = []
  #order: Order<Step> | undefined
  #schedule: Schedule | undefined
  #next = 0
  /** When what is under way, or waits for its turn, was due. */
  readonly #dueAt = new Map<Step, number>()
  /** Whose turn it is: a queue of which the first ones were sent. */
  #ready: Step[] = []
  #readyFrom = 0
  #inFlight = 0
  #selected = 0
  #late = 0
  #failuresInARow = 0
  #state: ReplayState = 'loading'
  #because = ''
  #beganAt = 0
  #endedAt: number | undefined
  #endedTick = 0
  #timer: NodeJS.Timeout | undefined
  #resolveEnded: () => void = () => {}

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#ids = new MadeIds(parts.creations)
    this.#fields = [...new Set([...usualFields, ...parts.plan.compareFields])]
    this.ended = new Promise(resolve => {
      this.#resolveEnded = resolve
    })
  }

  get state(): ReplayState {
    return this.#state
  }

  /** Each has a time at which it is due. */
  get #isPaced(): boolean {
    return this.#parts.plan.pace.kind !== 'fast'
  }

  get selected(): number {
    return this.#selected
  }

  /** More to be sent; before it starts. */
  add(recordings: readonly Recording[]): void {
    const { plan, secrets } = this.#parts
    for (const recording of recordings) {
      this.#selected += 1
      const step = stepOf(recording, plan, secrets)
      if (typeof step === 'string') this.#tally.skip(step)
      else this.#steps.push(step)
    }
  }

  /** Waits, with a reason, before it has begun. */
  hold(because: string): void {
    this.#state = 'paused'
    this.#because = because
  }

  start(): void {
    const { plan, steady } = this.#parts
    // Files may have their entries in the order of their answers.
    this.#steps.sort((a, b) => a.at - b.at)
    const hasWrites = this.#steps.some(({ isWrite }) => isWrite)
    if (hasWrites) for (const { path, at } of this.#steps) this.#ids.names(path, at)
    this.#order = new Order(hasWrites)
    this.#beganAt = steady.now()
    this.#schedule = new Schedule(plan.pace, this.#steps[0]?.at ?? 0, this.#beganAt)
    this.#state = 'running'
    this.#because = ''
    if (this.#steps.length === 0) this.#end('there is nothing to send')
    else this.#go()
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.#schedule?.pause(this.#parts.steady.now())
    this.#state = 'paused'
    this.#because = 'it was paused by hand'
  }

  resume(): void {
    if (this.#state !== 'paused' || this.#schedule === undefined) return
    this.#schedule.resume(this.#parts.steady.now())
    this.#state = 'running'
    this.#because = ''
    this.#go()
  }

  /** What is under way is not waited for. */
  stop(because: string): void {
    this.#end(because)
  }

  // ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Admits what is due, and sends what may be sent. */
  #go(): void {
    clearTimeout(this.#timer)
    if (this.#state !== 'running') return
    const { steady } = this.#parts
    const [order, schedule] = [this.#order!, this.#schedule!]
    let now = steady.now()
    while (this.#next < this.#steps.length && order.unfinished < MAX_UNFINISHED) {
      const step = this.#steps[this.#next]!
      if (!schedule.isDue(this.#next, step.at, now)) break
      if (this.#isPaced) this.#dueAt.set(step, schedule.dueAt(this.#next, step.at))
      this.#next += 1
      if (order.admit(step)) this.#ready.push(step)
    }
    this.#sendReady()
    if (this.#next >= this.#steps.length || order.unfinished >= MAX_UNFINISHED) return
    now = steady.now()
    const wait = schedule.dueAt(this.#next, this.#steps[this.#next]!.at) - now
    this.#timer = setTimeout(() => this.#go(), Math.min(MAX_SLEEP_MS, Math.max(0, wait)))
  }

  #sendReady(): void {
    while (this.#state === 'running' && this.#inFlight < this.#parts.plan.connections) {
      const step = this.#ready[this.#readyFrom]
      if (step === undefined) break
      this.#readyFrom += 1
      this.#send(step)
    }
    // What was sent is forgotten now and then, not each time.
    if (this.#readyFrom > 1000) {
      this.#ready = this.#ready.slice(this.#readyFrom)
      this.#readyFrom = 0
    }
  }

  #send(step: Step): void {
    const { head, secrets, sender, steady, timeOfDay } = this.#parts
    const sentAt = steady.now()
    const at = timeOfDay.now()
    if (sentAt - (this.#dueAt.get(step) ?? sentAt) > LATE_MS) this.#late += 1
    this.#dueAt.delete(step)
    this.#inFlight += 1
    sender.send(step.method, requestOf(step, this.#ids, secrets, head), !step.isWrite, result => {
      this.#inFlight -= 1
      // Stopped meanwhile: nobody wants to know any more.
      if (this.#state === 'ended') return
      if ('fault' in result) this.#failed(step, result.fault)
      else this.#answered(step, result, { ms: steady.now() - sentAt, at, endedAt: timeOfDay.now() })
      for (const next of this.#order!.finished(step)) this.#ready.push(next)
      if (this.#order!.unfinished === 0 && this.#next >= this.#steps.length) this.#end('')
      else if (this.#order!.unfinished >= MAX_UNFINISHED - 1 || !this.#isPaced) this.#go()
      else this.#sendReady()
    })
  }

  #end(because: string): void {
    if (this.#state === 'ended') return
    clearTimeout(this.#timer)
    this.#state = 'ended'
    this.#because = because
    this.#endedAt = this.#parts.timeOfDay.now()
    this.#endedTick = this.#parts.steady.now()
    this.#resolveEnded()
  }

  // ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────────

  #failed(step: Step, fault: string): void {
    this.#tally.add(step, this.#nameOf(step, this.#routeOf(step)), { kind: 'failed', fault })
    this.#failuresInARow += 1
    if (this.#failuresInARow >= MAX_FAILURES)
      this.#end(`the target does not answer: ${MAX_FAILURES} requests in a row failed, the last one with ${fault}`)
  }

  #answered(step: Step, answer: Answer, times: { ms: number; at: number; endedAt: number }): void {
    this.#failuresInARow = 0
    const route = this.#routeOf(step)
    const { partings, differences, compared } = this.#compared(step, route, answer, times)
    const { status } = answer
    const outcome: Outcome = { kind: 'answered', status, ms: times.ms, partings, differences, compared }
    this.#tally.add(step, this.#nameOf(step, route), outcome)
    if (isLoop(answer)) this.#end('the target leads back to this proxy: it found its own name in Via')
  }

  #compared(
    step: Step,
    route: ComparedRoute | undefined,
    answer: Answer,
    { at, endedAt }: { at: number; endedAt: number },
  ): Compared & { readonly compared: boolean } {
    const { recording, method, isWrite } = step
    const { captured, status } = recording
    const recorded: ComparedAnswer = {
      ...{ status, headers: captured?.headers ?? [], at: recording.at, endedAt: recording.endedAt },
      body: captured === null ? undefined : this.#recordedBody(step),
    }
    const replayed: ComparedAnswer = {
      ...{ status: answer.status, headers: answer.headers, at, endedAt },
      body: method === 'HEAD' ? undefined : this.#replayedBody(answer, recorded.body),
    }
    if (isSuccess(recorded) && isSuccess(replayed)) this.#learn(step, recorded, replayed)
    if (captured === null) {
      if (status === answer.status) return { partings: [], differences: [], compared: false }
      return { ...compareAnswers(recorded, replayed, this.#rules(undefined, true)), compared: true }
    }
    const fewFieldsKept = isWrite && this.#parts.plan.source === 'history'
    return {
      ...compareAnswers(recorded, replayed, this.#rules(this.#volatileOf(route), fewFieldsKept)),
      compared: true,
    }
  }

  #rules(volatile: VolatileMap | undefined, fewFieldsKept: boolean): Parameters<typeof compareAnswers>[2] {
    const ids = this.#ids
    return {
      ...{ fields: this.#fields, fewFieldsKept, volatile },
      isPair: (was, is) => ids.isPair(was, is),
      target: recorded => ids.target(recorded),
    }
  }

  #recordedBody({ recording: { captured }, method, isWrite }: Step): Buffer | undefined {
    if (captured === null || method === 'HEAD') return undefined
    // Of a write what is no JSON is not kept, nor where there was no room.
    if (isWrite && captured.body.length === 0 && this.#parts.plan.source === 'history') return undefined
    return decodeContent(captured.body, contentCoding(captured.headers), MAX_DECODED_BYTES)
  }

  #replayedBody({ body, headers }: Answer, recorded: Buffer | undefined): Buffer | undefined {
    if (body === undefined) return undefined
    const plain = decodeContent(body, contentCoding(headers), MAX_DECODED_BYTES)
    // Redacting costs more than all else here: what is equal without it needs none.
    return plain === undefined || recorded?.equals(plain) === true ? plain : this.#parts.redact(plain)
  }

  #learn({ isWrite, path, at }: Step, recorded: ComparedAnswer, replayed: ComparedAnswer): void {
    const isEqual = recorded.body !== undefined && replayed.body?.equals(recorded.body) === true
    const locations = [
      fieldOf(recorded.headers, 'location') ?? '',
      fieldOf(replayed.headers, 'location') ?? '',
    ] as const
    if (isEqual && locations[0] === locations[1]) return
    const [was, is] = isEqual ? [undefined, undefined] : [nodeOf(recorded.body), nodeOf(replayed.body)]
    this.#ids.learn({ isWrite, path, at }, { body: was, location: locations[0] }, { body: is, location: locations[1] })
  }

  #routeOf({ method, path }: Step): ComparedRoute | undefined {
    return this.#parts.routeOf(method, path)
  }

  /** What is learned, and what was said to be left out. */
  #volatileOf(route: ComparedRoute | undefined): VolatileMap | undefined {
    if (this.#volatile.has(route)) return this.#volatile.get(route)
    const ignored = this.#parts.plan.ignored.map(at => ({ at, class: { kind: 'link' as const } }))
    const leaves = [...ignored, ...(route?.volatile?.leaves ?? [])]
    const map = leaves.length === 0 ? undefined : { leaves }
    this.#volatile.set(route, map)
    return map
  }

  #nameOf({ recording, method, path }: Step, route: ComparedRoute | undefined): string {
    if (recording.route.includes(' ')) return recording.route
    return route === undefined ? `${method} ${creationPlace(path) || '/'}` : `${route.method} ${route.pattern}`
  }

  // ── told ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  report(): RunnerReport {
    const { totals } = this.#tally
    const tookS = ((this.#endedTick || this.#parts.steady.now()) - this.#beganAt) / 1000
    return {
      state: this.#state,
      because: this.#because,
      complete: this.#state === 'ended' && this.#because === '' && totals.sent === this.#steps.length,
      endedAt: this.#endedAt === undefined ? null : new Date(this.#endedAt).toISOString(),
      selected: this.#selected,
      toSend: this.#steps.length,
      skipped: this.#tally.skipped,
      totals,
      late: this.#late,
      rewritten: this.#ids.rewritten,
      perSecond: this.#schedule === undefined || tookS <= 0 ? 0 : Math.round((totals.sent / tookS) * 10) / 10,
      ...this.#tally.latencies(),
      routes: this.#tally.routes(),
    }
  }

  takeDifferences(): ReplayDifference[] {
    return this.#tally.takeDifferences()
  }
}

function nodeOf(body: Buffer | undefined): JsonNode | undefined {
  const first = body?.[0]
  // Most that is no JSON says so by how it begins.
  return body === undefined || first === undefined || first === 0x3c ? undefined : parsedBody(body)
}

function isSuccess({ status }: ComparedAnswer): boolean {
  return status >= 200 && status < 400
}

/** As core/ghost/label.ts says it, of this proxy or of one behind it. */
function isLoop({ status, headers }: Answer): boolean {
  return status === 508 && fieldOf(headers, 'proxy-status')?.includes('proxy_loop_detected') === true
}
