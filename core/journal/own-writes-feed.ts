// thread: main
// Tells the edges which writes of a client are pending, so that its ghosts show them. Bounded: where there is no room for what
// a write says, that it was written is told; where there is none for that either, that there are more.
import { isUtf8 } from 'node:buffer'
import type { Clock } from '../clock/clock.js'
import { contentCoding } from '../contract/content-coding.js'
import { fieldOf } from '../contract/fields.js'
import { MADE_REAL_MS, MAX_MADE_REAL, type MadeReal, type OwnWrite, type OwnWritesNews } from '../contract/own-write.js'
import { bodyKind } from '../contract/question.js'
import { pathOf } from '../contract/target.js'
import { type NamedId, withRealIdsInJson, withRealIdsInUrl } from '../contract/temporary-id.js'
import type { OwnWritesSink, PendingOwn } from './journal.js'

export interface OwnWritesParts {
  /** To every edge. */
  readonly tell: (news: OwnWritesNews) => void
  /** In memory that all threads share: an edge that has not heard of it yet knows that there is something to hear. */
  readonly setVersion: (version: number) => void
  readonly redactPath: (path: string) => string
  readonly redactBody: (body: Buffer) => Buffer
  readonly clock: Clock
  readonly limits?: OwnWritesLimits
}

export interface OwnWritesLimits {
  readonly writes: number
  /** Of all bodies, and of one. */
  readonly bytes: number
  readonly bodyBytes: number
}

const ownWritesLimits: OwnWritesLimits = { writes: 10_000, bytes: 8 << 20, bodyBytes: 64 << 10 }
/** For the learner to hear of a write that went through: until then ghosts would show the state before it. */
const LEARNED_MS = 1000

export class OwnWritesFeed implements OwnWritesSink {
  readonly #parts: OwnWritesParts
  readonly #limits: OwnWritesLimits
  readonly #told = new Map<string, OwnWrite>()
  /** Those for which there was no room, with their client; and how many each client has. */
  readonly #untold = new Map<string, string>()
  readonly #crowded = new Map<string, number>()
  /** Ids of those that name a temporary id or make what it names, by client and that id; until it is a real one. */
  readonly #naming = new Map<string, string[]>()
  readonly #leaving: { readonly id: string; readonly at: number }[] = []
  readonly #madeReal: MadeReal[] = []
  #untoldReal: MadeReal[] = []
  #bytes = 0
  #version = 0
  #added = new Set<string>()
  #ended: string[] = []
  #isDue = false

  constructor(parts: OwnWritesParts) {
    this.#parts = parts
    this.#limits = parts.limits ?? ownWritesLimits
  }

