// thread: edge
// The pending writes of clients, as main told this edge of them. While there are none a look costs one load.
import { steadyClock } from '../clock/clock.js'
import { MADE_REAL_MS, MAX_MADE_REAL, type MadeReal, type OwnWrite, type OwnWritesNews } from '../contract/own-write.js'
import { idsIn, type NamedId } from '../contract/temporary-id.js'

/** What one client has written and the API not heard of yet, in order. */
export interface OwnPending {
  readonly writes: readonly OwnWrite[]
  /** There are more than are told here. */
  readonly isCrowded: boolean
}

interface Waiting {
  readonly version: number
  readonly resolve: () => void
}

const none: OwnPending = { writes: [], isCrowded: false }

export class OwnWrites {
  /** The newest version there is, in memory that all threads share. */
  readonly #newest: () => number
  #version = 0
  readonly #byWriter = new Map<string, Map<string, OwnWrite>>()
  readonly #writerOf = new Map<string, string>()
  #crowded: ReadonlySet<string> = new Set()
  #waiting: Waiting[] = []
  /** By client and temporary id. */
  readonly #real = new Map<string, Map<string, NamedId>>()
  readonly #realInOrder: MadeReal[] = []
  /** Those of all clients. */
  readonly #temporaryIds = new Set<string>()

  constructor(newest: () => number) {
    this.#newest = newest
  }

  /** Nobody has anything pending, as far as any thread knows. */
  get isEmpty(): boolean {
    return this.#writerOf.size === 0 && this.#crowded.size === 0 && this.#isUpToDate
  }

  get #isUpToDate(): boolean {
    return this.#version >= this.#newest()
  }

  /** Things that were made in an outage are there by now, and their clients may still name them as they did before. */
  get hasRealIds(): boolean {
    return this.#realInOrder.length > 0
  }

  /** One of them stands in this text, whoever's it is. */
  mayName(text: string): boolean {
    return idsIn(text, this.#temporaryIds).length > 0
  }

  realIdsOf(writer: string): ReadonlyMap<string, NamedId> | undefined {
    return this.#real.get(writer)
  }

  take({ version, isWhole, added, ended, crowded, madeReal }: OwnWritesNews): void {
    if (isWhole) {
      this.#byWriter.clear()
      this.#writerOf.clear()
      this.#real.clear()
      this.#temporaryIds.clear()
      this.#realInOrder.length = 0
    }
    for (const made of madeReal) this.#becameReal(made)
    for (const id of ended) this.#end(id)
    for (const write of added) {
      let own = this.#byWriter.get(write.writer)
      if (own === undefined) {
        own = new Map()
        this.#byWriter.set(write.writer, own)
      }
      own.set(write.id, write)
      this.#writerOf.set(write.id, write.writer)
    }
    this.#crowded = new Set(crowded)
    this.#version = version
    const heard = this.#waiting.filter(waiting => waiting.version <= version)
    if (heard.length === 0) return
    this.#waiting = this.#waiting.filter(waiting => waiting.version > version)
    for (const { resolve } of heard) resolve()
  }

  #becameReal(made: MadeReal): void {
    const { writer, temporaryId, id, isNumber } = made
    const own = this.#real.get(writer) ?? new Map<string, NamedId>()
    this.#real.set(writer, own.set(temporaryId, { id, isNumber }))
    this.#temporaryIds.add(temporaryId)
    this.#realInOrder.push(made)
    if (this.#realInOrder.length > MAX_MADE_REAL) this.#forgetOldest()
  }

  /** To be called now and then: what became real long ago is forgotten. `now`: epoch ms. */
  sweep(now: number): void {
    while (this.#realInOrder.length > 0 && this.#realInOrder[0]!.at + MADE_REAL_MS <= now) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const { writer, temporaryId } = this.#realInOrder.shift()!
    const own = this.#real.get(writer)
    own?.delete(temporaryId)
    if (own?.size === 0) this.#real.delete(writer)
    this.#temporaryIds.delete(temporaryId)
  }

  #end(id: string): void {
    const writer = this.#writerOf.get(id)
    if (writer === undefined) return
    this.#writerOf.delete(id)
    const own = this.#byWriter.get(writer)
    own?.delete(id)
    if (own?.size === 0) this.#byWriter.delete(writer)
  }

  /**
   * A client that was just told that its write is kept may ask another edge: where the news of it is still on its way, it is
   * waited for, until `answerBy` of the steady clock.
   */
  of(writer: string, answerBy: number): OwnPending | Promise<OwnPending> {
    if (writer === '') return none
    if (this.#isUpToDate) return this.now(writer)
    return this.#heard(answerBy).then(() => this.now(writer))
  }

  /** As far as is known here. */
  now(writer: string): OwnPending {
    const own = this.#byWriter.get(writer)
    const isCrowded = this.#crowded.has(writer)
    if (own === undefined && !isCrowded) return none
    const writes = [...(own?.values() ?? [])].sort((a, b) => a.order - b.order)
    return { writes, isCrowded }
  }

  #heard(answerBy: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, Math.max(0, answerBy - steadyClock.now()))
      const version = this.#newest()
      this.#waiting.push({
        version,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
      })
    })
  }
}
