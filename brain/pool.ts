// thread: main
// The only door to the brain: one learner thread and a few embed threads, both pools of Piscina, and the queues before
// them. Nothing here makes a request wait: what does not fit is dropped and counted, what is late is refused.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as fastq from 'fastq'
import { Piscina } from 'piscina'
import type { AnomalyName, AnomalySignal } from '../core/contract/anomalies.js'
import type {
  EmbeddedText,
  LearnerCounts,
  LearnerReply,
  LearnerTask,
  LearnReply,
  TextToEmbed,
} from '../core/contract/brain-tasks.js'
import type { Forgetting, ForgottenIn } from '../core/contract/forgetting.js'
import type { Lesson } from '../core/contract/lesson.js'
import type {
  ComposeQuestion,
  ComposeReply,
  MatchQuestion,
  MatchReply,
  UnshippedDemand,
} from '../core/contract/messages.js'
import type { ReadinessReport } from '../core/contract/readiness.js'
import type { SealingKeys } from '../core/contract/sealing.js'
import { AskedVectors } from './asked-vectors.js'
import type { Embedded, EmbedderOpened, EmbedTask, EmbedWorkerData } from './embed.worker.js'
import type { LearnerWorkerData } from './learner.worker.js'
import { SharedVectors } from './shared-vectors.js'
import { describeRequest } from './text.js'
import { WatchedPool } from './watched-pool.js'

/** What is learned may come late, what is proxied may not: where cores are scarce these threads get the smaller part. */
const NICE = 5

export interface BrainOptions {
  /** Folder of the embedded memory. */
  readonly memoryDir: string
  /** What it is encrypted with; undefined: it is not. */
  readonly memoryKeys?: SealingKeys | undefined
  readonly maxBytes: number
  readonly embedder: 'auto' | 'transformer' | 'lexical'
  readonly modelDir: string
  readonly embedThreads: number
  /** Exchanges that may wait for the learner. */
  readonly maxPending: number
  /** Share of one core that grading may take, 0…1; 0: what is put together is not graded, and stays distrusted. */
  readonly gradeShare: number
  /** What a ghost must be to speak. */
  readonly rules: LearnerWorkerData['rules']
  /** Where vectors are shared with other instances; undefined: they are not. */
  readonly sharedVectors?: { readonly url: string; readonly prefix: string } | undefined
  /** False: what a route never answered before is learned like all else. */
  readonly softFailures?: boolean
  /** What is strange is looked for; undefined: it is not. */
  readonly anomalies?: { readonly watchesQueries: boolean } | undefined
  /** A task that runs for longer hangs: its thread is ended. Reading the memory at the start, and loading a model, may take longer. */
  readonly hangMs?: number
  readonly log: {
    warn(facts: object, sentence: string): void
    error(facts: object, sentence: string): void
    info(facts: object, sentence: string): void
  }
}

export interface BrainStatus extends LearnerCounts {
  /** Exchanges handed in, learned, waiting, and thrown away because too many waited or the learner broke. */
  readonly captured: number
  readonly learned: number
  readonly pending: number
  readonly dropped: number
  readonly embedded: number
  readonly toEmbed: number
  readonly embedder: string
  /** Why it is this embedder, where it is not the one that was asked for. */
  readonly embedderReason: string
  /** Threads that were started in the place of one that ended, and of these those that had to be ended for they hung. */
  readonly learnerRestarts: number
  /** Undefined: vectors are not shared. `problem`: what is wrong, and what to do; '': nothing. */
  readonly sharedVectors: { readonly problem: string; readonly added: number; readonly leftOut: number } | undefined
  readonly learnerHangs: number
  readonly embedderRestarts: number
  readonly embedderHangs: number
  /** Why what was learned last could not be written down; '' where it could. */
  readonly failing: string
}

