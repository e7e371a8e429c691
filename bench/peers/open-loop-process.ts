// Sends requests at a fixed rate over connections that are kept alive, in a process of its own. A request that is due
// waits for a free connection, and its waiting counts.
import { connect, type Socket } from 'node:net'
import type { LoadResult } from '../load.js'
import { AnswerReader } from './answer-reader.js'
import type { OpenLoopOrder } from './open-loop.js'
import { Pacer } from './pacer.js'
import { Stretches } from './stretches.js'

/** Timers of Node know whole milliseconds; a thread that sleeps is woken within a tenth of one and leaves the core alone. */
const NAP_MS = 0.05
const nap = new Int32Array(new SharedArrayBuffer(4))
/** How long the last answers may take. */
const DRAIN_MS = 2000
const BUFFER_BYTES = 64 << 10

process.once('message', (order: OpenLoopOrder) => {
  new OpenLoop(order).run(result => process.send!(result, () => process.exit(0)))
})
process.on('disconnect', () => process.exit(0))

class OpenLoop {
  readonly #order: OpenLoopOrder
  readonly #requests: readonly string[]
  readonly #latencies = new Stretches()
  readonly #connections: Connection[] = []
  readonly #idle: Connection[] = []
  readonly #measureFrom: number
  readonly #endAt: number
  readonly #pacer: Pacer
  #next = 0
  #underWay = 0
  #answered = 0
  /** Whenever they were due. */
  #cameInTime = 0
  #failed = 0

  constructor(order: OpenLoopOrder) {
    this.#order = order
    const { host, port, paths, perSecond, warmUpS, durationS } = order
    this.#requests = paths.map(path => `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
    const startAt = performance.now() + 200
    this.#measureFrom = startAt + warmUpS * 1000
    this.#endAt = startAt + (warmUpS + durationS) * 1000
    this.#pacer = new Pacer(perSecond, startAt, this.#endAt)
  }

  run(report: (result: LoadResult) => void): void {
    const { host, port, connections, durationS } = this.#order
    for (let i = 0; i < connections; i++) {
      const connection = new Connection(host, port, (dueAt, status) => {
        this.#settle(dueAt, status >= 200 && status < 300)
        this.#idle.push(connection)
      })
      this.#connections.push(connection)
      this.#idle.push(connection)
    }
    const turn = (): void => {
      const now = performance.now()
      this.#send(now)
      if ((this.#pacer.done && this.#underWay === 0) || now > this.#endAt + DRAIN_MS) {
        this.#giveUp(now)
        report({
          requests: this.#answered,
          perSecond: this.#cameInTime / durationS,
          p50Ms: this.#latencies.percentile(0.5),
          p99Ms: this.#latencies.percentile(0.99),
          p999Ms: this.#latencies.percentile(0.999),
          heldUp: this.#latencies.heldUp,
          failed: this.#failed,
        })
        return
      }
      Atomics.wait(nap, 0, 0, NAP_MS)
      setImmediate(turn)
    }
    turn()
  }

  #send(now: number): void {
    while (this.#idle.length > 0) {
      const dueAt = this.#pacer.take(now)
      if (dueAt === undefined) return
      const request = this.#requests[this.#next++ % this.#requests.length]!
      this.#underWay += 1
      this.#idle.shift()!.send(request, dueAt)
    }
  }

  #settle(dueAt: number, ok: boolean): void {
    const now = performance.now()
    this.#underWay -= 1
    if (ok && now >= this.#measureFrom && now <= this.#endAt) this.#cameInTime += 1
    this.#count(dueAt, now, ok)
  }

  #count(dueAt: number, now: number, ok: boolean): void {
    if (dueAt < this.#measureFrom) return
    if (ok) this.#answered += 1
    else this.#failed += 1
    this.#latencies.add(dueAt - this.#measureFrom, now - dueAt)
  }

  /** What was due and never sent, or sent and never answered, has failed. */
  #giveUp(now: number): void {
    for (let dueAt = this.#pacer.take(now); dueAt !== undefined; dueAt = this.#pacer.take(now))
      this.#count(dueAt, now, false)
    for (const { dueAt } of this.#connections) if (dueAt !== undefined) this.#count(dueAt, now, false)
  }
}

/** Status 0: the connection broke before the answer was complete. */
type Settled = (dueAt: number, status: number) => void

class Connection {
  readonly #host: string
  readonly #port: number
  readonly #settled: Settled
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  #reader = new AnswerReader()
  #socket: Socket
  #dueAt: number | undefined

  constructor(host: string, port: number, settled: Settled) {
    this.#host = host
    this.#port = port
    this.#settled = settled
    this.#socket = this.#connect()
  }

  /** When the request was due that is being answered. */
  get dueAt(): number | undefined {
    return this.#dueAt
  }

  send(request: string, dueAt: number): void {
    this.#dueAt = dueAt
    if (this.#socket.destroyed) this.#socket = this.#connect()
    this.#socket.write(request, 'latin1')
  }

  #connect(): Socket {
    this.#reader = new AnswerReader()
    const socket = connect({
      host: this.#host,
      port: this.#port,
      onread: {
        buffer: this.#buffer,
        callback: length => {
          this.#read(length)
          return true
        },
      },
    })
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => {
      // Not where another one has taken its place meanwhile.
      if (socket === this.#socket) this.#settle(0)
    })
    return socket
  }

  #read(length: number): void {
    try {
      const status = this.#reader.read(this.#buffer.subarray(0, length))
      if (status !== 0) this.#settle(status)
    } catch {
      this.#socket.destroy()
    }
  }

  #settle(status: number): void {
    const dueAt = this.#dueAt
    if (dueAt === undefined) return
    this.#dueAt = undefined
    this.#settled(dueAt, status)
  }
}
