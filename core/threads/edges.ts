// thread: main
// Starts the edge threads, keeps them running, and speaks with them. A crashed edge is taken out, replaced and counted.
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { EdgeToMain, MainToEdge } from '../contract/messages.js'
import type { Log } from '../log/log.js'

/** Where connections are handed to an edge; see front/acceptor.ts. */
export interface EdgeDoor {
  add(descriptor: unknown): void
  remove(descriptor: unknown): void
}

export interface EdgesOptions {
  readonly count: number
  readonly workerUrl: URL
  readonly workerDataOf: (edge: number) => unknown
  readonly door: EdgeDoor
  readonly log: Log
  /** Everything that is not about the life of the thread. */
  readonly onMessage: (edge: number, message: EdgeToMain) => void
  /** An edge is up, again or for the first time: it needs what the others have. */
  readonly onReady: (edge: number) => void
  /** ms, never set back. */
  readonly now: () => number
  /**
   * A thread that hangs can be ended from outside. Not one that has handles of the uWebSockets.js binary: Node would abort the
   * process.
   */
  readonly mayTerminate: boolean
  /** Its thread has ended, and with it whatever it was at. */
  readonly onGone?: (edge: number) => void
}

interface Slot {
  worker: Worker
  descriptor: unknown
  /** It has been ready once: its end is a crash, not a failure to start. */
  started: boolean
  /** It takes connections. */
  ready: boolean
  /** When it last said something; each does several times a second. */
  heardAt: number
  /** It says nothing any more. */
  hangs: boolean
}

/** A thread that fails while it starts is tried again after this time, not at once in a loop. */
const RESTART_MS = 500
/** An edge that says nothing for so long hangs. */
const HANG_MS = 10_000
/** Main itself was not there for so long: what the edges said meanwhile has not been read yet. */
const AWAY_MS = 2000
/**
 * Where an edge allocates, MiB. What a request allocates is dead when it is answered; but V8 begins with 1 MiB, fills it a
 * hundred times a second, and each time copies what belongs to the requests in flight: a quarter of the time of an edge on
 * the uws front.
 */
const YOUNG_MIB = 16

export class Edges {
  readonly #options: EdgesOptions
  readonly #slots: (Slot | undefined)[] = []
  #closing = false
  #restarts = 0
  #hangs = 0
  #lookedAt = 0
  #turn = 0
  #drained: ((edge: number) => void) | undefined

