// thread: main
// The door to the history: its thread, what may be on its way there, and what it said last. Nothing here waits.
import { Worker } from 'node:worker_threads'
import type { AnomalyName, AnomalySignal } from '../contract/anomalies.js'
import { exchangesIn, type FactBatch } from '../contract/facts.js'
import type {
  HistoryForget,
  HistoryQuery,
  HistoryReply,
  HistoryStatus,
  HistoryToMain,
  HistoryWorkerData,
  MainToHistory,
  NotedReadiness,
  PastOutage,
} from '../contract/history.js'
import type { Log } from '../log/log.js'

export interface HistoryParts {
  readonly data: HistoryWorkerData
  /** Questions by their numbers, as core/threads/ask-desk.ts. */
  readonly desk: (post: (askId: number, query: HistoryQuery | HistoryForget) => void) => HistoryDesk
  readonly onAnomalies: (signals: readonly AnomalySignal[]) => void
  readonly log: Pick<Log, 'error'>
}

export interface HistoryDesk {
  ask(query: HistoryQuery | HistoryForget, answerBy: number): Promise<HistoryReply>
  settle(askId: number, reply: HistoryReply): boolean
}

/** On the way to the thread, which takes each at once: more means that it stands still. */
const MAX_UNTAKEN_BYTES = 64 << 20
const RESTART_MS = 1000
/** For the thread to say that it has ended: longer than it waits itself. */
const ENDED_MS = 9000

const unknown: Omit<HistoryStatus, 'restarts'> = {
  store: { kind: 'duckdb', detail: '', state: 'opening', lastError: '', remedy: '' },
  standIn: null,
  ...{
    rows: 0,
    captures: 0,
    sampledOut: 0,
    waitingRows: 0,
    waitingBytes: 0,
    spilledBytes: 0,
    maxSpillBytes: 0,
    dropped: 0,
    lagS: 0,
  },
}

export class History {
  readonly #parts: HistoryParts
  readonly #desk: HistoryDesk
  #worker: Worker
  #untakenBytes = 0
  #said = unknown
  /** Of threads that ended, and of what never got to one. */
  #before = { rows: 0, captures: 0, sampledOut: 0, dropped: 0 }
  #restarts = 0
  #closing = false
  #ended: (() => void) | undefined

  constructor(parts: HistoryParts) {
    this.#parts = parts
    this.#desk = parts.desk((askId, query) => this.#send({ kind: 'ask', askId, query }))
    this.#worker = this.#start()
  }

  /** Its buffer is moved. */
  facts(batch: FactBatch): void {
    if (!this.#has(batch.cells.byteLength)) this.#before.dropped += exchangesIn(batch)
    else this.#send({ kind: 'facts', batch }, [batch.cells])
  }

  /** Packed exchanges; the buffer stays here. */
  captured(bytes: ArrayBuffer): void {
    if (this.#parts.data.maxCaptureBytes === 0 || !this.#has(bytes.byteLength)) return
    const copy = bytes.slice(0)
    this.#send({ kind: 'captured', bytes: copy }, [copy])
  }

  outage(outage: PastOutage): void {
    this.#send({ kind: 'outage', outage })
  }

  readiness(readiness: NotedReadiness): void {
    this.#send({ kind: 'readiness', readiness })
  }

  expectAnomaly(name: AnomalyName, strength: number): void {
    this.#send({ kind: 'expect-anomaly', name, strength })
  }

  ask(query: HistoryQuery | HistoryForget, answerBy: number): Promise<HistoryReply> {
    return this.#desk.ask(query, answerBy)
  }

  status(): HistoryStatus {
    const { rows, captures, sampledOut, dropped } = this.#before
    return {
      ...this.#said,
      rows: this.#said.rows + rows,
      captures: this.#said.captures + captures,
      sampledOut: this.#said.sampledOut + sampledOut,
      dropped: this.#said.dropped + dropped,
      restarts: this.#restarts,
    }
  }

  /** Writes what can be written within that time. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true
    let timer: NodeJS.Timeout | undefined
    const ended = new Promise<void>(resolve => {
      this.#ended = resolve
      timer = setTimeout(resolve, withinMs + ENDED_MS)
    })
    this.#send({ kind: 'end', by: Date.now() + withinMs })
    await ended
    clearTimeout(timer)
    await this.#worker.terminate()
  }

  #has(bytes: number): boolean {
    if (this.#closing || this.#untakenBytes + bytes > MAX_UNTAKEN_BYTES) return false
    this.#untakenBytes += bytes
    return true
  }

  #send(message: MainToHistory, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./history.worker.js', import.meta.url), { workerData: this.#parts.data })
    worker.on('message', (message: HistoryToMain) => {
      switch (message.kind) {
        case 'taken':
          this.#untakenBytes -= message.bytes
          break
        case 'status':
          this.#said = message.status
          break
        case 'anomalies':
          this.#parts.onAnomalies(message.signals)
          break
        case 'reply':
          this.#desk.settle(message.askId, message.reply)
          break
        case 'ended':
          this.#ended?.()
          break
      }
    })
    worker.on('error', error => this.#parts.log.error({ err: error }, 'the thread of the history failed'))
    worker.on('exit', () => {
      this.#ended?.()
      if (this.#closing) return
      const { rows, captures, sampledOut, dropped, waitingRows } = this.#said
      this.#before.rows += rows
      this.#before.captures += captures
      this.#before.sampledOut += sampledOut
      // What it had in memory; what is on the disk it finds again, and nobody knows how much that was.
      this.#before.dropped += dropped + waitingRows
      this.#said = { ...unknown, store: { ...this.#said.store, state: 'opening' } }
      this.#untakenBytes = 0
      this.#restarts += 1
      setTimeout(() => {
        if (!this.#closing) this.#worker = this.#start()
      }, RESTART_MS)
    })
    return worker
  }
}