  /** For an edge that has just started. */
  whole(): OwnWritesNews {
    return {
      version: this.#version,
      isWhole: true,
      added: [...this.#told.values()],
      ended: [],
      crowded: [...this.#crowded.keys()],
      madeReal: this.#madeReal,
    }
  }

  /** The journal is read anew: what it does not name again waits no longer. */
  readAnew(): void {
    for (const id of [...this.#told.keys()]) this.#end(id)
    for (const of of [this.#untold, this.#crowded, this.#naming]) of.clear()
    this.#leaving.length = this.#madeReal.length = 0
    this.#due()
  }

  added(write: PendingOwn): void {
    if (this.#told.size >= this.#limits.writes) this.#crowd(write)
    else {
      this.#tell(this.#ownOf(write))
      const { id, writer, names, temporary } = write
      for (const name of temporary === undefined ? names : [...names, temporary.id]) {
        const key = `${writer}\n${name}`
        this.#naming.set(key, [...(this.#naming.get(key) ?? []), id])
      }
    }
    this.#due()
  }

  ended(id: string, isDone: boolean): void {
    const crowded = this.#untold.get(id)
    if (crowded !== undefined) this.#makeRoom(id, crowded)
    if (!this.#told.has(id)) return
    if (isDone) this.#leaving.push({ id, at: this.#parts.clock.now() + LEARNED_MS })
    else this.#end(id)
  }

  became(writer: string, temporaryId: string, real: NamedId, at: number): void {
    if (writer === '') return
    if (at + MADE_REAL_MS > this.#parts.clock.now()) this.#remember({ writer, temporaryId, ...real, at })
    const ids = new Map([[temporaryId, real]])
    for (const id of this.#naming.get(`${writer}\n${temporaryId}`) ?? []) {
      const write = this.#told.get(id)
      if (write === undefined) continue
      const { path, body, temporary } = write
      const now = {
        ...write,
        path: withRealIdsInUrl(path, ids),
        body: body === undefined ? undefined : withRealIdsInJson(body, ids),
        temporary: temporary?.id === temporaryId ? real : temporary,
      }
      if (now.path !== path || now.body !== body || now.temporary !== temporary) this.#tell(now)
    }
    this.#naming.delete(`${writer}\n${temporaryId}`)
    this.#due()
  }

  #crowd({ id, writer }: PendingOwn): void {
    this.#untold.set(id, writer)
    this.#crowded.set(writer, (this.#crowded.get(writer) ?? 0) + 1)
  }

  #makeRoom(id: string, writer: string): void {
    this.#untold.delete(id)
    const left = this.#crowded.get(writer)! - 1
    if (left > 0) this.#crowded.set(writer, left)
    else this.#crowded.delete(writer)
    this.#due()
  }

  #remember(made: MadeReal): void {
    this.#madeReal.push(made)
    if (this.#madeReal.length > MAX_MADE_REAL) this.#madeReal.shift()
    this.#untoldReal.push(made)
  }

  /** To be called again and again. */
  tick(): void {
    const now = this.#parts.clock.now()
    while (this.#madeReal.length > 0 && this.#madeReal[0]!.at + MADE_REAL_MS <= now) this.#madeReal.shift()
    while (this.#leaving.length > 0 && this.#leaving[0]!.at <= now) this.#end(this.#leaving.shift()!.id)
  }

  #tell(write: OwnWrite): void {
    this.#bytes += (write.body?.length ?? 0) - (this.#told.get(write.id)?.body?.length ?? 0)
    this.#told.set(write.id, write)
    this.#added.add(write.id)
  }

  #end(id: string): void {
    const { writer, temporary } = this.#told.get(id) ?? {}
    if (temporary !== undefined) this.#naming.delete(`${writer}\n${temporary.id}`)
    this.#bytes -= this.#told.get(id)?.body?.length ?? 0
    this.#told.delete(id)
    this.#ended.push(id)
    this.#due()
  }

  #ownOf({ id, order, writer, method, target, headers, body, temporary, acceptedAt }: PendingOwn): OwnWrite {
    const type = fieldOf(headers, 'content-type')
    return {
      id,
      writer,
      method,
      path: this.#parts.redactPath(pathOf(target)),
      body: this.#readable(type, headers, body),
      isMergePatch: type !== undefined && /^application\/merge-patch\+json\b/i.test(type.trim()),
      temporary,
      acceptedAt,
      order,
    }
  }

  #readable(type: string | undefined, headers: readonly string[], body: Uint8Array): string | undefined {
    const { bytes, bodyBytes } = this.#limits
    const isKept = body.length > 0 && body.length <= bodyBytes && this.#bytes + body.length <= bytes
    if (!isKept || bodyKind(type) !== 'json' || contentCoding(headers) !== '' || !isUtf8(body)) return undefined
    return this.#parts.redactBody(Buffer.from(body)).toString()
  }

  /** What comes in one turn goes in one message, before any client is told of it. */
  #due(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#version += 1
      this.#parts.setVersion(this.#version)
      const added = [...this.#added].flatMap(id => this.#told.get(id) ?? [])
      this.#parts.tell({
        version: this.#version,
        isWhole: false,
        added,
        ended: this.#ended.filter(id => !this.#told.has(id)),
        crowded: [...this.#crowded.keys()],
        madeReal: this.#untoldReal,
      })
      this.#untoldReal = []
      this.#added = new Set()
      this.#ended = []
    })
  }
}