export interface Brain {
  /** Loads what is known. Rejects where the memory cannot be opened, with a message that says what to do. */
  start(): Promise<Lesson>
  /** False: dropped, and counted. The buffer is moved. */
  learn(bytes: ArrayBuffer, count: number): boolean
  /**
   * What other instances saw. Resolves with how many that were when they are learned, or never will be; never rejects. They wait
   * here, not in the queue: whoever brings them brings one batch at a time.
   */
  learnShared(bytes: ArrayBuffer, position: string | undefined): Promise<number>
  /** What grading has shown, for other instances. Undefined: the learner is busy, or failed. */
  grades(): Promise<string | undefined>
  /** What it has shown to others. */
  adoptGrades(json: string): void
  /** Goes before queued learning. Never rejects. `answerBy`: of the clock that all threads share. */
  match(question: MatchQuestion, answerBy: number): Promise<MatchReply>
  /** Goes before queued learning. Never rejects. `answerBy`: of the clock that all threads share. */
  compose(question: ComposeQuestion, answerBy: number): Promise<ComposeReply>
  /** Requests that edges counted, for they got the same answers again, or such as may not be kept. */
  unshipped(demand: UnshippedDemand): void
  /** How good ghosts would be just now. Undefined: the learner failed. */
  readiness(): Promise<ReadinessReport | undefined>
  /** What may be fetched to be known before an outage: path and query, most wanted first. Nothing is named twice. */
  warmTargets(limit: number): Promise<readonly { readonly routeId: string; readonly target: string }[]>
  /**
   * Behind all that was handed in before. `textKeys`: names of vectors that went. Rejects with a sentence that says why the memory was
   * not searched, and what to do.
   */
  forget(
    forgetting: Forgetting,
    dryRun: boolean,
  ): Promise<{ readonly stores: readonly ForgottenIn[]; readonly textKeys: readonly string[] }>
  /** Of each new lesson; and at once of the newest, where one was told already: none is lost to who comes late. */
  onLesson(listener: (lesson: Lesson) => void): void
  onAnomalies(listener: (signals: readonly AnomalySignal[]) => void): void
  /** A person said of it that it is normal. */
  expectAnomaly(name: AnomalyName): void
  status(): BrainStatus
  /** Resolves when the first embedder has opened or failed: true where it is the one that was asked for. */
  embedderOpened(): Promise<boolean>
  /** The model files have come: embedders open again, and what was embedded by words alone is embedded anew. */
  modelArrived(): Promise<void>
  /** All that was handed in is learned and written down; embeddings as far as two seconds take them. */
  flush(): Promise<void>
  /**
   * All is written down, and nothing more is: another process may open the memory. Questions are still answered out of what is
   * known. What is handed in before `resume` is dropped.
   */
  rest(): Promise<void>
  resume(): void
  close(): Promise<void>
}

interface Batch {
  readonly bytes: ArrayBuffer
  readonly count: number
}

/** One after the other: exchanges, or what must not come before those that were handed in before it. */
type Learning = Batch | (() => Promise<void>)

/** Small: a question waits until the batch before it is done. A text takes about 2 ms. */
const EMBED_BATCH = 8
/** Texts that wait for an embedder; more are found again by `unembedded` later. */
const MAX_TO_EMBED = 10_000
const LESSON_TICK_MS = 250
/** A learner that is at one thing for so long is at it for ever. */
const HANG_MS = 60_000
/** Of hundreds of thousands of answers, or of a model from a slow disk. */
const OPENING_MS = 15 * 60_000
/** Nobody waits longer for embeddings when the proxy stops; what is left is found again at the next start. */
const FLUSH_EMBEDDING_MS = 2000
/** More questions than this before the embedder, and a further one would be late anyway. */
const MAX_SEARCHES = 64
/** Where more tasks wait, counts of repeats are left out. */
const MAX_WAITING_REPEATS = 64
/** Vectors kept for questions that come again: 1.5 KiB each. */
const ASKED_VECTORS = 4096

/** Ms since a moment that all threads share: the time of day may jump while a question is under way. */
function steadyNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export function openBrain(options: BrainOptions): Brain {
  return new PooledBrain(options)
}

