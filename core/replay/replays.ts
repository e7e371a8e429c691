// thread: main
// Replays as they are begun, looked at and ended; each runs in a thread of its own, one at a time. Nothing here waits for one.
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock/clock.js'
import type { CreationForm } from '../contract/creation-form.js'
import { type ForgetMatcher, holdsForgotten } from '../contract/forgetting.js'
import type { HistoryQuery, HistoryReply } from '../contract/history.js'
import type {
  ComparedRoute,
  MainToReplay,
  ReplayDifference,
  ReplayHandling,
  ReplayRefusal,
  ReplayReport,
  ReplaySummary,
  ReplayToMain,
} from '../contract/replays.js'
import type { Log } from '../log/log.js'
import type { UpstreamTls } from '../upstream/client.js'
import { type ReadPlan, readReplayPlan } from './read-plan.js'
import type { ReplayWorkerData } from './replay.worker.js'
import { checkedAddresses, type Resolve, systemResolve } from './resolve.js'

export interface ReplaysParts {
  /** CHAOS_REPLAY_TARGETS. */
  readonly allowed: readonly string[]
  /** Undefined: the history is switched off. */
  readonly ask: ((query: HistoryQuery) => Promise<HistoryReply>) | undefined
  readonly lesson: () => { readonly routes: readonly ComparedRoute[]; readonly creations: readonly CreationForm[] }
  /** On which this proxy listens. */
  readonly ownPorts: () => readonly number[]
  /** By which this proxy knows what has passed it already. */
  readonly viaName: string
  readonly version: string
  readonly redact: readonly string[] | undefined
  readonly scopeKey: () => Buffer
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  readonly tls: UpstreamTls | undefined
  readonly clock: Clock
  readonly newId: () => string
  readonly newSeed: () => number
  readonly log: Pick<Log, 'info' | 'error'>
  readonly resolve?: Resolve
}

/** Reports that are kept. */
const MAX_KEPT = 20

interface Kept {
  report: ReplayReport
  readonly differences: ReplayDifference[]
  worker: Worker | undefined
  readonly hars: Map<number, (reply: { entries: number } | { problem: string }) => void>
  readonly over: Promise<void>
}

const noCounts = { sent: 0, same: 0, different: 0, uncompared: 0, failed: 0 }
const noLatency = { p50Ms: null, p95Ms: null, p99Ms: null }

export class Replays implements ReplayHandling {
  readonly #parts: ReplaysParts
  /** Newest last. */
  #kept: Kept[] = []
  /** One is being begun: its target is looked at. */
  #beginning = false
  #hars = 0
  #closed = false

  constructor(parts: ReplaysParts) {
    this.#parts = parts
  }

