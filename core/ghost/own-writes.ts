// thread: edge
// The pending writes of clients, as main told this edge of them. While there are none a look costs one load.
import { MAX_MADE_REAL, type OwnWrite, type OwnWritesNews } from '../contract/own-write.js'
import type { NamedId } from '../contract/temporary-id.js'

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
  readonly #realInOrder: { readonly writer: string; readonly temporaryId: string }[] = []

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

  realIdsOf(writer: string): ReadonlyMap<string, NamedId> | undefined {
    return this.#real.get(writer)
  }

  take({ version, isWhole, added, ended, crowded, madeReal }: OwnWritesNews): void {
    if (isWhole) {
      this.#byWriter.clear()
      this.#writerOf.clear()
      this.#real.clear()
      this.#realInOrder.length = 0
    }
    for (const { writer, temporaryId, id, isNumber } of madeReal)
      this.#becameReal(writer, temporaryId, { id, isNumber })
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

  #becameReal(writer: string, temporaryId: string, real: NamedId): void {
    const own = this.#real.get(writer) ?? new Map<string, NamedId>()
    this.#real.set(writer, own.set(temporaryId, real))
    this.#realInOrder.push({ writer, temporaryId })
    if (this.#realInOrder.length <= MAX_MADE_REAL) return
    const oldest = this.#realInOrder.shift()!
    const theirs = this.#real.get(oldest.writer)
    theirs?.delete(oldest.temporaryId)
    if (theirs?.size === 0) this.#real.delete(oldest.writer)
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
   * waited for, until `answerBy`, epoch ms.
   */
  of(writer: string, answerBy: number): OwnPending | Promise<OwnPending> {
    if (writer === '') return none
    if (this.#isUpToDate) return this.#known(writer)
    return this.#heard(answerBy).then(() => this.#known(writer))
  }

  #known(writer: string): OwnPending {
    const own = this.#byWriter.get(writer)
    const isCrowded = this.#crowded.has(writer)
    if (own === undefined && !isCrowded) return none
    const writes = [...(own?.values() ?? [])].sort((a, b) => a.order - b.order)
    return { writes, isCrowded }
  }

  #heard(answerBy: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, Math.max(0, answerBy - Date.now()))
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