class PooledBrain implements Brain {
  readonly #options: BrainOptions
  readonly #learner: Piscina
  readonly #embedders: Piscina
  readonly #learnerWatch: WatchedPool
  readonly #embedderWatch: WatchedPool
  readonly #learning: fastq.queueAsPromised<Learning>
  readonly #embedding: fastq.queueAsPromised<readonly TextToEmbed[]>
  readonly #listeners: ((lesson: Lesson) => void)[] = []
  #tellAnomalies: (signals: readonly AnomalySignal[]) => void = () => {}
  #lesson: Lesson | undefined
  #patterns = new Map<string, string>()
  #captured = 0
  #learned = 0
  #pending = 0
  #dropped = 0
  #embedded = 0
  #toEmbed = 0
  #embedder = ''
  #embedderReason = ''
  #opened: Promise<void> = Promise.resolve()
  readonly #asked = new AskedVectors(ASKED_VECTORS)
  readonly #shared: SharedVectors | undefined
  /** More texts wait for a vector than are in the queue. */
  #textsLeft = false
  #failing = ''
  #counts: LearnerCounts = { routes: 0, exemplars: 0, vectors: 0, bytes: 0, untaught: false }
  #closing = false
  #rests = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: BrainOptions) {
    this.#options = options
    this.#shared = options.sharedVectors && new SharedVectors({ ...options.sharedVectors, log: options.log })
    const worker = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
    // One thread and one task at a time: the learner is the only writer of the memory.
    this.#learner = new Piscina({
      filename: worker('./learner.worker.js'),
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      niceIncrement: NICE,
      workerData: {
        memoryDir: options.memoryDir,
        memoryKeys: options.memoryKeys,
        maxBytes: options.maxBytes,
        gradeShare: options.gradeShare,
        rules: options.rules,
        softFailures: options.softFailures !== false,
        anomalies: options.anomalies,
      } satisfies LearnerWorkerData,
    })
    this.#embedders = new Piscina({
      filename: worker('./embed.worker.js'),
      minThreads: options.embedThreads,
      maxThreads: options.embedThreads,
      idleTimeout: Number.POSITIVE_INFINITY,
      niceIncrement: NICE,
      workerData: { choice: options.embedder, modelDir: options.modelDir } satisfies EmbedWorkerData,
    })
    const watch = (pool: Piscina, name: string): WatchedPool =>
      new WatchedPool(pool, {
        hangMs: options.hangMs ?? HANG_MS,
        now: () => performance.now(),
        onHang: (task, ranMs) =>
          options.log.error(
            { task: (task as { kind?: string }).kind ?? 'embed', ranMs: Math.round(ranMs) },
            `the ${name} hung: its thread is ended, and another one started`,
          ),
      })
    this.#learnerWatch = watch(this.#learner, 'learner')
    this.#embedderWatch = watch(this.#embedders, 'embedder')
    this.#learning = fastq.promise(one => (typeof one === 'function' ? one() : this.#learnBatch(one)), 1)
    this.#embedding = fastq.promise(texts => this.#embedBatch(texts), options.embedThreads)
    // The pools report errors of threads that had no task; without a listener they would end the process.
    for (const pool of [this.#learner, this.#embedders])
      pool.on('error', error => options.log.error({ err: error }, 'a thread of the brain failed'))
  }

  async start(): Promise<Lesson> {
    const reply = await this.#ask({ kind: 'boot' }, [], OPENING_MS)
    this.#took(reply)
    this.#timer = setInterval(() => {
      this.#learnerWatch.look()
      this.#embedderWatch.look()
      this.#tick()
    }, LESSON_TICK_MS)
    // The embedder opens in the background: everything but semantic matches works without it.
    this.#opened = this.#openEmbedder()
    void this.#opened.then(() => this.#embedMissing())
    return this.#lesson!
  }

  learn(bytes: ArrayBuffer, count: number): boolean {
    this.#captured += count
    if (this.#closing || this.#rests || this.#learnerWatch.pauses || this.#pending + count > this.#options.maxPending) {
      this.#dropped += count
      return false
    }
    this.#pending += count
    void this.#learning.push({ bytes, count })
    return true
  }

  async #learnBatch({ bytes, count }: Batch): Promise<void> {
    try {
      const reply = await this.#ask({ kind: 'learn', bytes }, [bytes])
      if (reply.kind === 'learned') this.#countLearned(count, reply)
      this.#took(reply)
    } catch (error) {
      this.#dropped += count
      this.#failing = error instanceof Error ? error.message : String(error)
      this.#options.log.error({ err: error, exchanges: count }, 'the learner failed; these exchanges are not learned')
    } finally {
      this.#pending -= count
    }
  }

  async learnShared(bytes: ArrayBuffer, position: string | undefined): Promise<number> {
    if (this.#closing) return 0
    try {
      const reply = await this.#ask({ kind: 'learn-shared', bytes, position }, [bytes])
      this.#took(reply)
      if (reply.kind !== 'learned') return 0
      if (reply.failure !== undefined)
        this.#options.log.error(
          { failure: reply.failure },
          'some exchanges of other instances could not be learned from',
        )
      return reply.learned
    } catch (error) {
      if (this.#closing) return 0
      this.#options.log.error(
        { err: error },
        'the learner failed at exchanges of other instances; they are not learned',
      )
      return 0
    }
  }

  async forget(
    forgetting: Forgetting,
    dryRun: boolean,
  ): Promise<{ readonly stores: readonly ForgottenIn[]; readonly textKeys: readonly string[] }> {
    if (this.#closing || this.#rests) throw new Error('another process is taking over: ask that one, once more')
    let reply: LearnerReply | undefined
    await this.#learning.push(async () => {
      reply = await this.#ask({ kind: 'forget', forgetting, dryRun }, [], OPENING_MS)
    })
    if (reply?.kind !== 'forgot') throw new Error('the learner does not answer: ask once more')
    // Questions that were asked, by their texts.
    if (!dryRun) this.#asked.clear()
    if (reply.learned !== undefined) this.#took(reply.learned)
    return { stores: reply.stores, textKeys: reply.textKeys }
  }

  async grades(): Promise<string | undefined> {
    if (this.#closing || this.#learner.queueSize > MAX_WAITING_REPEATS) return undefined
    try {
      const reply = await this.#ask({ kind: 'grades' })
      return reply.kind === 'grades' ? reply.json : undefined
    } catch {
      return undefined
    }
  }

  adoptGrades(json: string): void {
    if (this.#closing) return
    this.#ask({ kind: 'adopt-grades', json }).catch(error => {
      if (!this.#closing) this.#options.log.error({ err: error }, 'grades of other instances could not be read')
    })
  }

  #countLearned(count: number, { learned, failure }: LearnReply): void {
    this.#learned += learned
    this.#dropped += count - learned
    this.#failing = failure ?? ''
    if (failure === undefined) return
    this.#options.log.error({ failure, exchanges: count - learned }, 'some exchanges could not be learned from')
  }

  async match(question: MatchQuestion, answerBy: number): Promise<MatchReply> {
    const pattern = this.#patterns.get(question.routeId)
    if (this.#closing || pattern === undefined) return none('no-candidate')
    const { text, partition, freeText } = describeRequest({ ...question, pattern })
    if (!freeText) return none('no-candidate')
    const left = answerBy - steadyNow()
    if (left <= 0) return none('brain-late')
    if (this.#embedders.queueSize > MAX_SEARCHES) return none('brain-late')
    // Not Piscina's abort signal: for a task that runs already it ends the thread.
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<MatchReply>(resolve => {
      timer = setTimeout(() => resolve(none('brain-late')), left)
    })
    const reply = await Promise.race([late, this.#search(question.routeId, text, partition, answerBy)])
    clearTimeout(timer)
    return reply
  }

  async #search(routeId: string, text: string, partition: string, answerBy: number): Promise<MatchReply> {
    try {
      const embedded = await this.#asked.of(
        text,
        () => this.#embedderWatch.run({ texts: [text] } satisfies EmbedTask) as Promise<Embedded>,
      )
      if (steadyNow() > answerBy) return none('brain-late')
      const question = { routeId, partition, text, vector: embedded.vectors[0]! }
      let found = await this.#ask({ kind: 'search', embedder: embedded.embedder, ...question })
      if (found.kind === 'found' && found.best === undefined && this.#shared !== undefined)
        found = await this.#searchElsewhere(this.#shared, { ...question, embedder: embedded.embedder }, found)
      if (found.kind !== 'found' || found.best === undefined)
        return { kind: 'none', because: 'no-candidate', candidates: found.kind === 'found' ? found.candidates : [] }
      return { kind: 'match', ...found.best, candidates: found.candidates }
    } catch {
      return none('brain-down')
    }
  }

  /** Among the vectors of all instances: this one may not have embedded its own yet. */
  async #searchElsewhere(
    shared: SharedVectors,
    question: Omit<LearnerTask & { kind: 'search' }, 'kind' | 'neighbours'>,
    here: LearnerReply,
  ): Promise<LearnerReply> {
    const neighbours = await shared.nearest(question.embedder, question.partition, question.vector)
    return neighbours.length === 0 ? here : await this.#ask({ kind: 'search', ...question, neighbours })
  }

  async compose(question: ComposeQuestion, answerBy: number): Promise<ComposeReply> {
    const late: ComposeReply = { kind: 'none', refused: 'brain-late', because: 'the brain did not answer in time' }
    const leftMs = answerBy - steadyNow()
    if (this.#closing || leftMs <= 0 || this.#learner.queueSize > MAX_SEARCHES) return late
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<ComposeReply>(resolve => {
      timer = setTimeout(() => resolve(late), leftMs)
    })
    const asked = this.#ask({ kind: 'compose', question }).then(
      (found): ComposeReply => (found.kind === 'composed' ? found.reply : late),
      (): ComposeReply => ({ kind: 'none', refused: 'brain-down', because: 'the learner failed' }),
    )
    const reply = await Promise.race([tooLate, asked])
    clearTimeout(timer)
    return reply
  }

  unshipped(demand: UnshippedDemand): void {
    if (this.#closing || this.#rests || this.#learner.queueSize > MAX_WAITING_REPEATS) return
    // Only counts: where the learner fails the log says so elsewhere, and others come.
    this.#ask({ kind: 'unshipped', demand }).then(
      reply => this.#took(reply),
      () => {},
    )
  }

  async readiness(): Promise<ReadinessReport | undefined> {
    if (this.#closing) return undefined
    try {
      const reply = await this.#ask({ kind: 'readiness' })
      return reply.kind === 'readiness' ? reply.report : undefined
    } catch {
      return undefined
    }
  }

  async warmTargets(limit: number): Promise<readonly { readonly routeId: string; readonly target: string }[]> {
    // Learning goes before.
    if (this.#closing || this.#learner.queueSize > 0) return []
    try {
      const reply = await this.#ask({ kind: 'warm', limit })
      return reply.kind === 'warm' ? reply.targets : []
    } catch {
      return []
    }
  }

  onAnomalies(listener: (signals: readonly AnomalySignal[]) => void): void {
    this.#tellAnomalies = listener
  }

  expectAnomaly(name: AnomalyName): void {
    if (this.#closing) return
    this.#ask({ kind: 'expect-anomaly', name }).then(
      reply => this.#took(reply),
      error => {
        if (!this.#closing)
          this.#options.log.error({ err: error }, 'the learner did not take what was said of an anomaly')
      },
    )
  }

  onLesson(listener: (lesson: Lesson) => void): void {
    this.#listeners.push(listener)
    if (this.#lesson !== undefined) listener(this.#lesson)
  }

  status(): BrainStatus {
    return {
      captured: this.#captured,
      learned: this.#learned,
      pending: this.#pending,
      dropped: this.#dropped,
      embedded: this.#embedded,
      toEmbed: this.#toEmbed,
      embedder: this.#embedder,
      embedderReason: this.#embedderReason,
      sharedVectors: this.#shared && { problem: this.#shared.problem, ...this.#shared.counts },
      learnerRestarts: this.#learnerWatch.restarts,
      learnerHangs: this.#learnerWatch.hangs,
      embedderRestarts: this.#embedderWatch.restarts,
      embedderHangs: this.#embedderWatch.hangs,
      failing: this.#failing,
      ...this.#counts,
    }
  }

  async embedderOpened(): Promise<boolean> {
    await this.#opened
    return this.#embedder !== '' && this.#embedderReason === ''
  }

  async modelArrived(): Promise<void> {
    await this.#openEmbedder()
    this.#asked.clear()
    await this.#embedMissing()
  }

  async flush(): Promise<void> {
    if (this.#learning.length() > 0 || !this.#learning.idle()) await this.#learning.drained()
    await Promise.race([this.#embeddingDrained(), sleep(FLUSH_EMBEDDING_MS, undefined, { ref: false })])
    this.#took(await this.#ask({ kind: 'flush' }))
  }

  async rest(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#rests = true
    }
    await this.#embeddingDrained()
    // The tick that may have been on its way.
    this.#took(await this.#ask({ kind: 'flush' }))
  }

  resume(): void {
    this.#rests = false
    void this.#embedMissing()
  }

  async #embeddingDrained(): Promise<void> {
    if (this.#embedding.length() > 0 || !this.#embedding.idle()) await this.#embedding.drained()
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    this.#shared?.close()
    await Promise.all([this.#learner.destroy(), this.#embedders.destroy()])
  }

  // ── embedding ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #openEmbedder(): Promise<void> {
    try {
      const opening = Array.from({ length: this.#options.embedThreads }, () => this.#reopen())
      for (const { embedder, reason } of await Promise.all(opening)) {
        this.#embedder = embedder
        this.#embedderReason = reason
      }
      void this.#shareVectors()
      if (this.#embedderReason === '') this.#options.log.info({ embedder: this.#embedder }, 'requests are embedded')
      else
        this.#options.log.warn(
          { embedder: this.#embedder, because: this.#embedderReason },
          'requests are embedded by words alone; semantic matches are weaker',
        )
    } catch (error) {
      this.#embedder = ''
      this.#embedderReason = error instanceof Error ? error.message : String(error)
      this.#options.log.error({ err: error }, 'no embedder could be opened; there are no semantic matches')
    }
  }

  /** Nobody waits for it. */
  async #shareVectors(): Promise<void> {
    if (this.#shared === undefined) return
    try {
      const { embedder, vectors } = (await this.#embedders.run({ texts: ['probe'] } satisfies EmbedTask)) as Embedded
      if (!this.#closing) await this.#shared.use(embedder, vectors[0]!)
    } catch (error) {
      if (!this.#closing) this.#options.log.error({ err: error }, 'vectors are not shared')
    }
  }

  async #reopen(): Promise<EmbedderOpened> {
    return (await this.#embedderWatch.run({ reopen: true } satisfies EmbedTask, [], OPENING_MS)) as EmbedderOpened
  }

  async #embedMissing(): Promise<void> {
    if (this.#embedder === '') return
    this.#textsLeft = false
    try {
      const reply = await this.#ask({ kind: 'unembedded', embedder: this.#embedder, limit: MAX_TO_EMBED })
      if (reply.kind !== 'unembedded') return
      this.#embedSoon(reply.toEmbed)
      if (reply.toEmbed.length >= MAX_TO_EMBED) this.#textsLeft = true
    } catch (error) {
      if (!this.#closing) this.#options.log.error({ err: error }, 'texts that wait for an embedding could not be read')
    }
  }

  #embedSoon(texts: readonly TextToEmbed[]): void {
    if (this.#embedder === '' || this.#closing || this.#rests) return
    for (let at = 0; at < texts.length; at += EMBED_BATCH) {
      if (this.#toEmbed >= MAX_TO_EMBED) {
        this.#textsLeft = true
        return
      }
      const batch = texts.slice(at, at + EMBED_BATCH)
      this.#toEmbed += batch.length
      void this.#embedding.push(batch)
    }
  }

  async #embedBatch(texts: readonly TextToEmbed[]): Promise<void> {
    try {
      // They are found again by `unembedded`.
      if (this.#rests) return
      const { embedder, vectors } = (await this.#embedderWatch.run({
        texts: texts.map(({ text }) => text),
      } satisfies EmbedTask)) as Embedded
      const items: EmbeddedText[] = texts.map((text, i) => ({ ...text, vector: vectors[i]! }))
      this.#took(await this.#ask({ kind: 'index', embedder, items }))
      this.#embedded += texts.length
      this.#shared?.add(embedder, items)
      // What found no place in the queue is in the memory.
      if (this.#textsLeft && this.#toEmbed === texts.length) void this.#embedMissing()
    } catch (error) {
      if (!this.#closing) this.#options.log.error({ err: error, texts: texts.length }, 'texts could not be embedded')
    } finally {
      this.#toEmbed -= texts.length
    }
  }

  // ── the learner thread ─────────────────────────────────────────────────────────────────────────────────────────────

  async #ask(task: LearnerTask, moved: ArrayBuffer[] = [], mayTakeMs?: number): Promise<LearnerReply> {
    return (await this.#learnerWatch.run(task, moved, mayTakeMs)) as LearnerReply
  }

  #took(reply: LearnerReply): void {
    if (reply.kind !== 'learned') return
    this.#counts = reply.counts
    if (reply.anomalies !== undefined) this.#tellAnomalies(reply.anomalies)
    this.#embedSoon(reply.toEmbed)
    if (reply.lesson === undefined) return
    this.#lesson = reply.lesson
    this.#patterns = new Map(reply.lesson.routes.map(({ id, pattern }) => [id, pattern]))
    for (const listener of this.#listeners) listener(reply.lesson)
  }

  /** A lesson that was held back for being too soon after the last one is not forgotten when traffic stops. */
  #tick(): void {
    if (this.#closing || this.#rests || this.#learner.queueSize > 0 || this.#learnerWatch.pauses) return
    this.#ask({ kind: 'tick' }).then(
      reply => this.#took(reply),
      error => {
        if (!this.#closing) this.#options.log.error({ err: error }, 'the learner does not answer')
      },
    )
  }
}

function none(because: 'no-candidate' | 'brain-late' | 'brain-down'): MatchReply {
  return { kind: 'none', because, candidates: [] }
}
