// thread: main
// The end of a process that another one follows: step by step it leaves what the other takes, and takes it back where that fails.
import { steadyClock } from '../clock/clock.js'
import { type Command, type Estate, Successor } from '../handover/successor.js'
import type { DataOwner } from './data-owner.js'
import type { MemoryDamage } from './memory-damage.js'
import { LAST_SPANS_MS, leaveStores, type RunningParts } from './running-parts.js'

/** For a new process to read its settings. */
const PREPARE_MS = 30_000
/** For it to read a large memory. */
const OPEN_MS = 120_000
/** For it to read the journal and to start its edges; writes wait no longer than an edge lets them, see edge.worker.ts. */
const TAKE_OVER_MS = 60_000
/** For a journalled write that is being sent, when another process is to send the next. */
const REPLAY_END_MS = 10_000

export interface HandOverParts extends RunningParts {
  readonly owner: DataOwner
  readonly damage: MemoryDamage
  readonly port: number
  readonly sharedFd: number | undefined
  /** Another process may take connections at the same port. */
  readonly isShareable: boolean
  /** No connections are taken any more. */
  readonly onLeft: () => void
}

export class HandOver {
  readonly #parts: HandOverParts
  #successor: Successor | undefined
  #handing: Promise<void> | undefined
  #isOver = false

  constructor(parts: HandOverParts) {
    this.#parts = parts
  }

  /** As `RunningProxy.handOver`. */
  begin(command: Command): Promise<void> {
    if (this.#handing !== undefined) return Promise.reject(new Error('another process is taking over already'))
    this.#handing = this.#handOver(command)
    const settled = (): void => {
      if (!this.#isOver) this.#handing = undefined
    }
    this.#handing.then(settled, settled)
    return this.#handing
  }

  /** The proxy is to stop. Resolves when none is under way any more: true where another process took over all the same. */
  async giveUp(): Promise<boolean> {
    // One that takes over in this moment would outlive the order to stop.
    if (!this.#isOver) await this.#successor?.end()
    await this.#handing?.catch(() => {})
    return this.#isOver
  }

  async #handOver(command: Command): Promise<void> {
    const { settings, acceptor, edges, brain, memory, journal, owner, damage, log } = this.#parts
    const next = new Successor(command, this.#estate(), ({ edge, message }) => edges.send(edge, message))
    this.#successor = next
    let waitFrom = 0
    try {
      await next.prepared(PREPARE_MS)
      await this.#leaveMemory()
      await next.opened(OPEN_MS)
      await journal?.quiet(REPLAY_END_MS)
      owner.journalWork.hold()
      waitFrom = steadyClock.now()
      await journal?.rest()
      await next.takeOver(TAKE_OVER_MS)
    } catch (error) {
      await next.end()
      this.#successor = undefined
      damage.lookAgainLater()
      if (!owner.ownsData) await this.#takeBack()
      throw error
    }
    this.#isOver = true
    const writesWaitedMs = Math.round(steadyClock.now() - waitFrom)
    for (const work of [owner.journalWork, owner.learnersWork]) work.goOn(done => next.give(done))
    await acceptor.leave()
    this.#parts.onLeft()
    this.#parts.endBackground()
    await this.#parts.admin.close()
    log.info({ successor: next.pid, writesWaitedMs }, 'another process took over; what is in flight here is finished')
    await edges.close(2 * settings.shutdownMs, settings.shutdownMs)
    this.#parts.looks.end()
    await this.#parts.traces?.close(LAST_SPANS_MS)
    await next.leave()
    await brain.close()
    await memory.close()
  }

  #estate(): Estate {
    const { port, sharedFd, isShareable, admin, damage } = this.#parts
    if (!isShareable || admin.fd === undefined)
      throw new Error('this system cannot hand a listening socket to another process')
    return { port, listenFd: sharedFd, adminFd: admin.fd, memoryIsDamaged: damage.isDamaged }
  }

  /** And all that lies beside it, but the journal. */
  async #leaveMemory(): Promise<void> {
    const { owner, anomalies, drills, trafficReplays, brain, outages, damage } = this.#parts
    owner.learnersWork.hold()
    anomalies?.flush()
    owner.ownsData = false
    drills.close()
    await trafficReplays.close()
    await leaveStores(this.#parts)
    // What is in a damaged memory, and what would have come into it, is lost.
    await brain.rest().catch(error => {
      if (!damage.isDamaged) throw error
    })
    await outages.closeFile()
  }

  async #takeBack(): Promise<void> {
    const { owner, brain, journal, others, history, trafficReplays } = this.#parts
    brain.resume()
    await journal?.resume()
    owner.journalWork.goOn(owner.doHere)
    others.join()
    history.open()
    trafficReplays.reopen()
    owner.ownsData = true
    owner.learnersWork.goOn(owner.doHere)
  }
}