  async begin(text: string): Promise<ReplayReport | ReplayRefusal> {
    const { allowed, clock, newSeed, ask, ownPorts, resolve = systemResolve } = this.#parts
    const read = readReplayPlan(text, allowed, clock.now(), newSeed())
    if ('refused' in read) return read
    if (read.plan.source === 'history' && ask === undefined)
      return refuse('plan', 'source', 'nothing is recorded: the history is switched off; set CHAOS_HISTORY=on')
    const running = this.#kept.find(({ report }) => report.state !== 'ended')
    if (running !== undefined || this.#beginning || this.#closed)
      return refuse(
        'busy',
        'id',
        `one replay runs at a time${running === undefined ? '' : `; stop ${running.report.id}, or wait for it`}`,
      )
    if (ownPorts().length === 0) return refuse('busy', 'id', 'the proxy is starting; try again')
    this.#beginning = true
    try {
      const checked = await checkedAddresses(read.target, ownPorts(), resolve)
      if ('problem' in checked) return refuse('target', 'target', checked.problem)
      return this.#begin(read, checked.addresses)
    } finally {
      this.#beginning = false
    }
  }

  #begin({ plan, target, secrets }: ReadPlan, addresses: readonly string[]): ReplayReport {
    const { clock, newId, lesson, viaName, version, log } = this.#parts
    const { redact, scopeKey, connectTimeoutMs, idleTimeoutMs, maxHeaderBytes, tls } = this.#parts
    const url = new URL(plan.target)
    const pathPrefix = url.pathname.replace(/\/+$/, '')
    const [host] = addresses
    const data: ReplayWorkerData = {
      ...{ plan, secrets, redact, connectTimeoutMs, idleTimeoutMs, maxHeaderBytes, tls },
      // The address that was looked at, under the name that its certificate is for.
      address: { ...target, host: host!, serverName: target.host, authority: url.host, pathPrefix },
      head: { authority: url.host, pathPrefix, viaName, userAgent: `chaos-proxy-replay/${version}` },
      routes: lesson().routes.map(({ id, method, pattern, segments, volatile }) => ({
        ...{ id, method, pattern, segments, volatile },
      })),
      creations: lesson().creations,
      scopeKey: scopeKey(),
    }
    const worker = new Worker(new URL('./replay.worker.js', import.meta.url), { workerData: data })
    const report: ReplayReport = {
      ...{ id: newId(), plan, addresses, state: 'loading', because: '', complete: false, endedAt: null },
      beganAt: new Date(clock.now()).toISOString(),
      ...{ selected: 0, toSend: 0, late: 0, rewritten: 0, perSecond: 0, recorded: noLatency, replayed: noLatency },
      skipped: {
        write: 0,
        'no-target': 0,
        'no-body': 0,
        'no-credentials': 0,
        redacted: 0,
        'not-a-request': 0,
        'not-sampled': 0,
      },
      totals: { ...noCounts, partings: { status: 0, fields: 0, shape: 0, values: 0 } },
      ...{ routes: [], differences: [] },
    }
    const kept: Kept = {
      ...{ report, differences: [], worker, hars: new Map() },
      over: new Promise(resolve => worker.once('exit', () => resolve())),
    }
    worker.on('message', (message: ReplayToMain) => this.#heard(kept, worker, message))
    worker.on('error', error => log.error({ err: error, replay: report.id }, 'the thread of a replay failed'))
    worker.on('exit', () => this.#over(kept))
    this.#kept = [...this.#kept, kept].slice(-MAX_KEPT)
    const { source, target: to, pace, writes } = plan
    log.info({ replay: report.id, source, target: to, pace: pace.kind, writes }, 'a replay begins')
    return report
  }

  #heard(kept: Kept, worker: Worker, message: ReplayToMain): void {
    const tell = (reply: MainToReplay, moved: ArrayBuffer[] = []): void => worker.postMessage(reply, moved)
    switch (message.kind) {
      case 'ask': {
        const { askId, query } = message
        void this.#parts
          .ask?.(query)
          .then(reply => tell({ kind: 'reply', askId, reply }, reply.kind === 'recordings' ? [reply.bytes] : []))
        break
      }
      case 'har-reply':
        kept.hars.get(message.askId)?.(message.reply)
        kept.hars.delete(message.askId)
        break
      case 'news':
        kept.differences.push(...message.fresh)
        kept.report = { ...kept.report, ...message.report }
        break
    }
  }

  #over(kept: Kept): void {
    kept.worker = undefined
    for (const reply of kept.hars.values()) reply({ problem: 'it has ended' })
    if (kept.report.state !== 'ended') {
      const endedAt = new Date(this.#parts.clock.now()).toISOString()
      kept.report = { ...kept.report, state: 'ended', because: 'its thread failed; the log says why', endedAt }
    }
    const { id, because, totals } = kept.report
    this.#parts.log.info({ replay: id, because, ...totals }, 'a replay has ended')
  }

  look(id: string): ReplayReport | undefined {
    const kept = this.#of(id)
    return kept && { ...kept.report, differences: kept.differences }
  }

  list(): readonly ReplaySummary[] {
    return this.#kept.map(({ report: { routes, differences, ...summary } }) => summary).reverse()
  }

  pause(id: string): ReplayReport | undefined {
    this.#tell(id, { kind: 'pause' })
    return this.look(id)
  }

  resume(id: string): ReplayReport | undefined {
    this.#tell(id, { kind: 'resume' })
    return this.look(id)
  }

  async stop(id: string): Promise<ReplayReport | undefined> {
    const kept = this.#of(id)
    this.#tell(id, { kind: 'stop', because: 'it was stopped by hand' })
    if (kept?.worker !== undefined) await kept.over
    return this.look(id)
  }

  async add(id: string, har: string): Promise<{ readonly entries: number } | ReplayRefusal | undefined> {
    const kept = this.#of(id)
    if (kept === undefined) return undefined
    if (kept.report.plan.source !== 'har')
      return refuse('begun', 'id', 'this replay takes what the history has; say "source": "har" for one of files')
    const { worker } = kept
    if (worker === undefined) return refuse('begun', 'id', 'it has ended')
    const askId = this.#hars++
    const reply = await new Promise<{ entries: number } | { problem: string }>(resolve => {
      kept.hars.set(askId, resolve)
      worker.postMessage({ kind: 'har', askId, text: har } satisfies MainToReplay)
    })
    return 'problem' in reply ? refuse('har', 'body', reply.problem) : reply
  }

  /** Reports of replays that have ended and name it go. Answers with how many there were, those that run among them. */
  forget(matcher: ForgetMatcher, dryRun: boolean): number {
    const found = this.#kept.filter(({ report, differences }) => holdsForgotten([report, differences], matcher))
    if (!dryRun) this.#kept = this.#kept.filter(kept => kept.report.state !== 'ended' || !found.includes(kept))
    return found.length
  }

  /** Ends what runs: the process ends, or another one takes over. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(
      this.#kept.map(async ({ worker, over }) => {
        worker?.postMessage({ kind: 'stop', because: 'the proxy shut down' } satisfies MainToReplay)
        if (worker !== undefined) await over
      }),
    )
  }

  /** The hand-over came to nothing: replays may be begun again. */
  reopen(): void {
    this.#closed = false
  }

  #of(id: string): Kept | undefined {
    return this.#kept.find(({ report }) => report.id === id)
  }

  #tell(id: string, message: MainToReplay): void {
    this.#of(id)?.worker?.postMessage(message)
  }
}

function refuse(refused: ReplayRefusal['refused'], field: string, detail: string): ReplayRefusal {
  return { refused, field, detail }
}