  constructor(options: EdgesOptions) {
    this.#options = options
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Edges that hung. */
  get hangs(): number {
    return this.#hangs
  }

  get running(): number {
    return this.#slots.filter(slot => slot?.ready).length
  }

  /** Resolves when every edge can take connections; rejects when one cannot start. */
  async start(): Promise<void> {
    // For threads that start from now on: the edges are the last ones.
    setFlagsFromString(`--min-semi-space-size=${YOUNG_MIB}`)
    await Promise.all(Array.from({ length: this.#options.count }, (_, edge) => this.#spawn(edge)))
  }

  /** To be called several times a second: an edge that hangs gets no more connections, and is ended where that can be done. */
  look(): void {
    const now = this.#options.now()
    const wasAway = now - this.#lookedAt >= AWAY_MS
    this.#lookedAt = now
    this.#slots.forEach((slot, edge) => {
      if (slot === undefined || !slot.ready) return
      if (wasAway) slot.heardAt = now
      if (now - slot.heardAt < HANG_MS) return
      slot.hangs = true
      this.#hangs += 1
      this.#options.log.error(
        { edge },
        this.#options.mayTerminate
          ? 'an edge thread hangs: it is ended, and another one started'
          : 'an edge thread hangs: others take the connections until it goes on',
      )
      this.#retire(slot)
      if (this.#options.mayTerminate) void slot.worker.terminate()
    })
  }

  /** It went on after all. */
  #comesBack(slot: Slot, edge: number): void {
    slot.hangs = false
    slot.ready = true
    this.#options.door.add(slot.descriptor)
    this.#options.log.warn({ edge }, 'an edge thread that hung goes on: it takes connections again')
  }

  send(edge: number, message: MainToEdge): void {
    this.#slots[edge]?.worker.postMessage(message)
  }

  /** To one that takes connections, each in turn: which it was. Undefined: there is none. */
  sendToOne(message: MainToEdge): number | undefined {
    for (let i = 0; i < this.#slots.length; i++) {
      this.#turn = (this.#turn + 1) % this.#slots.length
      const slot = this.#slots[this.#turn]
      if (slot?.ready !== true) continue
      slot.worker.postMessage(message)
      return this.#turn
    }
    return undefined
  }

  sendAll(message: MainToEdge): void {
    for (const slot of this.#slots) slot?.worker.postMessage(message)
  }

  /**
   * Lets every edge finish what is in flight, for at most `withinMs`; then the threads end. `leaveIdleMs`: how long connections
   * may wait for one more request.
   */
  async close(withinMs: number, leaveIdleMs = 0): Promise<void> {
    this.#closing = true
    const waiting = new Set(this.#slots.flatMap((slot, edge) => (slot?.ready ? [edge] : [])))
    if (waiting.size > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(() => {
          this.#options.log.warn(
            { edges: [...waiting], withinMs },
            'requests were still in flight when the time for shutting down was over',
          )
          resolve()
        }, withinMs)
        this.#drained = edge => {
          waiting.delete(edge)
          if (waiting.size > 0) return
          clearTimeout(timer)
          resolve()
        }
        this.sendAll({ kind: 'drain', leaveIdleMs })
      })
    }
    const ends = this.#slots.flatMap(slot => (slot === undefined ? [] : [once(slot.worker, 'exit')]))
    this.sendAll({ kind: 'end' })
    await Promise.all(ends)
  }

  #spawn(edge: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.#options.workerUrl, {
        workerData: this.#options.workerDataOf(edge),
        stdout: false,
        stderr: false,
      })
      const slot: Slot = {
        worker,
        descriptor: undefined,
        started: false,
        ready: false,
        heardAt: this.#options.now(),
        hangs: false,
      }
      this.#slots[edge] = slot
      worker.on('message', (message: EdgeToMain) => {
        slot.heardAt = this.#options.now()
        if (slot.hangs && message.kind !== 'crashed') this.#comesBack(slot, edge)
        switch (message.kind) {
          case 'ready':
            slot.descriptor = message.descriptor
            slot.started = true
            slot.ready = true
            this.#options.door.add(message.descriptor)
            this.#options.onReady(edge)
            resolve()
            break
          case 'descriptor':
            if (!slot.ready) break
            this.#options.door.remove(slot.descriptor)
            slot.descriptor = message.descriptor
            this.#options.door.add(message.descriptor)
            break
          case 'crashed':
            // It closes its sockets and ends by itself: terminate() would abort the process, see edge.worker.ts.
            if (!slot.started) reject(new Error(message.error))
            this.#retire(slot)
            break
          case 'drained':
            this.#drained?.(edge)
            break
          default:
            this.#options.onMessage(edge, message)
        }
      })
      worker.on('error', error => {
        this.#options.log.error({ err: error, edge }, 'an edge thread failed')
        if (!slot.started) reject(error)
      })
      worker.on('exit', code => {
        this.#retire(slot)
        this.#options.onGone?.(edge)
        if (this.#slots[edge] === slot) this.#slots[edge] = undefined
        if (this.#closing || !slot.started) {
          reject(new Error(`edge ${edge} ended with code ${code} while it started`))
          return
        }
        this.#restarts += 1
        this.#options.log.error({ edge, code }, 'an edge thread ended; another one is started')
        this.#respawn(edge)
      })
    })
  }

  #respawn(edge: number): void {
    if (this.#closing) return
    this.#spawn(edge).catch(error => {
      this.#options.log.error({ err: error, edge }, 'the edge could not be started again; the next try follows')
      setTimeout(() => this.#respawn(edge), RESTART_MS)
    })
  }

  /** No more connections for this edge: must come before its thread is gone. */
  #retire(slot: Slot): void {
    if (!slot.ready) return
    slot.ready = false
    this.#options.door.remove(slot.descriptor)
  }
}
